import type { World } from '../world.ts'

/** The query string as fastify reads it. */
export type Query = Record<string, string | string[] | undefined>

export type Page = { limit: number; offset: number }

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const longestList = 30

/** A single value. How MasonHub treats repeated keys is unknown: the last one counts, as in most frameworks. */
export function single(query: Query, name: string): string | null {
  const value = query[name]
  const last = Array.isArray(value) ? value.at(-1) : value
  return last === undefined || last === '' ? null : last
}

/** A comma list of 1 to 30 values; null: no filter; 'bad': too many (masonhub.md §3.1). */
export function list(query: Query, name: string): string[] | null | 'bad' {
  const value = single(query, name)
  if (value === null) return null
  const values = value.split(',').filter((one) => one !== '')
  return values.length > longestList ? 'bad' : values
}

/** As `list`, for UUIDs only. */
export function uuidList(query: Query, name: string): string[] | null | 'bad' {
  const values = list(query, name)
  return Array.isArray(values) && values.some((value) => !uuid.test(value)) ? 'bad' : values
}

/** The page: `limit` 1 to 100, 30 by default; `offset` from zero (masonhub.md §3.1). */
export function page(query: Query): Page | 'bad' {
  const limit = whole(single(query, 'limit') ?? '30')
  const offset = whole(single(query, 'offset') ?? '0')
  if (limit === null || offset === null || limit < 1 || limit > 100) return 'bad'
  return { limit, offset }
}

/**
 * How strictly a query is read: to the letter of the documents, or as a client that works in production sends it
 * (masonhub.md §3.1).
 */
export const isStrict = ({ world }: { world: World }): boolean => world.faults.get('masonhub.strict-query') > 0

/** Milliseconds of an RFC 3339 time; null when not given. Without a zone it is UTC, which nobody documents. */
export function timestamp(query: Query, name: string, strict: boolean): number | null | 'bad' {
  const value = single(query, name)
  if (value === null) return null
  const zone = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(Z|[+-]\d{2}:\d{2}|)$/i.exec(value)?.[1]
  if (zone === undefined || (zone === '' && strict)) return 'bad'
  const at = Date.parse(zone === '' ? `${value}Z` : value)
  return Number.isNaN(at) ? 'bad' : at
}

/** The list type; default: `detail`, which a client in production calls `details`. */
export function listType(query: Query, strict: boolean): 'detail' | 'summary' | 'bad' {
  const value = single(query, 'list_type') ?? 'detail'
  const word = strict ? value : value.toLowerCase().replace(/^details$/, 'detail')
  return word === 'detail' || word === 'summary' ? word : 'bad'
}

/** Whether stock counts are wanted. A client in production writes Python's `True`. */
export function requestsCounts(query: Query, strict: boolean): boolean {
  const value = single(query, 'include_counts') ?? ''
  return (strict ? value : value.toLowerCase()) === 'true'
}

function whole(text: string): number | null {
  return /^\d{1,9}$/.test(text) ? Number(text) : null
}
