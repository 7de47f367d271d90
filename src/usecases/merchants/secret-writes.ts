/** Secrets that are written before the profile that they belong to: if that is refused, they are put back (H31). */

import { Fault } from '../../core/errors/fault.ts'
import { onFault } from '../../core/errors/on-fault.ts'
import type { Env } from '../../merchants/files/config-folder.ts'
import type { Secret } from '../../merchants/profiles/merchant.ts'
import type { Profile, Profiles } from '../../merchants/profiles/profile.ts'
import { readProfiles } from '../../merchants/profiles/profiles.ts'
import {
  type CredentialStore,
  type NewSecrets,
  type StoredName,
  type StoredSecret,
  type StoredSecrets,
  secretTitles,
  storedNames,
} from '../../merchants/secrets/credentials.ts'

export type SecretWrites = {
  /** Adds or replaces secrets; null removes one. */
  write(store: CredentialStore, merchant: string, secrets: NewSecrets, now: Date): Promise<void>
  /** Stores secrets with the times at which they were stored before. */
  copy(store: CredentialStore, merchant: string, secrets: StoredSecrets): Promise<void>
  /** Removes all secrets of a merchant. */
  remove(store: CredentialStore, merchant: string): Promise<void>
}

/** One secret that was written. `before`: null when there was none; undefined when it could not be read. */
type Written = {
  store: CredentialStore
  merchant: string
  name: StoredName
  before: StoredSecret | null | undefined
  after: Secret | null
}

/**
 * Runs `work`. When it fails, puts back the secrets that it replaced or removed, so that a refused change leaves none
 * of them behind. What another process has stored in their place meanwhile stays.
 */
export async function secretsPutBackUnless<T>(env: Env, work: (secrets: SecretWrites) => Promise<T>): Promise<T> {
  const written: Written[] = []
  const remember = async (store: CredentialStore, merchant: string, secrets: NewSecrets) => {
    const names = Object.keys(secrets) as StoredName[]
    const before = await readable(store, merchant, names)
    for (const name of names)
      written.push({ store, merchant, name, before: before(name), after: secrets[name] ?? null })
  }
  const write: SecretWrites['write'] = async (store, merchant, secrets, now) => {
    await remember(store, merchant, secrets)
    await store.write(merchant, secrets, now)
  }
  const profiles = await readProfiles(env)
  try {
    return await work({
      write,
      async copy(store, merchant, secrets) {
        for (const [name, { value, since }] of Object.entries(secrets))
          await write(store, merchant, { [name]: value }, new Date(since ?? Date.now()))
      },
      async remove(store, merchant) {
        await remember(store, merchant, Object.fromEntries(storedNames.map((name) => [name, null])))
        await store.remove(merchant)
      },
    })
  } catch (error) {
    throw await putBack(env, profiles, written, error)
  }
}

/** Puts secrets back, the last one first; returns the error to throw: it names those that could not be put back. */
async function putBack(env: Env, before: Profiles, written: readonly Written[], error: unknown): Promise<unknown> {
  const isSame = await sameHosts(env, before)
  const lost: Written[] = []
  for (const one of written.toReversed()) if (!(await isPutBack(one, isSame(one.merchant)))) lost.push(one)
  return lost.length > 0 && error instanceof Fault ? notPutBack(error, lost) : error
}

/**
 * Whether a merchant is still stored, with the hosts that it had before: its old secrets may not come back beside other
 * hosts (G7), or beside no profile, where nobody would notice them. No merchant, when the profiles can't be read.
 */
async function sameHosts(env: Env, before: Profiles): Promise<(merchant: string) => boolean> {
  const now = await readProfiles(env).catch(() => null)
  return (merchant) => {
    const [was, is] = [before.merchants[merchant], now?.merchants[merchant]]
    return was !== undefined && is !== undefined && hostsOf(was) === hostsOf(is)
  }
}

/** The environment, because without a base URL it decides about the host. */
function hostsOf({ environment, loop, masonhub }: Profile): string {
  return JSON.stringify([environment, loop?.baseUrl, masonhub.baseUrl])
}

/** Whether the store is as it was before this write, or as another process has left it since. */
async function isPutBack({ store, merchant, name, before, after }: Written, mayRestore: boolean): Promise<boolean> {
  const now = (await readable(store, merchant, [name]))(name)
  // Neither before nor now: a store that can't be read took no write.
  if (now === undefined) return before === undefined
  if (now?.value.reveal() !== after?.reveal()) return true
  const restored = mayRestore ? (before ?? null) : null
  try {
    if (restored !== null || now !== null)
      await store.write(merchant, { [name]: restored?.value ?? null }, new Date(restored?.since ?? Date.now()))
    return restored !== null || before === null
  } catch (error) {
    if (error instanceof Fault) return false
    throw error
  }
}

type Before = Written['before']

/** Secrets by name. One that can't be read hides no other: replacing it is how it is mended. */
async function readable(
  store: CredentialStore,
  merchant: string,
  names: readonly StoredName[],
): Promise<(name: StoredName) => Before> {
  const all = await store.read(merchant, names).catch(onFault(() => undefined))
  if (all !== undefined) return (name) => all[name] ?? null
  if (names.length === 1) return () => undefined
  const each = new Map<StoredName, Before>()
  for (const name of names) {
    const one = await store.read(merchant, [name]).catch(onFault(() => undefined))
    each.set(name, one === undefined ? undefined : (one[name] ?? null))
  }
  return (name) => each.get(name)
}

function notPutBack(error: Fault, lost: readonly Written[]): Fault {
  const first = error.message.replace(/ Nothing was (stored|changed)\.$/, '')
  const all = [...new Set(lost.map(({ merchant, name }) => `the ${titleOf(name)} of ${merchant}`))]
  const [merchant] = new Set(lost.map((one) => one.merchant))
  return new Fault(`${first} But ${all.join(' and ')} could not be put back as before.`, {
    like: error,
    hint: `See what is stored, and enter again what is missing: mhloop merchant show ${merchant}`,
    merchant,
    cause: error,
  })
}

function titleOf(name: StoredName): string {
  return Object.hasOwn(secretTitles, name) ? secretTitles[name as keyof typeof secretTitles].title : name
}
