import type { Config } from '@oclif/core'
import { CommandHelp, Help, standardizeIDFromArgv } from '@oclif/core/help'
import type { Io } from '../io/io.ts'
import { helpTopics } from './help-topics.ts'

/** The commands that a new operator types first; the root help shows them below the list of commands. */
const firstSteps = [
  ['mhloop sandbox start', 'both vendors and a warehouse on localhost'],
  ['mhloop merchant add acme', 'set up a merchant'],
  ['mhloop rma show 99904598', 'what happened to a return?'],
] as const

/**
 * Puts examples before flags, shows the summary once and every example as a line that can be copied, and keeps the
 * indentation of lists.
 */
class MhloopCommandHelp extends CommandHelp {
  override sections(): ReturnType<CommandHelp['sections']> {
    const sections = super.sections()
    const order = ['USAGE', 'EXAMPLES', 'DESCRIPTION']
    const rank = (header: string) => (order.includes(header) ? order.indexOf(header) : order.length)
    return sections.toSorted((a, b) => rank(a.header) - rank(b.header))
  }

  protected override description(): string | undefined {
    const { description } = this.command
    const lines = description?.split('\n').map((line) => {
      const indent = /^ */.exec(line)?.[0] ?? ''
      return indent + this.wrap(line.slice(indent.length), indent.length + 2).replaceAll('\n', `\n${indent}`)
    })
    return lines?.join('\n')
  }

  protected override examples(examples: Parameters<CommandHelp['examples']>[0]): string | undefined {
    const lines = [examples ?? []].flat().map((example) => {
      const text = this.render(typeof example === 'string' ? example : example.command)
      return `$ ${text}`
    })
    return lines.length === 0 ? undefined : lines.join('\n')
  }
}

/** oclif's help, written through our io, which decides about colour and pipes. */
class MhloopHelp extends Help {
  protected override CommandHelpClass = MhloopCommandHelp
  readonly #io: Io

  constructor(config: Config, io: Io) {
    // Two columns less, because oclif ignores a section's indentation under long flags.
    super(config, { stripAnsi: !io.stdout.colour, flagSortOrder: 'alphabetical', maxWidth: io.width - 2 })
    this.#io = io
  }

  protected override log(...lines: string[]): void {
    this.#io.stdout.write(`${lines.join(' ')}\n`)
  }

  override async showRootHelp(): Promise<void> {
    await super.showRootHelp()
    this.log(['FIRST STEPS', ...aligned(firstSteps)].join('\n'))
    this.log('')
    const topics = Object.entries(helpTopics).map(([name, { summary }]) => [name, summary] as const)
    this.log(['HELP TOPICS (mhloop help TOPIC)', ...aligned(topics)].join('\n'))
  }
}

function aligned(rows: readonly (readonly [string, string])[]): string[] {
  const columns = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(columns)}  ${right}`)
}

/**
 * Shows help for the words, or the root help without words; false when there is no such command, topic or help topic.
 */
export async function showHelp(words: readonly string[], config: Config, io: Io): Promise<boolean> {
  const topic = Object.hasOwn(helpTopics, words[0] ?? '') ? helpTopics[words[0] ?? ''] : undefined
  if (topic) {
    io.stdout.write(typeof topic.text === 'string' ? topic.text : await topic.text())
    return true
  }
  const [id] = standardizeIDFromArgv([...words], config)
  if (id !== undefined && !id.startsWith('-') && !config.findCommand(id) && !config.findTopic(id)) return false
  await new MhloopHelp(config, io).showHelp([...words])
  return true
}
