import { Fault, reworded } from '../../core/errors/fault.ts'
import { refundKinds } from '../../core/refunds/refund-kinds.ts'
import { customerIdentifierOf } from '../../core/rmas/identifiers.ts'
import { liveRmas } from '../../core/rmas/rma-difference.ts'
import { mostTries } from '../../effects/note.ts'
import type { Effect } from '../../journal/journal.ts'
import { day, type MerchantContext, nowOf, shifted } from '../merchant-context.ts'
import { findReady } from '../resolve/ready.ts'
import { isOutage, oneByOne } from '../returns/one-by-one.ts'
import { syncReturns } from '../sync/sync.ts'
import { duePolls, mostPolled, type Polled } from './due-polls.ts'
import { oneAfterOther } from './one-after-other.ts'
import { type WorkOptions, workOnReturns } from './work-on-returns.ts'

/**
 * Jobs that make up for lost messages: each alone would bring every return to its end, only later. None relies on an
 * event, a webhook or another job.
 */
export type Job = 'pull' | 'poll' | 'settle' | 'rescan'

/** Returns that one error names. */
const mostNamed = 20
/** How many returns are read together. */
const together = 30
/** Loop takes at most 120 days in one request. */
const lookBack = 119 * day

/** The recurring pull of Loop's returns; the cursor moves only after its pages are committed (F40). */
export async function pull(context: MerchantContext): Promise<void> {
  await syncReturns(context, { source: 'both', dryRun: false })
}

/** Asks MasonHub for RMAs that it may have received meanwhile, thirty per request: it can't list what changed (F29). */
export async function poll(context: MerchantContext, options: WorkOptions, polled: Polled): Promise<void> {
  const { journal, masonhub, merchant, signal } = context
  const now = nowOf(context)
  const links = await journal.links.find(merchant.name, { statuses: ['open', 'received'] })
  const open = new Set(links.map(({ returnId }) => returnId))
  for (const returnId of polled.keys()) if (!open.has(returnId)) polled.delete(returnId)
  const due = duePolls(links, { polled, now, most: mostPolled(merchant) })
  const failures: Fault[] = []
  for (let start = 0; start < due.length && !signal.aborted; start += together * 10) {
    const some = due.slice(start, start + together * 10)
    const unreadable = new Set<string>()
    const there = await masonhub.rmas.byCustomerIdentifiers(
      some.map(({ customerIdentifier }) => customerIdentifier),
      { signal, onUnreadable: (identifier) => void unreadable.add(identifier) },
    )
    const moved = some.filter((link) => {
      // Read by itself, it is reported.
      if (unreadable.has(link.customerIdentifier)) return true
      const [rma] = liveRmas(there.get(customerIdentifierOf(link.returnId)) ?? [])
      // A missing RMA counts as a change, too: a person at MasonHub may have deleted it.
      return rma === undefined || rma.status === 'received'
    })
    for (const { returnId, status } of some) polled.set(returnId, { at: now, status })
    const returnIds = moved.map(({ returnId }) => returnId)
    failures.push(...(await workOnMoved(context, returnIds, options, polled)))
  }
  throwFirst(failures)
}

/** Returns the faults of single returns. What a vendor's outage left undone is asked for again at the next poll. */
async function workOnMoved(
  context: MerchantContext,
  returnIds: readonly string[],
  options: WorkOptions,
  polled: Polled,
): Promise<Fault[]> {
  const askAgain = () => {
    for (const returnId of returnIds) polled.delete(returnId)
  }
  try {
    const failures = await workInChunks(context, returnIds, options)
    if (failures.some(isOutage)) askAgain()
    return failures
  } catch (error) {
    if (!(error instanceof Fault) || isOutage(error)) askAgain()
    throw error
  }
}

/** Finds out how refunds, flags, grades and requests for labels that were sent ended, and finishes what a crash left undone. */
export async function settleSent(context: MerchantContext, options: WorkOptions): Promise<void> {
  const { journal, merchant } = context
  const kinds = [...refundKinds, 'flag', 'note', 'grade', 'assess', 'label'] as const
  const of = { merchant: merchant.name, kinds }
  const open = await journal.effects.find({ ...of, states: ['sent', 'accepted', 'in_doubt', 'planned'] })
  const due = open.filter((effect) => effect.state !== 'planned' || isUnwrittenNote(effect))
  const grades = await unpolled(context, open.filter(isPlannedGrade))
  throwFirst(await workInChunks(context, [...new Set([...due, ...grades].map(({ returnId }) => returnId))], options))
}

function isPlannedGrade({ kind, state }: Effect): boolean {
  return state === 'planned' && (kind === 'grade' || kind === 'assess')
}

/**
 * The effects of returns that no poll asks for any more: their refund is over, and the grades that waited for it go out.
 * Not those whose refund is left to a person: that may take weeks, and their next message brings them.
 */
async function unpolled({ journal, merchant }: MerchantContext, effects: readonly Effect[]): Promise<Effect[]> {
  if (effects.length === 0) return []
  const returnIds = [...new Set(effects.map(({ returnId }) => returnId))]
  const links = await journal.links.find(merchant.name, { returnIds, statuses: ['open', 'received'] })
  const parked = await journal.effects.find({
    merchant: merchant.name,
    returnIds,
    kinds: refundKinds,
    states: ['parked'],
  })
  const others = new Set([...links, ...parked].map(({ returnId }) => returnId))
  return effects.filter(({ returnId }) => !others.has(returnId))
}

/**
 * A flag's note that a crash left unwritten: no poll asks for a return that was processed or skipped since (F21). After
 * its tries only the daily rescan writes it, because Loop may turn every note away.
 */
function isUnwrittenNote({ kind, attempts }: Effect): boolean {
  return kind === 'note' && attempts < mostTries
}

/** Reads everything again once a day, as if nothing had been remembered; what is ready, even if the sync fails. */
export async function rescan(context: MerchantContext, options: WorkOptions): Promise<void> {
  const now = nowOf(context)
  const sync = async () => {
    await syncReturns(context, { since: shifted(now, -lookBack), until: now, source: 'both', dryRun: false })
  }
  await oneAfterOther(context, [sync, () => workOnReady(context, options)])
}

/** Money must not wait for a list that can't be read to its end: what it has given is worked on first. */
async function workOnReady(context: MerchantContext, options: WorkOptions): Promise<void> {
  const { returnIds, failure } = await findReady(context)
  throwFirst(await workInChunks(context, returnIds, options))
  if (failure !== null) throw failure
}

/** A return that fails does not stop the others (F47): their faults are returned; an outage is thrown. */
async function workInChunks(
  context: MerchantContext,
  returnIds: readonly string[],
  options: WorkOptions,
): Promise<Fault[]> {
  const failures: Fault[] = []
  const failed = (_returnId: string, fault: Fault) => void failures.push(fault)
  const work = async (some: readonly string[]) => {
    const { stoppedBy } = await workOnReturns(context, some, options)
    if (stoppedBy !== null) throw stoppedBy
  }
  for (let start = 0; start < returnIds.length && !context.signal.aborted; start += together)
    await oneByOne(context, returnIds.slice(start, start + together), { work, failed })
  return failures
}

function throwFirst([first, ...others]: readonly Fault[]): void {
  if (first !== undefined) throw others.length === 0 ? first : withOthers(first, others)
}

/** Names every return that failed, because only one fault of a run is logged. */
function withOthers(first: Fault, others: readonly Fault[]): Fault {
  // An outage counts for more than a return that can't be read.
  const fault = [first, ...others].find(isOutage) ?? first
  const ids = [first, ...others].flatMap(({ returnId }) => returnId ?? [])
  const also = ids.filter((returnId) => returnId !== fault.returnId)
  if (also.length === 0) return fault
  const named = `${also.slice(0, mostNamed).join(', ')}${also.length > mostNamed ? ' …' : ''}`
  return reworded(fault, `${fault.message.replace(/\.$/, '')}. Nor can ${named}.`)
}
