import { isLoopback } from '../core/loopback.ts'
import { assemble } from './assemble.ts'
import { type SecretName, secretNames, secretTitles } from './credentials.ts'
import type { Merchant } from './merchant.ts'
import type { MerchantPlan } from './plan-merchants.ts'
import type { Profile } from './profile.ts'
import { readReference } from './references.ts'

/** What the operator, and not the file, allows. Hosts as in a URL, with the port if there is one. */
export type Permissions = { commands: boolean; hosts: readonly string[] }

/** What a file asks for and nobody has allowed. */
export type NotAllowed =
  | { kind: 'command'; merchant: string; key: string; command: string }
  | { kind: 'host'; merchant: string; key: string; host: string; kept: boolean }

type Changing = Extract<MerchantPlan, { action: 'added' | 'changed' }>

/**
 * What of these plans the operator would have to allow first (G8): whoever may change a file must decide neither what runs
 * here nor where secrets go. What is stored in the same place already was allowed then.
 */
export function notAllowed(plans: readonly MerchantPlan[], { commands, hosts }: Permissions): NotAllowed[] {
  return plans.flatMap((plan) => {
    if (plan.action !== 'added' && plan.action !== 'changed') return []
    const before = plan.action === 'changed' ? plan.before : null
    return [...(commands ? [] : newCommands(plan.name, before, plan.after)), ...newHosts(plan, before, hosts)]
  })
}

function newCommands(merchant: string, before: Profile | null, after: Profile): NotAllowed[] {
  return secretNames.flatMap((name): NotAllowed[] => {
    const command = after.secrets?.[name]
    if (command === undefined || command === before?.secrets?.[name]) return []
    const read = readReference(command)
    const isCommand = 'reference' in read && read.reference.kind === 'command'
    return isCommand ? [{ kind: 'command', merchant, key: secretTitles[name].key, command }] : []
  })
}

const goingTo: readonly { secret: SecretName; baseUrl: (merchant: Merchant) => string }[] = [
  { secret: 'loopApiKey', baseUrl: ({ loop }) => loop.baseUrl },
  { secret: 'masonhubToken', baseUrl: ({ masonhub }) => masonhub.baseUrl },
]

/** A secret that is kept goes to the host that it was stored for; one that the file names, to the vendors' or to this machine. */
function newHosts({ name, after, merchant }: Changing, before: Profile | null, hosts: readonly string[]): NotAllowed[] {
  const was = before && assemble(name, before, 'profile').merchant
  return goingTo.flatMap(({ secret, baseUrl }): NotAllowed[] => {
    const { origin, host, hostname } = new URL(baseUrl(merchant))
    if (hosts.includes(host) || (was && new URL(baseUrl(was)).origin === origin)) return []
    const kept = before !== null && after.secrets?.[secret] === before.secrets?.[secret]
    if (!kept && (isLoopback(hostname) || isVendors(hostname))) return []
    return [{ kind: 'host', merchant: name, key: secretTitles[secret].key, host, kept }]
  })
}

function isVendors(hostname: string): boolean {
  return ['masonhub.co', 'loopreturns.com'].some((domain) => hostname.endsWith(`.${domain}`))
}
