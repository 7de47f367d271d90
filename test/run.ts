/**
 * Runs a command in this process, from its source (no build needed), with captured streams and an isolated environment:
 *
 *   const { stdout, stderr, exit } = await runMhloop('rma show 99904598 --json', { env: {...}, configDir })
 *
 * - `argv` as string is split at spaces; give an array when an argument holds one.
 * - `env` is the whole environment of the run (process.env is not read by commands); PATH and HOME are not needed.
 * - `configDir` and `dataDir` become MHLOOP_CONFIG_DIR and MHLOOP_DATA_DIR; without them a path that does not exist, or
 *   `CONFIG_DIR.data` beside the former.
 * - `stdin` is what is piped in; `tty: true` makes all three streams terminals (80 columns), and then `answers` are
 *   given to the questions in order. A question without an answer fails the run.
 * - `interruptAfter` resolves when a SIGINT should arrive.
 */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Config } from '@oclif/core/config'
import { createIo, type Io, type OutputStream } from '../src/cli/io/io.ts'
import { attachIo } from '../src/cli/io/process-io.ts'
import type { Prompter } from '../src/cli/io/prompter.ts'
import { dispatch } from '../src/cli/program/dispatch.ts'
import type { ExitCode } from '../src/core/errors/fault.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

export type RunOptions = {
  env?: Record<string, string>
  stdin?: string
  tty?: boolean
  configDir?: string
  dataDir?: string
  answers?: Answer[]
  interruptAfter?: Promise<unknown>
  now?: () => Date
}
// biome-ignore lint/suspicious/noExplicitAny: tests read into the data of any command
type Data = any
export type Run = {
  stdout: string
  stderr: string
  exit: ExitCode
  /** stdout as the one JSON document that it must be. */
  json(): { schema: string; merchant: string | null; data: Data; warnings: string[]; error: ErrorInJson }
}
export type ErrorInJson = { code: string; message: string; hint: string | null; exit: number }

export async function runMhloop(argv: string | string[], options: RunOptions = {}): Promise<Run> {
  const words = typeof argv === 'string' ? argv.split(' ').filter((word) => word !== '') : argv
  return captureRun(words, options, (io) => runFromSource(words, io))
}

/** Runs a command class of a test, as `mhloop test case`. */
export function runClass(
  CommandClass: new (argv: string[], config: Config) => { run(): Promise<ExitCode> },
  words: string[] = [],
  options: RunOptions = {},
): Promise<Run> {
  return captureRun(words, options, async (io) => {
    const config = await emptyConfig()
    attachIo(config, io)
    Object.assign(CommandClass, { id: 'test:case' })
    return new CommandClass(words, config).run()
  })
}

async function captureRun(words: string[], options: RunOptions, run: (io: Io) => Promise<ExitCode>): Promise<Run> {
  const stdout = captured(options.tty)
  const stderr = captured(options.tty)
  const stdin = Object.assign(Readable.from(options.stdin === undefined ? [] : [options.stdin]), {
    isTTY: options.tty === true,
  })
  const io = createIo({
    argv: words,
    env: {
      MHLOOP_CONFIG_DIR: options.configDir ?? join(root, 'no-such-folder', 'config'),
      MHLOOP_DATA_DIR:
        options.dataDir ?? (options.configDir ? `${options.configDir}.data` : join(root, 'no-such-folder', 'data')),
      // The tests have no keychain (test/keychain.ts); '' asks for the default.
      MHLOOP_CREDENTIAL_STORE: 'file',
      NO_COLOR: '1',
      ...options.env,
    },
    stdin,
    stdout: stdout.stream,
    stderr: stderr.stream,
    prompter: scripted([...(options.answers ?? [])]),
    ...(options.now ? { now: options.now } : {}),
    onInterrupt(listener) {
      let listening = true
      options.interruptAfter?.then(() => listening && listener())
      return () => {
        listening = false
      }
    },
  })
  const exit = await run(io)
  await Promise.all([io.stdout.flush(), io.stderr.flush()])
  const printed = stdout.text()
  return { stdout: printed, stderr: stderr.text(), exit, json: () => JSON.parse(printed) }
}

/** Runs the command's own file when the words name one; otherwise (help, mistyped commands) loads all of them. */
async function runFromSource(words: string[], io: Io): Promise<ExitCode> {
  const direct = words.includes('--help') || words.includes('-h') ? null : commandFile(words)
  if (direct === null) return dispatch(words, await configOfSource(), io)
  const { default: CommandClass } = await import(pathToFileURL(direct.file).href)
  CommandClass.id = direct.id
  const config = await emptyConfig()
  attachIo(config, io)
  return new CommandClass(words.slice(direct.words), config).run()
}

function commandFile(words: readonly string[]): { file: string; id: string; words: number } | null {
  for (let count = Math.min(3, words.length); count > 0; count--) {
    const path = words.slice(0, count)
    if (!path.every((word) => /^[a-z-]+$/.test(word) && !word.startsWith('-'))) continue
    const file = join(root, 'src/commands', ...path)
    if (existsSync(`${file}.ts`)) return { file: `${file}.ts`, id: path.join(':'), words: count }
  }
  return null
}

async function emptyConfig(): Promise<Config> {
  return loadConfig(undefined)
}

/** All commands, from their sources. */
export function configOfSource(): Promise<Config> {
  return loadConfig('./src/commands')
}

/** What oclif has read of the commands, by folder. */
const pluginsOf = new Map<string | undefined, Config['plugins']>()

async function loadConfig(commands: string | undefined): Promise<Config> {
  const { default: pjson } = await import('../package.json', { with: { type: 'json' } })
  const { commands: _, ...oclif } = pjson.oclif
  const options = {
    root,
    pjson: { ...pjson, oclif: { ...oclif, ...(commands === undefined ? {} : { commands }) } } as never,
    ignoreManifest: true,
  }
  let plugins = pluginsOf.get(commands)
  if (plugins === undefined) {
    const first = new Config(options)
    await first.load()
    plugins = first.plugins
    pluginsOf.set(commands, plugins)
  }
  const config = new Config({ ...options, plugins: copiesOf(plugins) })
  await config.load()
  return config
}

/** Copies, because a run changes them: help writes spaces into the names of commands. */
function copiesOf(plugins: Config['plugins']): Config['plugins'] {
  const copies = [...plugins].map(([name, plugin]) => {
    const commands = plugin.commands.map((command) => ({ ...command }))
    return [name, Object.assign(Object.create(Object.getPrototypeOf(plugin)), plugin, { commands })] as const
  })
  return new Map(copies)
}

function captured(tty = false): { stream: OutputStream; text(): string } {
  const stream: PassThrough & { isTTY?: boolean; columns?: number } = new PassThrough({ highWaterMark: 2 ** 30 })
  stream.isTTY = tty
  stream.columns = 80
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  return { stream, text: () => Buffer.concat(chunks).toString('utf8') }
}

/** A test's answer to a question; several where several may be chosen, or a function that runs at that moment. */
export type Answer = string | boolean | readonly string[] | (() => string | boolean)

/** Answers a question with Ctrl-C. */
export function pressCtrlC(): never {
  throw Object.assign(new Error('User force closed the prompt with SIGINT'), { name: 'ExitPromptError' })
}

function scripted(answers: Answer[]): Prompter {
  const next = (message: string) => {
    const answer = answers.shift()
    assert.notEqual(answer, undefined, `no answer left for the question: ${message}`)
    return typeof answer === 'function' ? answer() : answer
  }
  const oneOf = (answer: string, choices: readonly { value: string }[]) => {
    const known = choices.map(({ value }) => value)
    assert.ok(known.includes(answer), `${answer} is none of the choices ${known.join(', ')}`)
    return answer
  }
  return {
    text: async (message, { validate, initial } = {}) => checked(String(next(message)) || (initial ?? ''), validate),
    secret: async (message, { validate } = {}) => checked(String(next(message)), validate),
    confirm: async (message) => next(message) === true,
    choose: async (message, choices) => oneOf(String(next(message)), choices),
    chooseMany: async (message, choices) => {
      const answer = next(message)
      assert.ok(Array.isArray(answer), `${message} wants a list`)
      return answer.map((value) => oneOf(value, choices))
    },
  }
}

function checked(answer: string, validate?: (value: string) => string | true): string {
  assert.equal(validate?.(answer) ?? true, true)
  return answer
}
