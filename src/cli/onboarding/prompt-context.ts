/**
 * What the steps of `merchant add` on a terminal share: what is being put together, and how a step speaks and asks. No
 * step writes anything: what they make is stored at the end, or not at all.
 */
import type { ReasonRule } from '../../core/policy.ts'
import type { Env } from '../../merchants/config-folder.ts'
import type { SecretName, StoreKind } from '../../merchants/credentials.ts'
import type { Secret } from '../../merchants/merchant.ts'
import type { GivenSecrets } from '../../merchants/secret-input.ts'
import { settings } from '../../merchants/settings.ts'
import type { SeenReasons } from '../../usecases/seen-reasons.ts'
import type { LoopSurvey } from '../../usecases/survey-loop.ts'
import type { VendorClientOptions } from '../../usecases/vendor-clients.ts'
import type { Page } from '../output/page.ts'
import { dim, type Part } from '../output/styled.ts'
import type { Prompter } from '../prompter.ts'

/** What came by flags, environment and files: not asked again, but shown. */
export type Given = {
  name: string | null
  /** By the setting's key, as typed. */
  settings: Readonly<Record<string, string>>
  secrets: GivenSecrets
  reasons: readonly ReasonRule[] | null
  store: StoreKind | null
}

/** The merchant as far as it is put together. */
export type Draft = {
  name: string
  /** By the setting's key, each value as `merchant set` takes it. */
  settings: Readonly<Record<string, string>>
  secrets: GivenSecrets
  reasons: readonly ReasonRule[]
  /** The operator typed the merchant's name to let real refunds go out (G9). */
  opened: boolean
  /** Where the secrets go; null: not settled yet. */
  store: StoreKind | null
  /** What the Loop key can do; null when it was not asked (--no-check). */
  survey: LoopSurvey | null
  /** The reasons of recent returns; null when they were not read. */
  seen: SeenReasons | null
}

export type PromptContext = {
  readonly ask: Prompter
  readonly env: Env
  readonly width: number
  readonly given: Given
  /** --yes: severe questions are answered already. */
  readonly yes: boolean
  /** Whether the vendors are asked about what was typed. */
  readonly check: boolean
  readonly options: VendorClientOptions
  now(): Date
  /** Somebody wants it to end, while no question stood there. */
  interrupted(): boolean
  say(...parts: Part[]): void
  display(draw: (page: Page) => void): Promise<void>
  /** Says `words`, does the work, and lets go of it when the operator presses Ctrl-C. */
  busy<T>(words: string, work: () => Promise<T>): Promise<T>
}

export type Step = {
  title: string
  /** With `again` the operator came back to change it: then what was given is asked, too. */
  run(prompts: PromptContext, draft: Draft, again: boolean): Promise<Draft>
}

/** The setting as given (and says so), or as `ask` brings it; with what is there already to begin from. */
export async function settled(
  prompts: PromptContext,
  draft: Draft,
  { key, again }: { key: string; again: boolean },
  ask: (initial: string | undefined) => Promise<string>,
): Promise<Draft> {
  const given = prompts.given.settings[key]
  if (given !== undefined && !again) {
    prompts.say(dim(`${key}: `), given, dim(' (given)'))
    return withSettings(draft, { [key]: given })
  }
  return withSettings(draft, { [key]: await ask(draft.settings[key] ?? given) })
}

export function withSettings(draft: Draft, changed: Readonly<Record<string, string>>): Draft {
  return { ...draft, settings: { ...draft.settings, ...changed } }
}

/** The secret as given (and says so), or as `ask` brings it. */
export async function settledSecret(
  prompts: PromptContext,
  { name, title, again }: { name: SecretName; title: string; again: boolean },
  ask: () => Promise<Secret>,
): Promise<Secret> {
  const given = prompts.given.secrets[name]
  if (given === undefined || again) return ask()
  prompts.say(dim(`${title}: `), 'set', dim(' (given)'))
  return given
}

/** Whether a setting can be read as typed, for a question to say what is wrong with it. */
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
