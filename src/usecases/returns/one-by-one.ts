import { isAboutOne, mostInARow } from '../../core/errors/about-one.ts'
import { exitCodes, Fault, reworded } from '../../core/errors/fault.ts'
import { evenly } from '../../core/returns/evenly.ts'
import type { MerchantContext } from '../merchant-context.ts'
import { comparisonReturns, mostComparisons, startOf } from './comparison-returns.ts'
import { observeReturns } from './observe-returns.ts'

/** Returns to process together, and what is done with one that fails alone. */
export type Work = {
  /** Throws what goes wrong. Called again with single returns, so what is done already must stay done. */
  work(returnIds: readonly string[]): Promise<void>
  /** The return of `fault.returnId` alone is at fault; without it, the fault may have another cause. */
  failed(returnId: string, fault: Fault): Promise<void> | void
}

/**
 * Processes returns together, and one by one when that fails with what one of them may have caused: a return that a
 * vendor can't deliver must not hold up the others (F47). A vendor that is down or under maintenance fails in the same
 * words for all returns, so another return is read before one is blamed. Throws what affects all of them (F45, F46).
 */
export async function oneByOne(
  context: MerchantContext,
  returnIds: readonly string[],
  { work, failed }: Work,
): Promise<void> {
  const together = await faultOf(() => work(returnIds))
  if (together === null) return
  let worked: string | null = null
  let inARow = 0
  for (const [index, returnId] of returnIds.entries()) {
    if (context.signal.aborted) return
    const fault = returnIds.length === 1 ? together : await faultOf(() => work([returnId]))
    if (fault === null) {
      worked = returnId
      inARow = 0
      continue
    }
    const suspect = { returnId, worked, next: returnIds.slice(index + 1), all: returnIds }
    const judged = isAboutOne(fault) ? await judge(context, fault, suspect) : { fault, isUnclear: false }
    inARow = judged.isUnclear ? inARow + 1 : 0
    if (inARow === mostInARow) throw anonymous(judged.fault)
    await failed(returnId, judged.fault)
  }
}

/**
 * A vendor, the credentials or the journal are at fault, not one return: it does not count as a try (F45, F46). What one
 * return may have caused names it, or concerns all of them: a base URL that is wrong is answered with 404 for each.
 */
export function isOutage(fault: Fault): boolean {
  if (isAboutOne(fault)) return fault.returnId === null
  const { exit, blame } = fault
  if (blame === 'machine') return true
  return exit === exitCodes.vendorDown || exit === exitCodes.credentials || exit === exitCodes.interrupted
}

/** A fault that single returns may have caused; any other is thrown. */
async function faultOf(work: () => Promise<void>): Promise<Fault | null> {
  try {
    await work()
    return null
  } catch (error) {
    if (error instanceof Fault && (isAboutOne(error) || !isOutage(error))) return error
    throw error
  }
}

type Suspect = {
  returnId: string
  /** A return of this run that was processed a moment ago. */
  worked: string | null
  /** The returns that are processed after it. */
  next: readonly string[]
  all: readonly string[]
}

/** `isUnclear`: both this return and another one can be read, so that something else failed. */
type Judged = { fault: Fault; isUnclear: boolean }

/**
 * The fault with the id of its return, if that return can't be read while another one can. If both can be read, a request
 * that the vendor refuses (4xx) is this return's; any other fault stays as it is. Throws it if no other return can be
 * read: that is an outage.
 */
async function judge(context: MerchantContext, fault: Fault, suspect: Suspect): Promise<Judged> {
  const { returnId } = suspect
  for await (const other of others(context, suspect)) {
    if (!(await isReadable(context, other))) continue
    if (!(await isReadable(context, returnId)))
      return { fault: ofReturn(fault, returnId, "can't be read, while others can"), isUnclear: false }
    const isRefused = fault.exit !== exitCodes.vendorDown
    const unclear = isRefused ? ofReturn(fault, returnId, "can't be processed, but can be read") : anonymous(fault)
    return { fault: unclear, isUnclear: true }
  }
  throw anonymous(fault)
}

async function isReadable(context: MerchantContext, returnId: string): Promise<boolean> {
  try {
    await observeReturns(context, [returnId])
    return true
  } catch (error) {
    if (!isAboutOne(error)) throw error
    return false
  }
}

/**
 * Other returns to read: one that was processed a moment ago, then some that the journal knows, if it knows any, else
 * some that are next.
 */
async function* others(context: MerchantContext, { worked, next, all }: Suspect): AsyncGenerator<string> {
  if (worked !== null) yield worked
  let isAnyKnown = false
  for await (const known of comparisonReturns(context, all)) {
    isAnyKnown = true
    yield known
  }
  if (!isAnyKnown) yield* evenly(next.length, mostComparisons, startOf(context)).flatMap((place) => next[place] ?? [])
}

function ofReturn(fault: Fault, returnId: string, how: string): Fault {
  const hint = `look at it in Loop and at MasonHub, then: mhloop rma show ${returnId}`
  return reworded(fault, `Return ${returnId} ${how}: ${fault.message}`, { hint, returnId })
}

/** Without a return's id, which would make an outage look like a fault of that return. */
function anonymous(fault: Fault): Fault {
  return fault.returnId === null ? fault : reworded(fault, fault.message, { returnId: null })
}
