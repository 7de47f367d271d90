import { isLargerRefund } from '../refunds/largest-refund.ts'
import { allowsMoreOutcomes } from '../returns/outcomes.ts'
import { isLoopback } from '../urls/loopback.ts'
import type { Policy } from './policy.ts'

/** The settings of a merchant that decide about money. */
export type MoneySettings = {
  environment: 'sandbox' | 'production'
  loop: { baseUrl: string }
  masonhub: { baseUrl: string }
  policy: Policy
}

/** `opens`: refunds that needed a person are paid without one. `what`: the settings that allow more than before. */
export type LoosenedMoney = { opens: boolean; what: string[] }

/**
 * Whether a change of settings lets more real money go out than before; null when it does not. `merchant add`, `set`
 * and `apply` all decide by it (G9). `before` is null for a new merchant. A change that only tightens is never asked
 * about.
 */
export function loosenedMoney(before: MoneySettings | null, after: MoneySettings): LoosenedMoney | null {
  if (!isRealMoney(after)) return null
  // These limit explicit refunds, too.
  const every = before === null ? [] : ruleNames(before.policy, after.policy, everyRefundRules)
  if (!after.policy.refunds) return every.length === 0 ? null : { opens: false, what: every }
  if (before === null || !before.policy.refunds || !isRealMoney(before)) return { opens: true, what: every }
  const what = [...every, ...accountNames(before, after), ...ruleNames(before.policy, after.policy, switchRules)]
  return what.length === 0 ? null : { opens: false, what }
}

/** Production, or a Loop that is not on this machine: Loop has no sandbox of its own, so every account there pays. */
export function isRealMoney({ environment, loop }: Pick<MoneySettings, 'environment' | 'loop'>): boolean {
  return environment === 'production' || !isLoopback(new URL(loop.baseUrl).hostname)
}

/** For each key of `merchant set`: whether the second policy allows more than the first. */
type Rules = readonly (readonly [key: string, isLooser: (before: Policy, after: Policy) => boolean])[]

const everyRefundRules: Rules = [
  ['refunds-per-hour', (before, after) => !(after.limits.refundsPerHour <= before.limits.refundsPerHour)],
  ['refunds-per-day', (before, after) => !(after.limits.refundsPerDay <= before.limits.refundsPerDay)],
  // How long a run waits for other installations' claims (G1).
  ['claim-settle', (before, after) => !(after.claimSettle >= before.claimSettle)],
]

/** What limits refunds without a person. */
const switchRules: Rules = [
  ['largest-refund', (before, after) => isLargerRefund(before.limits.largestRefund, after.limits.largestRefund)],
  ['first-by-hand', (before, after) => !(after.limits.firstByHand >= before.limits.firstByHand)],
  ['outcomes', (before, after) => allowsMoreOutcomes(before.outcomes, after.outcomes)],
  ['on-unclear', (before, after) => before.onUnclear === 'flag' && after.onUnclear !== 'flag'],
  // A later flag leaves the shop's own automation more time to pay.
  ['other-box-days', (before, after) => !(after.waits.otherBox <= before.waits.otherBox)],
  ['destinations', (before, after) => isWider(before.destinations, after.destinations)],
  ['cutoff', (before, after) => isEarlier(before.cutoff, after.cutoff)],
]

function ruleNames(before: Policy, after: Policy, rules: Rules): string[] {
  return rules.filter(([, isLooser]) => isLooser(before, after)).map(([key]) => key)
}

/**
 * Settings that point to other accounts: they decide whose refunds are paid, and by whose receipts. A secret alone does
 * neither: replacing one is routine, and the history records it.
 */
function accountNames(before: MoneySettings, after: MoneySettings): string[] {
  const changed = [
    ['environment', before.environment !== after.environment],
    ['loop-base-url', before.loop.baseUrl !== after.loop.baseUrl],
    ['masonhub-base-url', before.masonhub.baseUrl !== after.masonhub.baseUrl],
  ] as const
  return changed.filter(([, isOther]) => isOther).map(([key]) => key)
}

/** An empty list means every destination. */
function isWider(before: readonly string[], after: readonly string[]): boolean {
  if (before.length === 0) return false
  return after.length === 0 || !isWithin(after, before)
}

function isEarlier(before: string | null, after: string | null): boolean {
  if (before === null) return false
  // Comparing with NaN is false, so a time that can't be read counts as looser.
  return after === null || !(Date.parse(after) >= Date.parse(before))
}

function isWithin(few: readonly string[], many: readonly string[]): boolean {
  return few.every((one) => many.includes(one))
}
