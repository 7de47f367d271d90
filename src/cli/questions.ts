import { Fault } from '../core/fault.ts'
import { missingFault } from './faults.ts'
import type { Io } from './io.ts'

export type Question = {
  /** What flags, environment or input gave; undefined asks. */
  value: string | undefined
  /** How to give it without a terminal, e.g. `--slug` or `MHLOOP_MASONHUB_TOKEN`. */
  missing: string
  message: string
  /** Typed blind. */
  secret?: boolean
  initial?: string
  choices?: readonly { value: string; name: string }[]
  /** true, or what is wrong with it. */
  validate?: (value: string) => string | true
}

/** Asks, in order, for what is missing; names all of it at once where nobody can answer. */
export async function ask<K extends string>(
  io: Io,
  help: string,
  questions: Record<K, Question>,
): Promise<Record<K, string>> {
  const entries = Object.entries(questions) as [K, Question][]
  const missing = entries.filter(([, question]) => question.value === undefined)
  if (missing.length > 0 && !io.canPrompt)
    throw missingFault(
      missing.map(([, question]) => question.missing),
      help,
    )
  const answers = {} as Record<K, string>
  for (const [key, question] of entries) answers[key] = question.value ?? (await askOne(io, question))
  return answers
}

function askOne(io: Io, question: Question): Promise<string> {
  const { message, validate, initial, choices } = question
  if (choices) return io.prompter.choose(message, choices)
  const options = { ...(validate ? { validate } : {}), ...(initial === undefined ? {} : { initial }) }
  return question.secret === true ? io.prompter.secret(message, options) : io.prompter.text(message, options)
}

/** `hint`: what to do where nobody can answer; without it, that is --yes. */
export type ConfirmationOptions = { yes: boolean | 'never'; typed?: string; hint?: string }

/** A yes, by flag or by answer, or Fault with exit 9. With `typed` the answer is that word in full (F66). `never`: --yes is no answer. */
export async function requireConfirmation(
  io: Io,
  question: string,
  { yes, typed, hint }: ConfirmationOptions,
): Promise<void> {
  if (yes === true) return
  if (!io.canPrompt) {
    throw new Fault(`This needs a confirmation, but there is no terminal to ask on: ${question} Nothing was done.`, {
      code: 'CONFIRMATION_NEEDED',
      hint:
        hint ??
        (yes === 'never'
          ? 'Run it again on a terminal and answer there: --yes does not answer this question.'
          : 'Check what it would do, then run it again with --yes.'),
    })
  }
  const answered =
    typed === undefined
      ? await io.prompter.confirm(question)
      : (await io.prompter.text(`${question} Type ${typed} to continue:`)).trim() === typed
  if (answered) return
  throw new Fault('Not confirmed. Nothing was done.', { code: 'NOT_CONFIRMED' })
}
