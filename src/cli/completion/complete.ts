import { type ExitCode, exitCodes } from '../../core/errors/fault.ts'
import { printable } from '../../core/text/printable.ts'
import type { Io } from '../io/io.ts'
import { type Candidate, type CommandTable, candidatesAt, flagPrefix } from './candidates.ts'
import { lookUp } from './look-up.ts'

/**
 * Handles `mhloop __complete [--next] -- WORD…`, where the last word is at the cursor. Prints `:files` when file names
 * belong there; otherwise `:words` and one candidate per line, each with a tab and its meaning where it has one. Loads
 * neither oclif nor a vendor's client; never fails.
 */
export async function complete(
  argv: readonly string[],
  readTable: () => Promise<CommandTable>,
  io: Io,
): Promise<ExitCode> {
  const { before, current } = atCursor(argv)
  const requested = candidatesAt(before, current, await readTable())
  if (requested.kind === 'files') {
    io.stdout.write(':files\n')
    return exitCodes.done
  }
  const assigned = flagPrefix(current)
  const value = current.slice(assigned.length)
  const listed = requested.kind === 'lookup' && requested.list ? value.split(',').slice(0, -1) : []
  const earlier = listed.map((one) => `${one},`).join('')
  const prefix = value.slice(earlier.length)
  const candidates =
    requested.kind === 'words' ? requested.candidates : await lookUp(requested.of, { env: io.env, prefix })
  const fitting = candidates.filter(({ word }) => word.startsWith(prefix) && isHarmless(word) && !listed.includes(word))
  io.stdout.write([':words', ...fitting.map((one) => lineOf(one, assigned + earlier)), ''].join('\n'))
  return exitCodes.done
}

/**
 * Splits the words at the cursor. `--next`: the cursor is after a space, for shells that can't pass an empty word. Bash
 * splits `--flag=value` into three words.
 */
function atCursor(argv: readonly string[]): { before: string[]; current: string } {
  const start = argv.indexOf('--')
  const typed = [...argv.slice(start + 1), ...(argv.slice(0, start).includes('--next') ? [''] : [])]
  const current = typed.pop() ?? ''
  const [flag = '', sign] = typed.slice(-2)
  if (sign === '=' && flag.startsWith('--')) return { before: joined(typed.slice(0, -1)), current }
  if (current === '=' && typed.at(-1)?.startsWith('--') === true) return { before: joined(typed), current: '' }
  return { before: joined(typed), current }
}

/** Joins `--flag`, `=`, `value` into one word again. */
function joined(words: readonly string[]): string[] {
  const whole: string[] = []
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? ''
    const assigns = words[index + 1] === '=' && word.startsWith('--') && index + 2 < words.length
    whole.push(assigns ? `${word}=${words[index + 2]}` : word)
    if (assigns) index += 2
  }
  return whole
}

/** Whether a shell takes this as a plain word. Other candidates are not offered: some come from files and vendors. */
function isHarmless(word: string): boolean {
  return /^[\w.:@%+/-]+$/.test(word)
}

const longestAbout = 80

function lineOf({ word, about }: Candidate, assigned: string): string {
  return about === '' ? `${assigned}${word}` : `${assigned}${word}\t${printable(about, longestAbout)}`
}
