import { didYouMean } from '../core/closest.ts'
import { exitCodes, Fault } from '../core/fault.ts'
import type { ReasonRule } from '../core/policy.ts'
import { reasonText } from '../core/reason-mapping.ts'
import { mergeRules, type RuleChange, withoutRule } from '../core/reason-table.ts'
import { shown } from '../core/text.ts'
import type { Env } from '../merchants/config-folder.ts'
import type { Merchant } from '../merchants/merchant.ts'
import { environmentMerchant } from '../merchants/profile.ts'
import { updateProfile } from '../merchants/profiles.ts'
import { findMerchant } from '../merchants/resolve.ts'

/** The merchant that was named or chosen, for reading its reason mapping; its credentials don't matter. */
export async function merchantWithReasons(env: Env, name: string | undefined): Promise<Merchant> {
  return (await findMerchant({ env, ...(name === undefined ? {} : { name }) })).merchant
}

/** The same, for changing it: the merchant of environment variables has no profile that could keep the change. */
export async function storedMerchant(env: Env, name: string | undefined): Promise<Merchant> {
  const merchant = await merchantWithReasons(env, name)
  if (merchant.name !== environmentMerchant) return merchant
  throw new Fault('The merchant "env" is made of environment variables and keeps no reason mapping.', {
    code: 'MERCHANT_NOT_STORED',
    exit: exitCodes.usage,
    blame: 'input',
    merchant: merchant.name,
    hint: 'Store a profile with mhloop merchant add NAME, then name it with --merchant.',
  })
}

/** Changes the reason mapping of a stored merchant, starting from what is stored at that moment. */
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

type OfOne<Wanted> = { name: string; rules: readonly ReasonRule[]; wanted: Wanted; now: Date }

/** Maps one reason; null when it was mapped so already. */
export async function setReason(env: Env, { name, rules, wanted, now }: OfOne<ReasonRule>): Promise<RuleChange | null> {
  const [change] = mergeRules(rules, [wanted], false).changes
  if (change === undefined) return null
  await changeReasons(env, name, now, (stored) => mergeRules(stored, [wanted], false).rules)
  return change
}

/** Takes one reason out of the mapping. Throws REASON_NOT_FOUND, with the nearest ones. */
export async function removeReason(
  env: Env,
  { name, rules, wanted, now }: OfOne<Pick<ReasonRule, 'parentReason' | 'reason'>>,
): Promise<RuleChange> {
  const without = withoutRule(rules, wanted)
  if (without === null) throw unknownReason(name, rules, wanted)
  await changeReasons(env, name, now, (stored) => withoutRule(stored, wanted)?.rules ?? [...stored])
  const { parentReason, reason, code } = without.removed
  return { parentReason, reason, before: code, after: null }
}

function unknownReason(
  merchant: string,
  rules: readonly ReasonRule[],
  { parentReason, reason }: Pick<ReasonRule, 'parentReason' | 'reason'>,
): Fault {
  const text = reasonText(parentReason, reason) ?? ''
  const known = rules.map((rule) => reasonText(rule.parentReason, rule.reason) ?? '')
  return new Fault(`The mapping has no reason “${shown(text, 80)}”.${shown(didYouMean(text, known), 300)}`, {
    code: 'REASON_NOT_FOUND',
    exit: exitCodes.notFound,
    blame: 'input',
    merchant,
    hint: `mhloop mapping reasons list -m ${merchant}`,
  })
}
