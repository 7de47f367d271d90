import { Fault } from '../../core/errors/fault.ts'
import type { HttpAnswer, HttpRequest, Transport } from '../../http/transport.ts'
import { faultOf } from '../../http/vendor-faults.ts'
import { askForRows, type Filters, searchPath } from './ask.ts'

/** MasonHub's largest page, and its page size when it ignores `limit` (masonhub.md §3.1). */
const pageLimit = 100
const defaultLimit = 30
/**
 * Each page repeats this many last rows of the page before: their places show whether the list moved meanwhile (F42).
 */
const overlap = 3
/** Most times that one pass goes back for rows that it may have missed. */
const mostStepsBack = 12

export type Search<Model> = {
  path: string
  filters: Filters
  /** Reads every row of a page, or null when one of them has an unknown shape. */
  read: (rows: readonly unknown[]) => Model[] | null
  /** The key that identifies a row across pages. */
  keyOf: (row: Model) => string
  signal?: AbortSignal | undefined
}

export type Page<Model> = {
  /** Rows that were on no earlier page of this pass. */
  rows: Model[]
  last: boolean
  /** Rows came or went while the list was read: a row that moved to an offset already read may be missing. */
  moved: boolean
}

/**
 * One pass over a collection, page by page; throws a Fault. MasonHub gives no total, so a short page ends the pass
 * (masonhub.md §3.1). A page that repeats no row of the pages before lies beyond a gap: it is not used, and the pass
 * goes back.
 */
export async function* searchPages<Model>(transport: Transport, search: Search<Model>): AsyncGenerator<Page<Model>> {
  const seen = new Set<string>()
  let offset = 0
  let tail: string[] = []
  let stepsBack = 0
  let wentBack = false
  for (;;) {
    const request = requestOf(search, offset)
    const { rows: wire, answer } = await askForRows(transport, request)
    const models = search.read(wire)
    if (models === null) throw faultOf('masonhub', request, { ok: true, answer })
    const keys = models.map(search.keyOf)
    if (offset > 0 && !keys.some((key) => seen.has(key))) {
      stepsBack += 1
      if (stepsBack > mostStepsBack) throw restless(search.path)
      offset = Math.max(0, offset - Math.max(1, heeded(transport, search.path, answer) - overlap))
      wentBack = true
      continue
    }
    const rows = models.filter((_, index) => !seen.has(keys[index] ?? '') && seen.add(keys[index] ?? ''))
    const last = wire.length < heeded(transport, search.path, answer)
    if (!last && rows.length === 0 && !wentBack) throw doesNotPage(request, answer)
    yield { rows, last, moved: wentBack || tail.some((key, index) => keys[index] !== key) }
    if (last) return
    const repeated = Math.min(overlap, Math.floor(wire.length / 3))
    tail = keys.slice(keys.length - repeated)
    offset += wire.length - repeated
    wentBack = false
  }
}

/** The Fault for a list whose rows come and go faster than they can be read. */
export function restless(path: string): Fault {
  return new Fault(`MasonHub's list ${path} changes faster than it can be read, so some of it may be missing.`, {
    code: 'MASONHUB_UNREADABLE',
    hint: 'ask for a shorter period, or try again when the warehouse is quieter',
  })
}

function requestOf<Model>({ path, filters, signal }: Search<Model>, offset: number): HttpRequest {
  return {
    method: 'GET',
    path: searchPath(path, { ...filters, limit: String(pageLimit), offset: String(offset) }),
    effect: 'read',
    ...(signal ? { signal } : {}),
  }
}

/** The page size of each account (its transport), by path: some answers do not state it. */
const heededBy = new WeakMap<Transport, Map<string, number>>()

/**
 * The page size that MasonHub states, or stated before; otherwise the default, which costs at most one extra request.
 */
function heeded(transport: Transport, path: string, { json }: HttpAnswer): number {
  const known = heededBy.get(transport) ?? new Map<string, number>()
  heededBy.set(transport, known)
  const limit = typeof json === 'object' && json !== null && 'limit' in json ? Number(json.limit) : Number.NaN
  if (!Number.isInteger(limit) || limit < 1 || limit > pageLimit) return known.get(path) ?? defaultLimit
  known.set(path, limit)
  return limit
}

function doesNotPage(request: HttpRequest, answer: HttpAnswer): Fault {
  return new Fault(
    `MasonHub GET ${request.path.split('?', 1)[0]} returned the same full page twice: it ignores the offset, so the list can't be read to its end [request ${answer.requestId}]`,
    {
      code: 'MASONHUB_UNREADABLE',
      hint: 'ask for a shorter period; if it happens again, quote the request id to support@masonhub.co',
      requestId: answer.requestId,
    },
  )
}
