/**
 * Runs mhloop in a real pseudo-terminal: reads what it draws as bytes, and presses keys only once a question is shown.
 * Nothing waits for a fixed time.
 */
import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'

const program = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

/** The keys to press, by the beginning of the question. */
export type Keys = Readonly<Record<string, string>>

export type Terminal = {
  /** Everything that was drawn, including escapes. */
  bytes(): string
  /**
   * The next question, by its name in `keys`; null when the program ended instead. An unknown question fails the test.
   */
  nextQuestion(keys: Keys): Promise<string | null>
  press(keys: string): void
  /** Sends SIGTERM to the processes of this terminal. */
  terminate(): void
  /** Closes the window. */
  close(): void
  ended: Promise<{ exit: number; signal: number | undefined }>
}

type Pty = typeof import('@lydell/node-pty')

/** The library; null, with the reason printed, because its binary does not exist for every platform. */
export async function loadPty(): Promise<Pty | null> {
  try {
    const pty = await import('@lydell/node-pty')
    return pty.default ?? pty
  } catch (error) {
    process.stderr.write(
      `skipped: no pseudo-terminal here (${error instanceof Error ? error.message : String(error)})\n`,
    )
    return null
  }
}

/** Runs mhloop in a terminal of 80 columns; afterwards `stty -a` reports the state of the terminal. */
export function openTerminal(pty: Pty, argv: readonly string[], env: Record<string, string>): Terminal {
  // The trap keeps the shell alive when the whole group gets SIGTERM, so that it still reports the state of the
  // terminal. It ends only after the test has read that: the library drops unread output soon after the shell has
  // ended.
  const script = 'trap : TERM; "$0" "$@"; code=$?; echo; stty -a; echo heard?; read -r heard; exit $code'
  const child = pty.spawn('/bin/sh', ['-c', script, process.execPath, program, ...argv], {
    name: 'xterm-256color',
    cols: 80,
    rows: 50,
    env: { PATH: process.env.PATH, TERM: 'xterm-256color', ...env },
  })
  let raw = ''
  let isOver = false
  let wake = () => {}
  let isHeard = false
  child.onData((text) => {
    raw += text
    // A line feed ends the line in every mode of the terminal.
    if (!isHeard && raw.includes('heard?')) child.write('\n')
    isHeard ||= raw.includes('heard?')
    wake()
  })
  const ended = new Promise<{ exit: number; signal: number | undefined }>((resolve) =>
    child.onExit(({ exitCode, signal }) => {
      isOver = true
      wake()
      resolve({ exit: exitCode, signal })
    }),
  )
  let seen = 0
  let current: string | null = null
  return {
    bytes: () => raw,
    async nextQuestion(keys) {
      for (;;) {
        const fresh = questionsIn(raw.slice(seen)).filter((text) => current === null || !text.startsWith(current))
        const [text] = fresh
        if (text !== undefined) {
          current = Object.keys(keys).find((begin) => text.startsWith(begin)) ?? null
          assert.ok(current, `nobody knows what to answer to: ${text}`)
          return current
        }
        if (isOver) return null
        await new Promise<void>((resolve) => {
          wake = resolve
        })
      }
    },
    press(keys) {
      seen = raw.length
      child.write(keys)
    },
    terminate: () => process.kill(-child.pid, 'SIGTERM'),
    close: () => child.kill('SIGHUP'),
    ended,
  }
}

/** Lines with an open question: an answered one begins with a tick. */
function questionsIn(bytes: string): string[] {
  return [...stripVTControlCharacters(bytes).matchAll(/(?:^|[\r\n])\? ([^\r\n]+)/g)].map(([, text]) => text ?? '')
}

/** Checks that the cursor is visible and that the terminal edits and echoes lines again. */
export function assertSane(bytes: string): void {
  assert.ok(bytes.lastIndexOf('\u001b[?25l') <= bytes.lastIndexOf('\u001b[?25h'), 'the cursor stayed hidden')
  const modes = stripVTControlCharacters(bytes).split('speed ').at(-1) ?? ''
  for (const mode of ['icanon', 'echo', 'isig', 'icrnl']) assert.match(modes, new RegExp(`(?<!-)\\b${mode}\\b`), mode)
}
