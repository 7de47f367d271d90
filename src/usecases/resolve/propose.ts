import { isAboutOne } from '../../core/errors/about-one.ts'
import type { Reason } from '../../core/explain/reason.ts'
import type { Policy } from '../../core/merchants/policy.ts'
import { alreadyPaid } from '../../core/refunds/decide.ts'
import { decidePartial } from '../../core/refunds/decide-partial.ts'
import { loopMayPay } from '../../core/refunds/loop-may-pay.ts'
import type { MerchantContext } from '../merchant-context.ts'
import { observeAndSettle } from '../returns/observe-and-settle.ts'
import {
  announcedUnits,
  type ConcludeBy,
  conclude,
  pastResolutions,
  type ReturnObservation,
} from '../returns/observe-returns.ts'
import { type Failure, mapSettled } from '../vendors/map-settled.ts'
import { isExplicitRefund, type Proposal, type Requested } from './proposal.ts'
import { notRead, type Resolved } from './results.ts'

/** Observes and plans: reads both sides now, settles what was sent earlier, and decides. */
export async function proposeMany(
  context: MerchantContext,
  returnIds: readonly string[],
  request: Requested,
): Promise<Proposal[]> {
  const readAt = context.clock.now().getTime()
  const explicitRefund = isExplicitRefund(request.requested)
  const observations = await observeAndSettle(context, returnIds, { explicitRefund })
  const { policy } = (await context.stored()).merchant
  return observations.map((current) => ({
    observation: current,
    heldBy: null,
    readAt,
    ...choose(current, { policy, now: new Date(readAt).toISOString() }, request),
  }))
}

/** How many RMAs MasonHub returns per request. */
const readTogether = 30

export type Proposed = {
  proposals: Proposal[]
  /** Returns that a vendor could not deliver: left alone, and reported. */
  unread: Resolved[]
}

/** Like {@link proposeMany}, thirty at a time, despite unreadable returns (F47). Throws when none could be read. */
export async function proposeAll(
  context: MerchantContext,
  returnIds: readonly string[],
  request: Requested,
): Promise<Proposed> {
  const proposals: Proposal[] = []
  const unread: Failure<string>[] = []
  const propose = async (some: readonly string[]) => {
    context.signal.throwIfAborted()
    return await proposeMany(context, some, request)
  }
  for (let start = 0; start < returnIds.length; start += readTogether) {
    const some = returnIds.slice(start, start + readTogether)
    try {
      proposals.push(...(await propose(some)))
    } catch (error) {
      if (!isAboutOne(error)) throw error
      const { done, failures } = await mapSettled(some, (returnId) => propose([returnId]))
      proposals.push(...done.flat())
      unread.push(...failures)
    }
    context.progress({ label: 'Reading both sides', done: start + some.length, total: returnIds.length })
  }
  const [first] = unread
  if (first !== undefined && proposals.length === 0) throw first.fault
  return { proposals, unread: unread.map(({ item, fault }) => notRead(item, fault)) }
}

/** Decides the same reading by another policy: what is stored now binds, whatever was decided before (G4). */
export function decidedBy(policy: Policy, proposal: Proposal, request: Requested): Proposal {
  const now = new Date(proposal.readAt).toISOString()
  const by = { policy, now, explicitRefund: isExplicitRefund(request.requested) }
  const observation = { ...proposal.observation, ...conclude(proposal.observation, by) }
  return { ...proposal, observation, ...choose(observation, by, request) }
}

type Chosen = Pick<Proposal, 'decision' | 'refused' | 'forced' | 'partial'>
/** `now`: when both sides were read. */
type DecideBy = Pick<ConcludeBy, 'policy' | 'now'>

function choose(current: ReturnObservation, by: DecideBy, { requested, force, units = null }: Requested): Chosen {
  const { decision } = current
  switch (requested) {
    case 'rules':
      return { decision, refused: false, forced: false, partial: null }
    case 'refund':
      return { ...chooseRefund(current, by, force), partial: null }
    case 'flag':
      return { ...chooseFlag(current), partial: null }
    case 'only-arrived':
      return chooseOnlyArrived(current, by, units)
  }
}

/** Only a person asks for this; `--force` does not help, because a damaged unit would be paid in full. */
function chooseOnlyArrived(current: ReturnObservation, by: DecideBy, chosen: readonly string[] | null): Chosen {
  const { decision, loopReturn, rma, effects } = current
  if (loopReturn === null) return { decision, refused: true, forced: false, partial: null }
  const { bagSeenAt } = current
  const input = { ...by, loopReturn, rma, bagSeenAt, announced: announcedUnits(current), chosen }
  return { ...decidePartial(decision, pastResolutions(effects), input), forced: false }
}

/** `--force` overrides only the verdict, never a refund that was sent, paid, or whose parcel was not received. */
function chooseRefund(current: ReturnObservation, { now }: DecideBy, force: boolean): Omit<Chosen, 'partial'> {
  const { decision, loopReturn, rma, bagSeenAt } = current
  if (decision.action === 'refund') return { decision, refused: false, forced: false }
  const overridable = decision.action === 'flag' && loopReturn?.state === 'open' && alreadyPaid(loopReturn) === null
  if (overridable && force) {
    // Whoever forces it is told that Loop's own job may pay it as well (G22).
    const mayPay = rma === null ? null : loopMayPay({ loopReturn, rma, bagSeenAt, now })
    const because = mayPay === null ? [forcedReason] : [forcedReason, mayPay]
    return {
      decision: { action: 'refund', reasons: [...because, ...decision.reasons] },
      refused: false,
      forced: true,
    }
  }
  return { decision: { action: decision.action, reasons: decision.reasons }, refused: true, forced: false }
}

const forcedReason: Reason = { code: 'FORCED', message: 'Refunded against the rules: an operator forced it.' }

/** A flag is harmless, so an operator may ask for it while Loop's return is open and no refund was sent. */
function chooseFlag({ decision, loopReturn, effects }: ReturnObservation): Omit<Chosen, 'partial'> {
  const { process } = pastResolutions(effects)
  const allowed = loopReturn?.state === 'open' && (process === 'none' || process === 'planned')
  if (!allowed) return { decision, refused: true, forced: false }
  const reasons =
    decision.action === 'flag' ? decision.reasons : [{ code: 'BY_OPERATOR', message: 'Flagged by an operator.' }]
  return { decision: { action: 'flag', reasons }, refused: false, forced: false }
}
