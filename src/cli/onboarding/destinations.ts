import { printable } from '../../core/text/printable.ts'
import type { Destination } from '../../loop/client.ts'
import { unknownDestinations } from '../../usecases/merchants/survey-loop.ts'
import { bad, dim, strong } from '../output/styled.ts'
import { type Draft, type PromptContext, readable, type Step, withSettings } from './prompt-context.ts'

const key = 'destinations'
const every = 'every'

export const destinationsStep: Step = {
  title: 'Destinations',
  async run(prompts, draft, again) {
    const known = draft.survey?.destinations ?? null
    const provided = prompts.provided.settings[key]
    if (provided !== undefined && !again) {
      const wrong = known === null || provided === every ? null : unknownDestinations(idsIn(provided), known)
      if (wrong === null) return confirmChoice(prompts, withSettings(draft, { [key]: provided }), known)
      prompts.say(bad('The given value is not valid. '), wrong.message)
    }
    const text =
      known === null || known.length === 0 ? await typed(prompts, draft) : await picked(prompts, draft, known)
    return confirmChoice(prompts, withSettings(draft, { [key]: text }), known)
  },
}

async function picked(prompts: PromptContext, draft: Draft, known: readonly Destination[]): Promise<string> {
  prompts.say(
    'Loop sends returns to these. Select the MasonHub warehouses; if you select none, every destination counts as one.',
  )
  const before = known
    .map(({ destinationId }) => destinationId)
    .filter((id) => idsIn(draft.settings[key] ?? '').includes(id))
  const choices = [...known].sort(byUse).map((destination) => ({
    value: destination.destinationId,
    name: nameOf(destination),
    short: printable(destination.name, 40) || destination.destinationId,
  }))
  const ids = await prompts.ask.chooseMany('Which destinations are MasonHub warehouses?', choices, { initial: before })
  return ids.length === 0 ? every : ids.join(',')
}

async function typed(prompts: PromptContext, draft: Draft): Promise<string> {
  const why = draft.survey === null ? 'Loop was not queried' : 'Loop shows no destinations to this key'
  prompts.say(`${why}, so enter their ids: the numbers in the Loop admin's URLs.`)
  const initial = draft.settings[key] ?? every
  const text = await prompts.ask.text('Ids of the MasonHub warehouses, separated by commas (every: all destinations)', {
    initial,
    validate: readable(key),
  })
  return text.trim() === '' ? every : text.trim()
}

/** People type a blank after a comma. */
function idsIn(text: string): string[] {
  return text
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '')
}

/** Sorts enabled warehouses first. */
function byUse(one: Destination, other: Destination): number {
  const weight = ({ type, enabled }: Destination) => (type === 'warehouse' ? 0 : 2) + (enabled ? 0 : 1)
  return weight(one) - weight(other) || (one.name < other.name ? -1 : 1)
}

/** `Rancho Cucamonga (501)`, followed by what is unusual about it. */
function nameOf({ destinationId, name, type, enabled }: Destination): string {
  const unusual = [
    ...(type === 'warehouse' ? [] : [printable(type, 20) || 'unknown type']),
    ...(enabled ? [] : ['off']),
  ]
  return `${printable(name, 50)} (${destinationId})${unusual.length === 0 ? '' : ` · ${unusual.join(', ')}`}`
}

function confirmChoice(prompts: PromptContext, draft: Draft, known: readonly Destination[] | null): Draft {
  const text = draft.settings[key] ?? every
  if (text === every) {
    const donations = known?.some(({ type }) => type !== 'warehouse') === true
    prompts.say(
      strong('Every destination'),
      ' is a MasonHub warehouse: each return becomes an RMA',
      donations ? ', including those to be donated.' : '.',
    )
    return draft
  }
  const names = idsIn(text).map((id) => {
    const found = known?.find(({ destinationId }) => destinationId === id)
    return found === undefined ? id : `${printable(found.name, 40)} (${id})`
  })
  prompts.say(
    'Only returns to ',
    strong(names.join(', ')),
    ' become RMAs.',
    dim(prompts.provided.settings[key] === text ? ' (given)' : ''),
  )
  return draft
}
