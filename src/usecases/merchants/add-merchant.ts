import { Fault } from '../../core/errors/fault.ts'
import { loosenedMoney } from '../../core/merchants/money-change.ts'
import { changedDifferences, type MerchantDifference } from '../../merchants/apply/plan-merchants.ts'
import type { Env } from '../../merchants/files/config-folder.ts'
import { assemble, type Origin } from '../../merchants/profiles/assemble.ts'
import type { BoundJournal } from '../../merchants/profiles/binding.ts'
import type { Merchant } from '../../merchants/profiles/merchant.ts'
import type { Profile } from '../../merchants/profiles/profile.ts'
import { profileOf, readProfiles, updateProfile, updateProfiles } from '../../merchants/profiles/profiles.ts'
import {
  type CredentialStore,
  requiredSecrets,
  type SecretName,
  type StoredName,
  type StoredSecrets,
  type StoreKind,
  secretNames,
} from '../../merchants/secrets/credentials.ts'
import type { ProvidedSecrets } from '../../merchants/secrets/secret-input.ts'
import { readSecrets, type SecretPlace, secretPlaces } from '../../merchants/secrets/secret-places.ts'
import {
  isOwnReference,
  type ProfileChange,
  secretsOfOtherHosts,
} from '../../merchants/secrets/secrets-of-other-hosts.ts'
import { isSameHost } from '../../merchants/secrets/vendor-hosts.ts'
import { openStore, storeOf } from '../../merchants/stores/stores.ts'
import type { VendorClientOptions } from '../vendors/vendor-clients.ts'
import { checkAccounts } from './check-accounts.ts'
import { refuseOtherHosts, refuseUnfinishedRotation } from './other-hosts.ts'
import { secretsPutBackUnless } from './secret-writes.ts'
import { notMoved, readAll, unlessOutOfReach, warningUnless } from './secrets-out-of-reach.ts'
import type { LoopSurvey } from './survey-loop.ts'

export type NewMerchant = {
  name: string
  profile: Pick<Profile, 'environment' | 'loop' | 'masonhub' | 'policy'>
  secrets: ProvidedSecrets & Required<Pick<ProvidedSecrets, 'loopApiKey' | 'masonhubToken'>>
  /** The store that `chooseStore` returned: call that before the operator answers a page of questions. */
  store: StoreKind
  /** Whether to ask both vendors if the credentials work, before anything is stored. */
  check: boolean
  /** Called after the check, before anything is stored. */
  beforeStoring?: () => Promise<void>
}

export type StoredMerchant = {
  merchant: Merchant
  origins: Record<string, Origin>
  /** Where each secret is; never its value. */
  places: readonly SecretPlace[]
  /** The journal that the merchant is bound to; null before its first work. */
  journal: BoundJournal | null
  /** Whether commands use it when no merchant is named. */
  current: boolean
}

/** `survey`: what the Loop key can do; null when the vendors were not asked. */
export type AddedMerchant = StoredMerchant & { survey: LoopSurvey | null }

/** Stores a new merchant, and makes it the current one if there is none. Stores nothing when a check fails. */
export async function addMerchant(
  env: Env,
  now: Date,
  requested: NewMerchant,
  options: VendorClientOptions,
): Promise<AddedMerchant> {
  const { name, secrets } = requested
  const { merchant, origins } = assemble(name, requested.profile, 'profile')
  await refuseExisting(env, name)
  const survey = requested.check
    ? await checkAccounts(merchant, stored(secrets), options, merchant.policy.destinations)
    : null
  await requested.beforeStoring?.()
  const time = now.toISOString()
  // The profile comes first: taking the name under the lock keeps two runs from mixing their secrets. A crash in
  // between leaves a merchant without credentials; every command then says so, and how to repair it.
  const profiles = await updateProfiles(env, (before) => {
    if (Object.hasOwn(before.merchants, name)) throw exists(name)
    return {
      ...before,
      current: before.current ?? name,
      merchants: {
        ...before.merchants,
        [name]: { ...requested.profile, store: requested.store, addedAt: time, changedAt: time },
      },
    }
  })
  try {
    await secretsPutBackUnless(env, ({ write }) => write(openStore(env, requested.store), name, secrets, now))
  } catch (error) {
    await takeBack(env, name, time)
    throw error
  }
  const places = await secretPlaces(env, name)
  return { merchant, origins, places, journal: null, current: profiles.current === name, survey }
}

/** When the secrets can't be stored, the name is released again. Only a crash leaves it; every command reports that. */
async function takeBack(env: Env, name: string, addedAt: string): Promise<void> {
  await updateProfiles(env, (before) => {
    if (before.merchants[name]?.addedAt !== addedAt) return before
    const merchants = Object.fromEntries(Object.entries(before.merchants).filter(([other]) => other !== name))
    return { ...before, current: before.current === name ? null : before.current, merchants }
  })
}

export type MerchantChange = {
  name: string
  change: (profile: Profile) => Profile
  /** Whether the operator has confirmed that more real money may go out than before (G9). */
  mayLoosen: boolean
  /** Secrets to store. */
  secrets: ProvidedSecrets
  /** References to use from now on. */
  references: Partial<Record<SecretName, string>>
  /** Whether to ask both vendors with the new settings and secrets. */
  check: boolean
  /** Called with the differences after all checks, before anything is stored. */
  beforeStoring?: (differences: readonly MerchantDifference[]) => Promise<void>
}

/** Changes a stored merchant's settings, its secrets, and where these are. Changes nothing when a check fails. */
export async function changeMerchant(
  env: Env,
  now: Date,
  requested: MerchantChange,
  options: VendorClientOptions,
): Promise<{ before: Merchant; after: Merchant; differences: MerchantDifference[]; warnings: string[] }> {
  const { name, secrets } = requested
  const profiles = await readProfiles(env)
  const profile = profileOf(profiles, name)
  // The differences from what is stored when the lock is held.
  let differences: MerchantDifference[] = []
  const change = (old: Profile) => {
    const made = withReferences(requested.change(old), requested)
    // Checked under the lock, too: with another process's change, this one may loosen something that was not confirmed.
    if (!requested.mayLoosen && loosens(name, old, made)) throw changedMeanwhile(name)
    // A secret that is stored by now may have been entered for the host that the merchant leaves.
    const isOther = old.changedAt !== profile.changedAt
    if (isOther && movedSecrets(env, { name, before: old, after: made }, requested).length > 0)
      throw changedMeanwhile(name)
    differences = changedDifferences(name, old, made)
    return made
  }
  const changed = change(profile)
  await refuseUnfinishedRotation(env, { name, before: profile, after: changed })
  await refuseOtherHosts(env, movedSecrets(env, { name, before: profile, after: changed }, requested))
  const before = assemble(name, profile, 'profile').merchant
  const after = assemble(name, changed, 'profile').merchant
  if (requested.check) {
    const others = requiredSecrets.filter((one) => secrets[one] === undefined)
    const known = await readSecrets(
      { env, merchant: name, profiles, profile: { ...changed, ...storeIn(profile) } },
      others,
    )
    const added = after.policy.destinations.filter((id) => !before.policy.destinations.includes(id))
    await checkAccounts(after, { ...known, ...stored(secrets) }, options, added)
  }
  await requested.beforeStoring?.(differences)
  const [from, to] = [storeOf(env, profile), storeOf(env, changed)]
  const moves = from.kind !== to.kind
  // A running process reads credentials again: it must never find the new ones with the old host, or the reverse (G7).
  // So the old ones are removed first, and the new ones stored last; after a stop in between, every command says what
  // is missing.
  const leaving = [
    ...(isSameHost(before.loop.baseUrl, after.loop.baseUrl) ? [] : ['loopApiKey' as const]),
    ...(isSameHost(before.masonhub.baseUrl, after.masonhub.baseUrl)
      ? []
      : (['masonhubToken', 'callbackToken'] as const)),
  ]
    .filter((one) => secrets[one] !== undefined)
    .flatMap(withItsNext)
  // Secrets are first copied to the new store, then the profile names it, then the old store is emptied: wherever it
  // stops, the profile names a store that has them.
  const warnings: string[] = []
  const isComplete = requiredSecrets.every((one) => secrets[one] ?? requested.references[one])
  const isProvided = Object.keys(secrets).length > 0
  const moved = await secretsPutBackUnless(env, async ({ write, copy }) => {
    if (leaving.length > 0) await write(from, name, Object.fromEntries(leaving.map((one) => [one, null])), now)
    const all = moves ? await readAll(from, name, isComplete) : {}
    if (all !== null) await copy(to, name, all)
    if (isProvided && leaving.length === 0) await write(to, name, secrets, now)
    await updateProfile(env, name, now, change)
    return all
  })
  if (moved === null) warnings.push(notMoved(name))
  if (isProvided && leaving.length > 0) await to.write(name, secrets, now)
  const emptied = async (store: CredentialStore, empty: () => Promise<void>) => {
    warnings.push(...(await warningUnless(empty, `The earlier secrets of ${name} stay in the ${store.kind}`)))
  }
  if (moves && moved !== null) await emptied(from, () => from.remove(name))
  const fetched = secretNames.filter((one) => isFetchedFromElsewhere(name, one, { ...requested, store: to.kind }))
  const unused = Object.fromEntries(fetched.flatMap(withItsNext).map((one) => [one, null]))
  if (fetched.length > 0) await emptied(to, () => to.write(name, unused, now))
  return { before, after, differences, warnings }
}

/** The secrets that would go to another host than theirs, and that this change does not replace (G7, G8). */
export function movedSecrets(
  env: Env,
  change: ProfileChange,
  { secrets, references }: Pick<MerchantChange, 'secrets' | 'references'>,
) {
  return secretsOfOtherHosts(env, change, (one) => secrets[one] !== undefined || references[one] !== undefined)
}

/** Whether a reference leads to another place than the one where the store itself keeps this secret. */
export function isFetchedFromElsewhere(
  merchant: string,
  secret: SecretName,
  { references, store }: { references: Partial<Record<SecretName, string>>; store: StoreKind },
): boolean {
  const reference = references[secret]
  return reference !== undefined && !(store === 'keychain' && isOwnReference(reference, merchant, secret))
}

/** A callback token, with the one that a rotation replaces it with: both were made for the same host (G8). */
export function withItsNext(secret: SecretName): StoredName[] {
  return secret === 'callbackToken' ? [secret, 'nextCallbackToken'] : [secret]
}

function loosens(name: string, before: Profile, after: Profile): boolean {
  const [was, is] = [before, after].map((profile) => assemble(name, profile, 'profile').merchant)
  return was !== undefined && is !== undefined && loosenedMoney(was, is) !== null
}

function changedMeanwhile(name: string): Fault {
  return new Fault(`The settings of ${name} were changed by another process in the meantime. Nothing was stored.`, {
    code: 'PROFILES_CHANGED',
    merchant: name,
    hint: 'Run the same command again: it starts from the current state.',
  })
}

function storeIn({ store }: Profile): Pick<Profile, 'store'> {
  return store === undefined ? { store: 'file' } : { store }
}

/** A secret that is stored from now on needs no reference. */
function withReferences(profile: Profile, { secrets, references }: MerchantChange): Profile {
  const remaining = Object.entries(profile.secrets ?? {}).filter(([name]) => secrets[name as SecretName] === undefined)
  const together = { ...Object.fromEntries(remaining), ...references }
  const { secrets: _, ...rest } = profile
  return Object.keys(together).length === 0 ? rest : { ...rest, secrets: together }
}

/** Makes a stored merchant the current one; returns the previous one. */
export async function useMerchant(env: Env, name: string): Promise<{ previous: string | null; profile: Profile }> {
  let previous: string | null = null
  const profiles = await updateProfiles(env, (before) => {
    profileOf(before, name)
    previous = before.current
    return { ...before, current: name }
  })
  return { previous, profile: profileOf(profiles, name) }
}

/**
 * Removes a merchant's secrets and profile; the journal keeps what it knows of the merchant. `secrets` is null when they
 * stay in a keychain that does not answer.
 */
export async function removeMerchant(
  env: Env,
  name: string,
): Promise<{ secrets: SecretName[] | null; wasCurrent: boolean }> {
  const store = storeOf(env, profileOf(await readProfiles(env), name))
  return await secretsPutBackUnless(env, async ({ remove }) => {
    // Secrets first: a profile without secrets is reported by every command, but secrets without a profile would go
    // unnoticed.
    const secrets = await unlessOutOfReach(async () => {
      const listed = await store.list(name)
      await remove(store, name)
      return secretNames.filter((one) => listed[one] !== undefined)
    })
    let wasCurrent = false
    await updateProfiles(env, (before) => {
      profileOf(before, name)
      wasCurrent = before.current === name
      const merchants = Object.fromEntries(Object.entries(before.merchants).filter(([other]) => other !== name))
      return { ...before, current: wasCurrent ? null : before.current, merchants }
    })
    return { secrets, wasCurrent }
  })
}

/** The names that are taken. */
export async function merchantNames(env: Env): Promise<string[]> {
  return Object.keys((await readProfiles(env)).merchants)
}

/** Throws Fault when a merchant of this name exists. */
export async function refuseExisting(env: Env, name: string): Promise<void> {
  if ((await merchantNames(env)).includes(name)) throw exists(name)
}

function exists(name: string): Fault {
  return new Fault(`The merchant "${name}" already exists. Nothing was changed.`, {
    code: 'MERCHANT_EXISTS',
    merchant: name,
    hint: `mhloop merchant set -m ${name} KEY VALUE, or mhloop merchant remove ${name}`,
  })
}

function stored(secrets: ProvidedSecrets): StoredSecrets {
  const result: StoredSecrets = {}
  for (const name of secretNames) {
    const value = secrets[name]
    if (value) result[name] = { value, since: null }
  }
  return result
}
