import { atMost, tenThousandths } from './money.ts'
import type { Policy } from './policy.ts'

export type Limits = Policy['limits']
/** What one name of a Loop account allows. */
export type NamedLimits = { name: string; limits: Limits }
/** `setBy`: the name that each of them comes from. */
export type LimitsInForce = { limits: Limits; setBy: Record<keyof Limits, string> }

/**
 * The limits of a Loop account that works under several names: of each limit the tightest, whichever name it is under
 * which a refund is sent (G10). Where several are equally tight, the merchant's own counts, then that of the earlier name.
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

/** Whether a refund of this size may go out without a person; one of unknown size only where there is no limit. */
export function isWithinLargest(amount: string | null, largest: string | null): boolean {
  return largest === null || atMost(amount, largest) === true
}

function tightest<Key extends keyof Limits>(
  all: readonly NamedLimits[],
  key: Key,
  isTighter: (one: Limits[Key], other: Limits[Key]) => boolean,
): NamedLimits {
  return all.reduce((kept, one) => (isTighter(one.limits[key], kept.limits[key]) ? one : kept))
}

/** A number that is none refuses everything, so nothing is tighter. */
function isLower(one: number, other: number): boolean {
  return !Number.isNaN(other) && !(one >= other)
}

function isHigher(one: number, other: number): boolean {
  return !Number.isNaN(other) && !(one <= other)
}

/** null is no limit; nothing is known to be within an amount that can't be read, so that is the tightest. */
function isSmaller(one: string | null, other: string | null): boolean {
  if (one === null) return false
  if (other === null) return true
  const [amount, kept] = [tenThousandths(one), tenThousandths(other)]
  if (kept === null) return false
  return amount === null || amount < kept
}
