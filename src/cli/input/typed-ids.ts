import { printable } from '../../core/text/printable.ts'
import { usageFault } from '../errors/command-faults.ts'
import type { Io } from '../io/io.ts'
import { readSource } from './read-source.ts'

/** The ids that were typed; `-` means those on stdin, separated by white space or commas. Without duplicates. */
export async function typedIds(io: Io, typed: readonly string[], signal: AbortSignal): Promise<string[]> {
  const fromStdin = typed.includes('-') ? idsIn(await readSource(io, '-', signal)) : []
  return [...new Set([...typed.filter((id) => id !== '-'), ...fromStdin])]
}

function idsIn(text: string): string[] {
  const ids = text.split(/[\s,]+/).filter((id) => id !== '')
  const odd = ids.find((id) => id.length > 200)
  if (odd !== undefined) {
    throw usageFault(`Standard input contains something that is not an id: “${printable(odd, 40)}”.`)
  }
  if (ids.length === 0) throw usageFault('Standard input contains no ids.')
  return ids
}
