import { type LimitsInForce, limitsInForce } from '../core/refunds/limits.ts'
import type { RefundLimits } from '../journal/journal.ts'
import type { StoredMerchant } from '../merchants/profiles/stored-merchant.ts'
import type { EffectContext } from './context.ts'

export type Bounds = Pick<RefundLimits, 'account' | 'names' | 'setBy'> & LimitsInForce['limits']

/**
 * The limits for a refund of this merchant: for each, the tightest among the stored names of its Loop account (G10).
 * The journal counts their refunds together.
 */
export async function refundBounds(
  { journal, merchant, account }: Pick<EffectContext, 'journal' | 'merchant' | 'account'>,
  stored: StoredMerchant,
): Promise<Bounds> {
  const digest = account()
  const others = await journal.refunds.namesBeside(merchant.name, digest)
  const own = { name: merchant.name, limits: stored.merchant.policy.limits }
  const { limits, setBy } = limitsInForce(own, others.length === 0 ? [] : await stored.limitsOf(others))
  return { account: digest, names: [merchant.name, ...others], setBy, ...limits }
}
