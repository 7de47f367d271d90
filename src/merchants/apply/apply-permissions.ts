import type { Vendor } from '../../http/vendor-faults.ts'
import { assemble } from '../profiles/assemble.ts'
import type { Profile } from '../profiles/profile.ts'
import { type Reference, readReference } from '../references/references.ts'
import { type SecretName, secretNames, secretTitles } from '../secrets/credentials.ts'
import { foreignHost, isSameHost, secretReceivers, sentTo } from '../secrets/vendor-hosts.ts'
import { isMhloopsEntry, isOwnEntry } from '../stores/keychain-store.ts'
import type { MerchantPlan } from './plan-merchants.ts'

/** What the operator allows, not the file. Hosts as in a URL, with the port if there is one. */
export type Permissions = { commands: boolean; hosts: readonly string[]; references: readonly string[] }

/** What a file asks for and is not allowed. `reference`: an entry that mhloop keeps for another merchant or secret. */
export type NotAllowed =
  | { kind: 'command'; merchant: string; key: string; command: string }
  | { kind: 'reference'; merchant: string; key: string; reference: string }
  | { kind: 'host'; merchant: string; key: string; vendor: Vendor; host: string }

type Changing = Extract<MerchantPlan, { action: 'added' | 'changed' }>

/**
 * What the operator would have to allow before these plans are carried out (G8): a person who may only change the file
 * must not decide what runs here, where secrets go, or that one merchant uses another's secret. What is already stored
 * in the same place was allowed when it was stored.
 */
export function notAllowed(plans: readonly MerchantPlan[], permissions: Permissions): NotAllowed[] {
  return plans.flatMap((plan) => {
    if (plan.action !== 'added' && plan.action !== 'changed') return []
    const before = plan.action === 'changed' ? plan.before : null
    return [...newSources(plan, before, permissions), ...newHosts(plan, before, permissions)]
  })
}

function newSources(
  { name: merchant, after }: Changing,
  before: Profile | null,
  { commands, references }: Permissions,
): NotAllowed[] {
  return secretNames.flatMap((name): NotAllowed[] => {
    const text = after.secrets?.[name]
    if (text === undefined || text === before?.secrets?.[name]) return []
    const read = readReference(text)
    if ('problem' in read) return []
    const { key } = secretTitles[name]
    if (read.reference.kind === 'command') return commands ? [] : [{ kind: 'command', merchant, key, command: text }]
    if (!isOfAnother(read.reference, merchant, name) || references.includes(text)) return []
    return [{ kind: 'reference', merchant, key, reference: text }]
  })
}

/** Whether it points to an entry that mhloop keeps for another merchant or secret, which has another host. */
function isOfAnother(reference: Reference, merchant: string, name: SecretName): boolean {
  if (reference.kind !== 'keychain' || reference.entry === null) return false
  return isMhloopsEntry(reference.entry) && !isOwnEntry(reference.entry, merchant, name)
}

/** Hosts that are neither the vendor's nor this machine, if the host is new or another secret is to go there. */
function newHosts({ name, after, merchant }: Changing, before: Profile | null, { hosts }: Permissions): NotAllowed[] {
  const was = before && assemble(name, before, 'profile').merchant
  return [...sentTo, ...secretReceivers].flatMap(({ vendor, secret }): NotAllowed[] => {
    const { baseUrl } = merchant[vendor]
    const host = foreignHost(vendor, baseUrl)
    if (host === null || hosts.includes(host)) return []
    const isStored = was !== null && isSameHost(was[vendor].baseUrl, baseUrl)
    const other = after.secrets?.[secret]
    // Without a reference, mhloop creates this secret itself, for any host that the required secrets may go to.
    if (other === undefined && !secretTitles[secret].required) return []
    if (isStored && (other === undefined || other === before?.secrets?.[secret])) return []
    return [{ kind: 'host', merchant: name, key: secretTitles[secret].key, vendor, host }]
  })
}
