import * as v from 'valibot'
import type { ReceivedUnits, Rma, RmaLine, RmaStatus } from '../core/rmas/rma.ts'
import type { Callback } from './client.ts'

const zeroUuid = '00000000-0000-0000-0000-000000000000'

/** Go's zero values leak: `""` and the zero UUID mean unset (masonhub.md §3.7). Numbers become their digits. */
export function readText(value: unknown): string | null {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return typeof value !== 'string' || value === '' || value === zeroUuid ? null : value
}

/**
 * A time in RFC 3339, UTC; null when unset or Go's zero date. Text that is not a date is kept as it is: the field is
 * set.
 */
export function readTimestamp(value: unknown): string | null {
  const text = readText(value)
  if (text === null || /^000[01]-/.test(text)) return null
  const at = Date.parse(text)
  return Number.isNaN(at) ? text : new Date(at).toISOString()
}

/** A count; null when unset, NaN when unreadable, so that no rule can accept it. Version 2 writes numbers as text. */
function readCount(value: unknown): number | null {
  if (value === null || value === undefined || value === '') return null
  if (typeof value === 'number') return value
  return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN
}

/** Any value but a clear "no" counts as yes, because yes sends the return to a person. */
function readFlag(value: unknown): boolean {
  return ![undefined, null, false, 'false', '', 0, '0'].includes(value as undefined)
}

const field = <Read>(read: (value: unknown) => Read) => v.optional(v.pipe(v.unknown(), v.transform(read)), null)
const text = field(readText)
const timestamp = field(readTimestamp)

function readUnits(disposition: string, entry: unknown): ReceivedUnits {
  const wire = typeof entry === 'object' && entry !== null ? (entry as { quantity?: unknown; notes?: unknown }) : {}
  return { disposition, quantity: readCount(wire.quantity) ?? Number.NaN, notes: readText(wire.notes) }
}

/**
 * The received units by disposition (masonhub.md §4.6); null when MasonHub gave no details. An unknown shape becomes
 * units of unreadable quantity, never nothing.
 */
function readDetails(value: unknown): ReceivedUnits[] | null {
  if (value === null || value === undefined || value === '') return null
  if (typeof value !== 'object' || Array.isArray(value))
    return [{ disposition: 'unreadable', quantity: Number.NaN, notes: null }]
  const details = Object.entries(value)
  if (details.length === 0) return null
  return details.flatMap(([key, entries]) => {
    // Redo's page and requests use the short form.
    const disposition = key === 'qc' ? 'quality-control' : key
    if (entries === null) return []
    return (Array.isArray(entries) ? entries : [entries]).map((entry) => readUnits(disposition, entry))
  })
}

const rmaLine = v.pipe(
  v.object({
    customer_sku_id: text,
    quantity: field((value) => readCount(value) ?? Number.NaN),
    return_reason_code: text,
    return_inventory_status: text,
    return_notes: text,
    customer_order_id: text,
    quantity_received: field(readCount),
    not_on_original_rma: field(readFlag),
    receiving_details: field(readDetails),
  }),
  v.transform(
    (wire): RmaLine => ({
      sku: wire.customer_sku_id ?? '',
      quantity: wire.quantity,
      reasonCode: wire.return_reason_code,
      requestedStatus: wire.return_inventory_status,
      notes: wire.return_notes,
      orderId: wire.customer_order_id,
      quantityReceived: wire.quantity_received,
      notOnOriginalRma: wire.not_on_original_rma,
      received: wire.receiving_details,
    }),
  ),
)

/** Replaces a line of unknown shape: it counts neither as nothing nor as good (F47). */
const unreadableLine: RmaLine = {
  sku: '',
  quantity: Number.NaN,
  reasonCode: null,
  requestedStatus: null,
  notes: null,
  orderId: null,
  quantityReceived: Number.NaN,
  notOnOriginalRma: false,
  received: null,
}

/** The lines of an RMA; an empty list may be `null`, as Go writes it. */
function readLines(value: unknown): RmaLine[] {
  if (value === null || value === undefined) return []
  const lines: unknown[] = Array.isArray(value) ? value : [value]
  return lines.map((line) => {
    const reading = Array.isArray(line) ? null : v.safeParse(rmaLine, line)
    return reading?.success ? reading.output : unreadableLine
  })
}

const statuses: readonly string[] = ['open', 'in-receiving', 'received', 'deleted'] satisfies RmaStatus[]

/** A status that MasonHub's documents don't list is `unknown`, never a guess. */
function readStatus(word: string | null): RmaStatus {
  return word !== null && statuses.includes(word) ? (word as RmaStatus) : 'unknown'
}

/** One record of `/rmas`, also in callbacks. Unknown fields are ignored. */
export const rmaSchema = v.pipe(
  v.object({
    id: text,
    customer_identifier: text,
    manifest_id: text,
    package_id: text,
    return_type: text,
    status: text,
    version: field(readCount),
    notes: text,
    customer_instructions: text,
    customer_instruction: text,
    return_label_url: text,
    received_at: timestamp,
    processed_at: timestamp,
    created_at: timestamp,
    updated_at: timestamp,
    deleted_at: timestamp,
    line_items: v.optional(v.pipe(v.unknown(), v.transform(readLines)), null),
  }),
  v.transform(
    (wire): Rma => ({
      rmaId: wire.id,
      customerIdentifier: wire.customer_identifier,
      manifestId: wire.manifest_id,
      packageId: wire.package_id,
      returnType: wire.return_type,
      status: readStatus(wire.status),
      rawStatus: wire.status ?? '',
      version: Number.isNaN(wire.version) ? null : wire.version,
      notes: wire.notes,
      instructions: wire.customer_instructions ?? wire.customer_instruction,
      labelUrl: wire.return_label_url,
      receivedAt: wire.received_at ?? wire.processed_at,
      createdAt: wire.created_at,
      updatedAt: wire.updated_at,
      deletedAt: wire.deleted_at,
      lines: wire.line_items,
    }),
  ),
)

export const skuSchema = v.object({ customer_identifier: text, deleted_at: timestamp })

const kitPart = v.pipe(
  // The schema has `sku_id`, the example `id`.
  v.object({ sku_id: text, id: text, customer_identifier: text, quantity: field(readCount) }),
  v.transform((wire) => ({ id: wire.sku_id ?? wire.id, sku: wire.customer_identifier, quantity: wire.quantity })),
)

/** A SKU with the parts that it is made of; `parts` null: a list that can't be read (masonhub.md §7.1). */
export const kitSchema = v.pipe(
  v.object({
    id: text,
    customer_identifier: text,
    deleted_at: timestamp,
    is_kit: field(readFlag),
    kit_skus: field((value) => (value === null ? [] : readAll(kitPart, Array.isArray(value) ? value : [value]))),
  }),
  v.transform((wire) => ({
    id: wire.id,
    sku: wire.customer_identifier,
    isDeleted: wire.deleted_at !== null,
    isKit: wire.is_kit || wire.kit_skus === null || wire.kit_skus.length > 0,
    parts: wire.kit_skus,
  })),
)

/** A callback without an id could never be removed, so such a row is unreadable. */
export const callbackSchema = v.pipe(
  v.object({ id: v.pipe(v.string(), v.minLength(1)), url: text, message_type: text, api_version: text }),
  v.transform(
    (wire): Callback => ({
      callbackId: wire.id,
      url: wire.url ?? '',
      messageType: wire.message_type ?? '',
      apiVersion: wire.api_version,
    }),
  ),
)

export const holdSchema = v.pipe(
  v.object({ message_type: v.string(), created_at: timestamp }),
  v.transform((wire) => ({ messageType: wire.message_type, createdAt: wire.created_at })),
)

/** The token is in `encrypted_key`; the text of the documents calls it `encrypted_token` (masonhub.md §2.2). */
export const secretSchema = v.pipe(
  v.object({ encrypted_key: text, encrypted_token: text }),
  v.transform((wire) => wire.encrypted_key ?? wire.encrypted_token),
)

/** Reads every row, or null when one of them is not of this shape. */
export function readAll<Model>(schema: v.GenericSchema<unknown, Model>, rows: readonly unknown[]): Model[] | null {
  const parsed = v.safeParse(v.array(schema), rows)
  return parsed.success ? parsed.output : null
}
