import * as v from 'valibot'
import type { Env } from '../files/config-folder.ts'
import { changeConfiguration } from '../profiles/profiles.ts'
import {
  type CredentialStore,
  type ListedSecret,
  type NewSecrets,
  namedSecret,
  type StoredName,
  type StoredSecrets,
  secretNames,
  secretTitles,
  storedNames,
} from '../secrets/credentials.ts'
import { type KeychainEntry, type KeychainRequest, keychain } from './keychain.ts'

const service = 'mhloop'

/** The keychain entry of a merchant's secret: service `mhloop`, account `acme/loop-api-key` (F22). */
export function keychainEntry(merchant: string, name: StoredName): KeychainEntry {
  const key = name in secretTitles ? secretTitles[name as keyof typeof secretTitles].key : name
  return { service, account: `${merchant}/${key}` }
}

/** Whether an entry is one of mhloop's, for any merchant and secret. Some keychains ignore case. */
export function isMhloopsEntry(entry: KeychainEntry): boolean {
  return entry.service.toLowerCase() === service
}

/** Whether it is the entry in which mhloop keeps this secret. */
export function isOwnEntry(entry: KeychainEntry, merchant: string, name: StoredName): boolean {
  return isMhloopsEntry(entry) && entry.account.toLowerCase() === keychainEntry(merchant, name).account
}

const recordSchema = v.object({ value: v.pipe(v.string(), v.minLength(1)), since: v.string() })

/** Reads an entry: one of mhloop's says since when it is stored; one of another tool is the secret itself. */
export function keychainValue(text: string): { value: string; since: string | null } {
  if (!text.startsWith('{')) return { value: text, since: null }
  try {
    const stored = v.safeParse(recordSchema, JSON.parse(text))
    if (stored.success) return stored.output
  } catch {
    // Not JSON, so it is the secret itself.
  }
  return { value: text, since: null }
}

/** Stores each merchant's secret as one entry of the system's keychain. */
export function keychainCredentialStore(env: Env): CredentialStore {
  const get = async (merchant: string, names: readonly StoredName[]) => {
    const texts = await keychain(
      names.map((name) => ({ action: 'get', ...keychainEntry(merchant, name) })),
      env,
    )
    return names.flatMap((name, index) => {
      const text = texts[index]
      return text ? [{ name, ...keychainValue(text) }] : []
    })
  }
  const put = async (merchant: string, secrets: NewSecrets, now: Date) => {
    const since = now.toISOString()
    const requests = Object.entries(secrets).map(([name, value]): KeychainRequest => {
      const entry = keychainEntry(merchant, name as StoredName)
      if (value === null) return { action: 'remove', ...entry }
      return { action: 'set', ...entry, value: JSON.stringify({ value: value.reveal(), since }) }
    })
    // Removals come last: if it stops in between, no secret is missing.
    await keychain(
      requests.toSorted((a, b) => Number(a.action === 'remove') - Number(b.action === 'remove')),
      env,
    )
  }
  return {
    kind: 'keychain',
    place: 'keychain',
    async list(merchant) {
      const found: Partial<Record<StoredName, ListedSecret>> = {}
      for (const { name, since } of await get(merchant, storedNames)) found[name] = { since, encrypted: null }
      return found
    },
    async read(merchant, names = secretNames) {
      const secrets: StoredSecrets = {}
      for (const { name, value, since } of await get(merchant, names))
        secrets[name] = { value: namedSecret(name, value), since }
      return secrets
    },
    async write(merchant, secrets, now) {
      await changeConfiguration(env, () => put(merchant, secrets, now))
    },
    async writeMissing(merchant, secrets, now) {
      await changeConfiguration(env, async () => {
        const there = new Set((await get(merchant, Object.keys(secrets) as StoredName[])).map(({ name }) => name))
        const missing = Object.entries(secrets).filter(([name]) => !there.has(name as StoredName))
        await put(merchant, Object.fromEntries(missing), now)
      })
    },
    async remove(merchant) {
      await changeConfiguration(env, async () => {
        await keychain(
          storedNames.map((name) => ({ action: 'remove', ...keychainEntry(merchant, name) })),
          env,
        )
      })
    },
  }
}
