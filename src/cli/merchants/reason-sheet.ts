import type { ReasonRule } from '../../core/merchants/policy.ts'
import { readReasonTable } from '../../core/reasons/reason-table.ts'
import { usageFault } from '../errors/command-faults.ts'
import { say } from '../errors/report.ts'
import { readSource } from '../input/read-source.ts'
import type { Io } from '../io/io.ts'

/** Most problems in the error message; without --json, stderr lists all of them above it. */
const problemsInMessage = 8

/** The rules of a CSV sheet, from a file or `-`. If any row is wrong, throws a Fault that names all wrong rows. */
export async function readReasonSheet(io: Io, source: string, signal: AbortSignal): Promise<ReasonRule[]> {
  const { rules, problems } = readReasonTable(await readSource(io, source, signal))
  if (problems.length === 0) return rules
  const lines = problems.map(({ line, message }) => `Line ${line}: ${message}`)
  const more = lines.length - problemsInMessage
  if (more > 0 && !io.json) for (const line of lines) say(io, line)
  const listed = lines.slice(0, problemsInMessage).join(' ')
  throw usageFault(
    `Nothing was stored. ${listed}${more > 0 ? ` And ${more} more.` : ''}`,
    'Correct the sheet, then check it: mhloop mapping reasons import FILE --dry-run',
    'REASON_TABLE_WRONG',
  )
}
