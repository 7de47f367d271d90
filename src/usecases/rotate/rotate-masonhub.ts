import { randomBytes } from 'node:crypto'
import { exitCodes, Fault } from '../../core/errors/fault.ts'
import { phraseOfToken } from '../../masonhub/account/phrase-of-token.ts'
import type { MasonHubClient } from '../../masonhub/client.ts'
import type { Secret } from '../../merchants/profiles/merchant.ts'
import type { CredentialStore, NewSecrets, StoredName, StoredSecrets } from '../../merchants/secrets/credentials.ts'
import { secret } from '../../merchants/secrets/secret.ts'

export type MasonHubRotation = {
  merchant: string
  store: CredentialStore
  /** A client that asks MasonHub with this token. */
  as(token: Secret): Promise<Pick<MasonHubClient, 'secrets' | 'check'>>
  now(): Date
  /** Called before every write, here and at MasonHub. Throws when another process rotates, or when it is to stop. */
  mayGoOn(): Promise<void>
}

export type MasonHubRotated = {
  /** It finished what an earlier run had begun. */
  resumed: boolean
  /** Whether MasonHub already refuses the old token; MasonHub has accepted its removal in any case. */
  oldIsRefused: boolean
}

const names = ['masonhubToken', 'nextMasonhubPhrase', 'nextMasonhubToken', 'oldMasonhubToken'] as const

/** How far an earlier run came; `nothing`: there is nothing to finish. */
export type RotationStatus = 'nothing' | 'phrase' | 'new-token' | 'old-token'

export async function rotationStatus(store: CredentialStore, merchant: string): Promise<RotationStatus> {
  const listed = await store.list(merchant)
  if (listed.nextMasonhubToken) return 'new-token'
  if (listed.oldMasonhubToken) return 'old-token'
  return listed.nextMasonhubPhrase ? 'phrase' : 'nothing'
}

/**
 * Replaces the MasonHub token: new phrase → new token → it works → stored and read back → the old phrase is deleted,
 * and with it every token made from it. What the next step needs is stored first, so that it may stop anywhere: the
 * stored token always works, and the next run finishes. Throws Fault; none contains a phrase or a token (F60).
 */
export async function rotateMasonHub(rotation: MasonHubRotation): Promise<MasonHubRotated> {
  const { store, merchant } = rotation
  const before = await store.read(merchant, names)
  const current = before.masonhubToken?.value
  if (current === undefined) throw noToken(merchant)
  if (before.nextMasonhubToken !== undefined) {
    await adopt(rotation, current, before.nextMasonhubToken.value)
    return { resumed: true, oldIsRefused: await revokeOld(rotation) }
  }
  if (before.oldMasonhubToken !== undefined) return { resumed: true, oldIsRefused: await revokeOld(rotation) }
  if (before.nextMasonhubPhrase !== undefined) await forget(rotation, current, before.nextMasonhubPhrase.value)
  const next = await makeToken(rotation, current)
  await adopt(rotation, current, next)
  return { resumed: false, oldIsRefused: await revokeOld(rotation) }
}

/** Stores the phrase first: a token that is made and then lost could never be revoked. */
async function makeToken(rotation: MasonHubRotation, current: Secret): Promise<Secret> {
  if (phraseOfToken(current.reveal()) === null) throw notRevocable(rotation.merchant)
  const masonhub = await rotation.as(current)
  await masonhub.check()
  const phrase = secret(randomBytes(32).toString('base64url'))
  await write(rotation, { nextMasonhubPhrase: phrase })
  const { token } = await masonhub.secrets.create(phrase.reveal())
  const next = secret(token)
  await write(rotation, { nextMasonhubToken: next, nextMasonhubPhrase: null })
  return next
}

/** A token may have been made from it before a crash. It was never used, so the phrase is deleted. */
async function forget(rotation: MasonHubRotation, current: Secret, phrase: Secret): Promise<void> {
  const masonhub = await rotation.as(current)
  await rotation.mayGoOn()
  await masonhub.secrets.remove(phrase.reveal()).catch((error: unknown) => {
    // There is no such phrase: the crash came before the token was made.
    if (!(error instanceof Fault) || !(error.exit === exitCodes.notFound || error.exit === exitCodes.refused))
      throw error
  })
  await write(rotation, { nextMasonhubPhrase: null })
}

/** Replaces the current token by the new one, once that works; the current one is kept as the old one. */
async function adopt(rotation: MasonHubRotation, current: Secret, next: Secret): Promise<void> {
  if (current.reveal() === next.reveal()) return await write(rotation, { nextMasonhubToken: null })
  const phrase = phraseOfToken(next.reveal())
  if (phrase === null || phrase === phraseOfToken(current.reveal())) throw strangeToken(rotation.merchant)
  await (await rotation.as(next)).check().catch(async (error: unknown) => {
    if (!(error instanceof Fault) || error.exit !== exitCodes.credentials) throw error
    // It was never used and does not work: the next run makes another.
    await forget(rotation, current, secret(phrase))
    await write(rotation, { nextMasonhubToken: null })
    throw uselessToken(rotation.merchant, error)
  })
  await write(rotation, { oldMasonhubToken: current, masonhubToken: next, nextMasonhubToken: null })
}

/** Revokes the old token, only after the new one is read back from its store. */
async function revokeOld(rotation: MasonHubRotation): Promise<boolean> {
  const { store, merchant } = rotation
  const { masonhubToken, oldMasonhubToken: old } = await store.read(merchant, names)
  if (masonhubToken === undefined) throw noToken(merchant)
  if (old === undefined) return true
  const phrase = phraseOfToken(old.value.reveal())
  if (phrase === null || phrase === phraseOfToken(masonhubToken.value.reveal())) throw strangeToken(merchant)
  const masonhub = await rotation.as(masonhubToken.value)
  await masonhub.check()
  await rotation.mayGoOn()
  const removed = await masonhub.secrets.remove(phrase).then(
    () => null,
    (error: unknown) => error,
  )
  const isRefused = await refuses(rotation, old.value)
  // If the answer is lost, a check settles it: a token that is refused is revoked.
  if (removed !== null && !isRefused) throw removed
  await write(rotation, { oldMasonhubToken: null })
  return isRefused
}

async function refuses(rotation: MasonHubRotation, token: Secret): Promise<boolean> {
  try {
    await (await rotation.as(token)).check()
    return false
  } catch (error) {
    if (error instanceof Fault && error.exit === exitCodes.credentials) return true
    throw error
  }
}

/** Writes, and reads back what it wrote: the next step must never depend on something that is not surely stored. */
async function write({ store, merchant, now, mayGoOn }: MasonHubRotation, secrets: NewSecrets): Promise<void> {
  await mayGoOn()
  await store.write(merchant, secrets, now())
  const stored: StoredSecrets = await store.read(merchant, names)
  for (const [name, value] of Object.entries(secrets)) {
    if (stored[name as StoredName]?.value.reveal() === value?.reveal()) continue
    throw new Fault(`What is read back from ${store.place} is not what was stored.`, {
      code: 'STORE_UNRELIABLE',
      merchant,
      hint: `mhloop merchant show ${merchant}`,
    })
  }
}

function noToken(merchant: string): Fault {
  return new Fault(`Merchant "${merchant}" has no MasonHub token.`, {
    code: 'CREDENTIALS_MISSING',
    merchant,
    hint: `mhloop merchant set -m ${merchant} masonhub-token`,
  })
}

function notRevocable(merchant: string): Fault {
  const what = "The phrase of the stored MasonHub token can't be read, so the token could not be revoked"
  return new Fault(`${what}. Nothing was changed.`, {
    code: 'TOKEN_WITHOUT_PHRASE',
    merchant,
    hint: 'Ask integration-support@masonhub.co for a token (JWT) of this account, then: mhloop merchant set masonhub-token',
  })
}

function strangeToken(merchant: string): Fault {
  const what = 'The new MasonHub token was not made from the requested phrase'
  return new Fault(`${what}: it is not used, and no phrase is deleted.`, {
    code: 'TOKEN_UNEXPECTED',
    merchant,
    hint: 'Report it to MasonHub (integration-support@masonhub.co); the stored token still works.',
  })
}

function uselessToken(merchant: string, cause: Fault): Fault {
  return new Fault('MasonHub issued a new token, and then refused it.', {
    code: 'TOKEN_REFUSED',
    merchant,
    hint: `The old one still works. Try again later: mhloop merchant rotate masonhub -m ${merchant}`,
    cause,
  })
}
