import { isAboutOne, mostInARow } from '../../core/errors/about-one.ts'
import type { Fault } from '../../core/errors/fault.ts'

export type Failure<Item> = { item: Item; fault: Fault }

/**
 * Does the work for each item, at most `atOnce` at a time, and collects those that a vendor fails to deliver: one
 * unreadable record must not stop the others for ever (F47). Throws the fault after three server errors in a row, and
 * any other fault at once. Results keep the order of the items.
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
