import { secretNames, secretTitles } from './credentials.ts'
import type { MerchantPlan } from './plan-merchants.ts'
import type { Profile } from './profile.ts'
import { readReference } from './references.ts'

/** What the operator, and not the file, allows. */
export type Permissions = { commands: boolean }

/** What a file asks for and nobody has allowed. */
export type NotAllowed = { kind: 'command'; merchant: string; key: string; command: string }

/**
 * What of these plans the operator would have to allow first (G8): whoever may change a file must not decide what runs here.
 * What is stored in the same place already was allowed then.
 */
export function notAllowed(plans: readonly MerchantPlan[], { commands }: Permissions): NotAllowed[] {
  return plans.flatMap((plan) => {
    if (plan.action !== 'added' && plan.action !== 'changed') return []
    const before = plan.action === 'changed' ? plan.before : null
    return commands ? [] : newCommands(plan.name, before, plan.after)
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
