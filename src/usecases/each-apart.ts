import { Fault } from '../core/fault.ts'

/** Faults that may be about one record alone: the vendor answered, only not with something that we can use. */
const aboutOne = /^(LOOP|MASONHUB)_(UNREADABLE|SERVER_ERROR|REJECTED|NOT_FOUND)$/
/** So many in a row are no longer about single records. */
const mostInARow = 3

export type Aside<Item> = { item: Item; fault: Fault }

/**
 * Does something for each of these, one after the other, and sets aside those that a vendor can't give us: one poison
 * record must not stop the others for ever (F47). When three in a row fail, it is no longer about records, and the fault
 * is thrown; so is any other fault at once.
 */
export async function eachApart<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<{ done: Result[]; aside: Aside<Item>[] }> {
  const done: Result[] = []
  const aside: Aside<Item>[] = []
  let inARow = 0
  for (const item of items) {
    try {
      done.push(await work(item))
      inARow = 0
    } catch (error) {
      if (!isAboutOne(error)) throw error
      aside.push({ item, fault: error })
      inARow += 1
      if (inARow === mostInARow) throw error
    }
  }
  return { done, aside }
}

export function isAboutOne(error: unknown): error is Fault {
  return error instanceof Fault && aboutOne.test(error.code)
}
