import { printable } from '../../core/text/printable.ts'
import type { RowAnswer } from '../client.ts'
import { readText } from '../wire.ts'

/** MasonHub's result for one record of a bulk write; every spelling of masonhub.md §3.4 ends here. */
export type BulkRow = {
  /** `customer_identifier`: our identifier; at some endpoints the message type or the action's name. */
  identifier: string | null
  success: boolean
  messages: string[]
  /** The three digits at the start of the first message that has a code. */
  code: string | null
  /** The URL of the label that MasonHub bought, or its tracking number when there is no URL. */
  labelUrl: string | null
}

type Wire = Record<string, unknown>

function isObject(value: unknown): value is Wire {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * The rows of an answer: an object with `results`, a bare array of rows, or an array around the envelope. null for any
 * other body.
 */
export function bulkRows(body: unknown): BulkRow[] | null {
  const containers = Array.isArray(body) ? body : [body]
  if (!Array.isArray(body) && !isEnvelope(body) && !isRow(body)) return null
  return containers
    .flatMap((one: unknown) => (isEnvelope(one) ? one.results : [one]))
    .filter(isRow)
    .map(readRow)
}

function isEnvelope(value: unknown): value is { results: unknown[] } {
  return isObject(value) && Array.isArray(value.results)
}

function isRow(value: unknown): value is Wire {
  return isObject(value) && 'status' in value
}

function readRow(row: Wire): BulkRow {
  const messages = flatten(row.messages)
  const coded = messages.map(({ text }) => /^\s*(\d{3}):/.exec(text)?.[1]).find((code) => code !== undefined)
  const data = isObject(row.additional_data) ? row.additional_data : {}
  return {
    identifier: readText(row.customer_identifier),
    // Every other word is a failure, even one that sounds like success (F32).
    success: typeof row.status === 'string' && row.status.trim().toLowerCase() === 'success',
    messages: messages.map(({ field, text }) => printable(field === null ? text : `${field}: ${text}`)),
    code: coded ?? null,
    labelUrl: readText(data.return_label_url) ?? readText(data.return_tracking_number),
  }
}

type Message = { field: string | null; text: string }

/**
 * Flattens the four shapes of messages: `[{field_name, errors}]`, `["text"]`, `[{"<field>": ["text"]}]`, nothing. A
 * text with a code already names its field.
 */
function flatten(value: unknown, field: string | null = null): Message[] {
  if (Array.isArray(value)) return value.flatMap((one) => flatten(one, field))
  if (!isObject(value)) {
    const text = readText(value)
    return text === null ? [] : [{ field: /^\s*\d{3}:/.test(text) ? null : field, text }]
  }
  if ('errors' in value) return flatten(value.errors, readText(value.field_name))
  return Object.entries(value).flatMap(([name, texts]) => flatten(texts, name))
}

/**
 * The verdict on one record, from all rows with its identifier. Any failure wins; without a row it is in doubt (F32).
 */
export function verdictOf(rows: readonly BulkRow[], requestId: string): RowAnswer {
  const failures = rows.filter((row) => !row.success)
  if (rows.length === 0)
    return { kind: 'in_doubt', detail: `MasonHub's answer says nothing about this record [request ${requestId}]` }
  if (failures.length > 0) {
    return {
      kind: 'refused',
      code: failures.find((row) => row.code !== null)?.code ?? null,
      messages: [...new Set(failures.flatMap((row) => row.messages))],
    }
  }
  return { kind: 'accepted', labelUrl: rows.find((row) => row.labelUrl !== null)?.labelUrl ?? null }
}
