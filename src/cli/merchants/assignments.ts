import { didYouMean } from '../../core/text/closest.ts'
import { printable } from '../../core/text/printable.ts'
import { type Setting, settings } from '../../merchants/profiles/settings.ts'
import { isReference } from '../../merchants/references/references.ts'
import { type SecretName, secretNames, secretTitles } from '../../merchants/secrets/credentials.ts'
import { usageFault } from '../errors/command-faults.ts'

const help = 'mhloop merchant set --help'

export type Assignments = {
  /** `undefined` resets the setting to its default. */
  settings: { setting: Setting; value: unknown }[]
  /** Secrets that are asked for, or read from standard input. */
  secrets: { name: SecretName; from: 'question' | 'stdin' }[]
  /** Secrets to be stored as references, such as `env:NAME`. */
  references: Partial<Record<SecretName, string>>
}

/**
 * Reads `KEY VALUE KEY VALUE…`. A secret's key stands alone, or with `-`, or with a reference like `env:NAME`; any
 * other value after it is refused without being printed (F59).
 */
export function readAssignments(words: readonly string[]): Assignments {
  const assignments: Assignments = { settings: [], secrets: [], references: {} }
  for (let index = 0; index < words.length; index++) {
    const key = words[index] ?? ''
    const name = secretNames.find((candidate) => secretTitles[candidate].key === key)
    if (name === undefined) {
      assignments.settings.push(readSetting(key, words[++index]))
    } else if (words[index + 1] === '-') {
      assignments.secrets.push({ name, from: 'stdin' })
      index++
    } else if (isReference(words[index + 1] ?? '')) {
      assignments.references[name] = words[++index]?.trim() ?? ''
    } else {
      refuseValue(key, words[index + 1])
      assignments.secrets.push({ name, from: 'question' })
    }
  }
  if (assignments.secrets.filter(({ from }) => from === 'stdin').length > 1) {
    throw usageFault('Only one secret can be read from standard input.', 'mhloop merchant set --credentials-file -')
  }
  return assignments
}

/** Reads one setting. `default` resets it, except for slug and environment, which identify the merchant's accounts. */
function readSetting(key: string, text: string | undefined): { setting: Setting; value: unknown } {
  const setting = settings.find((candidate) => candidate.key === key)
  if (setting === undefined) {
    const keys = [...settings.map((known) => known.key), ...secretNames.map((name) => secretTitles[name].key)]
    throw usageFault(`Unknown setting "${printable(key, 60)}".${didYouMean(key, keys)}`, help, 'SETTING_UNKNOWN')
  }
  if (text === undefined) throw usageFault(`${key} needs a value: ${setting.takes}.`, help, 'MISSING_INPUT')
  if (text !== 'default') return { setting, value: setting.read(text) }
  if (key === 'slug' || key === 'environment') throw usageFault(`${key} has no default.`, help)
  return { setting, value: undefined }
}

function refuseValue(key: string, next: string | undefined): void {
  if (next === undefined || isKey(next)) return
  throw usageFault(
    `${key} can't be given on the command line: it would stay in the shell's history and appear in the process list.`,
    `Give ${key} alone to be asked for it, "${key} -" to read it from standard input, or where it is stored: env:NAME, file:PATH, keychain:, command:PROGRAM.`,
    'SECRET_IN_ARGUMENTS',
  )
}

function isKey(word: string): boolean {
  return settings.some(({ key }) => key === word) || secretNames.some((name) => secretTitles[name].key === word)
}
