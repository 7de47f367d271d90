import { Fault } from '../../core/errors/fault.ts'
import { printable } from '../../core/text/printable.ts'

const day = 86_400_000
export type Window = { from: Date; to: Date }

function dateOf(text: string, name: string): Date {
  const date = new Date(/^\d{4}-\d{2}-\d{2}(?:T.*)?$/.test(text) ? text : Number.NaN)
  if (!Number.isNaN(date.getTime())) return date
  // Loop would silently read it as the epoch and report everything (loop.md §4.1).
  throw new Fault(`The ${name} of the time window is not a date: ${printable(text, 40)}`, {
    code: 'WINDOW_INVALID',
    hint: 'give a date like 2026-11-01 or 2026-11-01T09:30:00Z',
  })
}

/** Reads a window's two dates, or throws the Fault that says what is wrong with them. */
export function checkedWindow(window: { from: string; to: string }): Window {
  const from = dateOf(window.from, 'start')
  const to = dateOf(window.to, 'end')
  if (from > to) {
    throw new Fault('The time window ends before it starts.', {
      code: 'WINDOW_INVALID',
      hint: 'give a start that is before the end',
    })
  }
  return { from, to }
}

/** Checks a window and cuts it into pieces of at most `days` days that share their edges, oldest first. */
export function windowsOf(window: { from: string; to: string }, days: number): Window[] {
  const { from, to } = checkedWindow(window)
  const windows: Window[] = []
  for (let start = from.getTime(); ; start += days * day) {
    const end = Math.min(start + days * day, to.getTime())
    windows.push({ from: new Date(start), to: new Date(end) })
    if (end >= to.getTime()) return windows
  }
}
