import type { NewId } from '../database/new-id.ts'
import { timestamp } from '../database/timestamp.ts'
import type { NewEvent } from './journal-event.ts'

/** A new event as a row of the table. */
export function rowOf(event: NewEvent, newId: NewId) {
  const receivedAt = timestamp(event.receivedAt)
  return {
    event_id: newId(),
    merchant: event.merchant,
    source: event.source,
    digest: event.digest,
    topic: event.topic,
    return_id: event.returnId,
    body: event.body,
    state: event.state,
    reason: event.reason,
    tries: 0,
    received_at: receivedAt,
    settled_at: event.state === 'new' ? null : receivedAt,
  }
}
