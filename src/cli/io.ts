import type { Readable, Writable } from 'node:stream'
import { scrubSecrets } from '../merchants/secret.ts'
import type { Prompter } from './prompter.ts'

/** One output stream. Writing never throws and never waits; a reader that has gone (`| head`) is not an error. */
export type Sink = {
  write(text: string): void
  isTTY: boolean
  colour: boolean
  /** The reader has left, or nothing can be written: whoever only writes for it may stop. */
  readonly gone: boolean
  /** Why something could not be written, as the system calls it (ENOSPC); null when all was, or the reader did not want it. */
  readonly failure: string | null
  /** Something was written, whether or not it arrived. */
  readonly isUsed: boolean
  /** How many writes failed so far. */
  readonly lost: number
  /** Resolves when everything written so far has left the process, however slow the reader. */
  flush(): Promise<void>
}

/** Everything a command may know of the world around it. Nothing outside src/cli writes to a stream. */
export type Io = {
  env: Readonly<Record<string, string | undefined>>
  stdout: Sink
  stderr: Sink
  stdin: Readable & { isTTY?: boolean }
  /** Columns to lay text out for: the terminal's, at least 40; 80 in a pipe. */
  width: number
  /** One JSON document on stdout, whatever happens. */
  json: boolean
  verbose: boolean
  /** May a question be asked? Asking where nobody answers would hang for ever, so every prompt goes through this. */
  canPrompt: boolean
  prompter: Prompter
  now(): Date
  /** Calls back on SIGINT and SIGTERM; returns what stops the listening. */
  onInterrupt(listener: () => void): () => void
  /** Leaves at once, for the second Ctrl-C. */
  abandon(exit: number): void
}

export type OutputStream = Writable & { isTTY?: boolean; columns?: number }

export type IoSource = {
  argv: readonly string[]
  env: Readonly<Record<string, string | undefined>>
  stdin: Readable & { isTTY?: boolean }
  stdout: OutputStream
  stderr: OutputStream
  /** Which of the three are terminals, when that is known without opening them: it takes Node.js milliseconds. */
  terminals?: Record<'stdin' | 'stdout' | 'stderr', boolean>
  prompter: Prompter
  now?: () => Date
  onInterrupt?: Io['onInterrupt']
  abandon?: Io['abandon']
}

/** Makes the one io object of a run from its streams, its environment and its arguments. */
export function createIo(source: IoSource): Io {
  const { argv, env } = source
  const terminals = source.terminals ?? {
    stdin: source.stdin.isTTY === true,
    stdout: source.stdout.isTTY === true,
    stderr: source.stderr.isTTY === true,
  }
  const isLazy = source.terminals !== undefined
  const flags = ownFlags(argv)
  const json = wantsJson(flags)
  const noColour = flags.includes('--no-color')
  const quiet = flags.includes('--no-input') || isOn(env.MHLOOP_NO_INPUT) || isOn(env.CI)
  return {
    env,
    get stdin() {
      return source.stdin
    },
    stdout: sink(
      isLazy ? () => source.stdout : source.stdout,
      terminals.stdout,
      !noColour && allowsColour(terminals.stdout, env),
    ),
    stderr: sink(
      isLazy ? () => source.stderr : source.stderr,
      terminals.stderr,
      !noColour && allowsColour(terminals.stderr, env),
    ),
    width: terminals.stdout ? Math.max(40, source.stdout.columns ?? 80) : 80,
    json,
    verbose: flags.includes('--verbose'),
    canPrompt: terminals.stdin && terminals.stderr && !quiet && !json,
    prompter: source.prompter,
    now: source.now ?? (() => new Date()),
    onInterrupt: source.onInterrupt ?? (() => () => {}),
    abandon: source.abandon ?? (() => {}),
  }
}

/** The arguments before `--`, which ends the flags. */
function ownFlags(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--')
  return end === -1 ? argv : argv.slice(0, end)
}

function wantsJson(flags: readonly string[]): boolean {
  return flags.some(
    (flag, index) =>
      flag === '--json' || flag === '--format=json' || (flag === '--format' && flags[index + 1] === 'json'),
  )
}

/** Set, and not to one of the words for no. */
export function isOn(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false', 'no', 'off'].includes(value.toLowerCase())
}

/** NO_COLOR beats FORCE_COLOR beats what the stream is; a dumb terminal has none. Decided per stream. */
function allowsColour(isTTY: boolean, env: Io['env']): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false'
  return isTTY && env.TERM !== 'dumb'
}

/** What a reader that has left looks like (`| head`); our words have no listener then, the work goes on. */
const readerLeft = new Set(['EPIPE', 'ERR_STREAM_DESTROYED'])

function sink(open: OutputStream | (() => OutputStream), isTTY: boolean, colour: boolean): Sink {
  let gone = false
  let failure: string | null = null
  let lost = 0
  let isUsed = false
  let opened: OutputStream | null = null
  if (typeof open !== 'function') listenTo(open)
  return {
    isTTY,
    colour,
    get gone() {
      return gone || failure !== null || opened?.destroyed === true
    },
    get failure() {
      return failure
    },
    get lost() {
      return lost
    },
    get isUsed() {
      return isUsed
    },
    write(text) {
      if (text !== '') isUsed = true
      if (!gone && text !== '') stream().write(scrubSecrets(text))
    },
    flush() {
      const known = opened
      if (gone || known === null || known.destroyed) return Promise.resolve()
      // An empty chunk's callback comes after every earlier chunk was handed over; it also comes when the reader left.
      return new Promise((resolve) => known.write('', () => setImmediate(resolve)))
    },
  }

  function stream(): OutputStream {
    return opened ?? listenTo(typeof open === 'function' ? open() : open)
  }
  function listenTo(known: OutputStream): OutputStream {
    const lose = ({ code = 'unknown' }: NodeJS.ErrnoException) => {
      // Of a terminal, EIO says that it was closed.
      if (readerLeft.has(code) || (isTTY && code === 'EIO')) return
      failure ??= code
      lost += 1
    }
    opened = known.on('lost', lose).on('error', (error: NodeJS.ErrnoException) => {
      lose(error)
      gone = true
    })
    return known
  }
}
