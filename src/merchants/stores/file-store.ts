import { join } from 'node:path'
import * as v from 'valibot'
import { Fault } from '../../core/errors/fault.ts'
import { printable } from '../../core/text/printable.ts'
import { configFolder, type Env } from '../files/config-folder.ts'
import { readPrivateFile, writePrivateFile } from '../files/private-file.ts'
import { parseStored } from '../files/stored-json.ts'
import { changeConfiguration } from '../profiles/profiles.ts'
import {
  type CredentialStore,
  type ListedSecret,
  type NewSecrets,
  namedSecret,
  type StoredName,
  type StoredSecrets,
  secretNames,
  storedNames,
} from '../secrets/credentials.ts'
import { passphraseOf } from './passphrase.ts'
import { newSealing, openSealing, type SealingKey, seal, sealingSchema, unseal } from './sealing.ts'

const plain = v.object({ value: v.pipe(v.string(), v.minLength(1)), since: v.string() })
const sealed = v.object({ sealed: v.pipe(v.string(), v.minLength(1)), since: v.string() })
const record = v.union([plain, sealed])
const records = v.looseObject(
  Object.fromEntries(storedNames.map((name) => [name, v.exactOptional(record)])) as Record<
    StoredName,
    v.ExactOptionalSchema<typeof record, undefined>
  >,
)
/** Version 2 is version 1 with encrypted records, so that an older mhloop does not call the file broken. */
const fileSchema = v.looseObject({
  version: v.picklist([1, 2]),
  sealing: v.exactOptional(sealingSchema),
  merchants: v.record(v.string(), records),
})
type Stored = v.InferOutput<typeof fileSchema>
type StoredRecord = v.InferOutput<typeof record>
type Records = Stored['merchants'][string]

const placeOf = (env: Env) => join(configFolder(env), 'credentials.json')

async function load(path: string): Promise<Stored> {
  const text = await readPrivateFile(path, 'secret')
  return text === null ? { version: 1, merchants: {} } : parseStored(path, text, fileSchema)
}

const save = (env: Env, change: (stored: Stored) => Promise<Stored>) =>
  changeConfiguration(env, async (stillHeld) => {
    const path = placeOf(env)
    const text = JSON.stringify(await change(await load(path)), null, 2)
    await stillHeld()
    await writePrivateFile(path, `${text}\n`)
  })

/**
 * The store in `credentials.json` beside the profiles: mode 0600, replaced as a whole, refused when others could read
 * it (F62). With a passphrase in the environment every record is encrypted and bound to its merchant and name (F61),
 * and an unencrypted file is refused, because somebody may have put it in the place of ours (H9).
 */
export function fileCredentialStore(env: Env): CredentialStore {
  const path = placeOf(env)
  /** The key, if the file is encrypted or still empty; null: everything is plain and stays so. */
  const keyFor = async (stored: Stored): Promise<SealingKey | null> => {
    const passphrase = await passphraseOf(env)
    const { sealing } = stored
    if (sealing !== undefined && passphrase === null) throw locked(path)
    if (passphrase === null) return null
    if (sealing !== undefined) return await openSealing(sealing, passphrase)
    if (recordsIn(stored).length > 0) throw unsealed(path)
    return await newSealing(passphrase)
  }
  const put = (
    merchant: string,
    merged: (before: Records, added: Records) => Records,
    secrets: NewSecrets,
    now: Date,
  ) =>
    save(env, async (stored) => {
      const key = await keyFor(stored)
      const before = recordsOf(stored, merchant)
      const merchants = { ...stored.merchants, [merchant]: merged(before, newRecords(merchant, secrets, now, key)) }
      if (key === null) return { ...stored, merchants }
      return { ...stored, version: 2, sealing: key.sealing, merchants }
    })
  return {
    kind: 'file',
    place: path,
    async list(merchant) {
      const stored = await load(path)
      // Listing an encrypted file needs no passphrase. With a passphrase set, an unencrypted file is refused here, too.
      if (stored.sealing === undefined && recordsIn(stored).length > 0) await keyFor(stored)
      const found: Partial<Record<StoredName, ListedSecret>> = {}
      for (const [name, one] of entriesOf(recordsOf(stored, merchant))) {
        found[name] = { since: one.since, encrypted: 'sealed' in one }
      }
      return found
    },
    async read(merchant, names = secretNames) {
      const stored = await load(path)
      const found = entriesOf(recordsOf(stored, merchant)).filter(([name]) => names.includes(name))
      const isOpen = stored.sealing === undefined || found.some(([, one]) => 'sealed' in one)
      const key = found.length > 0 && isOpen ? await keyFor(stored) : null
      const secrets: StoredSecrets = {}
      for (const [name, one] of found) {
        const text = textOf(stored, one, [merchant, name, one.since], key)
        if (text === null) throw tampered(path, merchant)
        secrets[name] = { value: namedSecret(name, text), since: one.since }
      }
      return secrets
    },
    async write(merchant, secrets, now) {
      const gone = Object.entries(secrets).flatMap(([name, value]) => (value === null ? [name] : []))
      await put(merchant, (before, added) => without({ ...before, ...added }, gone), secrets, now)
    },
    async writeMissing(merchant, secrets, now) {
      await put(merchant, (before, added) => ({ ...added, ...before }), secrets, now)
    },
    async remove(merchant) {
      await save(env, async (stored) => ({ ...stored, merchants: without(stored.merchants, [merchant]) }))
    },
  }
}

function recordsOf({ merchants }: Stored, merchant: string): Records {
  return (Object.hasOwn(merchants, merchant) ? merchants[merchant] : undefined) ?? {}
}

function entriesOf(before: Records): [StoredName, StoredRecord][] {
  return storedNames.flatMap((name) => {
    const one = before[name]
    return one === undefined ? [] : [[name, one] as [StoredName, StoredRecord]]
  })
}

function without<T extends object>(from: T, names: readonly string[]): T {
  return Object.fromEntries(Object.entries(from).filter(([name]) => !names.includes(name))) as T
}

function newRecords(merchant: string, secrets: NewSecrets, now: Date, key: SealingKey | null): Records {
  const since = now.toISOString()
  const added: Records = {}
  for (const name of storedNames) {
    const value = secrets[name]?.reveal()
    if (value !== undefined) added[name] = recordOf({ value, since }, [merchant, name, since], key)
  }
  return added
}

function recordOf(one: v.InferOutput<typeof plain>, subject: string[], key: SealingKey | null): StoredRecord {
  return key === null ? one : { sealed: seal(key, one.value, subject), since: one.since }
}

/** One record of the credentials file, for `merchant encrypt`. */
export type PlainRecord = { merchant: string; name: StoredName; since: string }

function recordsIn(stored: Stored): PlainRecord[] {
  return Object.entries(stored.merchants).flatMap(([merchant, found]) =>
    entriesOf(found).map(([name, { since }]) => ({ merchant, name, since })),
  )
}

/** The records of an unencrypted file; none if it is encrypted. Throws Fault without the right passphrase. */
export async function plainRecords(env: Env): Promise<{ place: string; records: PlainRecord[] }> {
  const path = placeOf(env)
  const stored = await load(path)
  const passphrase = await passphraseOf(env)
  if (passphrase === null) throw noPassphrase()
  if (stored.sealing === undefined) return { place: path, records: recordsIn(stored) }
  await openSealing(stored.sealing, passphrase)
  return { place: path, records: [] }
}

/**
 * Encrypts the whole unencrypted file: partly encrypted, it would be no safer. It is a command of its own (H9): a write
 * that encrypted it in passing would accept records that somebody else put there.
 */
export async function encryptRecords(env: Env, approved: readonly PlainRecord[]): Promise<void> {
  await save(env, async (stored) => {
    const passphrase = await passphraseOf(env)
    if (passphrase === null) throw noPassphrase()
    const isAsApproved = JSON.stringify(recordsIn(stored)) === JSON.stringify(approved)
    if (stored.sealing !== undefined || !isAsApproved) throw changedMeanwhile(placeOf(env))
    return sealAll(stored, await newSealing(passphrase))
  })
}

function sealAll(stored: Stored, key: SealingKey): Stored {
  const merchants = Object.fromEntries(
    Object.entries(stored.merchants).map(([merchant, found]) => {
      const closed = entriesOf(found).map(([name, one]) => [
        name,
        // It was encrypted with another file's key, so nothing opens it: it stays as it is, and is refused.
        'sealed' in one ? one : recordOf(one, [merchant, name, one.since], key),
      ])
      return [merchant, { ...found, ...Object.fromEntries(closed) }]
    }),
  )
  return { ...stored, version: 2, sealing: key.sealing, merchants }
}

/** null when mhloop did not write the record there: it was changed, moved, or put in plain into an encrypted file. */
function textOf({ sealing }: Stored, one: StoredRecord, subject: string[], key: SealingKey | null): string | null {
  if (!('sealed' in one)) return sealing === undefined ? one.value : null
  return key === null ? null : unseal(key, one.sealed, subject)
}

function tampered(path: string, merchant: string): Fault {
  return new Fault(
    `A record in ${printable(path)} was changed or moved by something other than mhloop, so it is not used.`,
    {
      code: 'CREDENTIALS_TAMPERED',
      merchant,
      hint: `Find out who did it, then enter the secret again: mhloop merchant set -m ${merchant} --help`,
    },
  )
}

function locked(path: string): Fault {
  return new Fault(`${printable(path)} is encrypted, and the environment has no passphrase. Nothing was changed.`, {
    code: 'PASSPHRASE_MISSING',
    hint: 'Set MHLOOP_CREDENTIALS_PASSPHRASE, or set MHLOOP_CREDENTIALS_PASSPHRASE_FILE to a file that contains it.',
  })
}

function unsealed(path: string): Fault {
  const why = 'either it never was, or someone replaced the encrypted file'
  return new Fault(`${printable(path)} is not encrypted, although a passphrase is set: ${why}. It is not used.`, {
    code: 'CREDENTIALS_TAMPERED',
    hint: 'If you never encrypted it: mhloop merchant encrypt. If you did, find out who replaced it, and restore your file.',
  })
}

function noPassphrase(): Fault {
  return new Fault('There is no passphrase to encrypt the credentials file with.', {
    code: 'PASSPHRASE_MISSING',
    hint: 'Set MHLOOP_CREDENTIALS_PASSPHRASE_FILE to a file that contains one: openssl rand -base64 32',
  })
}

function changedMeanwhile(path: string): Fault {
  return new Fault(`${printable(path)} has changed in the meantime. Nothing was encrypted.`, {
    code: 'CREDENTIALS_CHANGED',
    hint: 'Review it again: mhloop merchant encrypt',
  })
}
