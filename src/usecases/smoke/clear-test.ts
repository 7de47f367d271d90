import type { LoopReturn } from '../../core/returns/return.ts'
import { isLoopback } from '../../core/urls/loopback.ts'
import type { MerchantContext } from '../merchant-context.ts'

/** The word by which its owner marks a return as a test, in the comment of an item or in the order's name. */
export const testMark = 'mhloop-test'

const markPattern = new RegExp(`(?:^|[^\\w-])${testMark}(?:$|[^\\w-])`, 'i')
const sandboxHost = 'sandbox.masonhub.co'

/**
 * Whether this return can't be mistaken for a shopper's (G14). MasonHub's account must be a sandbox, by its setting and
 * by its host; and Loop must be on this machine, or the return must carry the mark. A name that merely sounds like a
 * test is not enough.
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
