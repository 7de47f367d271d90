import { loosenedMoney } from '../../core/merchants/money-change.ts'
import { defaultPolicy } from '../../core/merchants/policy.ts'
import { assemble } from '../../merchants/profiles/assemble.ts'
import type { Merchant } from '../../merchants/profiles/merchant.ts'
import { requiredSecrets } from '../../merchants/secrets/credentials.ts'
import { profileOfFlags } from '../merchants/merchant-flags.ts'
import { dim, good, strong, warn } from '../output/styled.ts'
import { type Draft, type PromptContext, readable, type Step, settled, withSettings } from './prompt-context.ts'

/** Proposed number of first refunds that a person requests before mhloop sends refunds automatically. */
const proposedFirstRefunds = '10'
const limits = [
  { key: 'refunds-per-hour', message: 'Most refunds per hour', initial: defaultPolicy.limits.refundsPerHour },
  { key: 'refunds-per-day', message: 'Most refunds per day', initial: defaultPolicy.limits.refundsPerDay },
  {
    key: 'largest-refund',
    message:
      "Largest automatic refund, in the return's currency (none: no limit), or one per currency: USD=200,JPY=30000",
    initial: 'none',
  },
] as const

export const workflowStep: Step = {
  title: 'Workflow',
  async run(prompts, draft, again) {
    prompts.say(
      good('Returns are always handled: '),
      'every return becomes an RMA, and damaged or missing items are flagged.',
    )
    let now = await withRefunds(prompts, draft, again)
    if (now.settings['refunds'] === 'on') {
      now = await settled(prompts, now, { key: 'first-by-hand', again }, async (initial) => {
        prompts.say('You can keep the first ones for a person, who requests each explicitly.')
        return prompts.ask.text('How many first refunds should need an explicit request?', {
          initial: initial ?? proposedFirstRefunds,
          validate: readable('first-by-hand'),
        })
      })
    }
    return withLimits(prompts, now, again)
  },
}

async function withRefunds(prompts: PromptContext, draft: Draft, again: boolean): Promise<Draft> {
  const answered = await settled(prompts, draft, { key: 'refunds', again }, async (initial) => {
    prompts.say('mhloop can send refunds automatically once every item of a return has arrived in good condition.')
    const on = await prompts.ask.confirm('Let mhloop send refunds automatically?', { initial: initial === 'on' })
    return on ? 'on' : 'off'
  })
  if (answered.settings['refunds'] !== 'on') {
    prompts.say(dim('Refunds stay off: each one needs an explicit request (rma resolve ID --refund).'))
    return answered
  }
  return await confirmedMoney(prompts, answered)
}

/**
 * Confirms that real refunds may go out, by the typed name: not by a slip, not for the wrong merchant (F66). Any other
 * answer turns refunds off (G9).
 */
export async function confirmedMoney(prompts: PromptContext, draft: Draft): Promise<Draft> {
  if (prompts.yes || loosenedMoney(null, merchantOf(draft)) === null || isOpened(draft)) return draft
  const isProduction = draft.settings['environment'] === 'production'
  const where = isProduction ? 'This is production: ' : 'Loop has no sandbox: '
  prompts.say(warn(where), "refunds are real money and can't be taken back.")
  const typed = await prompts.ask.text(`Type ${draft.name} to turn refunds on (anything else leaves them off):`)
  if (typed.trim() === draft.name) return { ...draft, opened: draft }
  prompts.say(strong('Refunds stay off.'))
  return withSettings(draft, { refunds: 'off' })
}

/** Whether the name was typed for this money: the same merchant, keys and accounts, and nothing that allows more (F66). */
function isOpened(draft: Draft): boolean {
  const { opened } = draft
  if (opened === null || opened.name !== draft.name) return false
  const isSame = requiredSecrets.every((one) => opened.secrets[one]?.reveal() === draft.secrets[one]?.reveal())
  return isSame && loosenedMoney(merchantOf(opened), merchantOf(draft)) === null
}

function merchantOf({ name, settings }: Pick<Draft, 'name' | 'settings'>): Merchant {
  return assemble(name, profileOfFlags(settings), 'profile').merchant
}

async function withLimits(prompts: PromptContext, draft: Draft, again: boolean): Promise<Draft> {
  const open = limits.filter(({ key }) => again || prompts.provided.settings[key] === undefined)
  const change =
    open.length > 0 && (await prompts.ask.confirm(`Change the limits on refunds? (${limitsText(draft.settings)})`))
  let now = draft
  for (const { key, message, initial } of limits) {
    if (open.some((limit) => limit.key === key) && !change) continue
    now = await settled(prompts, now, { key, again }, (before) =>
      prompts.ask.text(message, { initial: before ?? String(initial), validate: readable(key) }),
    )
  }
  return now
}

/** The limits that stay if they are not changed now. */
export function limitsText(settings: Draft['settings']): string {
  const [perHour, perDay, largest] = limits.map(({ key, initial }) => settings[key] ?? String(initial))
  return `${perHour} an hour, ${perDay} a day, ${largest === 'none' ? 'any size' : `at most ${largest} each`}`
}
