import type { Policy } from '../merchants/policy.ts'
import { bothLargest, isLargerRefund, type LargestRefund } from './largest-refund.ts'

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
  const largestRefund = largestOf(own, others)
  return {
    limits: {
      refundsPerHour: refundsPerHour.limits.refundsPerHour,
      refundsPerDay: refundsPerDay.limits.refundsPerDay,
      firstByHand: firstByHand.limits.firstByHand,
      largestRefund: largestRefund.largest,
    },
    setBy: {
      refundsPerHour: refundsPerHour.name,
      refundsPerDay: refundsPerDay.name,
      firstByHand: firstByHand.name,
      largestRefund: largestRefund.name,
    },
  }
}

/**
 * The largest refund under all names. Of limits per currency, each may come from another name; then the first name is
 * given whose limit is not the own one.
 */
function largestOf(own: NamedLimits, others: readonly NamedLimits[]): { name: string; largest: LargestRefund } {
  const all = [own, ...others]
  const largest = all.reduce<LargestRefund>((soFar, { limits }) => bothLargest(soFar, limits.largestRefund), null)
  const same = all.find(({ limits }) => isDeepEqual(limits.largestRefund, largest))
  const other = others.find(({ limits }) => isLargerRefund(limits.largestRefund, own.limits.largestRefund))
  return { name: (same ?? other ?? own).name, largest: same === undefined ? largest : same.limits.largestRefund }
}

/** The keys of limits per currency may stand in any order. */
function isDeepEqual(one: LargestRefund, other: LargestRefund): boolean {
  const text = (largest: LargestRefund) =>
    typeof largest === 'object' && largest !== null ? JSON.stringify(Object.entries(largest).sort()) : largest
  return text(one) === text(other)
}

function tightest<Key extends keyof Limits>(
  all: readonly NamedLimits[],
  key: Key,
  isTighter: (one: Limits[Key], other: Limits[Key]) => boolean,
): NamedLimits {
  return all.reduce((soFar, one) => (isTighter(one.limits[key], soFar.limits[key]) ? one : soFar))
}

/** NaN as a limit refuses every refund, so no other limit is tighter. */
function isLower(one: number, other: number): boolean {
  return !Number.isNaN(other) && !(one >= other)
}

function isHigher(one: number, other: number): boolean {
  return !Number.isNaN(other) && !(one <= other)
}
