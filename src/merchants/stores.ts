import { Fault } from '../core/fault.ts'
import { printable } from '../core/text.ts'
import type { Env } from './config-folder.ts'
import { type CredentialStore, type StoreKind, storeKinds } from './credentials.ts'
import { fileCredentialStore } from './file-store.ts'
import { keychain } from './keychain.ts'
import { keychainCredentialStore } from './keychain-store.ts'
import type { Profile } from './profile.ts'

/** Where a merchant's secrets are kept; profiles from before there was a choice don't say, and mean the file. */
export function storeOf(env: Env, profile: Pick<Profile, 'store'> | undefined): CredentialStore {
  return openStore(env, profile?.store ?? 'file')
}

export function openStore(env: Env, kind: StoreKind): CredentialStore {
  return kind === 'keychain' ? keychainCredentialStore(env) : fileCredentialStore(env)
}

/**
 * Where a new merchant's secrets are to be kept: as asked (`--store`), else as MHLOOP_CREDENTIAL_STORE says, else the
 * keychain. Throws Fault when that is the keychain and there is none: secrets go into a file only when asked to (F61).
 */
export async function chooseStore(env: Env, asked: StoreKind | null): Promise<StoreKind> {
  const kind = asked ?? kindOfEnvironment(env) ?? 'keychain'
  // An entry that never exists: whether the keychain answers is what is asked.
  if (kind === 'keychain') await keychain([{ action: 'get', service: 'mhloop', account: 'is it there' }], env)
  return kind
}

function kindOfEnvironment(env: Env): StoreKind | null {
  const word = env.MHLOOP_CREDENTIAL_STORE?.trim()
  if (!word) return null
  const kind = storeKinds.find((known) => known === word)
  if (kind !== undefined) return kind
  throw new Fault(`MHLOOP_CREDENTIAL_STORE is "${printable(word, 40)}", but must be ${storeKinds.join(' or ')}.`, {
    code: 'STORE_UNKNOWN',
    hint: 'mhloop help environment',
  })
}
