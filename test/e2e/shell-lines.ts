import { Parser } from '@oclif/core'
import { sharedFlags } from '../../src/cli/flags.ts'
import { configOfSource } from '../run.ts'

/** The mhloop calls in a line of shell: between pipes, without redirections and variables before it. */
export function argvsIn(example: string): string[][] {
  return example.split(/ \| | \|\| | && /).flatMap((part) => {
    const words = [...part.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '')
    const first = words.findIndex((word) => !/^[A-Z_]+=/.test(word))
    const redirected = words.findIndex((word) => word === '>' || word === '<')
    const call = words.slice(first, redirected === -1 ? undefined : redirected)
    return call[0] === 'mhloop' ? [call.slice(1)] : []
  })
}

/** Throws when no command of ours takes these words: an unknown command, argument or flag. Returns its id. */
export async function assertParses(argv: readonly string[]): Promise<string> {
  const { commands } = await configOfSource()
  const ids = argv.map((_, index) => argv.slice(0, index + 1).join(':'))
  const command = commands.findLast(({ id }) => ids.includes(id))
  if (command === undefined) throw new Error(`mhloop ${argv.join(' ')} is no command`)
  const CommandClass = await command.load()
  await Parser.parse(argv.slice(command.id.split(':').length), {
    flags: { ...sharedFlags, ...CommandClass.flags },
    args: Object.fromEntries(
      Object.entries(CommandClass.args).map(([name, arg]) => [name, { ...arg, ignoreStdin: true }]),
    ),
    strict: CommandClass.strict,
  } as never)
  return command.id
}
