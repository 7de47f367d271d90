import { interruptedFault } from '../errors/command-faults.ts'

/**
 * Returns the work's result, or throws a Fault at once when the signal aborts: for reads, whose answer is then no
 * longer needed.
 */
export async function unlessAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const leave = () => aborted.reject(interruptedFault())
  if (signal.aborted) leave()
  signal.addEventListener('abort', leave, { once: true })
  try {
    return await Promise.race([work(), aborted.promise])
  } finally {
    signal.removeEventListener('abort', leave)
  }
}
