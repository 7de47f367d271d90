import { Fault } from '../../core/errors/fault.ts'
import { printable } from '../../core/text/printable.ts'
import type { Env } from '../files/config-folder.ts'
import type { Profile } from '../profiles/profile.ts'
import { type CredentialStore, type StoreKind, storeKinds } from '../secrets/credentials.ts'
import { fileCredentialStore } from './file-store.ts'
import { keychain } from './keychain.ts'
import { keychainCredentialStore } from './keychain-store.ts'

/** The store of a merchant's secrets. Profiles from before there was a choice name none, and mean the file. */
export function storeOf(env: Env, profile: Pick<Profile, 'store'> | undefined): CredentialStore {
  const store = openStore(env, profile?.store ?? 'file')
  return store.kind === 'keychain' ? ofStoredMerchants(store) : store
}

/** A keychain that is out of reach holds the secrets: another store for new merchants would not help (F61). */
function ofStoredMerchants(store: CredentialStore): CredentialStore {
  const named =
    <Rest extends unknown[], Value>(run: (merchant: string, ...rest: Rest) => Promise<Value>) =>
    async (merchant: string, ...rest: Rest): Promise<Value> => {
      try {
        return await run(merchant, ...rest)
      } catch (error) {
        if (!isOutOfReach(error)) throw error
        const unlock = error.code === 'KEYCHAIN_SILENT' ? 'Unlock it and run the command again, or enter' : 'Enter'
        throw new Fault(error.message, {
          like: error,
          merchant,
          hint: `${unlock} the secrets again, for the credentials file: mhloop merchant set -m ${merchant} --store file loop-api-key masonhub-token`,
          cause: error,
        })
      }
    }
  return {
    ...store,
    list: named(store.list),
    read: named(store.read),
    write: named(store.write),
    writeMissing: named(store.writeMissing),
    remove: named(store.remove),
  }
}

/** Whether a keychain that does not answer is what is wrong. */
export function isOutOfReach(error: unknown): error is Fault {
  return error instanceof Fault && (error.code === 'KEYCHAIN_UNAVAILABLE' || error.code === 'KEYCHAIN_SILENT')
}

export function openStore(env: Env, kind: StoreKind): CredentialStore {
  return kind === 'keychain' ? keychainCredentialStore(env) : fileCredentialStore(env)
}

/**
 * Where to store a new merchant's secrets: as asked (`--store`), else as MHLOOP_CREDENTIAL_STORE says, else in the
 * keychain. Throws Fault when the keychain is chosen and does not work: secrets go into a file only on request (F61).
 */
export async function chooseStore(env: Env, requested: StoreKind | null): Promise<StoreKind> {
  const kind = requestedStore(env, requested)
  // Asks for an entry that never exists, just to see whether the keychain answers.
  if (kind === 'keychain') await keychain([{ action: 'get', service: 'mhloop', account: 'is it there' }], env)
  return kind
}

/** The same choice, without asking the keychain whether it answers. */
export function requestedStore(env: Env, requested: StoreKind | null): StoreKind {
  return requested ?? kindOfEnvironment(env) ?? 'keychain'
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
