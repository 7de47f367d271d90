import type { LoopLabel, LoopRecord, LoopUnit } from '../model/record.ts'
import { firstLabel } from '../model/record.ts'
import type { LoopStore } from '../model/store.ts'
import type { Answer, ParsedRequest } from './answer.ts'
import { invalid, ok } from './answer.ts'
import { decimal, iso, labelUrl, providerOf, stateWord, type Wire } from './wire.ts'

const day = 86_400_000
const longestSpanDays = 120

/**
 * `GET /warehouse/reporting/asn`: a bare array with a row for each unit, of returns in every state, never paged
 * (loop.md §4.1). The window filters by creation: Loop does not document which time it tests, and this reading returns
 * the least. Since 2026-10 a span of more than 120 days is refused (loop.md §14.1); how the refusal looks is not
 * documented, so it is that of the list.
 */
export function asnAction(store: LoopStore, { query, version }: ParsedRequest): Answer {
  const wire: Wire = { world: store.world, version }
  const now = store.now()
  const endOfToday = (Math.floor(now / day) + 1) * day - 1
  const from = reportDate(query['from'], false) ?? now - 7 * day
  const to = reportDate(query['to'], true) ?? endOfToday
  if (version === 'current' && Math.floor((to - from) / day) > longestSpanDays) {
    return invalid({ to: [`The date range may not be greater than ${longestSpanDays} days.`] })
  }
  const rows: Record<string, unknown>[] = []
  for (const record of store.returns.values()) {
    if (record.createdAt < from || record.createdAt > to) continue
    for (const unit of record.units) rows.push(asnRow(store, wire, record, unit))
  }
  return ok(rows)
}

/** A date that can't be read silently becomes the Unix epoch: a typo in `from` reports everything. */
function reportDate(text: string | undefined, endOfDay: boolean): number | null {
  if (text === undefined || text === '') return null
  const at = Date.parse(text)
  if (Number.isNaN(at)) return 0
  return endOfDay && /^\d{4}-\d{2}-\d{2}$/.test(text) ? at + day - 1 : at
}

function asnRow(store: LoopStore, wire: Wire, record: LoopRecord, unit: LoopUnit): Record<string, unknown> {
  const label = record.labels.find((parcel) => parcel.lineItemIds.includes(unit.lineItemId)) ?? firstLabel(record)
  return {
    id: record.id,
    return_line_item_id: String(unit.lineItemId),
    order_id: String(record.orderId),
    order_name: record.orderName,
    order_number: String(record.orderNumber),
    provider_order_number: String(record.providerOrderNumber),
    state: stateWord(wire, record.state),
    customer_email: record.customer.email,
    title: unit.title,
    purchase_price: decimal(unit.price),
    sku: unit.sku,
    barcode: unit.barcode,
    ...labelFields(wire, record, label),
    restock_status: null,
    currency: record.currency,
    closed_at: record.closedAt === null ? null : iso(wire, record.closedAt),
    updated_at: iso(wire, record.updatedAt),
    created_at: iso(wire, record.createdAt),
    return_reason: unit.reason,
    actioned_by: record.actionedBy,
    ...methodFields(wire, record),
    date_delivered: label?.status === 'delivered' ? iso(wire, label.updatedAt) : '',
    outcome: record.outcome,
    scannable_id: record.returnMethod?.scannableId ?? null,
    package_reference: record.packageReference,
    shipping_box_barcode: record.boxFree?.shipment?.box ?? null,
    provider_created_at: iso(wire, record.createdAt),
    ...destinationFields(store, record),
    consolidation_tracking: record.boxFree?.shipment?.tracking ?? null,
  }
}

function labelFields(wire: Wire, record: LoopRecord, label: LoopLabel | null): Record<string, unknown> {
  return {
    carrier: label?.carrier ?? '',
    service: label ? 'Ground' : '',
    label_status: label?.status ?? 'pending',
    tracking_number: label?.trackingNumber ?? 'N/A',
    integration_tracking_url: label ? `https://track.example.com/${encodeURIComponent(label.trackingNumber)}` : '',
    label_updated_at: label ? iso(wire, label.updatedAt) : null,
    label_url: label ? labelUrl(record.id, label.trackingNumber) : '',
    label_rate: label ? decimal(label.rate) : '',
  }
}

function methodFields(wire: Wire, record: LoopRecord): Record<string, unknown> {
  return {
    return_method: providerOf(wire, record),
    return_method_rma_code: record.returnMethod?.rmaId ?? null,
    return_method_state: record.returnMethod?.state ?? null,
  }
}

function destinationFields(store: { destinations: LoopStore['destinations'] }, record: LoopRecord) {
  const house = record.destinationId === null ? undefined : store.destinations.get(record.destinationId)
  return {
    destination_id: record.destinationId === null ? null : String(record.destinationId),
    destination_name: house?.name ?? null,
    destination_address1: house?.address1 ?? null,
    destination_address2: null,
    destination_city: house?.city ?? null,
    destination_state: house?.state ?? null,
    destination_zip: house?.zip ?? null,
  }
}
