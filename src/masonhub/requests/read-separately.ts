import { mapWithLimit } from '../../core/concurrency/map-with-limit.ts'
import { isAboutOne, mostInARow } from '../../core/errors/about-one.ts'
import { Fault } from '../../core/errors/fault.ts'

/** Called for an identifier whose records MasonHub can't deliver, while it may deliver others. */
export type OnUnreadable = (identifier: string, fault: Fault) => void

type Lists<Result> = {
  lists: readonly string[][]
  read(list: readonly string[]): Promise<Result>
  atOnce: number
  onUnreadable: OnUnreadable
  /** A fault that no single record causes. */
  affectsAll(fault: Fault): boolean
}

/**
 * Reads lists of identifiers. One that fails is halved until the identifier that makes it fail is alone: one record
 * must not hide the others (F47). Throws the fault if three identifiers in a row fail and nothing can be read, or no
 * longer: an outage may begin in the middle, and is neither blamed on records nor asked through a thousand requests.
 */
export async function readSeparately<Result>({
  lists,
  read,
  atOnce,
  onUnreadable,
  affectsAll,
}: Lists<Result>): Promise<Result[]> {
  let lastRead: readonly string[] | null = null
  let inARow = 0
  const attempt = async (list: readonly string[]): Promise<Result | Fault> => {
    try {
      const result = await read(list)
      lastRead = list
      inARow = 0
      return result
    } catch (error) {
      if (!isAboutOne(error) || affectsAll(error)) throw error
      return error
    }
  }
  /** What could be read before can be read again, if MasonHub is there. */
  const isOutage = async (): Promise<boolean> => lastRead === null || (await attempt(lastRead)) instanceof Fault
  const halve = async (list: readonly string[], fault: Fault): Promise<Result[]> => {
    const [only] = list
    if (only === undefined) return []
    if (list.length === 1) {
      inARow += 1
      if (inARow >= mostInARow && (await isOutage())) throw fault
      onUnreadable(only, fault)
      return []
    }
    const middle = Math.ceil(list.length / 2)
    const results: Result[] = []
    for (const half of [list.slice(0, middle), list.slice(middle)]) {
      const result = await attempt(half)
      results.push(...(result instanceof Fault ? await halve(half, result) : [result]))
    }
    return results
  }
  let failed = 0
  const whole = await mapWithLimit(lists, atOnce, async (list) => {
    // The first three may each have a bad record: whether anything can be read, halving them tells.
    if (failed >= mostInARow && lastRead === null) return { list, result: null }
    const result = await attempt(list)
    if (result instanceof Fault) failed += 1
    return { list, result }
  })
  const results: Result[] = []
  for (const { list, result } of whole) {
    const latest = result ?? (await attempt(list))
    results.push(...(latest instanceof Fault ? await halve(list, latest) : [latest]))
  }
  return results
}
