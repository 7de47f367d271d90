/** Merchants whose keychain does not answer can still be changed, moved to another store, and removed. */

import { onFault } from '../../core/errors/on-fault.ts'
import { type CredentialStore, type StoredSecrets, storedNames } from '../../merchants/secrets/credentials.ts'
import { isOutOfReach } from '../../merchants/stores/stores.ts'

/** The result; null when a keychain does not answer. */
export async function unlessOutOfReach<Value>(run: () => Promise<Value>): Promise<Value | null> {
  try {
    return await run()
  } catch (error) {
    if (isOutOfReach(error)) return null
    throw error
  }
}

/** All stored secrets of a merchant; null when they are dispensable, and their keychain does not answer. */
export async function readAll(
  store: CredentialStore,
  merchant: string,
  areDispensable: boolean,
): Promise<StoredSecrets | null> {
  const read = () => store.read(merchant, storedNames)
  return areDispensable ? await unlessOutOfReach(read) : await read()
}

/** Cleans up after a change that is already stored: if that fails, the change stays, and this is a warning. */
export async function warningUnless(cleanUp: () => Promise<void>, what: string): Promise<string[]> {
  return await cleanUp().then(
    () => [],
    onFault(({ message }) => [`${what}, where nothing reads them any more: ${message}`]),
  )
}

export function notMoved(merchant: string): string {
  return `The other secrets of ${merchant} stay in the keychain, which does not answer: its receiver key, callback token and Loop webhook secret, if it has them. Without them serve accepts no messages for it; mhloop merchant connect -m ${merchant} --url https://HOST creates new ones.`
}
