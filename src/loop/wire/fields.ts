import * as v from 'valibot'
import type { ReturnState } from '../../core/returns/return.ts'

/** Text of a field; null for what Loop writes as "nothing": null, `""`, `"N/A"` (loop.md §8.4). */
export function textOf(value: unknown): string | null {
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'string') return null
  const text = value.trim()
  return text === '' || text.toUpperCase() === 'N/A' ? null : text
}

/**
 * Optional text or id. Ids are strings in one place and integers in another (loop.md §10.2); text is trimmed and
 * otherwise kept as Loop wrote it.
 */
export const text = v.optional(v.pipe(v.unknown(), v.transform(textOf)), null)

/** Shopify's id. Some have it as a GraphQL id like `gid://shopify/Order/123`: its digits are the id (loop.md §14.6). */
export const shopifyId = v.optional(
  v.pipe(
    v.unknown(),
    v.transform(textOf),
    v.transform((id) => /^gid:\/\/shopify\/\w+\/(\d+)(?:\?.*)?$/i.exec(id ?? '')?.[1] ?? id),
  ),
  null,
)

/** A required id: a row without one can be neither kept nor dropped. */
export const requiredId = v.pipe(v.unknown(), v.transform(textOf), v.string(), v.regex(/^\d{1,19}$/))

const zoned = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})$/i
const zoneless = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(?:\.\d+)?$/

/**
 * Reads ISO, or `YYYY-MM-DD HH:MM:SS` without a zone as UTC (loop.md §4.3). Returns RFC 3339 in UTC; null for anything
 * else.
 */
export function timeOf(value: unknown): string | null {
  const written = textOf(value)
  if (written === null) return null
  let iso: string | null = null
  if (zoned.test(written)) iso = written.replace(' ', 'T')
  else if (zoneless.test(written)) iso = `${written.replace(' ', 'T')}Z`
  else if (/^\d{4}-\d{2}-\d{2}$/.test(written)) iso = `${written}T00:00:00Z`
  const at = iso === null ? Number.NaN : Date.parse(iso)
  return Number.isNaN(at) ? null : new Date(at).toISOString()
}

export const time = v.optional(v.pipe(v.unknown(), v.transform(timeOf)), null)

function flagOf(value: unknown): boolean | null {
  if (value === true || value === 1 || value === '1' || value === 'true') return true
  if (value === false || value === 0 || value === '0' || value === 'false') return false
  return null
}

export const flag = v.optional(v.pipe(v.unknown(), v.transform(flagOf)), null)

/** PHP writes an array with gaps as an object, and an empty one as null. Any other value is not a list. */
function listOf(value: unknown): unknown {
  if (value === null || value === undefined || value === '') return []
  return typeof value === 'object' && !Array.isArray(value) ? Object.values(value) : value
}

/** A list that must be present, even if it is empty. */
export function requiredList<const Item extends v.GenericSchema>(item: Item) {
  return v.pipe(v.unknown(), v.transform(listOf), v.array(item))
}

export function list<const Item extends v.GenericSchema>(item: Item) {
  return v.optional(requiredList(item), [])
}

const states = new Map<string, ReturnState>([
  ['open', 'open'],
  ['closed', 'closed'],
  ['cancelled', 'cancelled'],
  ['canceled', 'cancelled'],
  ['expired', 'expired'],
  ['review', 'review'],
  // Older pages of Loop use this spelling (loop.md §7.4).
  ['needs review', 'review'],
  ['needs_review', 'review'],
])

/** The state for Loop's word; an unknown word becomes `unknown`. */
export function stateOf(word: string | null): ReturnState {
  return states.get((word ?? '').toLowerCase()) ?? 'unknown'
}
