import type { LoopRecord, LoopState } from '../model/record.ts'
import { loopStates } from '../model/record.ts'
import type { LoopStore } from '../model/store.ts'
import type { Answer, ParsedRequest } from './answer.ts'
import { invalid, ok } from './answer.ts'
import { listRow } from './list-row.ts'
import { spaced, type Wire } from './wire.ts'

const hour = 3_600_000
const day = 24 * hour
const longestSpanDays = 120
const largestPage = 750
const defaultStates: readonly LoopState[] = ['open', 'closed', 'expired']

type Filter = 'created_at' | 'updated_at'
type Window = { from: number; to: number }

/** `GET /warehouse/return/list` with its quirks (loop.md §4.2). */
export function listAction(store: LoopStore, { query, base, version }: ParsedRequest): Answer {
  const wire: Wire = { world: store.world, version }
  const window = windowOf(query, store.now())
  if ('status' in window) return window
  const state = query['state']
  if (state !== undefined && !(loopStates as readonly string[]).includes(state)) {
    return invalid({ state: ['The selected state is invalid.'] })
  }
  const filter: Filter = query['filter'] === 'updated_at' ? 'updated_at' : 'created_at'
  const states = state === undefined ? defaultStates : [state as LoopState]
  const rows = inWindow(store, window, filter, states)
  // A page link has no `paginate`, and clients that follow it unchanged get pages (loop.md §14.6).
  const isPaged = query['paginate'] === 'true' || query['cursor'] !== undefined
  if (!isPaged) return ok(rows.map((record) => listRow(wire, record)))
  return page(wire, rows, query, filter, base)
}

/**
 * The window. No dates: the last 24 h. `from` alone: the 24 h after it. `to` alone: ignored. More than 120 days: 422.
 */
function windowOf(query: ParsedRequest['query'], now: number): Window | Answer {
  const from = parseDate(query['from'])
  const to = parseDate(query['to'])
  if (from !== null && Number.isNaN(from)) return invalid({ from: ['The from is not a valid date.'] })
  if (to !== null && Number.isNaN(to)) return invalid({ to: ['The to is not a valid date.'] })
  // A page link has no `from`; with a cursor, the window's start is open.
  if (query['cursor'] && from === null) return { from: 0, to: to ?? now }
  if (from === null) return { from: now - day, to: now }
  if (to === null) return { from, to: from + day }
  if (to - from > longestSpanDays * day) {
    return invalid({ to: [`The date range may not be greater than ${longestSpanDays} days.`] })
  }
  return { from, to }
}

/**
 * Milliseconds of an ISO time, a plain date, or `YYYY-MM-DD HH:MM:SS` in UTC; null when absent, NaN when unreadable.
 */
function parseDate(text: string | undefined): number | null {
  if (text === undefined || text === '') return null
  const isoText = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/.test(text) ? `${text.replace(' ', 'T')}Z` : text
  return Date.parse(isoText)
}

/** The last scan of each shop, kept because the pages of one list are requested one after another. */
const scans = new WeakMap<LoopStore, { key: string; rows: LoopRecord[] }>()

function inWindow(store: LoopStore, window: Window, filter: Filter, states: readonly LoopState[]): LoopRecord[] {
  const key = JSON.stringify([window, filter, states, store.revision, isExact(store)])
  const last = scans.get(store)
  if (last?.key === key) return last.rows
  const rows = scanned(store, window, filter, states)
  scans.set(store, { key, rows })
  return rows
}

/** Whether times count to the millisecond; else a window compares what is shown. */
const isExact = ({ world }: LoopStore): boolean => world.faults.get('loop.milliseconds') > 0

function scanned(store: LoopStore, window: Window, filter: Filter, states: readonly LoopState[]): LoopRecord[] {
  const exact = isExact(store)
  return store.newestFirst(filter === 'updated_at' ? 'updatedAt' : 'createdAt').filter((record) => {
    const at = exact ? stamp(record, filter) : second(record, filter) * 1000
    return at >= window.from && at <= window.to && states.includes(record.state)
  })
}

const stamp = (record: LoopRecord, filter: Filter): number =>
  filter === 'updated_at' ? record.updatedAt : record.createdAt
const second = (record: LoopRecord, filter: Filter): number => Math.floor(stamp(record, filter) / 1000)

function page(wire: Wire, rows: LoopRecord[], query: ParsedRequest['query'], filter: Filter, base: string) {
  const size = query['pageSize'] === undefined ? 100 : Number(query['pageSize'])
  if (!Number.isInteger(size) || size < 1 || size > largestPage) {
    return invalid({ pageSize: [`The page size must be between 1 and ${largestPage}.`] })
  }
  const cursor = query['cursor'] ? readCursor(query['cursor'], filter) : null
  if (query['cursor'] && !cursor) return invalid({ cursor: ['The cursor is invalid.'] })
  const part = cursor ? slice(wire, rows, cursor, filter, size) : { rows: rows.slice(0, size), start: 0 }
  const last = part.rows.at(-1)
  const first = part.rows[0]
  const more = part.start + part.rows.length < rows.length
  return ok({
    returns: part.rows.map((record) => listRow(wire, record)),
    nextPageUrl: more && last ? link(wire, base, query, cursorText(last, filter, true)) : null,
    previousPageUrl: part.start > 0 && first ? link(wire, base, query, cursorText(first, filter, false)) : null,
  })
}

type Cursor = { second: number; forward: boolean }

/**
 * The cursor is only a second (loop.md §4.2): rows with the same second as the page's last row are skipped, or repeated
 * if the comparison includes it.
 */
function slice({ world }: Wire, rows: LoopRecord[], cursor: Cursor, filter: Filter, size: number) {
  const style = world.faults.get('loop.cursor-repeats')
  const repeats = style === 2 ? world.random.chance(0.5) : style === 1
  if (cursor.forward) {
    const found = rows.findIndex((record) => {
      const at = second(record, filter)
      return repeats ? at <= cursor.second : at < cursor.second
    })
    const start = found < 0 ? rows.length : found
    return { rows: rows.slice(start, start + size), start }
  }
  const found = rows.findIndex((record) => second(record, filter) <= cursor.second)
  const end = found < 0 ? rows.length : found
  const start = Math.max(0, end - size)
  return { rows: rows.slice(start, end), start }
}

function cursorText(record: LoopRecord, filter: Filter, forward: boolean): string {
  const json = JSON.stringify({ [filter]: spaced(stamp(record, filter)), _pointsToNextItems: forward })
  return Buffer.from(json).toString('base64url')
}

function readCursor(text: string, filter: Filter): Cursor | null {
  try {
    const read: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    if (typeof read !== 'object' || read === null) return null
    const fields = read as Record<string, unknown>
    const at = parseDate(String(fields[filter] ?? ''))
    if (at === null || Number.isNaN(at)) return null
    return { second: Math.floor(at / 1000), forward: fields['_pointsToNextItems'] !== false }
  } catch {
    return null
  }
}

/** The page link has `to`, `filter`, `pageSize` and the cursor, but neither `from` nor `state` nor `paginate`. */
function link({ world }: Wire, base: string, query: ParsedRequest['query'], cursor: string): string {
  const parameters = ['to', 'filter', 'pageSize']
  if (world.faults.get('loop.next-link-keeps-filters')) parameters.unshift('from', 'state', 'paginate')
  const params = new URLSearchParams()
  for (const name of parameters) {
    const value = query[name]
    if (value !== undefined) params.set(name, value)
  }
  params.set('cursor', cursor)
  return `${base}?${params}`
}
