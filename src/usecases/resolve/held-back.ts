import type { Reason } from '../../core/explain/reason.ts'
import { type Decision, paidOut } from '../../core/refunds/decide.ts'
import { isHeldByPolicy, isPassedExplicitly } from '../../core/refunds/held-by-policy.ts'
import { refundBounds } from '../../effects/refund-bounds.ts'
import type { RefundAhead } from '../../journal/refunds/preview-refunds.ts'
import { type MerchantContext, nowOf } from '../merchant-context.ts'
import type { ReturnObservation } from '../returns/observe-returns.ts'
import { isExplicitRefund, type Proposal, type RequestedAction } from './proposal.ts'

type Decided = { observation: Pick<ReturnObservation, 'returnId' | 'rma' | 'loopReturn'>; decision: Decision }

/**
 * What keeps each of these refunds from being sent now; null where it would be sent, or where none is due. Uses the
 * checks of the claim in the order of the plan, so that what is shown is what will happen (G12): with two refunds left
 * in the hour, the third of three is held back.
 */
export async function heldBack(
  context: MerchantContext,
  decided: readonly Decided[],
  { explicit }: { explicit: boolean },
): Promise<(Reason | null)[]> {
  const due = decided.filter(({ decision }) => decision.action === 'refund')
  const refusals = await refusalsOf(context, due, explicit)
  const held = new Map(due.map((one, index) => [one, refusals[index] ?? null]))
  return await Promise.all(
    decided.map(async (one) => held.get(one) ?? (isSwitchedOff(one) ? await heldBySwitch(context, one) : null)),
  )
}

/** The same for a plan: each proposal with what holds it back. */
export async function withHeldBack(
  context: MerchantContext,
  proposals: readonly Proposal[],
  requested: RequestedAction,
): Promise<Proposal[]> {
  const acting = proposals.filter(({ refused }) => !refused)
  const reasons = await heldBack(context, acting, { explicit: isExplicitRefund(requested) })
  const heldBy = new Map(acting.map((proposal, index) => [proposal, reasons[index] ?? null]))
  return proposals.map((proposal) => ({ ...proposal, heldBy: heldBy.get(proposal) ?? null }))
}

/** The rules allow it, but a switch or a limit of the profile leaves it to a person. */
function isSwitchedOff({ decision }: Decided): boolean {
  return decision.action === 'wait' && isHeldByPolicy(decision.reasons)
}

/** What would hold back even an explicit refund comes first: no operator is sent to a command that would do nothing. */
async function heldBySwitch(context: MerchantContext, one: Decided): Promise<Reason | null> {
  const [refusal = null] = await refusalsOf(context, [one], true)
  return refusal ?? one.decision.reasons.find(isPassedExplicitly) ?? null
}

async function refusalsOf(
  context: MerchantContext,
  decided: readonly Decided[],
  explicit: boolean,
): Promise<(Reason | null)[]> {
  if (decided.length === 0) return []
  const budget = await refundBounds(context, await context.stored())
  const refunds: RefundAhead[] = decided.map(({ observation: { returnId, rma, loopReturn } }) => {
    const paid = { paidOut: loopReturn && paidOut(loopReturn), currency: loopReturn?.money.currency ?? null }
    return { returnId, receivedAt: rma?.receivedAt ?? null, ...paid }
  })
  const { journal, merchant } = context
  const refusals = await journal.refunds.refusals(merchant.name, refunds, nowOf(context), { ...budget, explicit })
  return refusals.map((refusal) => refusal && { code: refusal.code, message: refusal.message })
}
