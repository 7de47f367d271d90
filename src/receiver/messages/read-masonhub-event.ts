import { createHash } from 'node:crypto'
import { returnIdOf } from '../../core/rmas/identifiers.ts'
import { isSmokeIdentifier } from '../../core/rmas/smoke-rma.ts'
import { printable } from '../../core/text/printable.ts'
import { parseLosslessly } from '../../http/json.ts'
import type { NewEvent } from '../../journal/journal.ts'
import { parseRmaEvents, type RmaEventRow } from '../../masonhub/rmas/rma-event.ts'
import { textOf, unread } from './unreadable-messages.ts'

/**
 * Most rows of one callback. MasonHub sends up to 30 messages of a few rows; a body with thousands is not MasonHub's.
 */
const mostRows = 1_000

type Arrival = { merchant: string; source: 'masonhub'; receivedAt: string }

/**
 * The events in the raw bytes of one authentic callback, one for each row of each rmaEvent message (CB-001); none when
 * all messages are of other types. A message that can't be read is quarantined with its body. A row whose identifier is
 * not ours is parked as unmatched (RCV-007). A row about a test RMA is done at once.
 */
export function readMasonHubEvents(merchant: string, raw: Buffer, receivedAt: string): NewEvent[] {
  const arrival: Arrival = { merchant, source: 'masonhub', receivedAt }
  const digest = hash(raw)
  const body = parseLosslessly(textOf(raw))
  if (body === undefined) return [unread({ ...arrival, digest }, 'NOT_JSON', raw)]
  const messages: unknown[] = Array.isArray(body) ? body : [body]
  if (messages.length > mostRows) return [unread({ ...arrival, digest }, 'TOO_MANY_ROWS', raw)]
  const events: NewEvent[] = []
  for (const [index, message] of messages.entries()) {
    if (isOfOtherType(message)) continue
    // Identifies the bytes and the message's place in them.
    const place = `${digest}:${index}`
    const rows = rowsOf(message)
    // One record holds the whole body, and so all of its unreadable messages (H1).
    if (rows.length === 0 && !events.some(({ reason }) => reason === 'UNREADABLE'))
      events.push(unread({ ...arrival, digest: hash(place) }, 'UNREADABLE', raw))
    if (events.length + rows.length > mostRows) return [unread({ ...arrival, digest }, 'TOO_MANY_ROWS', raw)]
    for (const [number, { messageId, row }] of rows.entries()) {
      events.push(eventOf({ ...arrival, digest: digestOfRow(row, number, messageId, place) }, row))
    }
  }
  return events
}

function rowsOf(message: unknown) {
  return parseRmaEvents(message).flatMap(({ messageId, rows }) => rows.map((row) => ({ messageId, row })))
}

/**
 * The digest of a row. A message that is sent again has the same `message_id` (CB-003), even where its bytes differ: in
 * the order of keys, or in the messages around it. The digest includes the identifier and the event word, so that a
 * reused `message_id` hides nothing.
 */
function digestOfRow(row: RmaEventRow, number: number, messageId: string | null, place: string): string {
  if (messageId === null) return hash(`${place}:${number}`)
  return hash(JSON.stringify([messageId, number, row.customerIdentifier, row.event]))
}

function eventOf(message: Arrival & { digest: string }, row: RmaEventRow): NewEvent {
  const returnId = row.customerIdentifier === null ? null : returnIdOf(row.customerIdentifier)
  const topic = row.event === null ? null : printable(row.event, 100)
  if (returnId !== null) return { ...message, topic, returnId, state: 'new', reason: null, body: '' }
  const test = row.customerIdentifier ?? ''
  if (isSmokeIdentifier(test)) return { ...message, topic, returnId: test, state: 'done', reason: 'SMOKE', body: '' }
  return { ...message, topic, returnId, state: 'quarantined', reason: 'UNMATCHED', body: evidenceOf(row) }
}

/** Enough to find an unmatched RMA at MasonHub, and the return whose parcel it is, without a shopper's name. */
function evidenceOf({ eventId, customerIdentifier, asOf, rma }: RmaEventRow): string {
  const word = (text: string | null | undefined) => (text ? printable(text, 100) : null)
  return JSON.stringify({
    eventId: word(eventId),
    rmaId: word(rma?.rmaId),
    packageId: word(rma?.packageId),
    customerIdentifier: word(customerIdentifier),
    asOf,
  })
}

/** Whether the message is of a type that we don't follow: inventory, orders, snapshots. */
function isOfOtherType(message: unknown): boolean {
  if (typeof message !== 'object' || message === null || !Object.hasOwn(message, 'message_type')) return false
  const type = (message as Record<string, unknown>).message_type
  return typeof type === 'string' && type !== 'rmaEvent'
}

function hash(data: Buffer | string): string {
  return createHash('sha256').update(data).digest('hex')
}
