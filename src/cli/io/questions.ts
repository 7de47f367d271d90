import { Fault } from '../../core/errors/fault.ts'
import { missingFault } from '../errors/command-faults.ts'
import type { Io } from './io.ts'

export type Question = {
  /** The value from flags, environment or input; undefined: it is asked for. */
  value: string | undefined
  /** How to give the value without a terminal, e.g. `--slug` or `MHLOOP_MASONHUB_TOKEN`. */
  missing: string
  message: string
  /** The typed text is not shown. */
  secret?: boolean
  initial?: string
  choices?: readonly { value: string; name: string }[]
  /** Returns true, or what is wrong with the value. */
  validate?: (value: string) => string | true
}

/** Asks, in order, for what is missing; when it can't ask, names all of it at once. */
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

/** `hint`: what to do when it can't ask; default: pass --yes. */
export type ConfirmationOptions = { yes: boolean | 'never'; typed?: string | null; hint?: string }

/**
 * Returns when the question is confirmed, by flag or by answer; otherwise throws a Fault with exit 9. With `typed`,
 * that word must be typed in full (F66). `yes: 'never'`: --yes does not confirm this question.
 */
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
    typed === undefined || typed === null
      ? await io.prompter.confirm(question)
      : (await io.prompter.text(`${question} Type ${typed} to continue:`)).trim() === typed
  if (answered) return
  throw new Fault('Not confirmed. Nothing was done.', { code: 'NOT_CONFIRMED' })
}
