/** `merchant add` on a terminal: the steps in order, a summary, and a last question before anything is written. */
import { Fault } from '../../core/errors/fault.ts'
import { dim, strong } from '../output/styled.ts'
import { cutoffStep } from './cutoff.ts'
import { destinationsStep } from './destinations.ts'
import { loopStep } from './loop.ts'
import { masonhubStep } from './masonhub.ts'
import { nameStep } from './name.ts'
import { placeStep } from './place.ts'
import type { Draft, PromptContext, Step } from './prompt-context.ts'
import { reasonsStep } from './reasons.ts'
import { showSummary } from './summary.ts'
import { confirmedMoney, workflowStep } from './workflow.ts'

const steps: readonly Step[] = [
  nameStep,
  loopStep,
  destinationsStep,
  masonhubStep,
  reasonsStep,
  workflowStep,
  cutoffStep,
  placeStep,
]

/**
 * Asks for everything and returns the merchant that the operator confirmed. Throws when they quit at any point; then
 * nothing was written.
 */
export async function converse(prompts: PromptContext): Promise<Draft> {
  const { name, settings, secrets, reasons } = prompts.provided
  let draft: Draft = {
    name: name ?? '',
    settings,
    secrets,
    reasons: reasons ?? [],
    opened: null,
    store: null,
    survey: null,
    seen: null,
  }
  const total = steps.length + 1
  prompts.say(dim('Nothing is stored before you answer the last question. Ctrl-C quits at any time.'))
  for (const [index, step] of steps.entries()) {
    heading(prompts, `Step ${index + 1} of ${total}`, step.title)
    draft = await step.run(prompts, draft, false)
  }
  for (;;) {
    heading(prompts, `Step ${total} of ${total}`, 'Summary')
    await showSummary(prompts, draft)
    const change = await confirmed(prompts)
    if (change === null) {
      // A later or repeated step may have turned refunds on, or allowed more than was confirmed.
      const answered = await confirmedMoney(prompts, draft)
      if (answered.settings['refunds'] === draft.settings['refunds']) return answered
      draft = answered
      continue
    }
    heading(prompts, 'Change', change.title)
    draft = await change.run(prompts, draft, true)
  }
}

function heading(prompts: PromptContext, count: string, title: string): void {
  prompts.say('')
  prompts.say(dim(`${count} · `), strong(title))
}

/** null: store it. Otherwise, the step to repeat. */
async function confirmed(prompts: PromptContext): Promise<Step | null> {
  const answer = await prompts.ask.choose('Store it?', [
    { value: 'store', name: 'Yes, store it' },
    { value: 'change', name: 'No, change something first' },
    { value: 'stop', name: 'No, quit without storing anything' },
  ])
  if (answer === 'store') return null
  if (answer === 'stop') {
    throw new Fault('Not confirmed. Nothing was stored.', { code: 'NOT_CONFIRMED' })
  }
  const title = await prompts.ask.choose(
    'Which step?',
    steps.map((step) => ({ value: step.title, name: step.title })),
  )
  return steps.find((step) => step.title === title) ?? null
}
