/**
 * Waits for the work, but only until the signal aborts; the work goes on then, and its result is ignored. Leaves nothing
 * behind: the signal may outlive thousands of such waits (H32).
 */
export async function untilAborted(signal: AbortSignal, work: Promise<unknown>): Promise<void> {
  const aborted = Promise.withResolvers<void>()
  const leave = () => aborted.resolve()
  if (signal.aborted) leave()
  else signal.addEventListener('abort', leave, { once: true })
  try {
    await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', leave)
  }
}
