import { isLoopback } from '../../core/loopback.ts'
import type { LoopReturn } from '../../core/return.ts'
import type { MerchantContext } from '../merchant-context.ts'

/** What its owner writes on a return to say that it is a test: in the comment of an item, or in the order's name. */
export const testMark = 'mhloop-test'

const markPattern = new RegExp(`(?:^|[^\\w-])${testMark}(?:$|[^\\w-])`, 'i')
const sandboxHost = 'sandbox.masonhub.co'

/**
 * Whether nobody can mistake this return for a shopper's (G14): MasonHub's account is a sandbox, by its setting and by its
 * host, and either Loop is on this very machine, or the return carries the mark. A name that merely sounds like a test is
 * none.
 */
export function isClearlyTest(
  { merchant }: Pick<MerchantContext, 'merchant'>,
  { orderName, units }: Pick<LoopReturn, 'orderName' | 'units'>,
): boolean {
  const { hostname } = new URL(merchant.masonhub.baseUrl)
  const isSandbox = merchant.environment === 'sandbox' && (hostname === sandboxHost || isLoopback(hostname))
  if (!isSandbox) return false
  if (isLoopback(new URL(merchant.loop.baseUrl).hostname)) return true
  return [orderName, ...units.map(({ comment }) => comment)].some((text) => markPattern.test(text ?? ''))
}
