import * as v from 'valibot'
import type { Rma } from '../../core/rmas/rma.ts'
import { readText, readTimestamp, rmaSchema } from '../wire.ts'

export type RmaEventRow = {
  /** MasonHub's id of the event; version 1 has none, because its row is the RMA itself. */
  eventId: string | null
  /** null on RMAs that the warehouse's dock created. */
  customerIdentifier: string | null
  /** `received`, `tendered`, …: the event, not the RMA's status. */
  event: string | null
  /** RFC 3339, UTC. */
  asOf: string | null
  /** The RMA as the message shows it: stale, perhaps forged; never act on it without a GET (F51). */
  rma: Rma | null
}

export type RmaEventMessage = { messageId: string | null; apiVersion: string | null; rows: RmaEventRow[] }

type Wire = Record<string, unknown>

function isObject(value: unknown): value is Wire {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const arrayOf = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value])

/**
 * The rmaEvent messages of one callback body, version 1.0 or 2.0, alone or in an array (CB-001, masonhub.md §5.3,
 * §5.4). Messages of another type or of an unknown shape are left out; empty when nothing remains.
 */
export function parseRmaEvents(body: unknown): RmaEventMessage[] {
  return arrayOf(body)
    .filter(isObject)
    .filter(({ message_type }) => message_type === undefined || message_type === 'rmaEvent')
    .filter(({ data }) => data !== undefined)
    .map((message) => ({
      messageId: readText(message.message_id),
      apiVersion: readText(message.api_version),
      rows: arrayOf(message.data).filter(isObject).map(readRow),
    }))
}

/** Version 1: the row is the RMA. Version 2: the row is the event, and `details`, if present, is the RMA. */
function readRow(row: Wire): RmaEventRow {
  const isRma = !isObject(row.details) && 'line_items' in row
  const rma = readRma(isRma ? row : row.details)
  return {
    eventId: isRma ? null : readText(row.id),
    customerIdentifier: readText(row.customer_identifier) ?? rma?.customerIdentifier ?? null,
    // Examples spell it both ways (masonhub.md §5.4).
    event: readText(row.event_type) ?? readText(row.status),
    asOf: readTimestamp(row.as_of) ?? (isRma ? (rma?.receivedAt ?? rma?.updatedAt ?? null) : null),
    rma,
  }
}

function readRma(value: unknown): Rma | null {
  const parsed = v.safeParse(rmaSchema, value)
  return parsed.success ? parsed.output : null
}
