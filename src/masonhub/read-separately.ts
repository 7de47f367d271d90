import { Fault } from '../core/fault.ts'
import { mapWithLimit } from '../core/map-with-limit.ts'

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

/** This many failures in a row, and nothing that could be read, are an outage. */
const mostInARow = 3

/** Faults that one record may cause: MasonHub answered, but not with something that can be used. */
const aboutOne = /^MASONHUB_(?:UNREADABLE|SERVER_ERROR|REJECTED|NOT_FOUND)$/

/**
 * Reads lists of identifiers. One that fails is halved until the identifier that makes it fail is alone: one record
 * must not hide the others (F47). Throws the fault if three requests fail in a row before anything could be read.
 */
export async function readSeparately<Result>(todo: Lists<Result>): Promise<Result[]> {
  const { lists, read, atOnce, onUnreadable, affectsAll } = todo
  let isAnyRead = false
  let inARow = 0
  const attempt = async (list: readonly string[]): Promise<Result | Fault> => {
    try {
      const result = await read(list)
      isAnyRead = true
      return result
    } catch (error) {
      if (!(error instanceof Fault) || !aboutOne.test(error.code) || affectsAll(error)) throw error
      return error
    }
  }
  const halve = async (list: readonly string[], fault: Fault): Promise<Result[]> => {
    const [only] = list
    if (only === undefined) return []
    if (list.length === 1) {
      inARow += 1
      if (inARow >= mostInARow && !isAnyRead) throw fault
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
    const result = await attempt(list)
    if (!(result instanceof Fault)) return { list, result, fault: null }
    failed += 1
    if (failed >= mostInARow && !isAnyRead) throw result
    return { list, result: null, fault: result }
  })
  const results: Result[] = []
  // Only now, when it is known whether anything can be read.
  for (const { list, result, fault } of whole) {
    if (fault !== null) results.push(...(await halve(list, fault)))
    else if (result !== null) results.push(result)
  }
  return results
}
