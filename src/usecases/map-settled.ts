import { Fault } from '../core/fault.ts'

/** Faults that may be about one record alone: the vendor answered, only not with something that we can use. */
const aboutOne = /^(?:LOOP|MASONHUB)_(?:UNREADABLE|SERVER_ERROR|REJECTED|NOT_FOUND)$/
/** So many server errors in a row are no longer about single records. */
export const mostInARow = 3

export type Failure<Item> = { item: Item; fault: Fault }

/**
 * Does something for each of these, at most `atOnce` together, and sets aside those that a vendor can't give us: one
 * poison record must not stop the others for ever (F47). When its server fails three times in a row, the fault is
 * thrown; so is any other fault at once. Results in order.
 */
export async function mapSettled<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
  atOnce = 1,
): Promise<{ done: Result[]; failures: Failure<Item>[] }> {
  const done: Result[] = []
  const failures: Failure<Item>[] = []
  let inARow = 0
  for (let start = 0; start < items.length; start += atOnce) {
    const some = items.slice(start, start + atOnce)
    const outcomes = await Promise.all(some.map(async (item) => await attempt(item, work)))
    for (const outcome of outcomes) {
      if ('result' in outcome) {
        done.push(outcome.result)
        inARow = 0
        continue
      }
      failures.push(outcome)
      inARow = outcome.fault.code.endsWith('SERVER_ERROR') ? inARow + 1 : 0
      if (inARow === mostInARow) throw outcome.fault
    }
  }
  return { done, failures }
}

async function attempt<Item, Result>(
  item: Item,
  work: (item: Item) => Promise<Result>,
): Promise<{ result: Result } | Failure<Item>> {
  try {
    return { result: await work(item) }
  } catch (error) {
    if (!isAboutOne(error)) throw error
    return { item, fault: error }
  }
}

export function isAboutOne(error: unknown): error is Fault {
  return error instanceof Fault && aboutOne.test(error.code)
}
