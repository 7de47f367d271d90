import { settleGrades } from '../../effects/grade.ts'
import { settleResolutions, settleRmaWrites } from '../../effects/settle.ts'
import { type MerchantContext, nowOf } from '../merchant-context.ts'
import { conclude, observeReturns, type ReturnObservation } from './observe-returns.ts'

/**
 * Reads both sides of these returns now, settles what was sent earlier by what they show, and then decides again. It
 * writes only to the journal.
 */
export async function observeAndSettle(
  context: MerchantContext,
  returnIds: readonly string[],
  options: { explicitRefund: boolean },
): Promise<ReturnObservation[]> {
  const { journal, merchant } = context
  const seenAt = nowOf(context)
  const observations = await observeReturns(context, returnIds)
  const settledRmas = await settleRmaWrites(context, observations)
  const fresh = settledRmas ? await journal.effects.find({ merchant: merchant.name, returnIds }) : null
  const { policy } = (await context.stored()).merchant
  const by = { policy, now: seenAt, explicitRefund: options.explicitRefund }
  const settled: ReturnObservation[] = []
  for (const seen of observations) {
    const known = fresh?.filter(({ returnId }) => returnId === seen.returnId) ?? seen.effects
    const { loopReturn } = seen
    const resolved = await settleResolutions(context, { loopReturn, effects: known, seenAt })
    const effects = await settleGrades(context, { loopReturn, effects: resolved, seenAt })
    settled.push({ ...seen, effects, ...conclude({ ...seen, effects }, by) })
  }
  return settled
}
