import { exitCodes, Fault } from '../../core/errors/fault.ts'
import { digestOf } from '../../core/text/digest.ts'
import { configFolder, type Env } from '../files/config-folder.ts'
import { referencedFile } from '../references/referenced-file.ts'
import { readReference, referencedVariables } from '../references/references.ts'
import { toEndpointCredentials } from '../secrets/credentials.ts'
import { openStore } from '../stores/stores.ts'
import type { EndpointCredentials, Merchant } from './merchant.ts'
import { environmentMerchant, type Profile } from './profile.ts'
import { profilesPath, readProfiles } from './profiles.ts'
import {
  findMerchant,
  hasEnvironmentMerchant,
  isEnvironmentChosen,
  type ResolvedMerchant,
  readCredentials,
} from './resolve-merchant.ts'
import { fileVersion } from './stored-merchant.ts'

/** A merchant as it is stored now, usable or not. */
export type MerchantNow = {
  name: string
  /** Changes whenever its clients must be created again; not with the policy, which is read at each decision. */
  version: string
  /** What verifies its senders; null: the merchant was never connected, or the secrets can't be read. */
  endpoint: EndpointCredentials | null
} & ({ resolved: ResolvedMerchant; fault: null } | { resolved: null; fault: Fault })

/** What was read, the state of the disk that it belongs to, and when. */
type Known = { now: MerchantNow; fingerprint: string; readAt: number }

/** Milliseconds. A failure may pass without a change on the disk: a keychain is unlocked, a program works again. */
const triedAgainAfter = 10_000
/** Milliseconds. Some changes leave no trace on our disk: a program's answer, or a keychain entry of another tool. */
const readAgainAfter = 5 * 60_000

/**
 * Reads all stored merchants, or one of them, at each call: cheap while nothing changes on the disk (G5, G6). A
 * merchant that can't be used does not hide the others. Throws Fault when the profiles themselves can't be read.
 */
export function watchMerchants(env: Env, only: string | null): () => Promise<MerchantNow[]> {
  const known = new Map<string, Known>()
  let profiles: { version: string | null; merchants: Record<string, Profile> } | null = null

  async function merchantsNow(): Promise<Record<string, Profile>> {
    const version = fileVersion(profilesPath(env))
    if (profiles === null || version === null || profiles.version !== version)
      profiles = { version, merchants: (await readProfiles(env)).merchants }
    return profiles.merchants
  }

  async function readNow(name: string, profile: Profile | undefined): Promise<MerchantNow> {
    const fingerprint = profile === undefined ? '' : fingerprintOf(env, profile)
    const before = known.get(name)
    const age = performance.now() - (before?.readAt ?? Number.NEGATIVE_INFINITY)
    const enough = before?.now.fault ? triedAgainAfter : readAgainAfter
    if (before?.fingerprint === fingerprint && (age < enough || name === environmentMerchant)) return before.now
    const now = await read(env, name, profile?.addedAt ?? '')
    known.set(name, { now, fingerprint, readAt: performance.now() })
    return now
  }

  return async () => {
    const merchants = only === environmentMerchant ? {} : await merchantsNow()
    const stored = Object.keys(merchants).sort()
    const names = only !== null ? [only] : [...(isMeant(env, merchants) ? [environmentMerchant] : []), ...stored]
    for (const name of known.keys()) if (!names.includes(name)) known.delete(name)
    const found: MerchantNow[] = []
    // One by one: thousands at once would need more open files than a process may have.
    for (const name of names) found.push(await readNow(name, merchants[name]))
    return found
  }
}

/**
 * Whether the environment is meant to be a merchant: an incomplete one is reported, and not silently left out (F66).
 * Variables that stored merchants refer to do not count.
 */
function isMeant(env: Env, merchants: Record<string, Profile>): boolean {
  if (hasEnvironmentMerchant(env)) return true
  const referenced = referencedVariables(
    Object.values(merchants).flatMap(({ secrets }) => Object.values(secrets ?? {})),
  )
  return isEnvironmentChosen(Object.fromEntries(Object.entries(env).filter(([name]) => !referenced.has(name))))
}

/** Changes whenever something is stored that this merchant depends on. */
function fingerprintOf(env: Env, profile: Profile): string {
  const { policy: _, ...rest } = profile
  const storedSecret =
    // Before it changes the keychain, mhloop takes a lock in this folder.
    profile.store === 'keychain' ? fileVersion(configFolder(env)) : fileVersion(openStore(env, 'file').place)
  const files = Object.values(profile.secrets ?? {}).map((text) => {
    const read = readReference(text)
    const path = 'reference' in read && read.reference.kind === 'file' ? referencedFile(read.reference, env) : null
    return path === null ? null : fileVersion(path)
  })
  return digestOf([{ ...rest, changedAt: null }, storedSecret, files])
}

async function read(env: Env, name: string, addedAt: string): Promise<MerchantNow> {
  let endpoint: EndpointCredentials | null = null
  try {
    const found = await findMerchant({ name, env })
    endpoint = toEndpointCredentials(await found.readSecrets(['receiverKey', 'loopWebhookSecret', 'callbackToken']))
    const resolved = { ...found, credentials: await readCredentials(found) }
    return { name, version: versionOf(resolved, addedAt), endpoint, resolved, fault: null }
  } catch (error) {
    const fault = error instanceof Fault ? error : unknown(name, error)
    return { name, version: fault.code, endpoint, resolved: null, fault }
  }
}

/** A merchant that was removed and added again counts as another one, even with the same settings. */
function versionOf({ merchant, credentials }: ResolvedMerchant, addedAt: string): string {
  const { policy: _, ...rest }: Merchant = merchant
  return digestOf([addedAt, rest, credentials.loopApiKey.reveal(), credentials.masonhubToken.reveal()])
}

function unknown(name: string, cause: unknown): Fault {
  return new Fault(`Merchant "${name}" can't be read.`, {
    code: 'MERCHANT_UNREADABLE',
    exit: exitCodes.ours,
    merchant: name,
    hint: `mhloop merchant show ${name}`,
    cause,
  })
}
