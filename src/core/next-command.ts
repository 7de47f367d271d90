import type { Fault } from './fault.ts'
import { shellWord } from './shell-word.ts'

/**
 * Commands that work for the chosen merchant unless -m names another; a test holds the list to the commands. Neither
 * `serve` nor `journal forget` is one of them: without -m they are about all merchants.
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
    'rma list',
    'rma resolve',
    'rma show',
    'smoke',
  ],
]

/** A command as it is named in a hint, with the return ids that follow: what stands after them is a flag, or the sentence. */
const call = new RegExp(`\\bmhloop (${merchantCommands.join('|')})(?![\\w-])(?: (?:\\d+|ID)(?![\\w-]))*`, 'g')

/**
 * The commands in a hint, complete: pasted into any shell they work for this merchant, whichever is the default there. A
 * command that says already for whom it works stays as it is, and so does one that only asks for help.
 */
export function withMerchant(hint: string, merchant: string): string {
  return hint.replace(call, (words, command: string, at: number) => {
    const rest = restOf(hint.slice(at + words.length))
    const isNamed = / (-m|--merchant|--all-merchants|--help)(?![\w-])/.test(rest)
    // The only one that takes the name as an argument, too.
    const isArgument = command === 'merchant show' && /^ \S/.test(rest)
    return isNamed || isArgument ? words : `${words} -m ${shellWord(merchant)}`
  })
}

/** Up to where the command ends at the latest. */
function restOf(text: string): string {
  return text.split(/[;)`]|\bmhloop /, 1)[0] ?? ''
}

const last = new RegExp(`\\bmhloop (?:${merchantCommands.join('|')})(?: [^;,)\`]*)?$`)

/** Where the command that ends a sentence begins; null when none does. */
export function lastCommandAt(sentence: string): number | null {
  return last.exec(sentence)?.index ?? null
}

/** What a fault says to type next, complete for the merchant that it is about, or that was worked for. */
export function nextCommand(
  { hint, merchant }: Pick<Fault, 'hint' | 'merchant'>,
  workedFor: string | null,
): string | null {
  const name = merchant ?? workedFor
  return hint === null || name === null ? hint : withMerchant(hint, name)
}
