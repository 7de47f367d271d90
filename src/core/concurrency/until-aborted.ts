/**
 * The work's result, or at once `reason()` as an error when the signal aborts: for reads whose answer is no longer
 * needed.
 */
export async function unlessAborted<T>(signal: AbortSignal, work: () => Promise<T>, reason: () => unknown): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const leave = () => aborted.reject(reason())
  if (signal.aborted) leave()
  signal.addEventListener('abort', leave, { once: true })
  try {
    return await Promise.race([work(), aborted.promise])
  } finally {
    signal.removeEventListener('abort', leave)
  }
}

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
