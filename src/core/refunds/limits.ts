import type { Policy } from '../merchants/policy.ts'
import { atMost, tenThousandths } from './money.ts'

export type Limits = Policy['limits']
/** The limits of one merchant name of a Loop account. */
export type NamedLimits = { name: string; limits: Limits }
/** `setBy`: the name that each limit comes from. */
export type LimitsInForce = { limits: Limits; setBy: Record<keyof Limits, string> }

/**
 * The limits of a Loop account that works under several names: the tightest of each, whatever name a refund is sent
 * under (G10). Among equally tight limits the merchant's own counts, then the one of the earlier name.
 */
export function limitsInForce(own: NamedLimits, others: readonly NamedLimits[]): LimitsInForce {
  const all = [own, ...others]
  const refundsPerHour = tightest(all, 'refundsPerHour', isLower)
  const refundsPerDay = tightest(all, 'refundsPerDay', isLower)
  const firstByHand = tightest(all, 'firstByHand', isHigher)
  const largestRefund = tightest(all, 'largestRefund', isSmaller)
  return {
    limits: {
      refundsPerHour: refundsPerHour.limits.refundsPerHour,
      refundsPerDay: refundsPerDay.limits.refundsPerDay,
      firstByHand: firstByHand.limits.firstByHand,
      largestRefund: largestRefund.limits.largestRefund,
    },
    setBy: {
      refundsPerHour: refundsPerHour.name,
      refundsPerDay: refundsPerDay.name,
      firstByHand: firstByHand.name,
      largestRefund: largestRefund.name,
    },
  }
}

/** Whether a refund of this size may go out without a person. One of unknown size may only where there is no limit. */
export function isWithinLargest(amount: string | null, largest: string | null): boolean {
  return largest === null || atMost(amount, largest) === true
}

/**
 * Whether a largest refund says an amount, or that there is none. One that can't be read, such as from a profile that
 * was edited by hand, counts as the tightest everywhere: nothing is known to be within it (G9).
 */
export function isReadable(largest: string | null): boolean {
  return largest === null || tenThousandths(largest) !== null
}

function tightest<Key extends keyof Limits>(
  all: readonly NamedLimits[],
  key: Key,
  isTighter: (one: Limits[Key], other: Limits[Key]) => boolean,
): NamedLimits {
  return all.reduce((kept, one) => (isTighter(one.limits[key], kept.limits[key]) ? one : kept))
}

/** NaN as a limit refuses every refund, so no other limit is tighter. */
function isLower(one: number, other: number): boolean {
  return !Number.isNaN(other) && !(one >= other)
}

function isHigher(one: number, other: number): boolean {
  return !Number.isNaN(other) && !(one <= other)
}

/** null means no limit; see {@link isReadable}. */
function isSmaller(one: string | null, other: string | null): boolean {
  if (one === null) return false
  if (other === null) return true
  const [amount, kept] = [tenThousandths(one), tenThousandths(other)]
  if (kept === null) return false
  return amount === null || amount < kept
}
