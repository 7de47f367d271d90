import type { Readable, Writable } from 'node:stream'
import { scrubSecrets } from '../../merchants/secrets/secret.ts'
import type { Prompter } from './prompter.ts'

/** One output stream. Writing never throws and never waits; a closed reader (`| head`) is not an error. */
export type Sink = {
  write(text: string): void
  isTTY: boolean
  colour: boolean
  /** The reader has closed the stream, or writing fails: work that only produces output may stop. */
  readonly gone: boolean
  /**
   * The system's code for why something could not be written (ENOSPC); null when everything was, or when the reader
   * closed.
   */
  readonly failure: string | null
  /** Whether anything was written, whether or not it arrived. */
  readonly isUsed: boolean
  /** Number of writes that failed so far. */
  readonly lost: number
  /** Resolves when everything written so far has left the process, however slow the reader. */
  flush(): Promise<void>
}

/** A command's whole access to the outside world. Nothing outside src/cli writes to a stream. */
export type Io = {
  env: Readonly<Record<string, string | undefined>>
  stdout: Sink
  stderr: Sink
  stdin: Readable & { isTTY?: boolean }
  /** Columns available for text: the terminal's, at least 40; 80 in a pipe. */
  width: number
  /** Exactly one JSON document on stdout, also on failure. */
  json: boolean
  verbose: boolean
  /** Whether a question may be asked. Without a terminal it would wait for ever, so every prompt checks this. */
  canPrompt: boolean
  prompter: Prompter
  now(): Date
  /** Calls the listener on SIGINT and SIGTERM; returns a function that removes it. */
  onInterrupt(listener: () => void): () => void
  /** Ends the process at once, for the second Ctrl-C. */
  abandon(exit: number): void
}

export type OutputStream = Writable & { isTTY?: boolean; columns?: number }

export type IoSource = {
  argv: readonly string[]
  env: Readonly<Record<string, string | undefined>>
  stdin: Readable & { isTTY?: boolean }
  stdout: OutputStream
  stderr: OutputStream
  /**
   * Which of the three are terminals, if known without opening the streams: opening them costs Node.js milliseconds.
   */
  terminals?: Record<'stdin' | 'stdout' | 'stderr', boolean>
  prompter: Prompter
  now?: () => Date
  onInterrupt?: Io['onInterrupt']
  abandon?: Io['abandon']
}

/** Creates the one io object of a run from its streams, environment and arguments. */
export function createIo(source: IoSource): Io {
  const { argv, env } = source
  const terminals = source.terminals ?? {
    stdin: source.stdin.isTTY === true,
    stdout: source.stdout.isTTY === true,
    stderr: source.stderr.isTTY === true,
  }
  const isLazy = source.terminals !== undefined
  const flags = ownFlags(argv)
  const json = requestsJson(flags)
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

function requestsJson(flags: readonly string[]): boolean {
  return flags.some(
    (flag, index) =>
      flag === '--json' || flag === '--format=json' || (flag === '--format' && flags[index + 1] === 'json'),
  )
}

/** Whether a variable is set to anything but a word for no. */
export function isOn(value: string | undefined): boolean {
  return value !== undefined && !['', '0', 'false', 'no', 'off'].includes(value.toLowerCase())
}

/**
 * Whether a stream gets colour. In this order: NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE, CLICOLOR=0, and then the kind of
 * stream; a dumb terminal has none.
 */
function allowsColour(isTTY: boolean, env: Io['env']): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== 'false'
  if (env.CLICOLOR_FORCE !== undefined && env.CLICOLOR_FORCE !== '' && env.CLICOLOR_FORCE !== '0') return true
  return isTTY && env.CLICOLOR !== '0' && env.TERM !== 'dumb'
}

/** Error codes of a closed reader (`| head`): the output is no longer read, and the work goes on. */
const readerGone = new Set(['EPIPE', 'ERR_STREAM_DESTROYED'])

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
      // The callback of an empty chunk comes after every earlier chunk was handed over, and also when the reader
      // closed.
      return new Promise((resolve) => known.write('', () => setImmediate(resolve)))
    },
  }

  function stream(): OutputStream {
    return opened ?? listenTo(typeof open === 'function' ? open() : open)
  }
  function listenTo(known: OutputStream): OutputStream {
    const lose = ({ code = 'unknown' }: NodeJS.ErrnoException) => {
      // For a terminal, EIO means that it was closed.
      if (readerGone.has(code) || (isTTY && code === 'EIO')) return
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
