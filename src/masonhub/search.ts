import { exitCodes, Fault } from '../core/fault.ts'
import { faultOf } from '../http/faults.ts'
import type { HttpAnswer, HttpRequest, Transport } from '../http/transport.ts'
import { askForRows, type Filters, searchPath } from './ask.ts'

/** MasonHub's most per page, and what it gives when it does not heed `limit` (masonhub.md §3.1). */
const pageLimit = 100
const defaultLimit = 30
/** Pages overlap, so that a few rows that go between two requests let none slip through (F42). */
const overlap = 10

export type Search<Model> = {
  path: string
  filters: Filters
  /** Reads every row of a page, or null when one of them has an unknown shape. */
  read: (rows: readonly unknown[]) => Model[] | null
  /** What makes a row the same row on another page. */
  keyOf: (row: Model) => string
  signal?: AbortSignal | undefined
}

export type Page<Model> = {
  /** Rows that no earlier page of this pass had. */
  rows: Model[]
  last: boolean
}

/** One pass over a collection, page by page; throws Fault. No total is given, so a short page ends it (masonhub.md §3.1). */
export async function* searchPages<Model>(transport: Transport, search: Search<Model>): AsyncGenerator<Page<Model>> {
  const seen = new Set<string>()
  let offset = 0
  for (;;) {
    const request = requestOf(search, offset)
    const { rows: wire, answer } = await askForRows(transport, request)
    const models = search.read(wire)
    if (models === null) throw faultOf('masonhub', request, { ok: true, answer })
    const rows = models.filter((row) => {
      const key = search.keyOf(row)
      return seen.has(key) ? false : seen.add(key)
    })
    const last = wire.length < heeded(answer)
    if (!last && rows.length === 0) throw doesNotPage(request, answer)
    yield { rows, last }
    if (last) return
    offset += wire.length - Math.min(overlap, Math.floor(wire.length / 3))
  }
}

function requestOf<Model>({ path, filters, signal }: Search<Model>, offset: number): HttpRequest {
  return {
    method: 'GET',
    path: searchPath(path, { ...filters, limit: String(pageLimit), offset: String(offset) }),
    effect: 'read',
    ...(signal ? { signal } : {}),
  }
}

/** The page size that MasonHub says it used; the default when it does not say, which costs a request at most. */
function heeded(answer: HttpAnswer): number {
  const { json } = answer
  const limit = typeof json === 'object' && json !== null && 'limit' in json ? Number(json.limit) : Number.NaN
  return Number.isInteger(limit) && limit >= 1 && limit <= pageLimit ? limit : defaultLimit
}

function doesNotPage(request: HttpRequest, answer: HttpAnswer): Fault {
  return new Fault(
    `MasonHub GET ${request.path.split('?', 1)[0]} gave the same full page twice: it does not heed the offset, so the list can't be read to its end [request ${answer.requestId}]`,
    {
      code: 'MASONHUB_UNREADABLE',
      exit: exitCodes.vendorDown,
      blame: 'masonhub',
      hint: 'ask for a shorter period; if it stays, quote the request id to support@masonhub.co',
      requestId: answer.requestId,
    },
  )
}
