import { onFault } from '../../core/errors/on-fault.ts'
import type { Env } from '../files/config-folder.ts'
import type { StoredSecrets } from '../secrets/credentials.ts'
import { storeOf } from '../stores/stores.ts'
import { type BoundJournal, isOtherJournal, type JournalAtHand } from './binding.ts'
import type { Secret } from './merchant.ts'
import type { Profile } from './profile.ts'
import { readProfiles } from './profiles.ts'

export type BoundName = { name: string; bound: BoundJournal }

/**
 * Another name of the merchant's Loop account that is bound to another journal: it has the same reference, or the same
 * stored key (G10). References of other merchants are not followed. null when there is none, or the key can't be read.
 */
export async function nameBoundElsewhere(
  env: Env,
  { name, readKey }: { name: string; readKey: () => Promise<Secret | undefined> },
  atHand: JournalAtHand,
): Promise<BoundName | null> {
  const { merchants } = await readProfiles(env)
  const others = Object.entries(merchants).filter(
    ([other, { journal }]) => other !== name && isOtherJournal(journal, atHand),
  )
  // This is nearly always so, and then no key is read.
  if (others.length === 0) return null
  const reference = Object.hasOwn(merchants, name) ? merchants[name]?.secrets?.loopApiKey : undefined
  for (const [other, { journal, secrets }] of others) {
    if (journal && isShared(reference) && secrets?.loopApiKey === reference) return { name: other, bound: journal }
  }
  // An unreadable key, even of another merchant, must not stop this merchant's work.
  const key = await readKey().catch(onFault(() => undefined))
  if (key === undefined) return null
  for (const [other, profile] of others) {
    const storedKeys = await storedKey(env, other, profile)
    if (profile.journal && storedKeys?.reveal() === key.reveal()) return { name: other, bound: profile.journal }
  }
  return null
}

/** `keychain:` alone means each merchant's own entry. */
function isShared(reference: string | undefined): boolean {
  return reference !== undefined && reference !== 'keychain:'
}

async function storedKey(env: Env, name: string, profile: Profile): Promise<Secret | undefined> {
  if (profile.secrets?.loopApiKey !== undefined) return undefined
  const storedKeys = await storeOf(env, profile)
    .read(name, ['loopApiKey'])
    .catch(onFault((): StoredSecrets => ({})))
  return storedKeys.loopApiKey?.value
}
