/** Waits for the work, but at most this long. The work goes on after that; its result and its errors are ignored. */
export async function atMost(milliseconds: number, work: Promise<unknown>): Promise<void> {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(() => late.resolve(), milliseconds)
  await Promise.race([work.catch(() => undefined), late.promise])
  clearTimeout(timer)
}
