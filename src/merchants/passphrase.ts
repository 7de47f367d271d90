import { join } from 'node:path'
import { Fault } from '../core/fault.ts'
import type { Env } from './config-folder.ts'
import type { Secret } from './merchant.ts'
import { secret } from './secret.ts'
import { readSecretFile } from './secret-file.ts'

/** What systemd's `LoadCredential=` calls it. */
const systemdName = 'mhloop-passphrase'

/**
 * What the credentials file is encrypted with: MHLOOP_CREDENTIALS_PASSPHRASE, or the text of the file that
 * MHLOOP_CREDENTIALS_PASSPHRASE_FILE names, or of systemd's credential `mhloop-passphrase`. Null: it stays plain.
 */
export async function passphraseOf(env: Env): Promise<Secret | null> {
  const given = env.MHLOOP_CREDENTIALS_PASSPHRASE
  if (given) return usable(given, 'MHLOOP_CREDENTIALS_PASSPHRASE')
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
  // The end of a line, in whatever way it was written: `$(cat FILE)` leaves the CR of one from Windows (H25).
  const value = text.replace(/[\r\n]+$/, '')
  // Whoever gets the file can try as many as they like: half a second each is no help for `secret`.
  if (value.length >= 12) return secret(value)
  throw unusable(`The passphrase in ${where} has fewer than 12 characters.`)
}

function unusable(message: string): Fault {
  return new Fault(`${message} Nothing was changed.`, {
    code: 'PASSPHRASE_UNUSABLE',
    hint: 'Generate one: openssl rand -base64 32',
  })
}
