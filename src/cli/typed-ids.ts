import { shown } from '../core/text.ts'
import { usageFault } from './faults.ts'
import type { Io } from './io.ts'

/** More than this on stdin is a wrong file, not a list of ids. */
const mostBytes = 4_000_000

/** The ids that a person typed; `-` stands for those on stdin, separated by white space or commas. No id twice. */
export async function typedIds(io: Io, typed: readonly string[]): Promise<string[]> {
  const ids = typed.includes('-') ? [...typed.filter((id) => id !== '-'), ...(await idsFromStdin(io))] : typed
  return [...new Set(ids)]
}

async function idsFromStdin(io: Io): Promise<string[]> {
  if (io.stdin.isTTY === true) {
    throw usageFault(
      '`-` reads ids from standard input, but that is a terminal.',
      'Pipe them in: cat ids.txt | mhloop … -',
    )
  }
  let text = ''
  for await (const chunk of io.stdin) {
    text += String(chunk)
    if (text.length > mostBytes) throw usageFault('Standard input is too long to be a list of ids.')
  }
  const ids = text.split(/[\s,]+/).filter((id) => id !== '')
  const odd = ids.find((id) => id.length > 200)
  if (odd !== undefined) throw usageFault(`Standard input holds something that is no id: “${shown(odd, 40)}”.`)
  if (ids.length === 0) throw usageFault('Standard input held no ids.')
  return ids
}
