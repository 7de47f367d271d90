/**
 * mhloop in a real pseudo-terminal: what it draws is read as bytes, and keys are pressed only once a question stands
 * there. Nothing waits for time.
 */
import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'

const program = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

/** By the beginning of a question: what is pressed. */
export type Keys = Readonly<Record<string, string>>

export type Terminal = {
  /** Everything that was drawn, escapes included. */
  bytes(): string
  /** The next question as it is known in `keys`; null when the program ended instead. One that is not known fails. */
  nextQuestion(keys: Keys): Promise<string | null>
  press(keys: string): void
  /** Somebody ends the processes of this terminal. */
  terminate(): void
  /** The window is closed. */
  close(): void
  ended: Promise<{ exit: number; signal: number | undefined }>
}

type Pty = typeof import('@lydell/node-pty')

/** The library, or null with the reason printed: its binary is not there for every platform. */
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

/** Runs mhloop in a terminal of 80 columns; afterwards `stty -a` tells there how it was left. */
export function openTerminal(pty: Pty, argv: readonly string[], env: Record<string, string>): Terminal {
  // With a trap the shell lives on when the whole group is told to end, and still tells how the terminal was left.
  // It ends only once it was heard out: the library gives up on what is still unread soon after the shell has ended.
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
    // A line feed ends the line in whatever mode the terminal was left.
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

/** Lines that ask: an answered one begins with a tick. */
function questionsIn(bytes: string): string[] {
  return [...stripVTControlCharacters(bytes).matchAll(/(?:^|[\r\n])\? ([^\r\n]+)/g)].map(([, text]) => text ?? '')
}

/** The cursor is visible, and the line is edited and echoed by the terminal again. */
export function assertSane(bytes: string): void {
  assert.ok(bytes.lastIndexOf('\u001b[?25l') <= bytes.lastIndexOf('\u001b[?25h'), 'the cursor stayed hidden')
  const modes = stripVTControlCharacters(bytes).split('speed ').at(-1) ?? ''
  for (const mode of ['icanon', 'echo', 'isig', 'icrnl']) assert.match(modes, new RegExp(`(?<!-)\\b${mode}\\b`), mode)
}
