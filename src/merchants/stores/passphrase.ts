import { join } from 'node:path'
import { Fault } from '../../core/errors/fault.ts'
import type { Env } from '../files/config-folder.ts'
import type { Secret } from '../profiles/merchant.ts'
import { readSecretFile } from '../references/secret-file.ts'
import { secret } from '../secrets/secret.ts'

/** The name of the passphrase in systemd's `LoadCredential=`. */
const systemdName = 'mhloop-passphrase'

/**
 * The passphrase of the credentials file: MHLOOP_CREDENTIALS_PASSPHRASE, or the text of the file in
 * MHLOOP_CREDENTIALS_PASSPHRASE_FILE, or systemd's credential `mhloop-passphrase`. null: none, so the file stays plain.
 */
export async function passphraseOf(env: Env): Promise<Secret | null> {
  const passphrase = env.MHLOOP_CREDENTIALS_PASSPHRASE
  if (passphrase) return usable(passphrase, 'MHLOOP_CREDENTIALS_PASSPHRASE')
  const file = env.MHLOOP_CREDENTIALS_PASSPHRASE_FILE
  if (file) {
    const text = await readSecretFile(file, env)
    if (text === null) throw unusable('MHLOOP_CREDENTIALS_PASSPHRASE_FILE names a file that does not exist.')
    return usable(text.value, 'MHLOOP_CREDENTIALS_PASSPHRASE_FILE')
  }
  if (!env.CREDENTIALS_DIRECTORY) return null
  const credential = await readSecretFile(join(env.CREDENTIALS_DIRECTORY, systemdName), env)
  return credential === null ? null : usable(credential.value, systemdName)
}

function usable(text: string, where: string): Secret {
  // Removes any kind of line end: `$(cat FILE)` keeps the CR of a Windows line (H25).
  const value = text.replace(/[\r\n]+$/, '')
  // A thief of the file can try any number of passphrases: half a second each does not protect a short one.
  if (value.length >= 12) return secret(value)
  throw unusable(`The passphrase in ${where} has fewer than 12 characters.`)
}

function unusable(message: string): Fault {
  return new Fault(`${message} Nothing was changed.`, {
    code: 'PASSPHRASE_UNUSABLE',
    hint: 'Generate one: openssl rand -base64 32',
  })
}
