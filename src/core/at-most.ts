/** Waits for some work, but no longer than this; what becomes of it afterwards is nobody's concern. */
export async function atMost(milliseconds: number, work: Promise<unknown>): Promise<void> {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(() => late.resolve(), milliseconds)
  await Promise.race([work.catch(() => undefined), late.promise])
  clearTimeout(timer)
}
