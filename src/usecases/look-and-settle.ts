import { conclude, type Look, lookMany } from './look.ts'
import { settleResolutions } from './resolve/settle.ts'
import { settleRmaWrites } from './sync/settle-rma-writes.ts'
import { nowOf, type Workplace } from './workplace.ts'

/**
 * Reads both sides of these returns now, settles what was sent earlier by what they show, and decides again with that
 * known. It writes to the journal alone.
 */
export async function lookAndSettle(
  workplace: Workplace,
  returnIds: readonly string[],
  options: { refundByName: boolean },
): Promise<Look[]> {
  const { journal, merchant } = workplace
  const seenAt = nowOf(workplace)
  const looks = await lookMany(workplace, returnIds)
  const settledRmas = await settleRmaWrites(workplace, looks)
  const fresh = settledRmas ? await journal.effects.find({ merchant: merchant.name, returnIds }) : null
  const { policy } = (await workplace.stored()).merchant
  const settled: Look[] = []
  for (const seen of looks) {
    const known = fresh?.filter(({ returnId }) => returnId === seen.returnId) ?? seen.effects
    const effects = await settleResolutions(workplace, { loopReturn: seen.loopReturn, effects: known, seenAt })
    settled.push({ ...seen, effects, ...conclude({ ...seen, effects }, policy, options.refundByName) })
  }
  return settled
}
