import * as v from 'valibot'
import type { LoopReturn, ReturnLabel, ReturnMoney, ReturnUnit } from '../../core/returns/return.ts'
import { conditionOf, dispositionOf } from './condition.ts'
import { flag, list, requiredId, requiredList, shopifyId, stateOf, text, time } from './fields.ts'
import { bagsOf, methodOf } from './method.ts'

/** Loop may add fields at any time and asks not to validate strictly (loop.md §0.6): only identities are required. */
const unitSchema = v.object({
  line_item_id: requiredId,
  provider_line_item_id: shopifyId,
  sku: text,
  barcode: text,
  title: text,
  // The details endpoint names it differently from list and webhook (loop.md §4.3).
  line_item_title: text,
  return_reason: text,
  reason: text,
  parent_return_reason: text,
  parent_reason: text,
  return_comment: text,
  outcome: text,
  price: text,
  refund: text,
  condition: v.optional(v.unknown()),
  disposition: v.optional(v.unknown()),
})

const labelSchema = v.object({
  tracking_number: text,
  carrier: text,
  status: text,
  updated_at: time,
  line_items: list(text),
})

const returnSchema = v.object({
  id: requiredId,
  state: text,
  outcome: text,
  order_name: text,
  provider_order_id: shopifyId,
  created_at: time,
  updated_at: time,
  destination_id: text,
  destination_name: text,
  return_method: v.optional(v.unknown()),
  package_reference: v.optional(v.unknown()),
  // A missing list is not an empty one: a return whose units Loop did not send must not look like one without units.
  line_items: requiredList(unitSchema),
  labels: list(labelSchema),
  carrier: text,
  tracking_number: text,
  label_status: text,
  label_updated_at: time,
  refund: text,
  gift_card: text,
  currency: text,
  was_processed: flag,
  refund_before_inspection: flag,
  outcomes_processed_at: v.optional(v.unknown()),
  refunds: v.optional(v.unknown()),
  shopify_refund_object: v.optional(v.unknown()),
})

type WireReturn = v.InferOutput<typeof returnSchema>

/** A row as our model, or the place where it could not be read (a path of keys, never a value). */
export type Reading<Model> = { ok: true; value: Model } | { ok: false; where: string }

function unitOf(row: v.InferOutput<typeof unitSchema>): ReturnUnit {
  return {
    lineItemId: row.line_item_id,
    providerLineItemId: row.provider_line_item_id,
    sku: row.sku,
    barcode: row.barcode,
    title: row.title ?? row.line_item_title,
    reason: row.return_reason ?? row.reason,
    parentReason: row.parent_return_reason ?? row.parent_reason,
    comment: row.return_comment,
    outcome: row.outcome,
    price: row.price,
    refund: row.refund,
    condition: conditionOf(row.condition),
    disposition: dispositionOf(row.disposition),
  }
}

/**
 * The top-level label repeats the first of `labels`, or is its only trace while `labels` is still empty. Only the list
 * is known to say when each of `labels` changed.
 */
function labelsOf(row: WireReturn): ReturnLabel[] {
  const { tracking_number: trackingNumber, carrier, label_status: status, label_updated_at: updatedAt } = row
  const labels: ReturnLabel[] = row.labels.map((label) => ({
    trackingNumber: label.tracking_number,
    carrier: label.carrier,
    status: label.status,
    updatedAt: label.updated_at ?? (label.tracking_number === trackingNumber ? updatedAt : null),
    lineItemIds: label.line_items.filter((id) => id !== null),
  }))
  const repeated =
    trackingNumber === null ? labels.length > 0 : labels.some((label) => label.trackingNumber === trackingNumber)
  if (repeated || (trackingNumber ?? carrier ?? status) === null) return labels
  return [{ trackingNumber, carrier, status, updatedAt, lineItemIds: [] }, ...labels]
}

export function trackingNumbersOf(labels: readonly ReturnLabel[]): string[] {
  return [...new Set(labels.map((label) => label.trackingNumber).filter((number) => number !== null))]
}

/** How many refunds are listed. `shopify_refund_object` is an array in the documents, but an object by its name. */
function countOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  const items = Object.values(value)
  if (Array.isArray(value)) return items.length
  return items.length > 0 && items.every((item) => typeof item === 'object' && item !== null)
    ? items.length
    : Math.min(1, items.length)
}

/**
 * Money of a return. An outcome with a date has been paid or made, so the return was processed, whatever
 * `was_processed` says.
 */
function moneyOf(row: WireReturn): ReturnMoney {
  const processedAt = row.outcomes_processed_at
  const dated =
    typeof processedAt === 'object' &&
    processedAt !== null &&
    Object.values(processedAt).some((date) => date !== null && date !== '')
  return {
    refund: row.refund,
    giftCard: row.gift_card,
    currency: row.currency,
    wasProcessed: dated ? true : row.was_processed,
    refundBeforeInspection: row.refund_before_inspection,
    refunds: Math.max(countOf(row.refunds), countOf(row.shopify_refund_object)),
  }
}

/** The return id of a row, even when the rest of the row can't be read; null when there is none. */
export function returnIdIn(row: unknown): string | null {
  const id = v.safeParse(requiredId, typeof row === 'object' && row !== null ? Reflect.get(row, 'id') : undefined)
  return id.success ? id.output : null
}

/** Reads a return of the list or of details. */
export function readReturn(value: unknown): Reading<LoopReturn> {
  const result = v.safeParse(returnSchema, value)
  if (!result.success) return { ok: false, where: v.getDotPath(result.issues[0]) ?? 'the whole record' }
  const row = result.output
  const labels = labelsOf(row)
  const method = methodOf(row.return_method)
  return {
    ok: true,
    value: {
      returnId: row.id,
      state: stateOf(row.state),
      rawState: row.state ?? '',
      outcome: row.outcome,
      orderName: row.order_name,
      providerOrderId: row.provider_order_id,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
      destinationId: row.destination_id,
      destinationName: row.destination_name,
      returnMethod: method.provider ?? method.type,
      method,
      units: row.line_items.map(unitOf),
      labels,
      bags: bagsOf(row.package_reference),
      // Documented for the ASN report only (loop.md §4.1).
      deliveredAt: null,
      trackingNumbers: trackingNumbersOf(labels),
      money: moneyOf(row),
    },
  }
}
