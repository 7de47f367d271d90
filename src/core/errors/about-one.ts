import { Fault } from './fault.ts'

/** Faults that may concern one record alone: the vendor answered, but not with something that can be used. */
const aboutOne = /^(?:LOOP|MASONHUB)_(?:UNREADABLE|SERVER_ERROR|REJECTED|NOT_FOUND)$/
/** After this many failures in a row, they no longer concern single records. */
export const mostInARow = 3

export function isAboutOne(error: unknown): error is Fault {
  return error instanceof Fault && aboutOne.test(error.code)
}
