import { type Config, Help } from '@oclif/core'
import { standardizeIDFromArgv } from '@oclif/core/help'
import { helpTopics } from './help-topics.ts'
import type { Io } from './io.ts'

/** oclif's help, written through our io: colour and pipes are decided there. */
class MhloopHelp extends Help {
  readonly #io: Io

  constructor(config: Config, io: Io) {
    super(config, { stripAnsi: !io.stdout.colour, flagSortOrder: 'alphabetical' })
    this.#io = io
  }

  protected override log(...lines: string[]): void {
    this.#io.stdout.write(`${lines.join(' ')}\n`)
  }

  override async showRootHelp(): Promise<void> {
    await super.showRootHelp()
    const names = Object.entries(helpTopics).map(([name, { summary }]) => `  ${name.padEnd(12)}  ${summary}`)
    this.log(['HELP TOPICS (mhloop help TOPIC)', ...names].join('\n'))
  }
}

/** Shows help for the words, or the whole; false when there is no such command, topic or help topic. */
export async function showHelp(words: readonly string[], config: Config, io: Io): Promise<boolean> {
  const topic = Object.hasOwn(helpTopics, words[0] ?? '') ? helpTopics[words[0] ?? ''] : undefined
  if (topic) {
    io.stdout.write(topic.text)
    return true
  }
  const [id] = standardizeIDFromArgv([...words], config)
  if (id !== undefined && !id.startsWith('-') && !config.findCommand(id) && !config.findTopic(id)) return false
  await new MhloopHelp(config, io).showHelp([...words])
  return true
}
