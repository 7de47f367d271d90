import { isAboutOne } from '../../core/errors/about-one.ts'
import type { Reason } from '../../core/explain/reason.ts'
import type { Policy } from '../../core/merchants/policy.ts'
import { alreadyPaid } from '../../core/refunds/decide.ts'
import type { MerchantContext } from '../merchant-context.ts'
import { observeAndSettle } from '../returns/observe-and-settle.ts'
import { conclude, pastResolutions, type ReturnObservation } from '../returns/observe-returns.ts'
import { type Failure, mapSettled } from '../vendors/map-settled.ts'
import type { Proposal, RequestedAction } from './proposal.ts'
import { notRead, type Resolved } from './results.ts'

/** Observes and plans: reads both sides now, settles what was sent earlier, and decides. */
export async function proposeMany(
  context: MerchantContext,
  returnIds: readonly string[],
  requested: RequestedAction,
  force: boolean,
): Promise<Proposal[]> {
  const readAt = context.clock.now().getTime()
  const observations = await observeAndSettle(context, returnIds, { explicitRefund: requested === 'refund' })
  return observations.map((current) => ({
    observation: current,
    heldBy: null,
    readAt,
    ...choose(current, requested, force),
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
  requested: RequestedAction,
  force: boolean,
): Promise<Proposed> {
  const proposals: Proposal[] = []
  const unread: Failure<string>[] = []
  const propose = async (some: readonly string[]) => {
    context.signal.throwIfAborted()
    return await proposeMany(context, some, requested, force)
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
export function decidedBy(policy: Policy, proposal: Proposal, requested: RequestedAction, force: boolean): Proposal {
  const by = { policy, now: new Date(proposal.readAt).toISOString(), explicitRefund: requested === 'refund' }
  const observation = { ...proposal.observation, ...conclude(proposal.observation, by) }
  return { ...proposal, observation, ...choose(observation, requested, force) }
}

function choose(
  current: ReturnObservation,
  requested: RequestedAction,
  force: boolean,
): Pick<Proposal, 'decision' | 'refused' | 'forced'> {
  const { decision } = current
  switch (requested) {
    case 'rules':
      return { decision, refused: false, forced: false }
    case 'refund':
      return chooseRefund(current, force)
    case 'flag':
      return chooseFlag(current)
  }
}

/** `--force` overrides only the verdict, never a refund that was sent, paid, or whose parcel was not received. */
function chooseRefund(
  { decision, loopReturn }: ReturnObservation,
  force: boolean,
): Pick<Proposal, 'decision' | 'refused' | 'forced'> {
  if (decision.action === 'refund') return { decision, refused: false, forced: false }
  const overridable = decision.action === 'flag' && loopReturn?.state === 'open' && alreadyPaid(loopReturn) === null
  if (overridable && force) {
    return {
      decision: { action: 'refund', reasons: [forcedReason, ...decision.reasons] },
      refused: false,
      forced: true,
    }
  }
  return { decision: { action: decision.action, reasons: decision.reasons }, refused: true, forced: false }
}

const forcedReason: Reason = { code: 'FORCED', message: 'Refunded against the rules: an operator forced it.' }

/** A flag is harmless, so an operator may ask for it while Loop's return is open and no refund was sent. */
function chooseFlag({
  decision,
  loopReturn,
  effects,
}: ReturnObservation): Pick<Proposal, 'decision' | 'refused' | 'forced'> {
  const { process } = pastResolutions(effects)
  const allowed = loopReturn?.state === 'open' && (process === 'none' || process === 'planned')
  if (!allowed) return { decision, refused: true, forced: false }
  const reasons =
    decision.action === 'flag' ? decision.reasons : [{ code: 'BY_OPERATOR', message: 'Flagged by an operator.' }]
  return { decision: { action: 'flag', reasons }, refused: false, forced: false }
}
