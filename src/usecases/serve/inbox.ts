import { Fault } from '../../core/errors/fault.ts'
import type { JournalEvent } from '../../journal/journal.ts'
import { type MerchantContext, nowOf, shifted } from '../merchant-context.ts'
import { isOutage, oneByOne } from '../returns/one-by-one.ts'
import { createUnknownReturnsBudget, type UnknownReturnsBudget } from './unknown-returns-budget.ts'
import { type Worked, type WorkOptions, workOnReturns } from './work-on-returns.ts'

export type Drained = {
  worked: number
  postponed: number
  quarantined: number
  /** Why events were quarantined, one fault per return. */
  quarantinedBy: Fault[]
  /** A fault that postponed single returns although they can be read, so that it is not theirs; others went on. */
  troubledBy: Fault | null
  /** The outage that stopped the worker: a vendor is down, or refuses us; null: it was not stopped. */
  stoppedBy: Fault | null
}

/** How many returns are read together: MasonHub returns this many RMAs per request. */
const together = 30
/** Events taken at a time. What a worker has taken waits for it, so it takes no more than it processes together. */
const mostEvents = 60
/** Unknown returns read at a time: few, so that an event that comes meanwhile waits for seconds only. */
const mostUnknown = 5
/** Tries before an event goes to a person; others go on meanwhile (F47). */
const mostTries = 6
/** MasonHub reports "received" a little before it shows it (C9); after these reads, the poll takes over. */
const mostReadsForReceipt = 4

export function nothingDrained(): Drained {
  return { worked: 0, postponed: 0, quarantined: 0, quarantinedBy: [], troubledBy: null, stoppedBy: null }
}

/**
 * Processes the events that are due: each return once, however many events name it. Returns that the journal knows come
 * before those that may be made up, for which there is a budget (H2). Several workers on one journal drain it together;
 * `worker` names this one.
 */
export async function drainInbox(
  context: MerchantContext,
  options: WorkOptions,
  worker: string,
  budget: UnknownReturnsBudget = createUnknownReturnsBudget(() => context.clock.now().getTime()),
): Promise<Drained> {
  const { journal, merchant, signal } = context
  const drained = nothingDrained()
  try {
    // What becomes due meanwhile waits for the next run: a chain of postponed events must not keep the others waiting.
    const until = nowOf(context)
    while (!signal.aborted && drained.stoppedBy === null) {
      const due = await takeNext(context, worker, until, budget)
      if (due.length === 0) break
      await workOff(context, due, options, drained)
    }
  } finally {
    if (signal.aborted || drained.stoppedBy !== null) await journal.events.giveBack(merchant.name, worker)
  }
  return drained
}

/** Known returns first. Before each few unknown ones, it checks again for known ones. */
async function takeNext(
  { journal, merchant }: MerchantContext,
  worker: string,
  until: string,
  budget: UnknownReturnsBudget,
): Promise<JournalEvent[]> {
  const known = await journal.events.take(merchant.name, worker, until, mostEvents, 'known')
  if (known.length > 0) return known
  // Loop signs its webhooks: such an id is a new return, unless the secret was stolen.
  for (const source of ['loop', 'masonhub'] as const) {
    const most = Math.min(mostUnknown, budget.remaining(source))
    const unknown = await journal.events.take(merchant.name, worker, until, most, { unknownOf: source })
    // Three webhooks of one new return cost one reading.
    budget.spend(source, new Set(unknown.map(({ returnId }) => returnId)).size)
    if (unknown.length > 0) return unknown
  }
  return []
}

async function workOff(
  context: MerchantContext,
  due: readonly JournalEvent[],
  options: WorkOptions,
  drained: Drained,
): Promise<void> {
  const byReturn = new Map<string, JournalEvent[]>()
  for (const event of due) {
    if (event.returnId === null) await settle(context, [event], { state: 'quarantined', reason: 'NO_RETURN', drained })
    else byReturn.set(event.returnId, [...(byReturn.get(event.returnId) ?? []), event])
  }
  const returnIds = [...byReturn.keys()]
  for (let start = 0; start < returnIds.length; start += together) {
    if (context.signal.aborted || drained.stoppedBy !== null) break
    await workChunk(context, returnIds.slice(start, start + together), byReturn, options, drained)
  }
}

/** An outage stops the worker; the events that it left are due again later, without a try. */
async function workChunk(
  context: MerchantContext,
  returnIds: readonly string[],
  byReturn: ReadonlyMap<string, JournalEvent[]>,
  options: WorkOptions,
  drained: Drained,
): Promise<void> {
  const remaining = new Set(returnIds)
  const take = (some: readonly string[]) => {
    for (const returnId of some) remaining.delete(returnId)
    return some.flatMap((returnId) => byReturn.get(returnId) ?? [])
  }
  try {
    await oneByOne(context, returnIds, {
      work: async (some) => {
        const worked = await workOnReturns(context, some, options)
        if (worked.stoppedBy !== null) throw worked.stoppedBy
        await settleWorked(context, take(some), worked, drained)
      },
      failed: (returnId, fault) => settleFailed(context, take([returnId]), fault, drained),
    })
  } catch (error) {
    if (!(error instanceof Fault)) throw error
    drained.stoppedBy = error
    await postpone(context, take([...remaining]), error, drained)
  }
}

async function settleWorked(
  context: MerchantContext,
  events: readonly JournalEvent[],
  { received, unknown }: Pick<Worked, 'received' | 'unknown'>,
  drained: Drained,
): Promise<void> {
  const early = events.filter(
    ({ topic, returnId, tries }) =>
      topic === 'received' &&
      tries < mostReadsForReceipt &&
      !received.has(returnId ?? '') &&
      !unknown.has(returnId ?? ''),
  )
  await settle(context, early, { state: 'new', reason: 'RECEIPT_NOT_VISIBLE', drained })
  await settle(
    context,
    events.filter((event) => !early.includes(event)),
    { state: 'done', reason: null, drained },
  )
}

/** Only a fault of the return itself counts as a try of its events. */
async function settleFailed(
  context: MerchantContext,
  events: readonly JournalEvent[],
  fault: Fault,
  drained: Drained,
): Promise<void> {
  if (isOutage(fault)) {
    drained.troubledBy ??= fault
    return await postpone(context, events, fault, drained)
  }
  const poisoned = events.filter(({ tries }) => tries + 1 >= mostTries)
  if (poisoned.length > 0) drained.quarantinedBy.push(fault)
  await settle(context, poisoned, { state: 'quarantined', reason: fault.code, drained })
  await settle(
    context,
    events.filter((event) => !poisoned.includes(event)),
    { state: 'new', reason: fault.code, drained },
  )
}

async function postpone(
  context: MerchantContext,
  events: readonly JournalEvent[],
  fault: Fault,
  drained: Drained,
): Promise<void> {
  if (events.length === 0) return
  const at = nowOf(context)
  const changes = events.map(({ eventId, tries }) => ({
    eventId,
    state: 'new' as const,
    tries,
    nextTryAt: shifted(at, 30_000),
    reason: fault.code,
  }))
  await context.journal.events.settleMany(changes, at)
  drained.postponed += events.length
}

type Settling = { state: JournalEvent['state']; reason: string | null; drained: Drained }

async function settle(
  context: MerchantContext,
  events: readonly JournalEvent[],
  { state, reason, drained }: Settling,
): Promise<void> {
  if (events.length === 0) return
  const at = nowOf(context)
  const changes = events.map(({ eventId, tries }) => ({
    eventId,
    state,
    tries: tries + 1,
    // 2, 4, 8 … seconds: a vendor's delay is over soon, a real fault is not.
    nextTryAt: state === 'new' ? shifted(at, 1_000 * 2 ** (tries + 1)) : null,
    reason,
  }))
  await context.journal.events.settleMany(changes, at)
  if (state === 'done') drained.worked += events.length
  else if (state === 'new') drained.postponed += events.length
  else drained.quarantined += events.length
}
