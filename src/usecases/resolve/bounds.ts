import { strictest } from '../../core/policy.ts'
import type { RefundLimits } from '../../journal/journal.ts'
import type { StoredMerchant } from '../../merchants/stored-merchant.ts'
import type { Workplace } from '../workplace.ts'

export type Bounds = Pick<RefundLimits, 'account' | 'refundsPerHour' | 'refundsPerDay' | 'firstByHand'>

/**
 * What a refund of this merchant has to keep within: its limits, and those of every other stored name of its Loop account,
 * whichever is stricter (G10). They are counted together in the journal.
 */
export async function refundBounds(
  { journal, merchant, account }: Pick<Workplace, 'journal' | 'merchant' | 'account'>,
  stored: StoredMerchant,
): Promise<Bounds> {
  const digest = account()
  const names = await journal.refunds.namesBeside(merchant.name, digest)
  const others = names.length === 0 ? [] : await stored.limitsOf(names)
  return { account: digest, ...strictest(stored.merchant.policy.limits, others) }
}
