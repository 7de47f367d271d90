import type { Fault } from '../../core/errors/fault.ts'
import { untilFault } from '../../core/errors/until-fault.ts'
import type { LoopReturn } from '../../core/returns/return.ts'
import { printable } from '../../core/text/printable.ts'
import type { UnreadableRow } from '../../loop/client.ts'
import { day, type MerchantContext, nowOf, shifted } from '../merchant-context.ts'
import { mapSettled } from '../vendors/map-settled.ts'

export type Source = 'asn' | 'list' | 'both'

/** How far a pull looks back by default when nothing was pulled before. */
const firstPull = 30 * day
/** Milliseconds. Rows may be older than the last one seen: paging by seconds, late commits, skewed clocks (F40). */
const overlap = 30 * 60_000
/** Milliseconds. A vendor's timestamp further ahead than this comes from a wrong clock, and never becomes a cursor. */
const aheadAllowed = 5 * 60_000
/** How many returns are read before the signal is checked again. */
const readTogether = 12
export const listCursor = 'loop.list.updated_at'

export type Window = {
  from: string
  to: string
  /** Whether it begins at the cursor, so that the pull may advance it. */
  fromCursor: boolean
}

/** The window to pull: as asked for, else from the cursor with overlap, else the last 30 days. */
export async function pullWindow(
  context: MerchantContext,
  requested: { since?: string; until?: string },
): Promise<Window> {
  const now = nowOf(context)
  const to = requested.until ?? now
  if (requested.since !== undefined) return { from: requested.since, to, fromCursor: false }
  const cursor = await context.journal.cursors.get(context.merchant.name, listCursor)
  const from = cursor === null ? shifted(to, -firstPull) : shifted(cursor, -overlap)
  if (requested.until !== undefined) return { from, to, fromCursor: false }
  // Our clock was set back behind the cursor (C5).
  return { from: from < to ? from : shifted(to, -overlap), to, fromCursor: true }
}

/** Moves the cursor to the newest vendor timestamp; called only after everything up to it is in the journal. */
export async function advanceCursor(context: MerchantContext, newest: string | null): Promise<void> {
  if (newest === null || Date.parse(newest) > context.clock.now().getTime() + aheadAllowed) return
  await context.journal.cursors.advance(context.merchant.name, listCursor, newest)
}

/** What could not be observed. */
export type Missing = {
  /** Loop has no such return. */
  unknown: string[]
  /** Loop has it, but its record can't be read (F47). */
  unreadable: { returnId: string; message: string }[]
}

export type Observed = Missing & {
  returns: LoopReturn[]
  /** In the time order of the list, so that the newest of them may become the cursor. */
  listed: boolean
}

/**
 * Returns of a window, in pages. One that changes while the window is read may come again: then its last record counts
 * (F41). `both` is the detailed list, plus what only the ASN report shows: the list's cursor has no tie-breaker and can
 * skip rows (loop.md §4.2), and the report lacks parent reasons. Throws what can't be read after all that can be.
 */
export async function* observeWindow(
  context: MerchantContext,
  window: Window,
  source: Source,
): AsyncIterable<Observed> {
  const { from, to } = window
  const unread: UnreadableRow[] = []
  const query = { from, to, signal: context.signal, onUnreadable: (row: UnreadableRow) => void unread.push(row) }
  const seen = new Set<string>()
  const failures: Fault[] = []
  const incomplete: Fault[] = []
  const pages =
    source === 'asn'
      ? context.loop.asn(query)
      : context.loop.list({ ...query, filter: 'updated_at', onIncomplete: (fault) => void incomplete.push(fault) })
  for await (const returns of untilFault(pages, failures)) {
    for (const { returnId } of returns) seen.add(returnId)
    yield { returns, listed: source !== 'asn', unknown: [], unreadable: [] }
  }
  // A list that shows it readable as well is right; a part of the report is not the whole return.
  const unreadable = unread.splice(0).filter(({ returnId }) => source === 'asn' || !seen.has(returnId))
  for (const { returnId } of unreadable) seen.add(returnId)
  if (unreadable.length > 0) yield { returns: [], listed: false, unknown: [], unreadable: unreadable.map(unreadableOf) }
  // Without the whole list, the report would seem to add nearly everything.
  for (const failure of failures) throw failure
  if (source !== 'both') {
    for (const failure of incomplete) throw failure
    return
  }
  // What the list lacks here and there, the report may have (F41); the cursor stays all the same.
  const destinations = await destinationsOf(
    untilFault(context.loop.asn({ ...query, expected: seen.size, except: seen }), failures),
    from,
  )
  const missed = new Set([...destinations.keys(), ...unread.map(({ returnId }) => returnId)]).difference(seen)
  for await (const page of observeByIds(context, [...missed])) {
    yield { ...page, returns: page.returns.map((one) => ({ ...one, ...destinations.get(one.returnId) })) }
  }
  for (const failure of [...failures, ...incomplete]) throw failure
}

type Destination = Pick<LoopReturn, 'destinationId' | 'destinationName'>

/**
 * The destination of each return of the report that the list should have shown: details may lack it, and the
 * return would be held as long as the list skips it.
 */
async function destinationsOf(
  report: AsyncIterable<LoopReturn[]>,
  from: string,
): Promise<Map<string, Destination | undefined>> {
  const destinations = new Map<string, Destination | undefined>()
  for await (const returns of report) {
    for (const one of returns) {
      const { returnId, destinationId, destinationName } = one
      if (isSince(one, from))
        destinations.set(returnId, destinationId === null ? undefined : { destinationId, destinationName })
    }
  }
  return destinations
}

function unreadableOf({ returnId, where }: UnreadableRow): Missing['unreadable'][number] {
  return { returnId, message: `Loop's record of it can't be read, at ${printable(where, 80)}.` }
}

/**
 * The report covers whole days, and each of its returns that is read again costs a request: only those that the list
 * should have shown are. One from after the window stays, because our clock may be behind Loop's; a time may lack its
 * fraction.
 */
function isSince({ updatedAt }: LoopReturn, from: string): boolean {
  return updatedAt === null || !(Date.parse(updatedAt) < Date.parse(from) - 1000)
}

/** Loop returns one return per request; a few at a time use the connection well without a burst. */
const readsAtOnce = 4

/** Returns by id, one request each, none twice. After an interruption, those that were not read are in no page. */
export async function* observeByIds(context: MerchantContext, returnIds: readonly string[]): AsyncIterable<Observed> {
  const { loop, signal } = context
  const ids = [...new Set(returnIds)]
  for (let start = 0; start < ids.length; start += readTogether) {
    if (signal.aborted) return
    const read = async (returnId: string) => ({ returnId, loopReturn: await loop.details(returnId) })
    const { done, failures } = await mapSettled(ids.slice(start, start + readTogether), read, readsAtOnce)
    yield {
      returns: done.flatMap(({ loopReturn }) => loopReturn ?? []),
      listed: false,
      unknown: done.flatMap(({ returnId, loopReturn }) => (loopReturn === null ? [returnId] : [])),
      unreadable: failures.map(({ item, fault }) => ({ returnId: item, message: fault.message })),
    }
  }
}
