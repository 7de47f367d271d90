import { atMost, tenThousandths } from './money.ts'

/**
 * The largest refund that goes out without a person, as decimal strings: one amount in whatever currency a return has,
 * or one for each currency (`{ JPY: '30000', USD: '200' }`), where a refund in any other is left to a person. null: no
 * limit.
 */
export type LargestRefund = string | null | Readonly<Record<string, string>>

function isPerCurrency(largest: LargestRefund): largest is Readonly<Record<string, string>> {
  return typeof largest === 'object' && largest !== null
}

/** What holds in one currency: an amount, null for no limit, undefined for a currency that is left to a person. */
export function largestIn(largest: LargestRefund, currency: string | null): string | null | undefined {
  if (!isPerCurrency(largest)) return largest
  const code = currency?.trim().toUpperCase() ?? ''
  return Object.hasOwn(largest, code) ? largest[code] : undefined
}

/** Whether a refund of this size may go out without a person. One of unknown size may only where there is no limit. */
export function isWithinLargest(
  amount: string | null,
  largest: LargestRefund,
  currency: string | null = null,
): boolean {
  const limit = largestIn(largest, currency)
  return limit === null || (limit !== undefined && atMost(amount, limit) === true)
}

/**
 * Whether a largest refund says amounts, or that there is none. One that can't be read, such as from a profile that was
 * edited by hand, counts as the tightest everywhere: nothing is known to be within it (G9).
 */
export function isReadable(largest: LargestRefund): boolean {
  if (isPerCurrency(largest)) return Object.values(largest).every(isReadable)
  return largest === null || tenThousandths(largest) !== null
}

/** A currency in which some refund may go out without a person, if there is one. */
export function someCurrency(largest: LargestRefund): string | null {
  return isPerCurrency(largest) ? (Object.keys(largest).find((code) => isReadable(largest[code] ?? '')) ?? null) : null
}

/** `250.00`, or `JPY 30000, USD 200`; not for null. Two names of an account may have no currency in common. */
export function largestText(largest: NonNullable<LargestRefund>): string {
  if (!isPerCurrency(largest)) return String(largest)
  const amounts = Object.entries(largest).map(([currency, amount]) => `${currency} ${amount}`)
  return amounts.length === 0 ? 'nothing in any currency' : amounts.join(', ')
}

/** The limit within which a refund is when it is within both. */
export function bothLargest(one: LargestRefund, other: LargestRefund): LargestRefund {
  if (one === null) return other
  if (other === null) return one
  if (!isPerCurrency(one)) return isPerCurrency(other) ? bothLargest(other, one) : smallerOf(one, other)
  // An amount that can't be read, whatever the currency, is within nothing.
  if (!isPerCurrency(other) && !isReadable(other)) return other
  const limits = Object.entries(one).flatMap(([currency, amount]) => {
    const beside = largestIn(other, currency)
    return beside === undefined || beside === null ? [] : [[currency, smallerOf(amount, beside)] as const]
  })
  return Object.fromEntries(limits)
}

/** Of equally tight amounts the first. */
function smallerOf(one: string, other: string): string {
  const [amount, retained] = [tenThousandths(other), tenThousandths(one)]
  if (retained === null) return one
  return amount === null || amount < retained ? other : one
}

/**
 * Whether a refund could be within the second that was not within the first. While an amount can't be read, no refund
 * goes out without a person, so any other in its place allows more. Putting one there is asked about as well: whoever
 * does it means another amount. To leave a currency to a person is not.
 */
export function isLargerRefund(before: LargestRefund, after: LargestRefund): boolean {
  const named = [before, after].flatMap((one) => (isPerCurrency(one) ? Object.keys(one) : []))
  // null stands for every currency that neither names.
  return [null, ...named].some((currency) => isLarger(largestIn(before, currency), largestIn(after, currency)))
}

function isLarger(before: string | null | undefined, after: string | null | undefined): boolean {
  if (before === null || before === after || after === undefined) return false
  if (before === undefined || after === null) return true
  const [was, is] = [tenThousandths(before), tenThousandths(after)]
  return was === null || is === null || is > was
}
