import { createHash } from 'node:crypto'
import { printable } from '../../core/text/printable.ts'
import { parseLosslessly } from '../../http/json.ts'
import type { NewEvent } from '../../journal/journal.ts'
import { textOf, unread } from './unreadable-messages.ts'

/** The key of the return id in the payload of each topic that we follow (loop.md §7.4, §7.5). */
const returnIdKeys = new Map([
  ['return', 'id'],
  ['label', 'id'],
  ['restock', 'id'],
  ['return.processing', 'return_id'],
])
/** Topics whose payload is about something else (loop.md §7.2): their `id` is not a return id. */
const otherTopics = new Set(['label.request', 'giftcard', 'happy.returns.shipment'])

/**
 * The event in the raw bytes of one authentic webhook; none when it is about something that we don't follow. A message
 * that can't be read, or names no return, is quarantined with its body. Nothing else of the payload is kept: it has no
 * clock and comes late, so the return is read from Loop again (loop.md §7.4).
 */
export function readLoopEvent(merchant: string, raw: Buffer, receivedAt: string): NewEvent[] {
  const digest = createHash('sha256').update(raw).digest('hex')
  const message = { merchant, source: 'loop' as const, digest, receivedAt }
  const body = parseLosslessly(textOf(raw))
  if (body === undefined) return [unread(message, 'NOT_JSON', raw)]
  const trigger = wordAt(body, 'trigger')
  // The topic decides the payload's shape. Without a topic, the trigger gives it: `label.request.issued`.
  const topic = wordAt(body, 'topic') ?? trigger?.replace(/\.[^.]*$/, '') ?? null
  if (topic !== null && otherTopics.has(topic)) return []
  const key = topic === null ? undefined : returnIdKeys.get(topic)
  if (key === undefined) return [unread(message, 'UNKNOWN_TOPIC', raw)]
  const returnId = wordAt(body, key)
  // A topic and a trigger that don't match produce an empty payload (loop.md §7.2).
  if (returnId === null || !/^\d{1,19}$/.test(returnId)) return [unread(message, 'NO_RETURN_ID', raw)]
  return [{ ...message, topic: printable(trigger ?? topic ?? '', 100), returnId, state: 'new', reason: null, body: '' }]
}

/** A member of a JSON object as text; ids come as strings or as numbers. */
function wordAt(body: unknown, key: string): string | null {
  if (typeof body !== 'object' || body === null || !Object.hasOwn(body, key)) return null
  const value = (body as Record<string, unknown>)[key]
  return typeof value === 'string' || typeof value === 'number' ? String(value).trim() : null
}
