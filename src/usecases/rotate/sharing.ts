import { Fault } from '../../core/errors/fault.ts'
import { onFault } from '../../core/errors/on-fault.ts'
import { phraseOfToken } from '../../masonhub/account/phrase-of-token.ts'
import type { Env } from '../../merchants/files/config-folder.ts'
import { readProfiles } from '../../merchants/profiles/profiles.ts'
import type { CredentialStore, StoredSecret, StoredSecrets } from '../../merchants/secrets/credentials.ts'
import { readSecrets } from '../../merchants/secrets/secret-places.ts'

/**
 * Refuses to rotate a token that other merchants on this machine use, too: deleting its phrase would lock them out. A
 * merchant whose token can't be read now is not noticed.
 */
export async function refuseSharedToken(env: Env, merchant: string, store: CredentialStore): Promise<void> {
  const { masonhubToken, oldMasonhubToken } = await store.read(merchant, ['masonhubToken', 'oldMasonhubToken'])
  const ours = new Set([phraseOf(masonhubToken), phraseOf(oldMasonhubToken)].filter((phrase) => phrase !== null))
  const profiles = await readProfiles(env)
  const others = Object.entries(profiles.merchants).filter(([name]) => name !== merchant)
  const sharers = await Promise.all(
    others.map(async ([name, profile]) => {
      const looking = { env, merchant: name, profiles, profile }
      const stored = await readSecrets(looking, ['masonhubToken']).catch(onFault((): StoredSecrets => ({})))
      const phrase = phraseOf(stored.masonhubToken)
      return phrase !== null && ours.has(phrase) ? [name] : []
    }),
  )
  const names = sharers.flat()
  if (names.length === 0) return
  const who = `${names.join(', ')} ${names.length > 1 ? 'use' : 'uses'} the same MasonHub token`
  throw new Fault(`${who}: replacing it would lock ${names.length > 1 ? 'them' : 'it'} out. Nothing was changed.`, {
    code: 'TOKEN_SHARED',
    merchant,
    hint: 'First give each merchant its own token: mhloop merchant set -m NAME masonhub-token',
  })
}

function phraseOf(stored: StoredSecret | undefined): string | null {
  return stored === undefined ? null : phraseOfToken(stored.value.reveal())
}
