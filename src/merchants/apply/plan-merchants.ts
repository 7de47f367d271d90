import { type LoosenedMoney, loosenedMoney } from '../../core/merchants/money-change.ts'
import { reasonText } from '../../core/reasons/reason-mapping.ts'
import { mergeRules, type RuleChange } from '../../core/reasons/reason-table.ts'
import { assemble } from '../profiles/assemble.ts'
import type { Merchant } from '../profiles/merchant.ts'
import type { Profile, Profiles } from '../profiles/profile.ts'
import { settingOf, settings, settingText, withSetting } from '../profiles/settings.ts'
import { type SecretName, secretNames, secretTitles } from '../secrets/credentials.ts'
import type { Declared, DeclaredProfile } from './merchants-file.ts'

/** The prefix of a reason in the key of its difference. */
export const reasonKey = 'reasons: '

/** One difference, as text. null: no value; for a secret: none by reference, so the stored one if there is one. */
export type MerchantDifference = { key: string; before: string | null; after: string | null }

export type MerchantPlan =
  | { action: 'added'; name: string; after: Profile; merchant: Merchant; differences: MerchantDifference[] }
  | {
      action: 'changed'
      name: string
      before: Profile
      after: Profile
      merchant: Merchant
      differences: MerchantDifference[]
    }
  | { action: 'unchanged'; name: string }
  | { action: 'removed'; name: string; before: Profile }

/**
 * Plans how the stored merchants become those of the file. A setting that the file leaves out gets its default. A
 * merchant that exists keeps its store and its stored secrets. Merchants that the file lacks are removed only with
 * `prune`.
 */
export function planMerchants(
  profiles: Profiles,
  declared: readonly Declared[],
  { prune, now }: { prune: boolean; now: Date },
): MerchantPlan[] {
  const plans = declared.map(({ name, profile }): MerchantPlan => {
    const before = Object.hasOwn(profiles.merchants, name) ? profiles.merchants[name] : undefined
    return before === undefined ? planAdding(name, profile, now) : planChanging(name, before, profile, now)
  })
  if (!prune) return plans
  const desired = new Set(declared.map(({ name }) => name))
  const gone = Object.entries(profiles.merchants).filter(([name]) => !desired.has(name))
  return [...plans, ...gone.map(([name, before]): MerchantPlan => ({ action: 'removed', name, before }))]
}

function planAdding(name: string, declared: DeclaredProfile, now: Date): MerchantPlan {
  const time = now.toISOString()
  const after: Profile = { ...withoutEmpty(declared), addedAt: time, changedAt: time }
  const { merchant } = assemble(name, after, 'profile')
  return { action: 'added', name, after, merchant, differences: addedDifferences(name, after) }
}

/** The settings that a new merchant gets. */
export function addedDifferences(name: string, after: Profile): MerchantDifference[] {
  const { merchant, origins } = assemble(name, after, 'profile')
  const storedSettings = settings.filter(({ key }) => origins[key] === 'profile')
  return [
    ...storedSettings.map((setting) => ({
      key: setting.key,
      before: null,
      after: settingText(setting, settingOf(merchant, setting)),
    })),
    ...reasonDifferences([], after),
    ...(after.store === undefined ? [] : [{ key: 'store', before: null, after: after.store }]),
    ...referenceDifferences(undefined, after.secrets),
  ]
}

function planChanging(name: string, before: Profile, declared: DeclaredProfile, now: Date): MerchantPlan {
  const store = declared.store ?? before.store
  const after: Profile = { ...overlaid(before, declared), changedAt: now.toISOString(), ...(store ? { store } : {}) }
  const { merchant } = assemble(name, after, 'profile')
  const differences = changedDifferences(name, before, after)
  if (differences.length === 0) return { action: 'unchanged', name }
  return { action: 'changed', name, before, after, merchant, differences }
}

/** The settings that differ in `after`. */
export function changedDifferences(name: string, before: Profile, after: Profile): MerchantDifference[] {
  const [was, merchant] = [assemble(name, before, 'profile').merchant, assemble(name, after, 'profile').merchant]
  return [
    ...settings.flatMap((setting) => {
      const [one, other] = [was, merchant].map((which) => settingText(setting, settingOf(which, setting)))
      return one === other ? [] : [{ key: setting.key, before: one ?? null, after: other ?? null }]
    }),
    ...reasonDifferences(was.policy.reasons, after),
    ...((before.store ?? 'file') === (after.store ?? 'file')
      ? []
      : [{ key: 'store', before: before.store ?? 'file', after: after.store ?? 'file' }]),
    ...referenceDifferences(before.secrets, after.secrets),
  ]
}

/** The declared settings instead of the old ones; fields of a newer mhloop, which this one does not know, are kept. */
function overlaid({ secrets: _, ...before }: Profile, declared: DeclaredProfile): Profile {
  const cleared = [...settings.map(({ path }) => path), ['policy', 'reasons']].reduce(
    (profile, path) => withSetting(profile, path, undefined),
    before as Profile,
  )
  return withoutEmpty(merged(cleared, declared) as Profile)
}

function merged(one: unknown, other: unknown): unknown {
  if (!isRecord(one) || !isRecord(other)) return other === undefined ? one : other
  const keys = new Set([...Object.keys(one), ...Object.keys(other)])
  return Object.fromEntries([...keys].map((key) => [key, merged(one[key], other[key])]))
}

/** Removes empty objects such as `limits: {}`. */
function withoutEmpty<T>(value: T): T {
  if (!isRecord(value)) return value
  const entries = Object.entries(value).map(([key, inner]) => [key, withoutEmpty(inner)] as const)
  return Object.fromEntries(entries.filter(([, inner]) => !(isRecord(inner) && Object.keys(inner).length === 0))) as T
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function reasonDifferences(
  before: NonNullable<NonNullable<Profile['policy']>['reasons']>,
  { policy }: Profile,
): MerchantDifference[] {
  return mergeRules(before, policy?.reasons ?? [], true).changes.map(reasonDifference)
}

export function reasonDifference({ parentReason, reason, before, after }: RuleChange): MerchantDifference {
  return { key: `${reasonKey}${reasonText(parentReason, reason)}`, before, after }
}

function referenceDifferences(
  before: Partial<Record<SecretName, string>> = {},
  after: Partial<Record<SecretName, string>> = {},
): MerchantDifference[] {
  return secretNames.flatMap((name) => {
    const [one, other] = [before[name] ?? null, after[name] ?? null]
    return one === other ? [] : [{ key: secretTitles[name].key, before: one, after: other }]
  })
}

/** Keys that decide where credentials go, or which are used: a change of one is checked with the vendors first. */
const decidesWhere = new Set<string>([
  'environment',
  'slug',
  'loop-base-url',
  'masonhub-base-url',
  'destinations',
  ...secretNames.map((name) => secretTitles[name].key),
])

export function needsCheck(plan: MerchantPlan): boolean {
  if (plan.action === 'added') return true
  return plan.action === 'changed' && plan.differences.some(({ key }) => decidesWhere.has(key))
}

/** Whether a plan lets more real money go out than before, and how; null when it does not (F66, G9). */
export function moneyOf(plan: MerchantPlan): LoosenedMoney | null {
  if (plan.action !== 'added' && plan.action !== 'changed') return null
  const before = plan.action === 'changed' ? assemble(plan.name, plan.before, 'profile').merchant : null
  return loosenedMoney(before, plan.merchant)
}
