import { shellWord } from '../text/shell-word.ts'
import type { Fault } from './fault.ts'

/**
 * Commands that use the default merchant unless -m names another; a test compares the list with the commands. `serve`
 * and `journal forget` are not among them: without -m they are for all merchants.
 */
export const merchantCommands: readonly string[] = [
  ...['api loop', 'api masonhub', 'asn list', 'asn sync', 'doctor', 'event list', 'event replay', 'event tail'],
  ...['mapping audit', 'mapping reasons export', 'mapping reasons import', 'mapping reasons list'],
  ...['mapping reasons set', 'mapping reasons suggest', 'merchant connect', 'merchant disconnect', 'merchant history'],
  ...['merchant rotate callback', 'merchant rotate masonhub', 'merchant set', 'merchant show'],
  ...[
    'refunds pause',
    'refunds resume',
    'refunds status',
    'rma history',
    'rma label',
    'rma report',
    'rma list',
    'rma resolve',
    'rma show',
    'smoke',
  ],
]

/** A command in a hint, with the return ids after it. What follows is a flag, or the rest of the sentence. */
const call = new RegExp(`\\bmhloop (${merchantCommands.join('|')})(?![\\w-])(?: (?:\\d+|ID)(?![\\w-]))*`, 'g')

/**
 * Adds -m to the commands in a hint, so that they work for this merchant when pasted into any shell. A command that
 * names its merchant already, or only asks for help, stays as it is.
 */
export function withMerchant(hint: string, merchant: string): string {
  return hint.replace(call, (words, command: string, at: number) => {
    const rest = restOf(hint.slice(at + words.length))
    const isNamed = / (-m|--merchant|--all-merchants|--help)(?![\w-])/.test(rest)
    // The only command that also takes the name as an argument.
    const isArgument = command === 'merchant show' && /^ \S/.test(rest)
    return isNamed || isArgument ? words : `${words} -m ${shellWord(merchant)}`
  })
}

/** The text up to where the command ends at the latest. */
function restOf(text: string): string {
  return text.split(/[;)`]|\bmhloop /, 1)[0] ?? ''
}

const last = new RegExp(`\\bmhloop (?:${merchantCommands.join('|')})(?: [^;,)\`]*)?$`)

/** Where the command at the end of a sentence begins; null when the sentence does not end with one. */
export function lastCommandAt(sentence: string): number | null {
  return last.exec(sentence)?.index ?? null
}

/** The next command that a fault suggests, complete for the fault's merchant, else for the one that was worked for. */
export function nextCommand(
  { hint, merchant }: Pick<Fault, 'hint' | 'merchant'>,
  workedFor: string | null,
): string | null {
  const name = merchant ?? workedFor
  return hint === null || name === null ? hint : withMerchant(hint, name)
}
