import { Fault } from '../core/fault.ts'
import { printable } from '../core/text.ts'

/** RFC 3339 UTC with milliseconds, so that comparing text compares moments. Throws on anything that is no moment. */
export function timestamp(text: string): string {
  const milliseconds = Date.parse(text)
  if (Number.isNaN(milliseconds)) {
    throw new Fault(`"${printable(text, 40)}" is not a valid time.`, { code: 'JOURNAL_BAD_TIME' })
  }
  return new Date(milliseconds).toISOString()
}

/** The same moment, so many milliseconds earlier. */
export function before(at: string, milliseconds: number): string {
  return new Date(Date.parse(at) - milliseconds).toISOString()
}
