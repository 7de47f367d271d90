import { Fault } from '../core/fault.ts'
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
/** Loop refuses windows over 120 days (loop.md §4.2). */
const longestDays = 119

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

/** An answer itself is gone when its returns are worked on. */
async function readPage(transport: Transport, query: ListQuery, pass: Pass): Promise<Page | 'too large' | CursorGone> {
  const request = requestOf(query, pass)
  try {
    const answer = await (pass.pageSize > 1 ? readUnlessTooLarge(transport, request) : read(transport, request))
    return answer === null ? 'too large' : pageOf(request, answer, query.onUnreadable)
  } catch (error) {
    if (pass.cursor !== null && error instanceof Fault && rejections.has(error.code)) return { rejected: error }
    throw error
  }
}

/** All but the cursor was in the request for the first page too, and Loop took that. */
type CursorGone = { rejected: Fault }
const rejections = new Set(['LOOP_REJECTED', 'LOOP_NOT_FOUND'])

function cursorExpired({ rejected }: CursorGone): Fault {
  return new Fault(`Loop refused twice to continue a list that it had begun. ${rejected.message}`, {
    code: 'LOOP_CURSOR_EXPIRED',
    hint: 'nothing is lost: run the same command again; a shorter window (--since 1d) has fewer pages',
    ...(rejected.requestId === null ? {} : { requestId: rejected.requestId }),
  })
}

/**
 * Pages of one window and one state, until the cursor is missing or comes again. A page that is too large is halved; where
 * a cursor has expired, such as while a laptop slept, the pass begins again, once (H25): what comes again is no news.
 */
async function* passOf(transport: Transport, query: ListQuery, window: Window, state: ListedState) {
  const seen = new Set<string>()
  const pass: Pass = { window, state, pageSize: query.pageSize ?? largestPage, cursor: null }
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
    yield page.returns
    if (page.cursor === null || seen.has(page.cursor)) return
    seen.add(page.cursor)
    pass.cursor = page.cursor
  }
}

/**
 * Which readings are news. A page may show a row again, and a return that changes while it is read is in two passes (F41):
 * whoever read it first reads it again, as it was updated last. An older reading after a newer one is nobody's.
 */
function readings(): (returns: readonly LoopReturn[]) => LoopReturn[] {
  const latest = new Map<string, number>()
  return (returns) => {
    const news = new Map<string, LoopReturn>()
    for (const one of returns) {
      const known = latest.get(one.returnId)
      const reading = timestampAndState(one)
      // In the same moment, the later reading is the later state.
      const isNews = known === undefined || (reading !== known && timestampIn(reading) >= timestampIn(known))
      if (!isNews) continue
      latest.set(one.returnId, reading)
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
/** As many numbers as a moment has: more than there are states. */
const room = 8
/** Before any time that Loop can write. */
const never = -1e14

/** The last moment and state of a return in one number: a backfill keeps a hundred thousand of them. */
function timestampAndState({ updatedAt, state }: LoopReturn): number {
  return (updatedAt === null ? never : Date.parse(updatedAt)) * room + stateNumbers[state]
}

const timestampIn = (reading: number) => Math.floor(reading / room)

/** Every return of the windows and states, page by page as Loop gives them; see {@link readings} for those that change. */
export async function* listReturns(transport: Transport, query: ListQuery): AsyncGenerator<LoopReturn[]> {
  const newsOf = readings()
  for (const window of windowsOf(query, longestDays)) {
    for (const state of query.states ?? everyState) {
      for await (const returns of passOf(transport, query, window, state)) {
        const news = newsOf(returns)
        if (news.length > 0) yield news
      }
    }
  }
}
