import { mapWithLimit } from '../../core/concurrency/map-with-limit.ts'
import { exitCodes, Fault } from '../../core/errors/fault.ts'
import { onFault } from '../../core/errors/on-fault.ts'
import type { Declared } from '../../merchants/apply/merchants-file.ts'
import { type MerchantPlan, needsCheck, planMerchants } from '../../merchants/apply/plan-merchants.ts'
import { replan } from '../../merchants/apply/replan.ts'
import type { Env } from '../../merchants/files/config-folder.ts'
import type { Profile, Profiles } from '../../merchants/profiles/profile.ts'
import { readProfiles, updateProfiles } from '../../merchants/profiles/profiles.ts'
import {
  missingSecrets,
  requiredSecrets,
  type SecretName,
  type StoredSecrets,
  type StoreKind,
  secretNames,
  secretTitles,
  storedNames,
} from '../../merchants/secrets/credentials.ts'
import { readSecrets } from '../../merchants/secrets/secret-places.ts'
import { chooseStore, openStore, requestedStore, storeOf } from '../../merchants/stores/stores.ts'
import type { VendorClientOptions } from '../vendors/vendor-clients.ts'
import { isFetchedFromElsewhere, withItsNext } from './add-merchant.ts'
import { checkAccounts } from './check-accounts.ts'
import { secretsPutBackUnless } from './secret-writes.ts'

export type Applying = {
  env: Env
  declared: readonly Declared[]
  prune: boolean
  /** The store of new merchants for which the file names none. */
  store: StoreKind | null
  /** Whether to see if the keychain answers; not for a mere look at a file (G8). */
  asksKeychain?: boolean
  now: Date
}

export type ApplyPlan = {
  plans: MerchantPlan[]
  profiles: Profiles
  /** Stored merchants that are not in the file, and stay as they are. */
  unlisted: string[]
  /** What the plans were made from, to make them again. */
  declared: readonly Declared[]
  prune: boolean
  now: Date
}

/** Plans the changes. Reads the profiles, and the keychain if a new merchant needs one; changes nothing. */
export async function prepareApply({
  env,
  declared,
  prune,
  store,
  asksKeychain = true,
  now,
}: Applying): Promise<ApplyPlan> {
  const profiles = await readProfiles(env)
  const isOpen = ({ name, profile }: Declared) =>
    profile.store === undefined && !Object.hasOwn(profiles.merchants, name)
  // Asked once, and only if a merchant needs it (F61).
  const choose = asksKeychain ? chooseStore : requestedStore
  const chosen = declared.some(isOpen) ? await choose(env, store) : null
  const goes = ({ name, profile }: Declared) =>
    profile.store === 'keychain' && profiles.merchants[name]?.store !== 'keychain'
  if (declared.some(goes)) await choose(env, 'keychain')
  const complete = declared.map((one) =>
    isOpen(one) && chosen !== null ? { ...one, profile: { ...one.profile, store: chosen } } : one,
  )
  const named = new Set(declared.map(({ name }) => name))
  const unlisted = prune ? [] : Object.keys(profiles.merchants).filter((name) => !named.has(name))
  return {
    plans: planMerchants(profiles, complete, { prune, now }),
    profiles,
    unlisted,
    declared: complete,
    prune,
    now,
  }
}

/**
 * Throws Fault unless both vendors accept the credentials of every merchant that is new or changes where these go.
 * Checks all merchants, and reports everything that is wrong together.
 */
export async function checkApply(
  env: Env,
  { plans, profiles: before }: ApplyPlan,
  options: VendorClientOptions,
  checked: () => void,
): Promise<void> {
  const toCheck = plans.filter(isChecked)
  // With the new profiles: no command may see variables that another new merchant's references read.
  const coming = Object.fromEntries(toCheck.map(({ name, after }) => [name, after]))
  const profiles = { ...before, merchants: { ...before.merchants, ...coming } }
  const outcomes = await mapWithLimit(toCheck, mostAtOnce, async (plan): Promise<Refused[]> => {
    try {
      await checkOne(env, plan, profiles, options)
      return []
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      return [{ name: plan.name, fault: error }]
    } finally {
      checked()
    }
  })
  const refused = outcomes.flat()
  const [first, ...more] = refused
  if (first !== undefined) throw together([first, ...more])
}

type Refused = { name: string; fault: Fault }

/** How many merchants are checked at a time: each may start a program for its secrets (`command:`). */
const mostAtOnce = 8

type Checked = Extract<MerchantPlan, { action: 'added' | 'changed' }>

/** Whether the vendors have to be asked about this merchant. */
export function isChecked(plan: MerchantPlan): plan is Checked {
  return needsCheck(plan)
}

async function checkOne(env: Env, plan: Checked, profiles: Profiles, options: VendorClientOptions): Promise<void> {
  const { merchant, name } = plan
  const secrets = await secretsOf(env, plan, profiles)
  const missing = missingSecrets(secrets)
  if (missing.length > 0) throw missingFault(name, missing)
  await checkAccounts(merchant, secrets, options, merchant.policy.destinations)
}

async function secretsOf(env: Env, plan: Checked, profiles: Profiles): Promise<StoredSecrets> {
  // Stored secrets are still in the old store: they move only after all checks.
  const { store: _, ...after } = plan.after
  const place = plan.action === 'changed' ? plan.before : plan.after
  const profile: Profile = { ...after, ...(place.store === undefined ? {} : { store: place.store }) }
  return await readSecrets({ env, merchant: plan.name, profiles, profile }, requiredSecrets)
}

function missingFault(merchant: string, missing: readonly SecretName[]): Fault {
  const titles = missing.map((name) => secretTitles[name].title).join(' and no ')
  const keys = missing.map((name) => secretTitles[name].key).join(' and ')
  return new Fault(`There is no ${titles}.`, {
    code: 'CREDENTIALS_MISSING',
    merchant,
    hint: `Under "secrets" of ${merchant}, say where to find ${keys}; or apply with --no-check, and then run: mhloop merchant set -m ${merchant} ${keys.split(' ')[0]}`,
  })
}

function together(refused: readonly [Refused, ...Refused[]]): Fault {
  const wrong = refused.find(({ fault }) => fault.exit === exitCodes.credentials) ?? refused[0]
  const first = wrong.fault
  const refusals = refused.map(({ name, fault }) => `${name}: ${fault.message.replace(/ Nothing was stored\.$/, '')}`)
  return new Fault(`${refusals.join(' ')} Nothing was stored.`, {
    like: first,
    hint:
      (refused.length === 1 ? first.hint : null) ??
      'Correct it and run the command again, or store it unchecked with --no-check.',
    merchant: refused.length === 1 ? refused[0].name : null,
    cause: first,
  })
}

/**
 * Stores all profiles at once, and returns what was done. Secrets that move are copied before and removed from the old
 * store afterwards. The secrets of a removed merchant are removed first, so that none is left unnoticed. What another
 * process has stored meanwhile stays; throws Fault when it concerns what these plans change (H31).
 */
export async function applyPlans(env: Env, agreed: ApplyPlan): Promise<MerchantPlan[]> {
  const { declared, prune, now } = agreed
  const replanned = (profiles: Profiles) => {
    const { plans, conflicts } = replan(agreed.plans, planMerchants(profiles, declared, { prune, now }))
    if (conflicts.length > 0) throw changedMeanwhile(conflicts)
    return plans
  }
  let plans = replanned(await readProfiles(env))
  const moving = plans.filter(isMoving)
  await secretsPutBackUnless(env, async ({ copy, remove }) => {
    for (const { name, before, after } of moving)
      await copy(storeOf(env, after), name, await storeOf(env, before).read(name, storedNames))
    for (const plan of plans) if (plan.action === 'removed') await remove(storeOf(env, plan.before), plan.name)
    await updateProfiles(env, (stored) => {
      plans = replanned(stored)
      const merchants = { ...stored.merchants }
      for (const plan of plans) {
        if (plan.action === 'removed') delete merchants[plan.name]
        else if (plan.action !== 'unchanged') merchants[plan.name] = plan.after
      }
      return { ...stored, current: currentOf(stored.current, merchants), merchants }
    })
  })
  for (const { name, before } of moving) await storeOf(env, before).remove(name)
  for (const plan of plans) {
    if (plan.action === 'changed') await dropFetched(env, plan.name, plan.before, plan.after)
  }
  return plans
}

type Changed = Extract<MerchantPlan, { action: 'changed' }>

function isMoving(plan: MerchantPlan): plan is Changed {
  return plan.action === 'changed' && (plan.before.store ?? 'file') !== (plan.after.store ?? 'file')
}

/** A secret that is read by reference from now on is removed from the store. */
async function dropFetched(env: Env, name: string, before: Profile, after: Profile): Promise<void> {
  const store = openStore(env, after.store ?? 'file')
  const now = { references: after.secrets ?? {}, store: store.kind }
  const fetched = secretNames.filter(
    (one) => before.secrets?.[one] === undefined && isFetchedFromElsewhere(name, one, now),
  )
  if (fetched.length === 0) return
  const listed = await store.list(name)
  const gone = fetched.flatMap(withItsNext).filter((one) => listed[one] !== undefined)
  if (gone.length > 0) await store.write(name, Object.fromEntries(gone.map((one) => [one, null])), new Date())
}

/** Among several merchants, none is chosen for the operator (F66); a single one becomes the current merchant. */
function currentOf(current: string | null, merchants: Profiles['merchants']): string | null {
  if (current !== null && Object.hasOwn(merchants, current)) return current
  const names = Object.keys(merchants)
  return names.length === 1 ? (names[0] ?? null) : null
}

function changedMeanwhile(names: readonly string[]): Fault {
  const [only] = names.length === 1 ? names : []
  const what = names.length === 1 ? 'The profile of' : 'The profiles of'
  const were = names.length === 1 ? 'was' : 'were'
  return new Fault(
    `${what} ${names.join(', ')} ${were} changed by another process in the meantime. Nothing was stored.`,
    {
      code: 'PROFILES_CHANGED',
      hint: 'Run the same command again: it starts from the current state.',
      merchant: only,
    },
  )
}

/** Each merchant with a list of its stored secrets, empty when a keychain doesn't answer; for the file. */
export async function exportedMerchants(env: Env, names: readonly string[]) {
  const { merchants } = await readProfiles(env)
  return await Promise.all(
    names.map(async (name) => {
      const profile = merchants[name]
      if (profile === undefined) throw new Error('the profile went away')
      const store = storeOf(env, profile)
      const listing = store.list(name)
      const listed = await (store.kind === 'keychain' ? listing.catch(onFault(() => ({}))) : listing)
      return { name, profile, kept: listed }
    }),
  )
}
