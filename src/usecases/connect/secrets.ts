import { Fault } from '../../core/errors/fault.ts'
import type { Env } from '../../merchants/files/config-folder.ts'
import type { Secret } from '../../merchants/profiles/merchant.ts'
import { environmentMerchant } from '../../merchants/profiles/profile.ts'
import { profileOf, readProfiles } from '../../merchants/profiles/profiles.ts'
import {
  newReceiverKey,
  type SecretName,
  type StoredSecret,
  type StoredSecrets,
  secretTitles,
  valuesOf,
} from '../../merchants/secrets/credentials.ts'
import { secret } from '../../merchants/secrets/secret.ts'
import { readSecret } from '../../merchants/secrets/secret-input.ts'
import { storeOf } from '../../merchants/stores/stores.ts'

/** What the endpoint needs: a path that can't be guessed, and the token that MasonHub's callbacks carry (F51). */
const endpointSecrets = ['receiverKey', 'callbackToken'] as const satisfies readonly SecretName[]
export type EndpointSecret = (typeof endpointSecrets)[number]

/** The secrets that would be created. Throws Fault for a key that can't be part of a path, and when `env` lacks one. */
export function missingEndpointSecrets(merchant: string, secrets: StoredSecrets): EndpointSecret[] {
  if (secrets.receiverKey !== undefined) readSecret('receiverKey', secrets.receiverKey.value.reveal())
  const missing = endpointSecrets.filter((name) => secrets[name] === undefined)
  if (missing.length === 0 || merchant !== environmentMerchant) return missing
  const variables = missing.map((name) => secretTitles[name].variable).join(' and ')
  throw new Fault(
    `The merchant "env" consists of environment variables only, and ${variables} would have to be generated.`,
    {
      code: 'CREDENTIALS_MISSING',
      merchant,
      hint: 'Set each to 64 random hex digits (openssl rand -hex 32), or store the merchant: mhloop merchant add NAME',
    },
  )
}

/**
 * Creates and stores the missing secrets before anything is registered: registrations with a key that is not stored
 * could never be found again. Returns what is stored afterwards, which is the same for two runs at once.
 */
export async function storeEndpointSecrets(
  env: Env,
  merchant: string,
  secrets: StoredSecrets,
  now: Date,
): Promise<StoredSecrets> {
  const missing = missingEndpointSecrets(merchant, secrets)
  if (missing.length === 0) return secrets
  const store = storeOf(env, profileOf(await readProfiles(env), merchant))
  // The token is made like the key: 256 random bits that fit into a path and into a header.
  await store.writeMissing(merchant, Object.fromEntries(missing.map((name) => [name, newReceiverKey()])), now)
  return { ...secrets, ...(await store.read(merchant, missing)) }
}

/** The signing secrets that a run was given: by --credentials-file, and by the environment. */
export type ProvidedWebhookSecrets = { file: Secret | null; environment: Secret | null }

/** What a run does with Loop's signing secret. */
export type WebhookSecretPlan = {
  /** What is stored; null: nothing. */
  storing: Secret | null
  /** Whether that replaces another secret. */
  replaces: boolean
  /** Whether the secret is known in the end: `stored` by this run, or `stored` as it is. */
  outcome: 'kept' | 'stored' | 'missing'
  /** Whether the environment has another secret than the one that stays. */
  otherInEnvironment: boolean
}

/**
 * A file replaces what is stored. The environment counts only where nothing is known: the variable may belong to
 * another merchant, and Loop's webhooks would then all be refused (F22). Throws Fault when the secret can't be stored.
 */
export async function planWebhookSecret(
  env: Env,
  merchant: string,
  { file, environment }: ProvidedWebhookSecrets,
  known: StoredSecret | undefined,
): Promise<WebhookSecretPlan> {
  const keeping = { storing: null, replaces: false, otherInEnvironment: false }
  if (merchant === environmentMerchant) {
    if (file !== null) throw notStored()
    return { ...keeping, outcome: known === undefined ? 'missing' : 'kept' }
  }
  const storing = known === undefined ? (file ?? environment) : file
  if (storing !== null && storing.reveal() !== known?.value.reveal()) {
    const profile = profileOf(await readProfiles(env), merchant)
    if (profile.secrets?.loopWebhookSecret !== undefined) throw fetchedElsewhere(merchant, 'loopWebhookSecret')
    return { ...keeping, storing, replaces: known !== undefined, outcome: 'stored' }
  }
  if (known === undefined) return { ...keeping, outcome: 'missing' }
  const isOther =
    environment !== null &&
    environment.reveal() !== known.value.reveal() &&
    !valuesOf(known).some((value) => value.reveal() === environment.reveal())
  return { ...keeping, outcome: 'kept', otherInEnvironment: isOther }
}

/**
 * Stores the signing secret, which only Loop's admin shows (loop.md §7.1). false when it is already stored, or, without
 * `replace`, when another is by now.
 */
export async function keepWebhookSecret(
  env: Env,
  merchant: string,
  loopWebhookSecret: Secret,
  { now, replace }: { now: Date; replace: boolean },
): Promise<boolean> {
  const profile = profileOf(await readProfiles(env), merchant)
  if (profile.secrets?.loopWebhookSecret !== undefined) throw fetchedElsewhere(merchant, 'loopWebhookSecret')
  const store = storeOf(env, profile)
  const { loopWebhookSecret: before } = await store.read(merchant, ['loopWebhookSecret'])
  if (before !== undefined && (!replace || before.value.reveal() === loopWebhookSecret.reveal())) return false
  await store.write(merchant, { loopWebhookSecret }, now)
  return true
}

function notStored(): Fault {
  return new Fault(`The merchant "env" consists of environment variables only, so its secrets can't be stored.`, {
    code: 'USAGE',
    merchant: environmentMerchant,
    hint: 'Leave out --credentials-file, and set MHLOOP_LOOP_WEBHOOK_SECRET (mhloop help environment)',
  })
}

/** A stored secret would never be used while the profile has a reference for it. */
function fetchedElsewhere(merchant: string, name: SecretName): Fault {
  const { title, key } = secretTitles[name]
  return new Fault(`mhloop does not store the ${title} of ${merchant}: the profile refers to another place.`, {
    code: 'SECRET_IS_REFERENCE',
    merchant,
    hint: `Change it there, or let mhloop store it from now on: mhloop merchant set -m ${merchant} ${key}`,
  })
}

/** The value to register, the first of those in one text. */
export function currentValue(stored: StoredSecret): Secret {
  return secret(stored.value.reveal().split(/\s+/, 1)[0] ?? '')
}
