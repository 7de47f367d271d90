import type { HttpAnswer, HttpRequest, Transport } from '../../http/transport.ts'
import { faultOf } from '../../http/vendor-faults.ts'

/** The filters of a search. A list of values becomes a comma list (masonhub.md §3.1). */
export type Filters = Record<string, string | readonly string[] | undefined>

/**
 * The path of a search. Commas between values stay bare, as MasonHub's documents write them, and a comma inside a value
 * is encoded: both a server that splits before decoding and one that splits after it read the list as meant.
 */
export function searchPath(path: string, filters: Filters): string {
  const pairs = Object.entries(filters).flatMap(([name, value]) => {
    if (value === undefined) return []
    const values = typeof value === 'string' ? [value] : value
    return [`${name}=${values.map((one) => encodeURIComponent(one)).join(',')}`]
  })
  return pairs.length === 0 ? path : `${path}?${pairs.join('&')}`
}

/** Sends a request and returns its answer when the status is 2xx; throws the Fault otherwise. */
export async function ask(transport: Transport, request: HttpRequest): Promise<HttpAnswer> {
  const outcome = await transport.send(request)
  if (!outcome.ok || !isSuccess(outcome.answer)) throw faultOf('masonhub', request, outcome)
  return outcome.answer
}

export function isSuccess(answer: HttpAnswer): boolean {
  return answer.status >= 200 && answer.status < 300
}

/**
 * The records of a GET: a bare array, or `data` of an envelope (masonhub.md §3.2); null when the body is neither. An
 * empty list may be `null`, as Go writes one.
 */
export function rowsOf(body: unknown): unknown[] | null {
  if (Array.isArray(body)) return body
  if (body === null) return []
  if (typeof body !== 'object' || !('data' in body)) return null
  return Array.isArray(body.data) ? body.data : body.data === null ? [] : null
}

/**
 * Sends a request and reads its rows like {@link rowsOf}; throws the Fault for an unreadable body. A 404 with a JSON
 * body means "none" (masonhub.md §3.5).
 */
export async function askForRows(
  transport: Transport,
  request: HttpRequest,
): Promise<{ rows: unknown[]; answer: HttpAnswer }> {
  const outcome = await transport.send(request)
  if (outcome.ok && outcome.answer.status === 404 && isJsonObject(outcome.answer.json))
    return { rows: [], answer: outcome.answer }
  const rows = outcome.ok && isSuccess(outcome.answer) ? rowsOf(outcome.answer.json) : null
  if (!outcome.ok || rows === null) throw faultOf('masonhub', request, outcome)
  return { rows, answer: outcome.answer }
}

function isJsonObject(json: unknown): boolean {
  return typeof json === 'object' && json !== null
}
