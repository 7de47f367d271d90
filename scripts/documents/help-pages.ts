/** test/texts/help/: the text of every help page on a terminal of 80 columns. */
import { PassThrough } from 'node:stream'
import { createIo } from '../../src/cli/io/io.ts'
import { showHelp } from '../../src/cli/program/help.ts'
import { helpTopics } from '../../src/cli/program/help-topics.ts'
import { commandClasses, commandPages } from './commands.ts'

export const helpPages: readonly string[] = [...commandPages, 'topics']

/**
 * The help pages of a topic and of its commands. `general`: the root page and all commands without a topic; `topics`:
 * the pages that belong to no command.
 */
export async function helpPage(page: string): Promise<string> {
  const config = await commandClasses()
  const calls = page === 'topics' ? Object.keys(helpTopics).map((name) => [name]) : callsOf(page, config)
  const pages: string[] = []
  for (const words of calls) {
    const { io, text } = screen()
    await showHelp(words, config, io)
    const call = ['mhloop', ...words, ...(page === 'topics' ? [] : ['--help'])]
    const title = page === 'topics' ? `mhloop help ${words.join(' ')}` : call.join(' ')
    pages.push(`${'='.repeat(80)}\n${title}\n${'='.repeat(80)}\n\n${text().trim()}\n`)
  }
  return pages.join('\n')
}

type Known = { commands: readonly { id: string }[]; topics: readonly { name: string }[] }

function callsOf(page: string, { commands, topics }: Known): string[][] {
  const names = [...new Set([...commands.map(({ id }) => id), ...topics.map(({ name }) => name)])]
  const own = names.filter((name) => (page === 'general' ? !name.includes(':') && !isTopic(name) : isOf(name, page)))
  const calls = own.toSorted().map((name) => name.split(':'))
  return page === 'general' ? [[], ...calls] : calls
}

function isOf(name: string, page: string): boolean {
  return name === page || name.startsWith(`${page}:`)
}

function isTopic(name: string): boolean {
  return commandPages.includes(name)
}

function screen() {
  const stream = (isTTY: boolean) => Object.assign(new PassThrough({ highWaterMark: 2 ** 30 }), { isTTY, columns: 80 })
  const [stdin, stdout, stderr] = [stream(false), stream(true), stream(true)]
  const chunks: Buffer[] = []
  stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  const io = createIo({ argv: [], env: { NO_COLOR: '1' }, stdin, stdout, stderr, prompter: {} as never })
  return {
    io,
    text: () =>
      Buffer.concat(chunks)
        .toString('utf8')
        .replaceAll(/[ \t]+$/gm, ''),
  }
}
