import { createCipheriv, createDecipheriv, createHash, randomBytes, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import * as v from 'valibot'
import { Fault } from '../../core/errors/fault.ts'
import type { Secret } from '../profiles/merchant.ts'

/** How a file of secrets is encrypted: the parameters of the key, and a text that the right passphrase decrypts. */
export const sealingSchema = v.object({
  kdf: v.literal('scrypt'),
  n: v.literal(131_072),
  r: v.literal(8),
  p: v.literal(1),
  salt: v.pipe(v.string(), v.minLength(20)),
  check: v.string(),
})
export type Sealing = v.InferOutput<typeof sealingSchema>

/** Takes half a second and 128 MB on purpose (F61), so it runs once per process, passphrase and salt. */
const work = { N: 131_072, r: 8, p: 1, maxmem: 256 * 1024 * 1024 }
const derive = (passphrase: string, salt: Buffer, length: number, effort: typeof work) =>
  promisify<string, Buffer, number, typeof work, Buffer>(scrypt)(passphrase, salt, length, effort)
const keys = new Map<string, Promise<Buffer>>()

const checkText = 'the passphrase is right'
const checkSubject = ['', 'check']

/** A key that was derived from a passphrase. */
export type SealingKey = { readonly sealing: Sealing; readonly key: Buffer }

/** A key with a new salt, for a file that was not encrypted before. */
export async function newSealing(passphrase: Secret): Promise<SealingKey> {
  const salt = randomBytes(16).toString('base64url')
  const key = await keyOf(passphrase, salt)
  const check = sealWith(key, checkText, checkSubject)
  return { key, sealing: { kdf: 'scrypt', n: 131_072, r: 8, p: 1, salt, check } }
}

/** The key of an encrypted file. Throws Fault if this is not the passphrase that the file was encrypted with. */
export async function openSealing(sealing: Sealing, passphrase: Secret): Promise<SealingKey> {
  const key = await keyOf(passphrase, sealing.salt)
  if (openWith(key, sealing.check, checkSubject) === checkText) return { sealing, key }
  throw new Fault('The passphrase is not the one that the credentials were encrypted with. Nothing was changed.', {
    code: 'PASSPHRASE_WRONG',
    hint: 'Correct MHLOOP_CREDENTIALS_PASSPHRASE (or the passphrase file): mhloop help environment',
  })
}

/** Encrypts a text for one key and one subject: a record that was moved elsewhere is refused (F22). */
export function seal({ key }: SealingKey, text: string, subject: readonly string[]): string {
  return sealWith(key, text, subject)
}

/** Decrypts a text; null when it was changed, or encrypted for another subject. */
export function unseal({ key }: SealingKey, sealed: string, subject: readonly string[]): string | null {
  return openWith(key, sealed, subject)
}

function keyOf(passphrase: Secret, salt: string): Promise<Buffer> {
  const known = createHash('sha256').update(`${salt}\n${passphrase.reveal()}`).digest('hex')
  const key = keys.get(known) ?? derive(passphrase.reveal(), Buffer.from(salt, 'base64url'), 32, work)
  keys.set(known, key)
  return key
}

const nonceBytes = 12
const tagBytes = 16

function sealWith(key: Buffer, text: string, subject: readonly string[]): string {
  const nonce = randomBytes(nonceBytes)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(boundTo(subject))
  return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64url')
}

function openWith(key: Buffer, sealed: string, subject: readonly string[]): string | null {
  const bytes = Buffer.from(sealed, 'base64url')
  if (bytes.length < nonceBytes + tagBytes) return null
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes), { authTagLength: tagBytes })
  decipher.setAAD(boundTo(subject)).setAuthTag(bytes.subarray(-tagBytes))
  try {
    return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, -tagBytes)), decipher.final()]).toString('utf8')
  } catch {
    return null
  }
}

function boundTo(subject: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify(['mhloop', ...subject]))
}
