import { isRefundKind, refundKinds } from '../../core/refunds/refund-kinds.ts'
import { settlementLimit } from '../../core/refunds/settlement.ts'
import { digestOf } from '../../core/text/digest.ts'
import type { Quarantine } from '../../journal/journal.ts'
import { type MerchantContext, nowOf, shifted } from '../merchant-context.ts'
import { readyReturns } from '../resolve/ready.ts'
import { observeAndSettle } from '../returns/observe-and-settle.ts'
import type { ReturnObservation } from '../returns/observe-returns.ts'
import { oneByOne } from '../returns/one-by-one.ts'

/** What the reading found, and whether refunds may go out again. */
export type Reconciled = {
  quarantine: Quarantine
  lifted: boolean
  /** Until then, Loop may still have a refund in its queue that this journal does not know. */
  notBefore: string
  /** How many returns were read. */
  read: number
  /** Returns that this journal would have paid, and that Loop shows closed. */
  foundDone: string[]
  /** Returns that are open, so that it is unknown whether their refund was requested: a person decides. */
  parked: string[]
  /** Returns that could not be read; any of them keeps the quarantine. */
  unreadable: string[]
}

const together = 30

/**
 * Ends a merchant's quarantine by reading (F11): a journal from a backup may have forgotten refunds that were sent.
 * Once Loop has had its time to do what it accepted, every return that could be paid is read on both sides. What is
 * closed there is never paid again, and what is still open is left to a person. null when the merchant is not in
 * quarantine. It sends nothing.
 */
export async function endQuarantine(context: MerchantContext): Promise<Reconciled | null> {
  const { journal, merchant, actor, signal } = context
  const quarantine = await journal.refunds.quarantineOf(merchant.name)
  if (quarantine === null) return null
  const notBefore = shifted(quarantine.since, settlementLimit)
  const result: Reconciled = {
    quarantine,
    lifted: false,
    notBefore,
    read: 0,
    foundDone: [],
    parked: [],
    unreadable: [],
  }
  if (nowOf(context) < notBefore) return result
  const ids = await candidates(context)
  for (let start = 0; start < ids.length && !signal.aborted; start += together) {
    await readSome(context, ids.slice(start, start + together), result)
    context.progress({ label: 'Reading returns', done: Math.min(start + together, ids.length), total: ids.length })
  }
  if (signal.aborted || result.unreadable.length > 0) return result
  return { ...result, lifted: await journal.refunds.release(merchant.name, actor, nowOf(context)) }
}

/** Every return that could be paid now, according to either vendor or to this journal. */
async function candidates(context: MerchantContext): Promise<string[]> {
  const { journal, merchant } = context
  const states = ['planned', 'sent', 'accepted', 'in_doubt'] as const
  const refunds = await journal.effects.find({ merchant: merchant.name, kinds: refundKinds, states })
  const links = await journal.links.find(merchant.name, { statuses: ['received'] })
  const known = [...refunds, ...links].map(({ returnId }) => returnId)
  return [...new Set([...(await readyReturns(context)), ...known])]
}

/** One unreadable return does not hide the others; a problem that affects all of them is thrown (F47). */
async function readSome(context: MerchantContext, returnIds: readonly string[], result: Reconciled): Promise<void> {
  await oneByOne(context, returnIds, {
    work: async (some) => {
      const observations = await observeAndSettle(context, some, { explicitRefund: false })
      const done = observations.filter(isDoneUnknown)
      await note(context, done)
      const doubtful = result.quarantine.forgets ? observations.filter(mayBeRequested) : []
      await park(context, doubtful, result.quarantine)
      result.read += observations.length
      result.foundDone.push(...done.map(({ returnId }) => returnId))
      result.parked.push(...doubtful.map(({ returnId }) => returnId))
    },
    failed: (returnId) => void result.unreadable.push(returnId),
  })
}

/**
 * A refund that was requested and then forgotten may wait in Loop's queue, or may have failed there: reading can't tell
 * either from a return without a request, and Loop pays for every request. A return to be flagged is not paid
 * automatically.
 */
function mayBeRequested(observation: ReturnObservation): boolean {
  const { action } = observation.decision
  return observation.loopReturn?.state === 'open' && !isSent(observation) && (action === 'refund' || action === 'wait')
}

/** Parks refunds as never sent by this journal: a run that read them before finds them parked when it claims them. */
async function park(
  context: MerchantContext,
  observations: readonly ReturnObservation[],
  { since }: Quarantine,
): Promise<void> {
  const { journal, merchant, actor } = context
  const payload = { restoredAt: since }
  const digest = digestOf(payload)
  const identity = { merchant: merchant.name, kind: 'process', generation: 0 } as const
  const planned = await journal.effects.planMany(
    observations.map(({ returnId }) => ({ ...identity, returnId, digest, payload, actor })),
    nowOf(context),
  )
  // Where the slot of the return holds another refund that was never sent, that one is parked.
  const unsent = observations.flatMap(({ effects }) =>
    effects.filter(({ kind, state }) => isRefundKind(kind) && state === 'planned'),
  )
  const ids = new Set([...planned, ...unsent].map(({ effectId }) => effectId))
  const evidence = `It may have been sent already: the journal was restored from a backup at ${since}.`
  await journal.effects.settleMany(
    [...ids].map((effectId) => ({ effectId, from: ['planned'], to: 'parked', evidence, because: 'MAYBE_SENT' })),
    { at: nowOf(context), actor },
  )
}

/** Loop shows it closed, and this journal knows of no refund that it sent. */
function isDoneUnknown(observation: ReturnObservation): boolean {
  return observation.loopReturn?.state === 'closed' && !isSent(observation)
}

function isSent({ effects }: ReturnObservation): boolean {
  return effects.some(({ kind, sentAt }) => isRefundKind(kind) && sentAt !== null)
}

async function note(context: MerchantContext, observations: readonly ReturnObservation[]): Promise<void> {
  const { journal, merchant, actor } = context
  const at = nowOf(context)
  const message = 'closed at Loop without a refund that this journal knows of: it is not paid again'
  const entry = { at, merchant: merchant.name, actor, what: 'reconciled', kind: null, effectId: null, message }
  await journal.history.append(observations.map(({ returnId }) => ({ ...entry, returnId })))
}
