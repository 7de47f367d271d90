import { unlessAborted as raced } from '../../core/concurrency/until-aborted.ts'
import { interruptedFault } from '../errors/command-faults.ts'

/** The work's result, or a Fault at once when the signal aborts: for reads, whose answer is then no longer needed. */
export function unlessAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  return raced(signal, work, interruptedFault)
}
