import { randomBytes } from 'node:crypto'
import type { Env } from '../files/config-folder.ts'
import type { Credentials, EndpointCredentials, Secret } from '../profiles/merchant.ts'
import { secret, secretList } from './secret.ts'

export const secretNames = ['loopApiKey', 'masonhubToken', 'loopWebhookSecret', 'callbackToken', 'receiverKey'] as const
export type SecretName = (typeof secretNames)[number]

/** The two secrets without which no vendor can be asked. */
export const requiredSecrets = ['loopApiKey', 'masonhubToken'] as const satisfies readonly SecretName[]

/** Stored while `merchant rotate` is under way, so that it can be finished from wherever it stopped. */
export const rotationNames = [
  'nextMasonhubPhrase',
  'nextMasonhubToken',
  'oldMasonhubToken',
  'nextCallbackToken',
] as const
export type StoredName = SecretName | (typeof rotationNames)[number]
export const storedNames: readonly StoredName[] = [...secretNames, ...rotationNames]

/** The name of each secret for people, its key in `merchant set`, and its environment variable. */
export const secretTitles: Record<SecretName, { title: string; key: string; variable: string; required: boolean }> = {
  loopApiKey: { title: 'Loop API key', key: 'loop-api-key', variable: 'MHLOOP_LOOP_API_KEY', required: true },
  masonhubToken: { title: 'MasonHub token', key: 'masonhub-token', variable: 'MHLOOP_MASONHUB_TOKEN', required: true },
  loopWebhookSecret: {
    title: 'Loop webhook secret',
    key: 'loop-webhook-secret',
    variable: 'MHLOOP_LOOP_WEBHOOK_SECRET',
    required: false,
  },
  callbackToken: {
    title: 'MasonHub callback token',
    key: 'callback-token',
    variable: 'MHLOOP_CALLBACK_TOKEN',
    required: false,
  },
  receiverKey: { title: 'Receiver key', key: 'receiver-key', variable: 'MHLOOP_RECEIVER_KEY', required: false },
}

/**
 * These hold several values, separated by spaces. Loop has one secret per webhook (loop.md §7.3), and while a value is
 * being replaced, the old one must still be accepted. The first is the current one.
 */
export const secretLists: ReadonlySet<SecretName> = new Set(['loopWebhookSecret', 'callbackToken'])

/** Wraps the stored text of a secret; each value of a list is a secret of its own. */
export function namedSecret(name: StoredName, value: string): Secret {
  return (secretLists as ReadonlySet<string>).has(name) ? secretList(value) : secret(value)
}

/** 256 random bits: the part of a merchant's webhook paths that can't be guessed (F51). */
export function newReceiverKey(): Secret {
  return secret(randomBytes(32).toString('base64url'))
}

/** One stored secret, and since when it is stored. */
export type StoredSecret = { value: Secret; since: string | null }
export type StoredSecrets = Partial<Record<StoredName, StoredSecret>>

/** Secrets to store; null removes one. */
export type NewSecrets = Partial<Record<StoredName, Secret | null>>

export const storeKinds = ['keychain', 'file'] as const
export type StoreKind = (typeof storeKinds)[number]

/** A stored secret without its value. */
export type ListedSecret = { since: string | null; encrypted: boolean | null }

/** Stores secrets in a file beside the profiles, or in the system's keychain, per merchant and name (F22). */
export type CredentialStore = {
  readonly kind: StoreKind
  /** The place for people: a path, or `keychain`. */
  readonly place: string
  /** Lists what is stored; needs no passphrase. */
  list(merchant: string): Promise<Partial<Record<StoredName, ListedSecret>>>
  /** Reads these secrets; without `names`, the five of `secretNames`. */
  read(merchant: string, names?: readonly StoredName[]): Promise<StoredSecrets>
  /** Adds or replaces secrets; null removes one. The file store writes all of them or none. */
  write(merchant: string, secrets: NewSecrets, now: Date): Promise<void>
  /** Adds only secrets that are missing. After two such writes at once, both processes read the same values. */
  writeMissing(merchant: string, secrets: NewSecrets, now: Date): Promise<void>
  remove(merchant: string): Promise<void>
}

/** The secrets in environment variables; none of them is ever stored. */
export function environmentSecrets(env: Env): StoredSecrets {
  const secrets: StoredSecrets = {}
  for (const name of secretNames) {
    const value = env[secretTitles[name].variable]?.trim()
    if (value) secrets[name] = { value: namedSecret(name, value), since: null }
  }
  return secrets
}

/** The required secrets that are missing. */
export function missingSecrets(secrets: Partial<Record<SecretName, unknown>>): SecretName[] {
  return requiredSecrets.filter((name) => !secrets[name])
}

export function toCredentials(secrets: Required<Pick<StoredSecrets, 'loopApiKey' | 'masonhubToken'>>): Credentials {
  return { loopApiKey: secrets.loopApiKey.value, masonhubToken: secrets.masonhubToken.value }
}

export function toEndpointCredentials(secrets: StoredSecrets): EndpointCredentials {
  return {
    loopWebhookSecrets: valuesOf(secrets.loopWebhookSecret),
    callbackTokens: valuesOf(secrets.callbackToken),
    receiverKey: secrets.receiverKey?.value ?? null,
  }
}

/** The values of a secret that holds several in one text. */
export function valuesOf(stored: StoredSecret | undefined): Secret[] {
  const values = stored?.value.reveal().split(/\s+/) ?? []
  return values.filter((value) => value !== '').map(secret)
}
