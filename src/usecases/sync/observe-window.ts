import type { LoopReturn } from '../../core/return.ts'
import { day, nowOf, shifted, type Workplace } from '../workplace.ts'

export type Source = 'asn' | 'list' | 'both'

/** How far a pull reaches back when nobody says and nothing was pulled before. */
const firstPull = 30 * day
/** Rows may carry a timestamp older than the last one seen: paging by whole seconds, late commits, skewed clocks (F40). */
const overlap = 30 * 60_000
/** A remote timestamp further ahead than this is a broken clock, and never becomes a cursor. */
const aheadAllowed = 5 * 60_000
export const listCursor = 'loop.list.updated_at'

export type Window = {
  from: string
  to: string /** Started from the cursor, so it may advance it. */
  fromCursor: boolean
}

/** The window to pull: what was asked for, else from the cursor with overlap, else the last 30 days. */
export async function pullWindow(workplace: Workplace, asked: { since?: string; until?: string }): Promise<Window> {
  const now = nowOf(workplace)
  const to = asked.until ?? now
  if (asked.since !== undefined) return { from: asked.since, to, fromCursor: false }
  const cursor = await workplace.journal.cursors.get(workplace.merchant.name, listCursor)
  const from = cursor === null ? shifted(to, -firstPull) : shifted(cursor, -overlap)
  return { from, to, fromCursor: asked.until === undefined }
}

/** Moves the cursor to the newest remote timestamp seen; called only after everything up to it is in the journal. */
export async function advanceCursor(workplace: Workplace, newest: string | null): Promise<void> {
  if (newest === null || Date.parse(newest) > workplace.clock.now().getTime() + aheadAllowed) return
  await workplace.journal.cursors.advance(workplace.merchant.name, listCursor, newest)
}

/**
 * Returns of a window, in pages, none twice. `both` is the detailed list, plus whatever only the ASN report shows:
 * the list's cursor has no tie-breaker and can skip rows (loop.md §4.2), and the report has no parent reasons.
 */
export async function* observeWindow(
  workplace: Workplace,
  window: Window,
  source: Source,
): AsyncIterable<LoopReturn[]> {
  const { loop, signal } = workplace
  const { from, to } = window
  if (source === 'asn') {
    yield await loop.asn({ from, to, signal })
    return
  }
  const seen = new Set<string>()
  for await (const page of loop.list({ from, to, filter: 'updated_at', signal })) {
    for (const loopReturn of page) seen.add(loopReturn.returnId)
    yield page
  }
  if (source === 'list') return
  const announced = await loop.asn({ from, to, signal })
  const missed = announced.filter((loopReturn) => !seen.has(loopReturn.returnId) && isSince(loopReturn, from))
  yield* observeByIds(
    workplace,
    missed.map(({ returnId }) => returnId),
  )
}

/**
 * The report takes whole days, and each return of it that is read again costs a request: only those that the list should
 * have shown are. One from after the window stays, because our clock may be behind Loop's; a time may lack its fraction.
 */
function isSince({ updatedAt }: LoopReturn, from: string): boolean {
  return updatedAt === null || !(Date.parse(updatedAt) < Date.parse(from) - 1000)
}

/** Returns by id, one request each; unknown ids are left out and reported by the caller. */
export async function* observeByIds(workplace: Workplace, returnIds: readonly string[]): AsyncIterable<LoopReturn[]> {
  for (const returnId of returnIds) {
    if (workplace.signal.aborted) return
    const loopReturn = await workplace.loop.details(returnId)
    if (loopReturn !== null) yield [loopReturn]
  }
}
