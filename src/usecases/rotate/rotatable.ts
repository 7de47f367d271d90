import { join } from 'node:path'
import { Fault } from '../../core/errors/fault.ts'
import { shellWord } from '../../core/text/shell-word.ts'
import { configFolder, type Env } from '../../merchants/files/config-folder.ts'
import { withLock } from '../../merchants/profiles/lock.ts'
import { environmentMerchant } from '../../merchants/profiles/profile.ts'
import { profileOf, readProfiles } from '../../merchants/profiles/profiles.ts'
import { type CredentialStore, type SecretName, secretTitles } from '../../merchants/secrets/credentials.ts'
import { storeOf } from '../../merchants/stores/stores.ts'

/** The store whose secret can be replaced. Throws Fault for a reference: mhloop can't store a new secret there. */
export async function storeToRotate(env: Env, merchant: string, name: SecretName): Promise<CredentialStore> {
  const { title, key, variable } = secretTitles[name]
  if (merchant === environmentMerchant) {
    throw fetched(
      merchant,
      `The ${title} comes from the environment (${variable})`,
      'Store the merchant: mhloop merchant add NAME',
    )
  }
  const profile = profileOf(await readProfiles(env), merchant)
  if (profile.secrets?.[name] === undefined) return storeOf(env, profile)
  throw fetched(
    merchant,
    `The ${title} of ${merchant} is stored where the profile refers to`,
    `Replace it there, or let mhloop store it first: mhloop merchant set -m ${merchant} ${key}`,
  )
}

function fetched(merchant: string, what: string, hint: string): Fault {
  return new Fault(`${what}, and mhloop can't store a new one there. Nothing was changed.`, {
    code: 'SECRET_IS_REFERENCE',
    merchant,
    hint,
  })
}

/** Two rotations of one merchant at the same time would each remove what the other has just made. */
export async function aloneRotating<T>(
  env: Env,
  merchant: string,
  work: (stillHeld: () => Promise<void>) => Promise<T>,
): Promise<T> {
  const path = join(configFolder(env), `rotation-${merchant}.lock`)
  return await withLock(path, work, {
    busy: alreadyRotating(`Another mhloop is replacing a secret of ${merchant}. Nothing was changed.`, merchant, path),
    // By now both vendors may have new secrets; what is stored says how far it came.
    lost: alreadyRotating(
      `Another mhloop took over replacing a secret of ${merchant}, because this one was stopped for over a minute. Whatever this one did is stored.`,
      merchant,
      path,
    ),
  })
}

function alreadyRotating(message: string, merchant: string, path: string): Fault {
  return new Fault(message, {
    code: 'CONFIG_LOCKED',
    merchant,
    hint: `Wait for the other one, then run the same command again: it continues where that one stopped. If no other mhloop is running, remove ${shellWord(path)}`,
  })
}
