import { Fault } from '../../core/errors/fault.ts'
import type { ReasonRule } from '../../core/merchants/policy.ts'
import { reasonText } from '../../core/reasons/reason-mapping.ts'
import { mergeRules, type RuleChange, withoutRule } from '../../core/reasons/reason-table.ts'
import { didYouMean } from '../../core/text/closest.ts'
import { printable } from '../../core/text/printable.ts'
import type { Env } from '../../merchants/files/config-folder.ts'
import type { Merchant } from '../../merchants/profiles/merchant.ts'
import { environmentMerchant } from '../../merchants/profiles/profile.ts'
import { updateProfile } from '../../merchants/profiles/profiles.ts'
import { type FoundMerchant, findMerchant } from '../../merchants/profiles/resolve-merchant.ts'

/** The merchant that was named or is selected, to read its reason mapping; credentials are not needed. */
export async function merchantWithReasons(env: Env, name: string | undefined): Promise<Merchant> {
  return (await findMerchant({ env, name })).merchant
}

/** The same, to change it: the merchant of environment variables has no profile to store the change in. */
export async function storedMerchant(env: Env, name: string | undefined): Promise<FoundMerchant> {
  const found = await findMerchant({ env, name })
  const { merchant } = found
  if (merchant.name !== environmentMerchant) return found
  throw new Fault('The merchant "env" consists of environment variables and has no reason mapping.', {
    code: 'MERCHANT_NOT_STORED',
    merchant: merchant.name,
    hint: 'Store a profile with mhloop merchant add NAME, then name it with --merchant.',
  })
}

/** Changes the reason mapping of a stored merchant, starting from what is stored then. */
export async function changeReasons(
  env: Env,
  name: string,
  now: Date,
  change: (rules: readonly ReasonRule[]) => ReasonRule[],
): Promise<void> {
  await updateProfile(env, name, now, (profile) => ({
    ...profile,
    policy: { ...profile.policy, reasons: change(profile.policy?.reasons ?? []) },
  }))
}

/**
 * Throws PROFILES_CHANGED when a rule would be removed that the operator was not shown like this: another process has
 * added or changed it meanwhile.
 */
export function assertAgreed(merchant: string, agreed: readonly RuleChange[], made: readonly RuleChange[]): void {
  const wasAgreed = ({ parentReason, reason, before }: RuleChange) =>
    agreed.some(
      (one) =>
        one.after === null && one.parentReason === parentReason && one.reason === reason && one.before === before,
    )
  const unseen = made.find((change) => change.after === null && !wasAgreed(change))
  if (unseen === undefined) return
  throw new Fault(
    `Another process has stored the reason ${printable(reasonText(unseen.parentReason, unseen.reason) ?? '', 200)} of ${merchant} in the meantime. Nothing was stored.`,
    {
      code: 'PROFILES_CHANGED',
      merchant,
      hint: `Run the same command again: it starts from the current state. Now stored: mhloop mapping reasons list -m ${merchant}`,
    },
  )
}

/** What mapping one reason changes; null when it is already mapped like this. */
export function changedRule(rules: readonly ReasonRule[], requested: ReasonRule): RuleChange | null {
  return mergeRules(rules, [requested], false).changes[0] ?? null
}

/** What removing one reason from the mapping changes. Throws REASON_NOT_FOUND, with the nearest reasons. */
export function removedRule(
  merchant: string,
  rules: readonly ReasonRule[],
  requested: Pick<ReasonRule, 'parentReason' | 'reason'>,
): RuleChange {
  const without = withoutRule(rules, requested)
  if (without === null) throw unknownReason(merchant, rules, requested)
  const { parentReason, reason, code } = without.removed
  return { parentReason, reason, before: code, after: null }
}

/** Makes the same change to what is stored by now. */
export function withRuleChange(
  rules: readonly ReasonRule[],
  { parentReason, reason, after }: RuleChange,
): ReasonRule[] {
  if (after === null) return withoutRule(rules, { parentReason, reason })?.rules ?? [...rules]
  return mergeRules(rules, [{ parentReason, reason, code: after }], false).rules
}

function unknownReason(
  merchant: string,
  rules: readonly ReasonRule[],
  { parentReason, reason }: Pick<ReasonRule, 'parentReason' | 'reason'>,
): Fault {
  const text = reasonText(parentReason, reason) ?? ''
  const known = rules.map((rule) => reasonText(rule.parentReason, rule.reason) ?? '')
  return new Fault(`The mapping has no reason “${printable(text, 80)}”.${printable(didYouMean(text, known), 300)}`, {
    code: 'REASON_NOT_FOUND',
    merchant,
    hint: `mhloop mapping reasons list -m ${merchant}`,
  })
}
