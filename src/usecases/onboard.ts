import { exitCodes, Fault } from '../core/fault.ts'
import { assemble, type Origin } from '../merchants/assemble.ts'
import type { Env } from '../merchants/config-folder.ts'
import { fileCredentialStore, type KeptSecrets, type SecretName, secretNames } from '../merchants/credentials.ts'
import type { Merchant } from '../merchants/merchant.ts'
import type { Profile } from '../merchants/profile.ts'
import { profileOf, readProfiles, updateProfile, updateProfiles } from '../merchants/profiles.ts'
import type { GivenSecrets } from '../merchants/secret-input.ts'
import type { ConnectOptions } from './connections.ts'
import { checkAccounts } from './onboard-check.ts'
import type { LoopSurvey } from './onboard-loop.ts'

export type NewMerchant = {
  name: string
  profile: Pick<Profile, 'environment' | 'loop' | 'masonhub' | 'policy'>
  secrets: GivenSecrets & Required<Pick<GivenSecrets, 'loopApiKey' | 'masonhubToken'>>
  /** Ask both vendors whether the credentials work, before anything is stored. */
  check: boolean
}

export type StoredMerchant = {
  merchant: Merchant
  origins: Record<string, Origin>
  secrets: KeptSecrets
  place: string
  /** It is the one that commands work for when none is named. */
  current: boolean
}

/** With what the Loop key can do; null when nobody was asked. */
export type AddedMerchant = StoredMerchant & { survey: LoopSurvey | null }

/** Stores a new merchant, and makes it the current one when there is none. Nothing is stored when a check fails. */
export async function addMerchant(
  env: Env,
  now: Date,
  wanted: NewMerchant,
  options: ConnectOptions,
): Promise<AddedMerchant> {
  const { name, secrets } = wanted
  const { merchant, origins } = assemble(name, wanted.profile, 'profile')
  await refuseExisting(env, name)
  const survey = wanted.check
    ? await checkAccounts(merchant, kept(secrets), options, merchant.policy.destinations)
    : null
  const time = now.toISOString()
  // The profile first: taking the name under the lock keeps two runs from mixing their secrets. A crash in between
  // leaves a merchant without credentials, which every command names together with its repair.
  const profiles = await updateProfiles(env, (before) => {
    if (Object.hasOwn(before.merchants, name)) throw exists(name)
    return {
      ...before,
      current: before.current ?? name,
      merchants: { ...before.merchants, [name]: { ...wanted.profile, addedAt: time, changedAt: time } },
    }
  })
  const store = fileCredentialStore(env)
  await store.write(name, secrets, now)
  return {
    merchant,
    origins,
    secrets: await store.read(name),
    place: store.place,
    current: profiles.current === name,
    survey,
  }
}

export type MerchantChange = {
  name: string
  change: (profile: Profile) => Profile
  secrets: GivenSecrets
  /** Ask both vendors with the settings and secrets as they would be. */
  check: boolean
}

/** Changes a stored merchant's settings and secrets. Nothing is changed when a check fails. */
export async function changeMerchant(
  env: Env,
  now: Date,
  wanted: MerchantChange,
  options: ConnectOptions,
): Promise<{ before: Merchant; after: Merchant }> {
  const { name, change, secrets } = wanted
  const profile = profileOf(await readProfiles(env), name)
  const store = fileCredentialStore(env)
  const before = assemble(name, profile, 'profile').merchant
  const after = assemble(name, change(profile), 'profile').merchant
  if (wanted.check) {
    const changed = after.policy.destinations.filter((id) => !before.policy.destinations.includes(id))
    await checkAccounts(after, { ...(await store.read(name)), ...kept(secrets) }, options, changed)
  }
  if (Object.keys(secrets).length > 0) await store.write(name, secrets, now)
  await updateProfile(env, name, now, change)
  return { before, after }
}

/** Makes a stored merchant the current one; answers with the one that was. */
export async function useMerchant(env: Env, name: string): Promise<{ previous: string | null; profile: Profile }> {
  let previous: string | null = null
  const profiles = await updateProfiles(env, (before) => {
    profileOf(before, name)
    previous = before.current
    return { ...before, current: name }
  })
  return { previous, profile: profileOf(profiles, name) }
}

/** Removes a merchant's secrets and profile; what the journal knows of it stays. */
export async function removeMerchant(env: Env, name: string): Promise<{ secrets: SecretName[]; wasCurrent: boolean }> {
  const store = fileCredentialStore(env)
  const secrets = Object.keys(await store.read(name)) as SecretName[]
  // Secrets first: better a profile without secrets, which every command names, than secrets that nobody sees.
  await store.remove(name)
  let wasCurrent = false
  await updateProfiles(env, (before) => {
    profileOf(before, name)
    wasCurrent = before.current === name
    const merchants = Object.fromEntries(Object.entries(before.merchants).filter(([other]) => other !== name))
    return { ...before, current: wasCurrent ? null : before.current, merchants }
  })
  return { secrets, wasCurrent }
}

/** The names that are taken. */
export async function merchantNames(env: Env): Promise<string[]> {
  return Object.keys((await readProfiles(env)).merchants)
}

/** Fault when there is a merchant of that name. */
export async function refuseExisting(env: Env, name: string): Promise<void> {
  if ((await merchantNames(env)).includes(name)) throw exists(name)
}

function exists(name: string): Fault {
  return new Fault(`There is a merchant "${name}" already. Nothing was changed.`, {
    code: 'MERCHANT_EXISTS',
    exit: exitCodes.usage,
    blame: 'input',
    merchant: name,
    hint: `mhloop merchant set -m ${name} KEY VALUE, or mhloop merchant remove ${name}`,
  })
}

function kept(secrets: GivenSecrets): KeptSecrets {
  const result: KeptSecrets = {}
  for (const name of secretNames) {
    const value = secrets[name]
    if (value) result[name] = { value, since: null }
  }
  return result
}
