import { join } from 'node:path'
import * as v from 'valibot'
import { exitCodes, Fault } from '../core/fault.ts'
import { shown } from '../core/text.ts'
import { configFolder, type Env } from './config-folder.ts'
import {
  type CredentialStore,
  type KeptSecrets,
  type ListedSecret,
  type NewSecrets,
  type StoredName,
  secretNames,
  storedNames,
} from './credentials.ts'
import { passphraseOf } from './passphrase.ts'
import { readPrivateFile, writePrivateFile } from './private-file.ts'
import { changeConfiguration } from './profiles.ts'
import { newSealing, openSealing, type SealingKey, seal, sealingSchema, unseal } from './sealing.ts'
import { secret } from './secret.ts'
import { parseStored } from './stored-json.ts'

const plain = v.object({ value: v.pipe(v.string(), v.minLength(1)), since: v.string() })
const sealed = v.object({ sealed: v.pipe(v.string(), v.minLength(1)), since: v.string() })
const record = v.union([plain, sealed])
const records = v.looseObject(
  Object.fromEntries(storedNames.map((name) => [name, v.exactOptional(record)])) as Record<
    StoredName,
    v.ExactOptionalSchema<typeof record, undefined>
  >,
)
/** 2 is 1 with records that a passphrase opens: an older mhloop must not take it for broken. */
const fileSchema = v.looseObject({
  version: v.picklist([1, 2]),
  sealing: v.exactOptional(sealingSchema),
  merchants: v.record(v.string(), records),
})
type Stored = v.InferOutput<typeof fileSchema>
type Kept = v.InferOutput<typeof record>
type Records = Stored['merchants'][string]

/**
 * `credentials.json` beside the profiles: 0600, whole or not at all, refused when others could read it (F62). With a
 * passphrase in the environment every record is encrypted, bound to its merchant and name (F61).
 */
export function fileCredentialStore(env: Env): CredentialStore {
  const path = join(configFolder(env), 'credentials.json')
  const load = async (): Promise<Stored> => {
    const text = await readPrivateFile(path, 'secret')
    return text === null ? { version: 1, merchants: {} } : parseStored(path, text, fileSchema)
  }
  /** The key, when the file is sealed or is to be; null: everything is and stays plain. */
  const keyFor = async ({ sealing }: Stored): Promise<SealingKey | null> => {
    const passphrase = await passphraseOf(env)
    if (sealing === undefined) return passphrase === null ? null : await newSealing(passphrase)
    if (passphrase === null) throw locked(path)
    return await openSealing(sealing, passphrase)
  }
  const save = (change: (stored: Stored) => Promise<Stored>) =>
    changeConfiguration(env, async (stillHeld) => {
      const text = JSON.stringify(await change(await load()), null, 2)
      await stillHeld()
      await writePrivateFile(path, `${text}\n`)
    })
  const put = (merchant: string, merged: (kept: Records, added: Records) => Records, secrets: NewSecrets, now: Date) =>
    save(async (stored) => {
      const key = await keyFor(stored)
      const kept = recordsOf(stored, merchant)
      const merchants = { ...stored.merchants, [merchant]: merged(kept, newRecords(merchant, secrets, now, key)) }
      // An open record among sealed ones is not ours: to seal it would make it look so.
      return key === null || stored.sealing !== undefined
        ? { ...stored, merchants }
        : sealAll({ ...stored, merchants }, key)
    })
  return {
    kind: 'file',
    place: path,
    async list(merchant) {
      const found: Partial<Record<StoredName, ListedSecret>> = {}
      for (const [name, one] of entriesOf(recordsOf(await load(), merchant))) {
        found[name] = { since: one.since, encrypted: 'sealed' in one }
      }
      return found
    },
    async read(merchant, names = secretNames) {
      const stored = await load()
      const found = entriesOf(recordsOf(stored, merchant)).filter(([name]) => names.includes(name))
      const key = found.some(([, one]) => 'sealed' in one) ? await keyFor(stored) : null
      const secrets: KeptSecrets = {}
      for (const [name, one] of found) {
        const text = textOf(stored, one, [merchant, name, one.since], key)
        if (text === null) throw tampered(path, merchant)
        secrets[name] = { value: secret(text), since: one.since }
      }
      return secrets
    },
    async write(merchant, secrets, now) {
      const gone = Object.entries(secrets).flatMap(([name, value]) => (value === null ? [name] : []))
      await put(merchant, (kept, added) => without({ ...kept, ...added }, gone), secrets, now)
    },
    async writeMissing(merchant, secrets, now) {
      await put(merchant, (kept, added) => ({ ...added, ...kept }), secrets, now)
    },
    async remove(merchant) {
      await save(async (stored) => ({ ...stored, merchants: without(stored.merchants, [merchant]) }))
    },
  }
}

function recordsOf({ merchants }: Stored, merchant: string): Records {
  return (Object.hasOwn(merchants, merchant) ? merchants[merchant] : undefined) ?? {}
}

function entriesOf(kept: Records): [StoredName, Kept][] {
  return storedNames.flatMap((name) => {
    const one = kept[name]
    return one === undefined ? [] : [[name, one] as [StoredName, Kept]]
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

function recordOf(one: v.InferOutput<typeof plain>, subject: string[], key: SealingKey | null): Kept {
  return key === null ? one : { sealed: seal(key, one.value, subject), since: one.since }
}

/** With the first passphrase, what was plain is sealed with the rest: a file half open would be no better than an open one. */
function sealAll(stored: Stored, key: SealingKey): Stored {
  const merchants = Object.fromEntries(
    Object.entries(stored.merchants).map(([merchant, kept]) => {
      const closed = entriesOf(kept).map(([name, one]) => [
        name,
        'sealed' in one ? one : recordOf(one, [merchant, name, one.since], key),
      ])
      return [merchant, { ...kept, ...Object.fromEntries(closed) }]
    }),
  )
  return { ...stored, version: 2, sealing: key.sealing, merchants }
}

/** Null when it is not what mhloop wrote there: changed, moved, or put in the clear into a file that is sealed. */
function textOf({ sealing }: Stored, one: Kept, subject: string[], key: SealingKey | null): string | null {
  if (!('sealed' in one)) return sealing === undefined ? one.value : null
  return key === null ? null : unseal(key, one.sealed, subject)
}

function tampered(path: string, merchant: string): Fault {
  return new Fault(`A record of ${shown(path)} was changed or moved by something else than mhloop: it is not used.`, {
    code: 'CREDENTIALS_TAMPERED',
    exit: exitCodes.credentials,
    blame: 'machine',
    merchant,
    hint: `Find out who did it, then give the secret anew: mhloop merchant set -m ${merchant} --help`,
  })
}

function locked(path: string): Fault {
  return new Fault(`${shown(path)} is encrypted, and no passphrase is in the environment. Nothing was changed.`, {
    code: 'PASSPHRASE_MISSING',
    exit: exitCodes.credentials,
    blame: 'input',
    hint: 'Set MHLOOP_CREDENTIALS_PASSPHRASE, or MHLOOP_CREDENTIALS_PASSPHRASE_FILE to a file that holds it.',
  })
}
