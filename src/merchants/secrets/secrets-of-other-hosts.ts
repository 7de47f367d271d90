import type { Vendor } from '../../http/vendor-faults.ts'
import type { Env } from '../files/config-folder.ts'
import { assemble } from '../profiles/assemble.ts'
import type { Profile } from '../profiles/profile.ts'
import { type Reference, readReference } from '../references/references.ts'
import { isSameSource } from '../references/same-source.ts'
import { isOwnEntry } from '../stores/keychain-store.ts'
import type { SecretName } from './credentials.ts'
import { isSameHost, sentTo } from './vendor-hosts.ts'

/** A change of a stored merchant. */
export type ProfileChange = { name: string; before: Profile; after: Profile }

/**
 * A secret that was entered for the host `was`, and would go to the host `is`. `reference`: where it is read from;
 * null: it is stored in the merchant's store, or there is none.
 */
export type SecretOfOtherHost = ProfileChange & {
  vendor: Vendor
  secret: SecretName
  was: string
  is: string
  reference: string | null
}

/** The secrets that a change does not replace, but would send to another host than theirs (G7, G8). */
export function secretsOfOtherHosts(
  env: Env,
  change: ProfileChange,
  provided: (secret: SecretName) => boolean = () => false,
): SecretOfOtherHost[] {
  const { name, before, after } = change
  const [was, is] = [assemble(name, before, 'profile').merchant, assemble(name, after, 'profile').merchant]
  return sentTo.flatMap(({ vendor, secret }) => {
    const [one, other] = [was[vendor].baseUrl, is[vendor].baseUrl]
    const reference = after.secrets?.[secret] ?? null
    if (isSameHost(one, other) || provided(secret)) return []
    const references = { before: before.secrets?.[secret], after: reference }
    if (!isStored(env, name, secret, references)) return []
    return [{ ...change, vendor, secret, ...hostsOf(one, other), reference }]
  })
}

/** Whether the secret stays: the reference leads to the same place, however written, or to mhloop's own entry. */
function isStored(
  env: Env,
  merchant: string,
  secret: SecretName,
  { before, after }: { before: string | undefined; after: string | null },
): boolean {
  if (after === null || after === before || isOwnReference(after, merchant, secret)) return true
  const [was, is] = [before === undefined ? null : referenceOf(before), referenceOf(after)]
  return was !== null && is !== null && isSameSource(was, is, env)
}

/** Whether a reference leads to the entry in which mhloop itself keeps this secret in the keychain. */
export function isOwnReference(text: string, merchant: string, secret: SecretName): boolean {
  const reference = referenceOf(text)
  if (reference?.kind !== 'keychain') return false
  return reference.entry === null || isOwnEntry(reference.entry, merchant, secret)
}

function referenceOf(text: string): Reference | null {
  const read = readReference(text)
  return 'reference' in read ? read.reference : null
}

/** The names that tell them apart for people: the hosts, or the whole origins when only scheme or port differ. */
function hostsOf(one: string, other: string): { was: string; is: string } {
  const [was, is] = [new URL(one), new URL(other)]
  return was.host === is.host ? { was: was.origin, is: is.origin } : { was: was.host, is: is.host }
}
