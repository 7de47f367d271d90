import * as Flags from '@oclif/core/flags'
import { printable } from '../../core/text/printable.ts'
import { usageFault } from '../errors/command-faults.ts'

const accepted =
  'a date (2026-11-01), an RFC 3339 time (2026-11-01T08:00:00Z), or a time back from now (90m, 12h, 7d, 2w)'

/** For commands about a window of time; read by {@link windowOf}. */
export const windowFlags = {
  since: Flags.string({
    description: `Start: ${accepted}. A date means its first moment in UTC`,
    helpValue: 'WHEN',
  }),
  until: Flags.string({
    description: 'End; a date means its last moment in UTC. Default: now',
    helpValue: 'WHEN',
  }),
}

const lengths: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }
const back = /^(\d{1,6})([mhdw])$/
const date = /^\d{4}-\d{2}-\d{2}$/
const rfc3339 = /^(\d{4}-\d{2}-\d{2})[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/

/**
 * Reads a time that a person typed, as RFC 3339 UTC. A date means its first or last millisecond, as `edge` says. Any
 * other text is a usage Fault that names `flag`: Loop would silently read an unreadable date as 1970 (loop.md §4.1).
 */
export function readTimestamp(flag: string, text: string, now: Date, edge: 'first' | 'last'): string {
  const typed = text.trim()
  const [, count, unit] = back.exec(typed) ?? []
  if (count !== undefined && unit !== undefined && Number(count) > 0) {
    const timestamp = new Date(now.getTime() - Number(count) * (lengths[unit] ?? 0))
    if (timestamp.getTime() > 0) return timestamp.toISOString()
  }
  if (date.test(typed) && isRealDay(typed)) return `${typed}T${edge === 'first' ? '00:00:00.000' : '23:59:59.999'}Z`
  const [, day] = rfc3339.exec(typed) ?? []
  if (day !== undefined && isRealDay(day)) return new Date(typed.toUpperCase()).toISOString()
  throw usageFault(
    `Invalid ${flag} "${printable(text, 60)}".`,
    `Give ${accepted}. Times need Z or an offset like +01:00.`,
    'WRONG_MOMENT',
  )
}

/** The requested window; an end that was not typed is absent. */
export function windowOf(
  { since, until }: { since?: string | undefined; until?: string | undefined },
  now: Date,
): { since?: string; until?: string } {
  const from = since === undefined ? undefined : readTimestamp('--since', since, now, 'first')
  const to = until === undefined ? undefined : readTimestamp('--until', until, now, 'last')
  if (from !== undefined && from > now.toISOString()) {
    throw usageFault(`--since is ${from}, which is in the future.`, undefined, 'WRONG_WINDOW')
  }
  if (from !== undefined && to !== undefined && from >= to) {
    throw usageFault(`The period is empty: it starts at ${from} and ends at ${to}.`, undefined, 'WRONG_WINDOW')
  }
  return { ...(from === undefined ? {} : { since: from }), ...(to === undefined ? {} : { until: to }) }
}

/** The same window with both ends: it starts `days` before its end unless `since` was given. */
export function closedWindow(
  { since, until }: { since?: string; until?: string },
  now: Date,
  days: number,
): { from: string; to: string } {
  const to = until ?? now.toISOString()
  return { from: since ?? new Date(Date.parse(to) - days * 86_400_000).toISOString(), to }
}

/** Whether the day exists: JavaScript reads 30 February as 2 March. */
function isRealDay(day: string): boolean {
  const timestamp = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(timestamp.getTime()) && timestamp.toISOString().startsWith(day)
}
