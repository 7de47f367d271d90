/** docs/errors.md: every code with its meaning, by topic, from the same register as `mhloop explain`. */
import { blameWords } from '../../src/cli/views/codes.ts'
import { type Entry, type Kind, type Topic, topics } from '../../src/core/explain/topics.ts'

const intro = `# Codes and what they mean

Every error has a code: the last line of its text names it, and \`error.code\` in JSON. Reasons, findings and the
checks of \`doctor\` have codes, too. \`mhloop explain CODE\` says the same as this page, for exit codes too (\`mhloop explain 8\`).

This page is written by \`npm run docs\` from src/core/errors/fault-codes.ts and src/core/explain. In commands, NAME stands for a merchant, ID for a
return, and capital letters for whatever they name.`

const parts: readonly { kind: Kind; title: string; about: string }[] = [
  {
    kind: 'error',
    title: 'Errors',
    about:
      'Why a command ended without a result. An error with several exit codes or causes says in its message which one it is.',
  },
  {
    kind: 'reason',
    title: 'Reasons',
    about:
      'Why a return, a refund, a flag or a message is where it is. A reason may also be the code of an error, and what Loop refuses has a code of its own.',
  },
  {
    kind: 'finding',
    title: 'Findings',
    about: 'What an audit finds between the two systems; [cli.md](cli.md#findings) has their severity.',
  },
  {
    kind: 'check',
    title: 'Checks of doctor',
    about: 'What is checked; [cli.md](cli.md#checks-of-doctor) has the exit codes of a whole run.',
  },
  { kind: 'exit', title: 'Exit codes', about: 'The same with and without `--json`.' },
]

export function errorPage(): string {
  return [intro, ...parts.map(partOf)].join('\n\n')
}

function partOf({ kind, title, about }: (typeof parts)[number]): string {
  const own = topics.filter((topic) => topic.kind === kind)
  const tables = own.map((topic) => (own.length === 1 ? table(topic) : `### ${topic.title}\n\n${table(topic)}`))
  return [`## ${title}`, about, ...tables].join('\n\n')
}

/** The exit codes alone: docs/cli.md. */
export function exitCodeTable(): string {
  return topics
    .filter(({ kind }) => kind === 'exit')
    .map(table)
    .join('\n')
}

function table({ kind, entries }: Topic): string {
  const isError = kind === 'error'
  const head = isError ? ['code', 'exit', 'cause', 'meaning', 'next'] : ['code', 'meaning', 'next']
  const rows = entries.map((entry) => [`\`${entry.code}\``, ...(isError ? ends(entry) : []), entry.means, entry.next])
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cellText).join(' | ')} |`).join('\n')
}

function ends({ exits, blame }: Entry): string[] {
  return [exits.join(', '), blame.map((one) => blameWords[one]).join(', or ')]
}

function cellText(text: string): string {
  return text.replaceAll('|', '\\|')
}
