import type { LoopReturn, ReturnState } from '../core/return.ts'
import type { HttpAnswer, HttpRequest, Transport } from '../http/transport.ts'
import type { ListQuery, OnUnreadable } from './client.ts'
import { read, readUnlessTooLarge, unreadable } from './reading.ts'
import { type Window, windowsOf } from './windows.ts'
import { readReturn, returnIdIn } from './wire.ts'

type ListedState = Exclude<ReturnState, 'unknown'>
/** Without `state` the list leaves out cancelled and review; it takes one value at a time (loop.md §4.2). */
const everyState: readonly ListedState[] = ['open', 'review', 'closed', 'cancelled', 'expired']
const largestPage = 750

type Page = { returns: LoopReturn[]; cursor: string | null }

/** The link lacks our own parameters (loop.md §4.2), so only its cursor is taken. */
function cursorOf(link: unknown): string | null {
  if (typeof link !== 'string' || !URL.canParse(link, 'https://loop.invalid')) return null
  return new URL(link, 'https://loop.invalid').searchParams.get('cursor') || null
}

function pageOf(request: HttpRequest, answer: HttpAnswer, onUnreadable: OnUnreadable | undefined): Page {
  const { json } = answer
  const envelope = typeof json === 'object' && json !== null && !Array.isArray(json) ? json : null
  const rows: unknown = envelope ? Reflect.get(envelope, 'returns') : json
  if (!Array.isArray(rows)) throw unreadable(request, answer, 'returns')
  const returns = rows.flatMap((row: unknown, index) => {
    const reading = readReturn(row)
    if (reading.ok) return [reading.value]
    const where = `returns.${index}.${reading.where}`
    const returnId = returnIdIn(row)
    // A row that can't be identified is never dropped in silence: it may be the return that somebody looks for.
    if (returnId === null || onUnreadable === undefined) throw unreadable(request, answer, where)
    onUnreadable({ returnId, where })
    return []
  })
  return { returns, cursor: envelope ? cursorOf(Reflect.get(envelope, 'nextPageUrl')) : null }
}

type Pass = { window: Window; state: ListedState; pageSize: number; cursor: string | null }

function requestOf(query: ListQuery, { window, state, pageSize, cursor }: Pass): HttpRequest {
  return {
    method: 'GET',
    path: '/warehouse/return/list',
    query: {
      from: window.from.toISOString(),
      to: window.to.toISOString(),
      filter: query.filter,
      state,
      paginate: 'true',
      pageSize: String(pageSize),
      ...(cursor === null ? {} : { cursor }),
    },
    effect: 'read',
    ...(query.signal ? { signal: query.signal } : {}),
  }
}

/** Pages of one window and one state, until the cursor is missing or comes again. A page that is too large is halved. */
async function* passOf(transport: Transport, query: ListQuery, window: Window, state: ListedState) {
  const seen = new Set<string>()
  const pass: Pass = { window, state, pageSize: query.pageSize ?? largestPage, cursor: null }
  for (;;) {
    const request = requestOf(query, pass)
    const answer = await (pass.pageSize > 1 ? readUnlessTooLarge(transport, request) : read(transport, request))
    if (answer === null) {
      pass.pageSize = Math.floor(pass.pageSize / 2)
      continue
    }
    const page: Page = pageOf(request, answer, query.onUnreadable)
    yield page.returns
    if (page.cursor === null || seen.has(page.cursor)) return
    seen.add(page.cursor)
    pass.cursor = page.cursor
  }
}

function isLater(one: LoopReturn, other: LoopReturn): boolean {
  return (one.updatedAt ?? '') >= (other.updatedAt ?? '')
}

/** Adds returns; of two records of one return the one that was updated later stays. */
function keepLatest(found: Map<string, LoopReturn>, returns: readonly LoopReturn[]): void {
  for (const one of returns) {
    const known = found.get(one.returnId)
    if (!known || isLater(one, known)) found.set(one.returnId, one)
  }
}

/**
 * Every return of the windows and states, once, as it was updated last. A return that changes its state during the scan
 * shows up in two passes, so nothing is given out before all passes are done (F41).
 */
export async function* listReturns(transport: Transport, query: ListQuery): AsyncGenerator<LoopReturn[]> {
  const found = new Map<string, LoopReturn>()
  for (const window of windowsOf(query)) {
    for (const state of query.states ?? everyState) {
      for await (const returns of passOf(transport, query, window, state)) keepLatest(found, returns)
    }
  }
  const all = [...found.values()]
  const size = query.pageSize ?? largestPage
  for (let start = 0; start < all.length; start += size) yield all.slice(start, start + size)
}
