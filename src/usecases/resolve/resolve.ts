import type { Action } from '../../core/refunds/decide.ts'
import { isRefundKind, type RefundKind } from '../../core/refunds/refund-kinds.ts'
import { customerIdentifierOf } from '../../core/rmas/identifiers.ts'
import { digestOf } from '../../core/text/digest.ts'
import { leaseFor, sendWithin } from '../../core/time/time-limits.ts'
import { sendFlag } from '../../effects/flag.ts'
import { addReasonNote, finishNotes } from '../../effects/note.ts'
import { claimRefund, sendRefund } from '../../effects/refund.ts'
import { outcomeOf, type Refund, type Resolution, type Sent } from '../../effects/resolution.ts'
import { abandon } from '../../effects/run.ts'
import { giveUp } from '../../effects/unsent-refund.ts'
import type { Lease } from '../../journal/journal.ts'
import type { StoredMerchant } from '../../merchants/profiles/stored-merchant.ts'
import { type MerchantContext, nowOf } from '../merchant-context.ts'
import type { ReturnObservation } from '../returns/observe-returns.ts'
import { isExplicitRefund, type Proposal, type Requested } from './proposal.ts'
import { decidedBy, proposeMany } from './propose.ts'
import { headOf, pastResolutionOf, type Resolved, reasonsOf, skipped } from './results.ts'
import { waitFor } from './wait-for.ts'

export type ResolveRequest = Requested & {
  /** Why it is forced, or why only what arrived is paid: for the journal; of a forced one, for Loop's timeline, too. */
  reason?: string | undefined
  note: string | null
  /** Milliseconds to wait for Loop to finish; 0: don't wait. */
  wait: number
}
/** A request with its lease and the settings as stored now: if either changes, no refund is claimed (F9, G4). */
type Bound = ResolveRequest & { lease: Lease; stored: StoredMerchant }

/** Milliseconds. An older proposal is read again before money moves: the operator may have been at lunch. */
const freshFor = 10_000
/** How many returns are read together and then acted on: at both vendors' rate, the last is still fresh then. */
export const readTogether = 15

/** A resolution that is ready to be sent, or is over already. */
export type Begun = {
  /** It holds a claim on Loop's timeline, so it should not be kept waiting. */
  isClaimed: boolean
  /** Sends what there is to send. Call one after the other, so that what stops one stops those behind it. */
  send(): Promise<Sending>
  /** Sends nothing after all, and gives up what was claimed. */
  leave(): Promise<void>
}

/** What was sent, and its outcome if the request says to wait for it. */
export type Sending = { resolved: Resolved; settled(): Promise<Resolved> }

/**
 * MasonHub → Loop: checks that a proposal still holds, and claims its refund. Several do so at once: fifteen one by one
 * would outlast their reading (G1). `reread`: a newer reading, if any. The caller must then `send` or `leave`.
 */
export async function begin(
  context: MerchantContext,
  proposal: Proposal,
  request: ResolveRequest,
  reread?: Proposal,
): Promise<Begun> {
  const { returnId } = proposal.observation
  const { journal, merchant, actor } = context
  const subject = `resolve:${returnId}`
  // The owner names this run only, so that two runs by the same person don't share the lease.
  const lease = { subject, owner: `${actor}#${crypto.randomUUID()}` }
  if (!(await journal.leases.acquire(merchant.name, subject, lease.owner, leaseFor))) {
    return ended(skipped(proposal, 'ANOTHER_WRITER', 'Another mhloop is resolving it right now.'))
  }
  const release = () => journal.leases.release(merchant.name, subject, lease.owner)
  try {
    const read = await refreshed(context, reread ?? proposal, request)
    const stored = await context.stored()
    const prepared = await prepare(context, { read, displayed: proposal }, { ...request, lease, stored })
    return {
      isClaimed: prepared.isClaimed,
      send: () => releasing(release, async () => finished(context, proposal, read, request, await prepared.send())),
      leave: () => releasing(release, prepared.leave),
    }
  } catch (error) {
    await release()
    throw error
  }
}

async function releasing<Result>(release: () => Promise<void>, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } finally {
    await release()
  }
}

function ended(resolved: Resolved): Begun {
  const send = async () => ({ resolved, settled: async () => resolved })
  return { isClaimed: false, send, leave: async () => undefined }
}

/** Saves the status of what is confirmed. A refund that Loop only queued is checked later, if asked to wait. */
async function finished(
  context: MerchantContext,
  { observation }: Proposal,
  current: Proposal,
  { wait }: ResolveRequest,
  resolved: Resolved,
): Promise<Sending> {
  const filed = async (settled: Resolved) => {
    if (settled.outcome === 'confirmed') await saveStatus(context, observation, settled.action)
    return settled
  }
  const isQueued = resolved.action === 'refund' && resolved.outcome === 'accepted' && wait > 0
  if (!isQueued) {
    const done = await filed(resolved)
    return { resolved: done, settled: async () => done }
  }
  const settled = async () => {
    const effect = await waitFor(context, current.observation.returnId, 'refund', wait)
    return await filed({ ...resolved, outcome: outcomeOf(effect) ?? 'accepted' })
  }
  return { resolved, settled }
}

async function saveStatus(
  context: MerchantContext,
  { returnId, loopReturn, link }: ReturnObservation,
  action: Action,
): Promise<void> {
  const { journal, merchant } = context
  const at = nowOf(context)
  // Found at the vendors only: it was synced with another machine's journal.
  if (link === null) {
    const { orderName = null, updatedAt = null } = loopReturn ?? {}
    const seen = { returnId, customerIdentifier: customerIdentifierOf(returnId), orderName, returnUpdatedAt: updatedAt }
    await journal.links.see(merchant.name, [seen], at)
  }
  await journal.links.setStatus(merchant.name, [{ returnId, status: 'resolved', reason: action }], at)
}

async function refreshed(context: MerchantContext, proposal: Proposal, request: ResolveRequest): Promise<Proposal> {
  if (!isStale(context, proposal)) return proposal
  const [fresh] = await proposeMany(context, [proposal.observation.returnId], request)
  return fresh ?? proposal
}

/** Whether it is too old to act on; the clock may also have been set back. */
export function isStale({ clock }: MerchantContext, { readAt }: Pick<Proposal, 'readAt'>): boolean {
  const age = clock.now().getTime() - readAt
  return age < 0 || age >= freshFor
}

/** What is left to do after everything was checked and, for a refund, claimed. */
type Prepared = Pick<Begun, 'isClaimed' | 'leave'> & { send(): Promise<Resolved> }

function unclaimed(send: () => Promise<Resolved>): Prepared {
  return { isClaimed: false, send, leave: async () => undefined }
}

async function prepare(
  context: MerchantContext,
  { read, displayed }: { read: Proposal; displayed: Proposal },
  request: Bound,
): Promise<Prepared> {
  if (!isAsDisplayed(read, displayed)) {
    const message = 'The return changed after it was shown; check it again.'
    return unclaimed(async () => skipped(read, 'CHANGED_SINCE_SHOWN', message))
  }
  const decided = decidedBy(request.stored.merchant.policy, read, request)
  if (!isAsDisplayed(decided, displayed)) {
    const message = "The merchant's settings changed after the decision; check it again."
    return unclaimed(async () => skipped(decided, 'POLICY_CHANGED', message))
  }
  await recordDecision(context, decided, request.reason)
  if (decided.refused) {
    return unclaimed(async () => ({ ...headOf(decided), outcome: 'refused', reasons: decided.decision.reasons }))
  }
  const proposal = { ...(await giveUpUnsent(context, decided)), heldBy: displayed.heldBy }
  switch (proposal.decision.action) {
    case 'refund':
      return await prepareRefund(context, proposal, request)
    case 'flag':
      return unclaimed(async () => await withNotes(context, proposal, await flag(context, proposal, request)))
    case 'wait':
    case 'none':
      // There is nothing to send, but perhaps a note that a crash left unwritten.
      return unclaimed(async () => {
        await finishNotes(context, proposal.observation.effects)
        return pastResolutionOf(proposal)
      })
  }
}

/** Shown as held back, it stays held back, whatever changed since: no return is paid that was not planned (G12). */
function isHeldBack({ heldBy }: Proposal): boolean {
  return heldBy !== null && heldBy.code !== 'MAYBE_SENT'
}

/** If nothing was sent, writes the note that an earlier flag still lacks: what blocks this one may last (F21). */
async function withNotes(context: MerchantContext, { observation }: Proposal, resolved: Resolved): Promise<Resolved> {
  const { outcome } = resolved
  const isOnItsWay = outcome === 'accepted' || outcome === 'confirmed' || outcome === 'in_doubt'
  if (!isOnItsWay) await finishNotes(context, observation.effects)
  return resolved
}

/** A refund is forced only for the reasons that the operator saw, and removes and pays only the units that they saw. */
function isAsDisplayed(current: Proposal, displayed: Proposal): boolean {
  const sameKind =
    current.decision.action === displayed.decision.action &&
    current.refused === displayed.refused &&
    current.forced === displayed.forced &&
    current.partial?.digest === displayed.partial?.digest
  return sameKind && (!current.forced || digestOf(current.decision.reasons) === digestOf(displayed.decision.reasons))
}

/**
 * Abandons what was planned, never sent, and is no longer decided. If another run's flag came first, the note of this
 * one may have been planned just before it was found unsent: it ends together with its flag (F21).
 */
async function giveUpUnsent(context: MerchantContext, current: Proposal): Promise<Proposal> {
  const { observation, decision } = current
  // A return has one slot for both kinds of refund: one that was planned and never sent must not keep it.
  const refund = decision.action === 'refund' ? kindOf(current) : null
  const unsent = observation.effects.filter(({ kind, state }) => {
    const isOther = (isRefundKind(kind) && kind !== refund) || (kind === 'flag' && decision.action !== 'flag')
    return state === 'planned' && isOther
  })
  if (unsent.length === 0) return current
  const { journal, merchant } = context
  await abandon(context, unsent, 'Never sent, and no longer the decision.')
  const effects = await journal.effects.find({ merchant: merchant.name, returnIds: [observation.returnId] })
  return { ...current, observation: { ...observation, effects } }
}

function kindOf({ partial }: Proposal): RefundKind {
  return partial === null ? 'process' : 'remove'
}

/** Records in the history what was decided, and by whom; "nothing to do" is not recorded. */
async function recordDecision(
  context: MerchantContext,
  { observation, decision, forced, refused, partial }: Proposal,
  reason: string | undefined,
): Promise<void> {
  if (!refused && decision.action !== 'refund' && decision.action !== 'flag') return
  const codes = decision.reasons.map(({ code }) => code).join(', ')
  const units = partial === null ? '' : `; removes ${partial.removed.map(({ lineItemId }) => lineItemId).join(', ')}`
  const because = (forced || partial !== null) && reason !== undefined ? `; reason: ${reason}` : ''
  const message = `${refused ? 'requested against the rules, which say ' : 'decided: '}${decision.action} (${codes})${units}${because}`
  const { journal, merchant, actor } = context
  const what = forced ? 'forced' : 'decided'
  const entry = { at: nowOf(context), merchant: merchant.name, returnId: observation.returnId, actor, what, message }
  await journal.history.append([{ ...entry, kind: null, effectId: null }])
}

async function prepareRefund(context: MerchantContext, proposal: Proposal, request: Bound): Promise<Prepared> {
  const resolution = resolutionOf(context, proposal, request)
  const { rma } = proposal.observation
  if (resolution === null || rma === null) {
    const none = skipped(proposal, 'NO_RMA', 'There is no RMA to base a refund on.')
    return unclaimed(() => withNotes(context, proposal, none))
  }
  if (isHeldBack(proposal)) {
    const held: Resolved = { ...headOf(proposal), outcome: 'skipped', reasons: reasonsOf(proposal) }
    return unclaimed(() => withNotes(context, proposal, held))
  }
  const claiming = await claimRefund(context, { ...resolution, rma, partial: unitsOf(proposal) })
  const finishWith = ({ outcome, reasons }: Sent) =>
    withNotes(context, proposal, { ...headOf(proposal), outcome, reasons: [...reasons, ...resolution.reasons] })
  if (claiming.kind === 'over') return unclaimed(() => finishWith(claiming.sent))
  const { refund } = claiming
  return {
    isClaimed: true,
    leave: async () => void (await giveUp(context, refund, notTried)),
    send: async () => await finishWith(await sendRefund(context, refund)),
  }
}

/** By their ids, as they were displayed: they are planned, and what is planned is sent. */
function unitsOf({ partial }: Proposal): Refund['partial'] {
  if (partial === null) return null
  const ids = (units: readonly { lineItemId: string }[]) => units.map(({ lineItemId }) => lineItemId)
  return { removed: ids(partial.removed), paid: ids(partial.paid) }
}

const notTried = { posted: true, code: 'NOT_TRIED', evidence: 'Not sent: the run stopped earlier.' }

/** Whether the reading is recent enough to act on. If the clock was set back, its age is unknown, so it is not. */
function freshness({ clock }: MerchantContext, { readAt }: Proposal): () => boolean {
  return () => {
    const age = clock.now().getTime() - readAt
    return age >= 0 && age <= sendWithin
  }
}

/** What is decided, with all that binds it on its way to Loop; null: Loop has no such return. */
function resolutionOf(context: MerchantContext, proposal: Proposal, request: Bound): Resolution | null {
  const { observation, decision, forced } = proposal
  const { loopReturn, rma, effects } = observation
  if (loopReturn === null) return null
  const { lease, stored, requested, note: operatorNote, reason = null } = request
  const { action, reasons } = decision
  const explicit = action === 'refund' ? isExplicitRefund(requested) : requested === action
  const how = { operatorNote, explicit, forcedBecause: forced ? reason : null }
  const isFresh = freshness(context, proposal)
  return { returnId: loopReturn.returnId, loopReturn, rma, effects, reasons, ...how, isFresh, lease, stored }
}

async function flag(context: MerchantContext, proposal: Proposal, request: Bound): Promise<Resolved> {
  const resolution = resolutionOf(context, proposal, request)
  if (resolution === null) return skipped(proposal, 'RETURN_UNKNOWN', 'Loop has no such return.')
  const sent = await sendFlag(context, resolution)
  const reasons = [...sent.reasons, ...resolution.reasons]
  if (sent.outcome !== 'accepted') return { ...headOf(proposal), outcome: sent.outcome, reasons }
  const settled = await waitFor(context, proposal.observation.returnId, 'flag', Math.max(request.wait, 1))
  if (settled?.state === 'confirmed') await addReasonNote(context, settled, resolution)
  return { ...headOf(proposal), outcome: outcomeOf(settled) ?? 'accepted', reasons }
}
