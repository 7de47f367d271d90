import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import * as v from 'valibot'
import { configFolder, type Env } from './config-folder.ts'
import type { Credentials, Secret } from './merchant.ts'
import { readPrivateFile, writePrivateFile } from './private-file.ts'
import { changeConfiguration } from './profiles.ts'
import { secret } from './secret.ts'
import { parseStored } from './stored-json.ts'

export const secretNames = ['loopApiKey', 'masonhubToken', 'loopWebhookSecret', 'callbackToken', 'receiverKey'] as const
export type SecretName = (typeof secretNames)[number]

/** What people call them, and the environment variable of each. */
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
 * These hold several values, separated by spaces: Loop has one secret per webhook (loop.md §7.3), and while one is being
 * replaced the old one must still open. The first is the current one.
 */
export const secretLists: ReadonlySet<SecretName> = new Set(['loopWebhookSecret', 'callbackToken'])

/** 256 random bits: the part of a merchant's webhook paths that can't be guessed (F51). */
export function newReceiverKey(): Secret {
  return secret(randomBytes(32).toString('base64url'))
}

/** One kept secret, and since when. */
export type KeptSecret = { value: Secret; since: string | null }
export type KeptSecrets = Partial<Record<SecretName, KeptSecret>>

/** A place for secrets: this file, or (one day) the system's keychain. */
export type CredentialStore = {
  /** To tell the operator where they are. */
  readonly place: string
  read(merchant: string): Promise<KeptSecrets>
  /** Adds to what is kept, or replaces it. */
  write(merchant: string, secrets: Partial<Record<SecretName, Secret>>, now: Date): Promise<void>
  /** Adds those that are not there yet; what is kept stays. Of two that run at once, both see the same afterwards. */
  writeMissing(merchant: string, secrets: Partial<Record<SecretName, Secret>>, now: Date): Promise<void>
  remove(merchant: string): Promise<void>
}

const kept = v.object({ value: v.pipe(v.string(), v.minLength(1)), since: v.string() })
const fileSchema = v.looseObject({
  version: v.literal(1),
  merchants: v.record(
    v.string(),
    v.looseObject({
      loopApiKey: v.exactOptional(kept),
      masonhubToken: v.exactOptional(kept),
      loopWebhookSecret: v.exactOptional(kept),
      callbackToken: v.exactOptional(kept),
      receiverKey: v.exactOptional(kept),
    }),
  ),
})
type StoredSecrets = v.InferOutput<typeof fileSchema>

/** `credentials.json` beside the profiles: 0600, whole or not at all, refused when others could read it (F62). */
export function fileCredentialStore(env: Env): CredentialStore {
  const path = join(configFolder(env), 'credentials.json')
  const read = async (): Promise<StoredSecrets> => {
    const text = await readPrivateFile(path, 'secret')
    return text === null ? { version: 1, merchants: {} } : parseStored(path, text, fileSchema)
  }
  const update = (change: (merchants: StoredSecrets['merchants']) => StoredSecrets['merchants']) =>
    changeConfiguration(env, async (stillHeld) => {
      const stored = await read()
      const text = JSON.stringify({ ...stored, merchants: change(stored.merchants) }, null, 2)
      await stillHeld()
      await writePrivateFile(path, `${text}\n`)
    })
  const entriesOf = (secrets: Partial<Record<SecretName, Secret>>, now: Date) =>
    Object.fromEntries(
      secretNames.flatMap((name) => {
        const value = secrets[name]?.reveal()
        return value === undefined ? [] : [[name, { value, since: now.toISOString() }] as const]
      }),
    )
  return {
    place: path,
    async read(merchant) {
      const { merchants } = await read()
      const found = Object.hasOwn(merchants, merchant) ? merchants[merchant] : undefined
      const secrets: KeptSecrets = {}
      for (const name of secretNames) {
        const entry = found?.[name]
        if (entry) secrets[name] = { value: secret(entry.value), since: entry.since }
      }
      return secrets
    },
    async write(merchant, secrets, now) {
      await update((merchants) => ({
        ...merchants,
        [merchant]: { ...merchants[merchant], ...entriesOf(secrets, now) },
      }))
    },
    async writeMissing(merchant, secrets, now) {
      await update((merchants) => ({
        ...merchants,
        [merchant]: { ...entriesOf(secrets, now), ...merchants[merchant] },
      }))
    },
    async remove(merchant) {
      await update((merchants) => Object.fromEntries(Object.entries(merchants).filter(([name]) => name !== merchant)))
    },
  }
}

/** The secrets that the environment gives; nothing of it is ever stored. */
export function environmentSecrets(env: Env): KeptSecrets {
  const secrets: KeptSecrets = {}
  for (const name of secretNames) {
    const value = env[secretTitles[name].variable]?.trim()
    if (value) secrets[name] = { value: secret(value), since: null }
  }
  return secrets
}

/** The required secrets that are missing. */
export function missingSecrets(secrets: KeptSecrets): SecretName[] {
  return secretNames.filter((name) => secretTitles[name].required && !secrets[name])
}

export function toCredentials(
  secrets: KeptSecrets & Required<Pick<KeptSecrets, 'loopApiKey' | 'masonhubToken'>>,
): Credentials {
  return {
    loopApiKey: secrets.loopApiKey.value,
    masonhubToken: secrets.masonhubToken.value,
    loopWebhookSecrets: valuesOf(secrets.loopWebhookSecret),
    callbackTokens: valuesOf(secrets.callbackToken),
    receiverKey: secrets.receiverKey?.value ?? null,
  }
}

function valuesOf(kept: KeptSecret | undefined): Secret[] {
  const values = kept?.value.reveal().split(/\s+/) ?? []
  return values.filter((value) => value !== '').map(secret)
}
