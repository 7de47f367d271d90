import { Fault } from '../../core/errors/fault.ts'
import { printable } from '../../core/text/printable.ts'

/** RFC 3339 UTC with milliseconds, so that comparing the texts compares the times. Throws when the text is no time. */
export function timestamp(text: string): string {
  const milliseconds = Date.parse(text)
  if (Number.isNaN(milliseconds)) {
    throw new Fault(`"${printable(text, 40)}" is not a valid time.`, { code: 'JOURNAL_BAD_TIME' })
  }
  return new Date(milliseconds).toISOString()
}

/** The time this many milliseconds before another. */
export function before(at: string, milliseconds: number): string {
  return new Date(Date.parse(at) - milliseconds).toISOString()
}
