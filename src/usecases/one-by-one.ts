import { isAboutOne, mostInARow } from '../core/about-one.ts'
import { exitCodes, Fault } from '../core/fault.ts'
import type { MerchantContext } from './merchant-context.ts'
import { observeReturns } from './observe-returns.ts'

/** Returns to process together, and what is done with one that fails alone. */
export type Work = {
  /** Throws what goes wrong. Called again with single returns, so what is done already must stay done. */
  work(returnIds: readonly string[]): Promise<void>
  /** The return of `fault.returnId` alone can't be read; without it, the fault may have another cause. */
  failed(returnId: string, fault: Fault): Promise<void> | void
}

/** How many other returns of each kind are read, at most, to tell one unreadable return from an outage. */
const mostWitnesses = 2

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
    const judged = isAboutOne(fault) ? await judge(context, fault, suspect) : fault
    inARow = isOutage(judged) ? inARow + 1 : 0
    if (inARow === mostInARow) throw judged
    await failed(returnId, judged)
  }
}

/** A vendor, the credentials or the journal are at fault, not one return: it does not count as a try (F45, F46). */
export function isOutage(fault: Fault): boolean {
  if (isAboutOne(fault) && fault.returnId !== null) return false
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
  /** Was processed a moment ago, with the same returns. */
  worked: string | null
  /** Come after it. */
  next: readonly string[]
  all: readonly string[]
}

/**
 * The fault with the id of its return, if that return can't be read while another one can; the fault as it is, if both
 * can be read, because then something else failed. Throws it if no other return can be read: that is an outage.
 */
async function judge(context: MerchantContext, fault: Fault, suspect: Suspect): Promise<Fault> {
  const { returnId } = suspect
  for await (const other of witnesses(context, suspect)) {
    if (!(await isReadable(context, other))) continue
    return (await isReadable(context, returnId)) ? anonymous(fault) : ofReturn(fault, returnId)
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
 * some that are next. From here and there, others each second, and finished ones as well: a whole row of returns may be
 * unreadable for the same reason, and stays open for that reason.
 */
async function* witnesses(context: MerchantContext, { worked, next, all }: Suspect): AsyncGenerator<string> {
  if (worked !== null) yield worked
  const { journal, merchant, clock } = context
  const start = Math.floor(clock.now().getTime() / 1_000)
  let isAnyKnown = false
  for (const statuses of [
    ['open', 'received'],
    ['held', 'resolved'],
  ] as const) {
    const links = await journal.links.find(merchant.name, { statuses })
    const known = links.map(({ returnId }) => returnId).filter((returnId) => !all.includes(returnId))
    isAnyKnown ||= known.length > 0
    yield* spread(known, start)
  }
  if (!isAnyKnown) yield* spread(next, start)
}

/** At most {@link mostWitnesses} of them, evenly from the whole row. */
function spread(returnIds: readonly string[], start: number): string[] {
  const count = Math.min(mostWitnesses, returnIds.length)
  const places = Array.from({ length: count }, (_, part) => start + Math.floor((part * returnIds.length) / count))
  return places.flatMap((place) => returnIds[place % returnIds.length] ?? [])
}

function ofReturn(fault: Fault, returnId: string): Fault {
  return new Fault(`Return ${returnId} can't be read, while others can: ${fault.message}`, {
    like: fault,
    hint: `look at it in Loop and at MasonHub, then: mhloop rma show ${returnId}`,
    returnId,
    ...(fault.merchant === null ? {} : { merchant: fault.merchant }),
    ...(fault.requestId === null ? {} : { requestId: fault.requestId }),
    cause: fault,
  })
}

/** Without a return's id, which would make an outage look like a fault of that return. */
function anonymous(fault: Fault): Fault {
  if (fault.returnId === null) return fault
  return new Fault(fault.message, {
    like: fault,
    ...(fault.hint === null ? {} : { hint: fault.hint }),
    ...(fault.merchant === null ? {} : { merchant: fault.merchant }),
    ...(fault.requestId === null ? {} : { requestId: fault.requestId }),
    cause: fault,
  })
}
