import type { Writing } from '../database/engine.ts'
import type { NewId } from '../database/new-id.ts'
import { timestamp } from '../database/timestamp.ts'
import { rowOf } from './event-row.ts'
import type { NewEvent } from './journal-event.ts'

/** This many events of a return within a minute are due at once; a further repetition is due a minute later. */
const mostInAMinute = 6
const minute = 60_000

/**
 * Loop's webhooks have no id and no clock. One whose bytes came before may be a repetition, or may say that the return
 * is again what it was (open, review, open). If another event of the return came in between, it is stored as a new one,
 * unless an event that already waits will cause the return to be read (H5). Pure repetitions store nothing (F50).
 * Returns the events that were stored.
 */
export async function storeRepeated(writing: Writing, events: readonly NewEvent[], newId: NewId): Promise<NewEvent[]> {
  const stored: NewEvent[] = []
  for (const event of new Map(events.map((event) => [event.merchant + event.digest, event])).values()) {
    if (event.source === 'loop' && event.state === 'new' && (await storeAgain(writing, event, newId)))
      stored.push(event)
  }
  return stored
}

async function storeAgain(writing: Writing, event: NewEvent, newId: NewId): Promise<boolean> {
  const lately = await writing
    .selectFrom('events')
    .select(['event_id', 'source', 'digest', 'state', 'owner', 'received_at'])
    .where('merchant', '=', event.merchant)
    .where('return_id', '=', event.returnId)
    .orderBy('seq', 'desc')
    .limit(mostInAMinute)
    .execute()
  const [latest] = lately
  if (latest === undefined || (latest.source === 'loop' && isOf(event.digest, latest.digest))) return false
  // An event that a worker already works on may have been read before this one came.
  if (lately.some(({ state, owner }) => state === 'new' && owner === null)) return false
  const receivedAt = Date.parse(event.receivedAt)
  const [first] = lately.slice(mostInAMinute - 1)
  const isCrowded = first !== undefined && receivedAt - Date.parse(first.received_at) < minute
  const row = {
    ...rowOf({ ...event, digest: `${event.digest}+${latest.event_id}` }, newId),
    next_try_at: isCrowded ? timestamp(new Date(receivedAt + minute).toISOString()) : null,
  }
  const inserted = await writing
    .insertInto('events')
    .values(row)
    .onConflict((conflict) => conflict.columns(['merchant', 'source', 'digest']).doNothing())
    .returning('event_id')
    .execute()
  return inserted.length > 0
}

/** A repetition has the digest of the first one, followed by the event after which it came. */
function isOf(digest: string, other: string): boolean {
  return other === digest || other.startsWith(`${digest}+`)
}
