import { Fault } from '../core/errors/fault.ts'
import { parseReference } from '../core/rmas/identifiers.ts'
import { isSmokeIdentifier } from '../core/rmas/smoke-rma.ts'
import { printable } from '../core/text/printable.ts'
import type { EventFilter, HistoryEntry, Journal, JournalEvent } from '../journal/journal.ts'
import { shifted } from './merchant-context.ts'
import { rememberedReturn } from './returns/history.ts'

/** The id of a return that the journal knows, or any return id. Throws RETURN_NOT_FOUND, RETURN_AMBIGUOUS. */
export async function requestedReturn(journal: Journal, merchant: string | null, typed: string): Promise<string> {
  const known = merchant === null ? null : await rememberedReturn(journal, merchant, typed)
  if (known !== null) return known
  const reference = parseReference(typed)
  if (reference.kind === 'return-id') return reference.returnId
  throw new Fault(`The journal knows no return “${printable(typed, 80)}”.`, {
    code: 'RETURN_NOT_FOUND',
    hint: 'Use the return id: the number in the Loop admin URL.',
  })
}

/** One event, and the history of its return since the event came. Throws EVENT_NOT_FOUND. */
export async function eventStory(
  journal: Journal,
  eventId: string,
): Promise<{ event: JournalEvent; since: HistoryEntry[] }> {
  const event = await journal.events.get(eventId)
  if (event === null) throw notFound([eventId])
  const entries = event.returnId === null ? [] : await journal.history.of(event.merchant, event.returnId)
  return { event, since: entries.filter(({ at }) => at >= event.receivedAt) }
}

export type ReplayPlan = {
  events: JournalEvent[]
  skipped: { eventId: string; reason: 'NEW_ALREADY' | 'NO_RETURN' }[]
}

/**
 * Which of these events can be processed again. Throws EVENT_NOT_FOUND, before any change, for an id that is unknown or
 * belongs to another merchant than `of`.
 */
export async function planReplay(
  journal: Journal,
  requested: { eventIds: readonly string[]; of: string | null } | { filter: EventFilter },
): Promise<ReplayPlan> {
  const found = 'filter' in requested ? await journal.events.find(requested.filter) : await all(journal, requested)
  const skipped = found.flatMap(({ eventId, state, returnId }): ReplayPlan['skipped'] => {
    if (state === 'new') return [{ eventId, reason: 'NEW_ALREADY' }]
    // All that an event does is to have its return read, and this one names no return.
    return returnId === null || isSmokeIdentifier(returnId) ? [{ eventId, reason: 'NO_RETURN' }] : []
  })
  const remaining = new Set(skipped.map(({ eventId }) => eventId))
  return { events: found.filter(({ eventId }) => !remaining.has(eventId)), skipped }
}

/** Makes the events new again, with an entry in the history of each return. Returns how many. */
export async function replayEvents(
  journal: Journal,
  events: readonly JournalEvent[],
  by: { at: string; actor: string },
): Promise<number> {
  const entries = events.map(({ merchant, returnId, eventId, topic }) => ({
    ...by,
    merchant,
    returnId: returnId ?? '',
    what: 'replayed',
    kind: null,
    effectId: null,
    message: `Event ${eventId} (${topic ?? 'unread'}) is queued again`,
  }))
  await journal.history.append(entries)
  return await journal.events.replay(events.map(({ eventId }) => eventId))
}

/** Milliseconds by which the clocks of two receivers may differ without an event being missed. */
const overlap = 10_000

/** Returns the events that came since the last call, oldest first; the first call begins at `since`. */
export function eventsSince(journal: Journal, filter: EventFilter, since: string): () => Promise<JournalEvent[]> {
  let from = since
  let seen = new Set<string>()
  return async () => {
    const found = await journal.events.find({ ...filter, since: from })
    const fresh = found.filter(({ eventId }) => !seen.has(eventId))
    const newest = found.at(-1)?.receivedAt
    // Only events that the next call finds again have to be remembered.
    seen = new Set(found.map(({ eventId }) => eventId))
    if (newest !== undefined && shifted(newest, -overlap) > from) from = shifted(newest, -overlap)
    return fresh
  }
}

async function all(
  journal: Journal,
  { eventIds, of }: { eventIds: readonly string[]; of: string | null },
): Promise<JournalEvent[]> {
  const read = await Promise.all([...new Set(eventIds)].map((eventId) => journal.events.get(eventId)))
  const found = read.filter((event) => event !== null && (of === null || event.merchant === of)) as JournalEvent[]
  const missing = eventIds.filter((eventId) => !found.some((event) => event.eventId === eventId))
  if (missing.length > 0) throw notFound(missing, of)
  return found
}

function notFound(eventIds: readonly string[], of: string | null = null): Fault {
  const named = eventIds.slice(0, 5).map((eventId) => `“${printable(eventId, 60)}”`)
  const more = eventIds.length > 5 ? ` and ${eventIds.length - 5} more` : ''
  const whose = of === null ? '' : ` of ${of}`
  return new Fault(`The journal has no event ${named.join(', ')}${more}${whose}.`, {
    code: 'EVENT_NOT_FOUND',
    hint: of === null ? 'mhloop event list' : `mhloop event list -m ${of}`,
  })
}
