import { exitCodes, Fault } from '../core/fault.ts'
import { assemble, type Origin } from '../merchants/assemble.ts'
import type { Env } from '../merchants/config-folder.ts'
import {
  fileCredentialStore,
  type KeptSecrets,
  type SecretName,
  secretNames,
  toCredentials,
} from '../merchants/credentials.ts'
import type { Merchant } from '../merchants/merchant.ts'
import type { Profile } from '../merchants/profile.ts'
import { profileOf, readProfiles, updateProfile, updateProfiles } from '../merchants/profiles.ts'
import type { GivenSecrets } from '../merchants/secret-input.ts'
import { type ConnectOptions, connect } from './connections.ts'

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

/** Stores a new merchant, and makes it the current one when there is none. Nothing is stored when a check fails. */
export async function addMerchant(
  env: Env,
  now: Date,
  wanted: NewMerchant,
  options: ConnectOptions,
): Promise<StoredMerchant> {
  const { name, secrets } = wanted
  const { merchant, origins } = assemble(name, wanted.profile, 'profile')
  await refuseExisting(env, name)
  if (wanted.check) await checkCredentials(merchant, kept(secrets), options)
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
  return { merchant, origins, secrets: await store.read(name), place: store.place, current: profiles.current === name }
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
  if (wanted.check) await checkCredentials(after, { ...(await store.read(name)), ...kept(secrets) }, options)
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

/** Fault unless both vendors accept the credentials. Both are asked, so that one run tells everything that is wrong. */
async function checkCredentials(merchant: Merchant, secrets: KeptSecrets, options: ConnectOptions): Promise<void> {
  const { loopApiKey, masonhubToken } = secrets
  if (!loopApiKey || !masonhubToken) return
  const connections = await connect(merchant, toCredentials({ loopApiKey, masonhubToken }), options)
  try {
    const outcomes = await Promise.allSettled([connections.loop.check(), connections.masonhub.check()])
    const problems = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []))
    const [first] = problems
    if (first === undefined) return
    const faults = problems.filter((problem) => problem instanceof Fault)
    if (faults.length !== problems.length) throw first
    throw refused(merchant.name, faults)
  } finally {
    connections.close()
  }
}

function refused(name: string, faults: readonly Fault[]): Fault {
  // A wrong credential is what the operator can repair now; an unreachable vendor is what they may wait for.
  const first = faults.find((fault) => fault.exit === exitCodes.credentials) ?? faults[0]
  return new Fault(`${faults.map(({ message }) => message).join(' ')} Nothing was stored.`, {
    code: first?.code ?? 'CHECK_FAILED',
    exit: first?.exit ?? exitCodes.credentials,
    blame: first?.blame ?? 'input',
    merchant: name,
    hint: 'Correct it and run the command again, or store it unchecked with --no-check.',
    ...(first?.requestId ? { requestId: first.requestId } : {}),
    cause: first,
  })
}

async function refuseExisting(env: Env, name: string): Promise<void> {
  if (Object.hasOwn((await readProfiles(env)).merchants, name)) throw exists(name)
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
