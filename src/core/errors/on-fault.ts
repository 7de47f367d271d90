import { Fault } from './fault.ts'

/** For `.catch`: handles a Fault; every other error is thrown on. */
export function onFault<Result>(handle: (fault: Fault) => Result): (error: unknown) => Result {
  return (error) => {
    if (error instanceof Fault) return handle(error)
    throw error
  }
}
