/**
 * What the steps of `merchant add` on a terminal share: the draft of the merchant, and how a step prints and asks. No
 * step writes anything: the draft is stored at the end, or not at all.
 */
import type { ReasonRule } from '../../core/merchants/policy.ts'
import type { Env } from '../../merchants/files/config-folder.ts'
import type { Secret } from '../../merchants/profiles/merchant.ts'
import { settings } from '../../merchants/profiles/settings.ts'
import type { SecretName, StoreKind } from '../../merchants/secrets/credentials.ts'
import type { ProvidedSecrets } from '../../merchants/secrets/secret-input.ts'
import type { LoopSurvey } from '../../usecases/merchants/survey-loop.ts'
import type { SeenReasons } from '../../usecases/reasons/seen-reasons.ts'
import type { VendorClientOptions } from '../../usecases/vendors/vendor-clients.ts'
import type { Prompter } from '../io/prompter.ts'
import type { Page } from '../output/page.ts'
import { dim, type Part } from '../output/styled.ts'

/** Values from flags, environment and files: they are not asked for again, but shown. */
export type Provided = {
  name: string | null
  /** Values by setting key, as typed. */
  settings: Readonly<Record<string, string>>
  secrets: ProvidedSecrets
  reasons: readonly ReasonRule[] | null
  store: StoreKind | null
}

/** The merchant as it is known so far. */
export type Draft = {
  name: string
  /** Values by setting key, as `merchant set` accepts them. */
  settings: Readonly<Record<string, string>>
  secrets: ProvidedSecrets
  reasons: readonly ReasonRule[]
  /** The merchant for which the operator typed the name to let real refunds go out; null: not yet (G9). */
  opened: Pick<Draft, 'name' | 'settings' | 'secrets'> | null
  /** Where the secrets go; null when not decided yet. */
  store: StoreKind | null
  /** What the Loop key can do; null when it was not checked (--no-check). */
  survey: LoopSurvey | null
  /** The reasons of recent returns; null when they were not read. */
  seen: SeenReasons | null
}

export type PromptContext = {
  readonly ask: Prompter
  readonly env: Env
  readonly width: number
  readonly provided: Provided
  /** --yes was given: severe questions are not asked. */
  readonly yes: boolean
  /** Whether typed credentials are checked with the vendors. */
  readonly check: boolean
  readonly options: VendorClientOptions
  now(): Date
  /** Whether an interruption came while no question was open. */
  interrupted(): boolean
  say(...parts: Part[]): void
  display(draw: (page: Page) => void): Promise<void>
  /** Prints `words`, does the work, and stops waiting for it at Ctrl-C. */
  busy<T>(words: string, work: () => Promise<T>): Promise<T>
}

export type Step = {
  title: string
  /** With `again`, the operator came back to change the step: given values are asked for, too. */
  run(prompts: PromptContext, draft: Draft, again: boolean): Promise<Draft>
}

/**
 * Returns the setting: the given value, which it prints, or the answer that `ask` gets. `initial`: the present value.
 */
export async function settled(
  prompts: PromptContext,
  draft: Draft,
  { key, again }: { key: string; again: boolean },
  ask: (initial: string | undefined) => Promise<string>,
): Promise<Draft> {
  const provided = prompts.provided.settings[key]
  if (provided !== undefined && !again) {
    prompts.say(dim(`${key}: `), provided, dim(' (given)'))
    return withSettings(draft, { [key]: provided })
  }
  return withSettings(draft, { [key]: await ask(draft.settings[key] ?? provided) })
}

export function withSettings(draft: Draft, changed: Readonly<Record<string, string>>): Draft {
  return { ...draft, settings: { ...draft.settings, ...changed } }
}

/** Returns the secret: the given one, of which it prints only that it is given, or the answer that `ask` gets. */
export async function settledSecret(
  prompts: PromptContext,
  { name, title, again }: { name: SecretName; title: string; again: boolean },
  ask: () => Promise<Secret>,
): Promise<Secret> {
  const provided = prompts.provided.secrets[name]
  if (provided === undefined || again) return ask()
  prompts.say(dim(`${title}: `), 'set', dim(' (given)'))
  return provided
}

/** A validator for a setting's question: true, or what is wrong with the typed text. */
export function readable(key: string): (text: string) => string | true {
  const setting = settings.find((one) => one.key === key)
  return (text) => {
    try {
      setting?.read(text.trim())
      return true
    } catch (error) {
      return error instanceof Error ? error.message : "It can't be read."
    }
  }
}
