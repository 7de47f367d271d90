import { Fault } from '../../core/errors/fault.ts'
import type { LoopReturn, ReturnState } from '../../core/returns/return.ts'
import { digestOf } from '../../core/text/digest.ts'
import type { HttpAnswer, HttpRequest, Transport } from '../../http/transport.ts'
import type { ListQuery } from '../client.ts'
import { timeOf } from '../wire/fields.ts'
import { read, readUnlessTooLarge, unreadable } from '../wire/reading.ts'
import { readReturn, returnIdIn } from '../wire/wire.ts'
import { type Window, windowsOf } from './windows.ts'

type ListedState = Exclude<ReturnState, 'unknown'>
/** Without `state` the list omits cancelled and review; it accepts one value at a time (loop.md §4.2). */
const everyState: readonly ListedState[] = ['open', 'review', 'closed', 'cancelled', 'expired']
const largestPage = 750
/** Loop refuses windows over 120 days (loop.md §4.2). */
const longestDays = 119

type Page = {
  returns: LoopReturn[]
  /** How many Loop sent, readable or not. */
  rows: number
  cursor: string | null
  /** The second of its last row, whether that row can be read or not; null when Loop says no time. */
  edge: number | null
  /** Whether it has several rows, all of that second. */
  isOneSecond: boolean
}

/** The link lacks our own parameters (loop.md §4.2), so only its cursor is used. */
function cursorOf(link: unknown): string | null {
  if (typeof link !== 'string' || !URL.canParse(link, 'https://loop.invalid')) return null
  return new URL(link, 'https://loop.invalid').searchParams.get('cursor') || null
}

function pageOf(request: HttpRequest, answer: HttpAnswer, { filter, onUnreadable, missing }: Reading): Page {
  const { json } = answer
  const envelope = typeof json === 'object' && json !== null && !Array.isArray(json) ? json : null
  const rows: unknown = envelope ? Reflect.get(envelope, 'returns') : json
  if (!Array.isArray(rows)) throw unreadable(request, answer, 'returns')
  const returns = rows.flatMap((row: unknown, index) => {
    const reading = readReturn(row)
    if (reading.ok) return [reading.value]
    const where = `returns.${index}.${reading.where}`
    const returnId = returnIdIn(row)
    if (onUnreadable === undefined) throw unreadable(request, answer, where)
    if (returnId === null) missing.push(unreadable(request, answer, where))
    else onUnreadable({ returnId, where })
    return []
  })
  const seconds = rows.map((row: unknown) => secondOf(row, filter))
  const edge = seconds.at(-1) ?? null
  return {
    returns,
    rows: rows.length,
    cursor: envelope ? cursorOf(Reflect.get(envelope, 'nextPageUrl')) : null,
    edge,
    isOneSecond: rows.length > 1 && seconds.every((one) => one === edge),
  }
}

function secondOf(row: unknown, filter: ListQuery['filter']): number | null {
  const time = timeOf(typeof row === 'object' && row !== null ? Reflect.get(row, filter) : null)
  return time === null ? null : Math.floor(Date.parse(time) / 1000)
}

/**
 * What the pages lack: rows without a readable id, or what comes after a cursor that leads nowhere. It is never dropped
 * silently, because the very return that is looked for may be there; but it is reported after the last page, so that it
 * hides no other return (F47).
 */
type Reading = ListQuery & { missing: Fault[] }

/** `pageSize` null: everything in one answer. */
type Pass = { window: Window; state: ListedState; pageSize: number | null; cursor: string | null }

function requestOf(query: ListQuery, { window, state, pageSize, cursor }: Pass): HttpRequest {
  return {
    method: 'GET',
    path: '/warehouse/return/list',
    query: {
      from: window.from.toISOString(),
      to: window.to.toISOString(),
      filter: query.filter,
      state,
      ...(pageSize === null ? {} : { paginate: 'true', pageSize: String(pageSize) }),
      ...(cursor === null ? {} : { cursor }),
    },
    effect: 'read',
    ...(query.signal ? { signal: query.signal } : {}),
  }
}

/** Reads one page. The answer itself is freed before its returns are processed. */
async function readPage(
  transport: Transport,
  query: Reading,
  pass: Pass & { pageSize: number },
): Promise<Page | 'too large' | CursorGone> {
  const request = requestOf(query, pass)
  try {
    const answer = await (pass.pageSize > 1 ? readUnlessTooLarge(transport, request) : read(transport, request))
    return answer === null ? 'too large' : pageOf(request, answer, query)
  } catch (error) {
    if (pass.cursor !== null && error instanceof Fault && rejections.has(error.code)) return { rejected: error }
    throw error
  }
}

/** Loop refused a cursor: everything else in the request was also in the first page's, which Loop accepted. */
type CursorGone = { rejected: Fault }
const rejections = new Set(['LOOP_REJECTED', 'LOOP_NOT_FOUND'])

function cursorExpired({ rejected }: CursorGone): Fault {
  return new Fault(`Loop refused twice to continue a list that it had begun. ${rejected.message}`, {
    code: 'LOOP_CURSOR_EXPIRED',
    hint: 'nothing is lost: run the same command again; a shorter window (--since 1d) has fewer pages',
    requestId: rejected.requestId,
  })
}

/** Loop's default, and so a size that a full page has at least, unless fewer rows were requested (loop.md §4.2). */
const smallestFullPage = 100

/** The Fault for a cursor that Loop gives again on a full page: what comes after it can't be reached. */
function doesNotEnd(request: HttpRequest): Fault {
  const { from, to, state } = request.query ?? {}
  return new Fault(
    `Loop's list of ${state} returns from ${from} to ${to} does not end: Loop gave the same cursor twice, so some of them may be missing.`,
    {
      code: 'LOOP_UNREADABLE',
      hint: 'what was listed is done; ask for a shorter window, such as --since 1d, and if it happens again, tell Loop',
    },
  )
}

/**
 * Pages of one window and one state, until there is no cursor or it repeats; on a full page, a repeated one hides what
 * comes next (F41). A page that is too large is requested with half the rows. When a cursor has expired, such as while a
 * laptop slept, the pass starts again, once (H25): rows that come twice are filtered by {@link readings}.
 */
async function* pagesOf(transport: Transport, query: Reading, window: Window, state: ListedState) {
  const seen = new Set<string>()
  const pass = { window, state, pageSize: query.pageSize ?? largestPage, cursor: null as string | null }
  for (let isAgain = false; ; ) {
    const page = await readPage(transport, query, pass)
    if (page === 'too large') {
      pass.pageSize = Math.floor(pass.pageSize / 2)
      continue
    }
    if ('rejected' in page) {
      if (isAgain) throw cursorExpired(page)
      isAgain = true
      pass.cursor = null
      seen.clear()
      continue
    }
    yield page
    if (page.cursor === null) return
    if (seen.has(page.cursor)) {
      // Around a second that fills a page, the list is read from both sides.
      const isFull = page.rows >= Math.min(pass.pageSize, smallestFullPage)
      if (isFull && !(page.isOneSecond && page.edge !== null)) query.missing.push(doesNotEnd(requestOf(query, pass)))
      return
    }
    seen.add(page.cursor)
    pass.cursor = page.cursor
  }
}

/**
 * Every return of one window and one state. A cursor is only a second (loop.md §4.2): what shares the second of a page's
 * last row may be skipped, so each second in which a page ended is read once more, whole. If more rows than a page holds
 * share one second, the cursor may never get past it: then the rest of the window is read from both of its sides.
 */
async function* passOf(
  transport: Transport,
  query: Reading,
  window: Window,
  state: ListedState,
): AsyncGenerator<LoopReturn[]> {
  const edges = new Set<number>()
  let stuckAt: number | null = null
  for await (const { returns, cursor, edge, isOneSecond } of pagesOf(transport, query, window, state)) {
    yield returns
    const isEdge = cursor !== null && edge !== null && isWithin(edge, window)
    if (isEdge) edges.add(edge)
    // Counts if this was the last page, although it names another.
    stuckAt = isEdge && isOneSecond ? edge : null
  }
  for (const second of edges) yield await readSecond(transport, query, { state, second })
  if (stuckAt === null) return
  for (const rest of besides(stuckAt, window)) yield* passOf(transport, query, rest, state)
}

const milliseconds = (second: number) => second * 1000

function isWithin(second: number, { from, to }: Window): boolean {
  return milliseconds(second + 1) > from.getTime() && milliseconds(second) <= to.getTime()
}

/** Every row of one second, in one answer without pages. A second more on each side, should an edge be excluded. */
async function readSecond(
  transport: Transport,
  query: Reading,
  { state, second }: { state: ListedState; second: number },
): Promise<LoopReturn[]> {
  const window = { from: new Date(milliseconds(second - 1)), to: new Date(milliseconds(second + 1)) }
  const request = requestOf(query, { window, state, pageSize: null, cursor: null })
  return pageOf(request, await read(transport, request), query).returns
}

/** What is left of a window before and after a second. */
function besides(second: number, { from, to }: Window): Window[] {
  const before = { from, to: new Date(milliseconds(second) - 1) }
  const after = { from: new Date(milliseconds(second) + 1000), to }
  return [before, after].filter((part) => part.from <= part.to)
}

/**
 * Returns a filter that keeps only new readings. A page may repeat a row, and a return that changes during the run can
 * appear in two passes (F41): its later reading passes the filter again; an older reading after a newer one never does.
 * Loop writes whole seconds (loop.md §14.6), so of two readings with the same time, the later one is the newer one.
 */
function readings(): (returns: readonly LoopReturn[]) => LoopReturn[] {
  const latest = new Map<string, number>()
  const contents = new Map<string, number>()
  return (returns) => {
    const news = new Map<string, LoopReturn>()
    for (const one of returns) {
      const known = latest.get(one.returnId)
      const reading = timestampAndState(one)
      const content = contentNumber(one)
      const isChanged = reading !== known || content !== contents.get(one.returnId)
      const isNews = known === undefined || (isChanged && timestampIn(reading) >= timestampIn(known))
      if (!isNews) continue
      latest.set(one.returnId, reading)
      contents.set(one.returnId, content)
      news.set(one.returnId, one)
    }
    return [...news.values()]
  }
}

const stateNumbers: Record<ReturnState, number> = {
  open: 0,
  review: 1,
  closed: 2,
  cancelled: 3,
  expired: 4,
  unknown: 5,
}
/** Factor that leaves room for the state beside the time; larger than the number of states. */
const room = 8
/** Milliseconds; earlier than any time that Loop can write. */
const never = -1e14

/** The update time and state of a return in one number: a backfill keeps a hundred thousand of them in memory. */
function timestampAndState({ updatedAt, state }: LoopReturn): number {
  return (updatedAt === null ? never : Date.parse(updatedAt)) * room + stateNumbers[state]
}

const timestampIn = (reading: number) => Math.floor(reading / room)

/** Its units, labels and bags in 28 bits, which cost no object in memory. That two readings have one by chance is rare. */
function contentNumber({ units, labels, bags }: LoopReturn): number {
  return Number.parseInt(digestOf({ units, labels, bags }).slice(0, 7), 16)
}

/**
 * Every return of the windows and states, page by page as Loop returns them; see {@link readings} for returns that
 * change.
 */
export async function* listReturns(transport: Transport, query: ListQuery): AsyncGenerator<LoopReturn[]> {
  const newsOf = readings()
  const reading: Reading = { ...query, missing: [] }
  for (const window of windowsOf(query, longestDays)) {
    for (const state of query.states ?? everyState) {
      for await (const returns of passOf(transport, reading, window, state)) {
        const news = newsOf(returns)
        if (news.length > 0) yield news
      }
    }
  }
  for (const fault of reading.missing) {
    if (query.onIncomplete === undefined) throw fault
    query.onIncomplete(fault)
  }
}
