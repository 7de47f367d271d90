import { Fault } from '../../core/errors/fault.ts'
import { printable } from '../../core/text/printable.ts'
import type { Env } from '../files/config-folder.ts'
import { environmentMerchant, type Profile, type Profiles } from '../profiles/profile.ts'
import { profileOf, readProfiles } from '../profiles/profiles.ts'
import type { Followed } from '../references/follow-reference.ts'
import { readReference, referencedVariables } from '../references/references.ts'
import { storeOf } from '../stores/stores.ts'
import {
  environmentSecrets,
  type ListedSecret,
  type SecretName,
  type StoredName,
  type StoredSecrets,
  secretNames,
  secretTitles,
} from './credentials.ts'
import { readSecret } from './secret-input.ts'

/** Where one secret of a merchant is and in what state; never its value. */
export type SecretPlace = {
  name: SecretName
  /** Its name for people: `Loop API key`. */
  title: string
  /** `environment`, `keychain`, the path of the credentials file, or `reference`; null when there is none. */
  place: string | null
  /** Whether this record is encrypted; null for any other place than the credentials file. */
  encrypted: boolean | null
  /** The reference, such as `command:op read …`; null when the secret is stored. */
  reference: string | null
  /** When it was stored, or its file written (RFC 3339); null: unknown. */
  since: string | null
  /** `missing` is no error for a secret that isn't required. */
  state: 'ok' | 'missing' | 'unreadable'
  /** What is wrong, as a sentence; null for `ok`, and for an optional secret that was never set up. */
  problem: string | null
}

/** Every secret of a merchant. Follows references, to see if they still work. Throws Fault for a loose file (F62). */
export async function secretPlaces(env: Env, merchant: string): Promise<SecretPlace[]> {
  if (merchant === environmentMerchant) return placesOfEnvironment(env)
  const profiles = await readProfiles(env)
  const profile = profileOf(profiles, merchant)
  const stored = await listStored(env, merchant, profile)
  const looking = { env, merchant, profiles, profile }
  return await Promise.all(
    secretNames.map(async (name) => {
      const reference = profile.secrets?.[name]
      if (reference === undefined) return storedPlace(name, stored)
      return referencePlace(name, reference, await follow(looking, name, reference))
    }),
  )
}

type Looking = { env: Env; merchant: string; profiles: Profiles; profile: Profile }

/** These secrets of a stored merchant. Throws Fault when a reference or the store fails. */
export async function readSecrets(looking: Looking, names: readonly SecretName[]): Promise<StoredSecrets> {
  const { env, merchant, profile } = looking
  const references = names.flatMap((name) => {
    const reference = profile.secrets?.[name]
    return reference === undefined ? [] : [{ name, reference }]
  })
  const storedNames = names.filter((name) => profile.secrets?.[name] === undefined)
  const [stored, ...followed] = await Promise.all([
    storedNames.length === 0 ? {} : storeOf(env, profile).read(merchant, storedNames),
    ...references.map(async ({ name, reference }) => ({ name, found: await follow(looking, name, reference) })),
  ])
  const secrets: StoredSecrets = { ...stored }
  const problems: string[] = []
  for (const { name, found } of followed) {
    if ('text' in found) secrets[name] = { value: readSecret(name, found.text), since: found.since }
    else problems.push(`The ${secretTitles[name].title} can't be read: ${found.problem}.`)
  }
  if (problems.length > 0) throw unreadable(merchant, problems)
  return secrets
}

async function follow({ env, merchant, profiles }: Looking, name: SecretName, text: string): Promise<Followed> {
  const read = readReference(text)
  if ('problem' in read) return { missing: false, problem: read.problem }
  const { followReference } = await import('../references/follow-reference.ts')
  const all = Object.values(profiles.merchants).flatMap(({ secrets }) => Object.values(secrets ?? {}))
  return await followReference(read.reference, { env, merchant, name, hidden: referencedVariables(all) })
}

function unreadable(merchant: string, problems: readonly string[]): Fault {
  return new Fault(problems.join(' '), {
    code: 'CREDENTIALS_UNREADABLE',
    merchant,
    hint: `mhloop merchant show ${merchant}`,
  })
}

type StoredPlace = { place: string; found: Partial<Record<StoredName, ListedSecret>>; problem: string | null }

/** What the store contains. A keychain that doesn't answer is reported for each secret; a loose file throws (F62). */
async function listStored(env: Env, merchant: string, profile: Profile): Promise<StoredPlace> {
  const store = storeOf(env, profile)
  try {
    return { place: store.place, found: await store.list(merchant), problem: null }
  } catch (error) {
    if (store.kind === 'file' || !(error instanceof Fault)) throw error
    return { place: store.place, found: {}, problem: error.message }
  }
}

function storedPlace(name: SecretName, { place, found, problem }: StoredPlace): SecretPlace {
  const listed = found[name]
  const { title, required } = secretTitles[name]
  const base = { name, title, reference: null }
  if (listed !== undefined) {
    return { ...base, place, encrypted: listed.encrypted, since: listed.since, state: 'ok', problem: null }
  }
  if (problem !== null) return { ...base, place, encrypted: null, since: null, state: 'unreadable', problem }
  const why = required ? `There is no ${title}.` : null
  return { ...base, place: null, encrypted: null, since: null, state: 'missing', problem: why }
}

function referencePlace(name: SecretName, reference: string, found: Followed): SecretPlace {
  const { title } = secretTitles[name]
  const base = { name, title, place: 'reference', encrypted: null, reference: printable(reference, 300) }
  if ('text' in found) return { ...base, since: found.since, state: 'ok', problem: null }
  const state = found.missing ? 'missing' : 'unreadable'
  return { ...base, since: null, state, problem: `The ${title} can't be read: ${found.problem}.` }
}

function placesOfEnvironment(env: Env): SecretPlace[] {
  const fromEnvironment = environmentSecrets(env)
  return secretNames.map((name) => {
    const { title, required, variable } = secretTitles[name]
    const base = { name, title, encrypted: null, reference: null, since: null }
    if (fromEnvironment[name] !== undefined) return { ...base, place: 'environment', state: 'ok', problem: null }
    return { ...base, place: null, state: 'missing', problem: required ? `${variable} is not set.` : null }
  })
}
