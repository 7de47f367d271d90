import { printable } from '../../core/text/printable.ts'

type Rule = [reason: RegExp, sentence: (first: string, second: string, third: string) => string]

/** What oclif's parser reports, by the beginning of its text. */
const rules: Rule[] = [
  [/^(--\S+): Expected an integer but /, (flag) => `${flag} expects a whole number.`],
  [
    /^(--\S+): Expected an integer greater than or equal to (\S+) but /,
    (flag, least) => `${flag} must be at least ${least}.`,
  ],
  [
    /^(--\S+): Expected an integer less than or equal to (\S+) but /,
    (flag, most) => `${flag} must be at most ${most}.`,
  ],
  [
    /^Expected (--[^\s=]+)=(.*) to be one of: (.+)$/,
    (flag, value, options) => `${flag}=${value} is not one of: ${options}.`,
  ],
  [/^Flag (--\S+) expects one of these values: (.+)$/, (flag, options) => `${flag} expects one of: ${options}.`],
  [/^Flag (--\S+) expects a value$/, (flag) => `${flag} expects a value.`],
  [/^Flag (--\S+) can only be specified once$/, (flag) => `${flag} can be given only once.`],
  [
    /^(--[^\s=]+).* cannot also be provided when using (--\S+)$/,
    (flag, other) => `${[flag, other].sort().join(' and ')} cannot be used together.`,
  ],
  [
    /^One of the following must be provided when using (--\S+): (.+)$/,
    (flag, needed) => `${flag} needs ${needed.replaceAll(', ', ' or ')}.`,
  ],
  [/^All of the following must be provided when using (--\S+): (.+)$/, (flag, needed) => `${flag} needs ${needed}.`],
  [/^Expected .* to be one of: (.+)$/, (options) => `The argument must be one of: ${options}.`],
]

/** What the parser of the command line reports, in our own sentences, each once. An unknown report stays as it is. */
export function parserSentence(message: string): string {
  const reasons = message
    .replaceAll('See more help with --help', '')
    .replace(/^The following errors? occurred:/, '')
    .replace(/^Parsing (--\S+)\s+/, '$1: ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  return printable([...new Set(reasons.map(sentenceOf))].join(' '), 500)
}

function sentenceOf(reason: string): string {
  for (const [pattern, sentence] of rules) {
    const found = pattern.exec(reason)
    if (found) return sentence(found[1] ?? '', found[2] ?? '', found[3] ?? '')
  }
  return /[.!?]$/.test(reason) ? reason : `${reason}.`
}
