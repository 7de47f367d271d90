import assert from 'node:assert/strict'
import type { Command } from '@oclif/core'
import * as Parser from '@oclif/core/parser'
import { merchantCommands } from '../../src/core/errors/next-command.ts'
import { configOfSource } from '../run.ts'

let loading: ReturnType<typeof configOfSource> | null = null

/** Loads oclif's configuration once, because there are many sentences. */
function theConfig(): ReturnType<typeof configOfSource> {
  loading ??= configOfSource()
  return loading
}

/** The calls of mhloop in a line of shell: between pipes, without redirections and without variables before them. */
export function argvsIn(example: string): string[][] {
  return example.split(/ \| | \|\| | && /).flatMap((part) => {
    const words = [...part.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '')
    const first = words.findIndex((word) => !/^[A-Z_]+=/.test(word))
    const redirected = words.findIndex((word) => word === '>' || word === '<')
    const call = words.slice(first, redirected === -1 ? undefined : redirected)
    return call[0] === 'mhloop' ? [call.slice(1)] : []
  })
}

/** Throws when no command accepts these words: an unknown command, argument or flag. Returns the command's id. */
export async function assertParses(argv: readonly string[]): Promise<string> {
  const { commands } = await theConfig()
  const ids = argv.map((_, index) => argv.slice(0, index + 1).join(':'))
  const command = commands.findLast(({ id }) => ids.includes(id))
  if (command === undefined) throw new Error(`mhloop ${argv.join(' ')} is no command`)
  const CommandClass = await command.load()
  await Parser.parse(argv.slice(command.id.split(':').length), {
    flags: { ...CommandClass.baseFlags, ...CommandClass.flags },
    args: Object.fromEntries(
      Object.entries(CommandClass.args).map(([name, arg]) => [name, { ...arg, ignoreStdin: true }]),
    ),
    strict: CommandClass.strict,
  } as never)
  return command.id
}

/**
 * The calls of mhloop in a sentence: the command's words, and the words after them that can belong to it. If the
 * command takes arguments, only punctuation ends it; otherwise any word that is no flag does. `mhloop` before any other
 * word names the program.
 */
export async function callsIn(sentence: string): Promise<string[][]> {
  const { commands } = await theConfig()
  const topics = new Set(commands.map(({ id }) => id.split(':')[0]))
  const calls = [...sentence.matchAll(/\bmhloop (?=[a-z])/g)].map(async ({ index, 0: lead }) => {
    const tokens = tokensOf(sentence.slice(index + lead.length))
    const count = [3, 2, 1].find((words) => commands.some(({ id }) => id === idOf(tokens.slice(0, words)))) ?? 1
    const command = commands.find(({ id }) => id === idOf(tokens.slice(0, count)))
    if (command === undefined) return topics.has(tokens[0]?.word) ? tokens.slice(0, 2).map(({ word }) => word) : []
    const CommandClass = await command.load()
    return [...command.id.split(':'), ...restOf(tokens.slice(count - 1), CommandClass)]
  })
  return (await Promise.all(calls)).filter((call) => call.length > 0)
}

/**
 * Throws unless the commands of this sentence work when pasted: each must parse, and one that works for a merchant must
 * name it.
 */
export async function assertComplete(sentence: string, merchant: string): Promise<void> {
  for (const call of await callsIn(sentence)) {
    if (call.includes('--help')) continue
    const id = await assertParses(call)
    if (!merchantCommands.includes(id.replaceAll(':', ' ')) || call.includes('--all-merchants')) continue
    const isNamed = call.some((word, index) => word === '-m' && call[index + 1] === merchant)
    const isArgument = id === 'merchant:show' && call[2] === merchant
    assert.ok(isNamed || isArgument, `for whom is this? ${sentence}`)
  }
}

type Token = { word: string; ends: boolean }

/** The words after a command's last word that belong to it. */
function restOf([last, ...tokens]: readonly Token[], { baseFlags, flags, args, strict }: Command.Class): string[] {
  const options = Object.entries({ ...baseFlags, ...flags }).filter(([, { type }]) => type === 'option')
  const withValue = options.flatMap(([name, { char }]) => [`--${name}`, ...(char === undefined ? [] : [`-${char}`])])
  const takesArguments = Object.keys(args).length > 0 || strict === false
  const rest: string[] = []
  let isOver = last?.ends === true
  for (const { word, ends } of tokens) {
    if (isOver || !(takesArguments || /^-./.test(word) || withValue.includes(rest.at(-1) ?? ''))) break
    rest.push(word)
    isOver = ends
  }
  return rest
}

function idOf(tokens: readonly Token[]): string {
  return tokens.map(({ word }) => word).join(':')
}

/** Words and quoted strings, each with whether the sentence or the shell ends the command there. */
function tokensOf(text: string): Token[] {
  const [before = ''] = text.split(/ (?:\||&&) /, 1)
  return [...before.matchAll(/(?:"([^"]*)"|'([^']*)'|(\S+?))([.,;:)`”"]*)(?=\s|$)/g)].map(
    ([, double, single, bare, punctuation]) => ({ word: double ?? single ?? bare ?? '', ends: punctuation !== '' }),
  )
}
