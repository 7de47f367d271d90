import type { LoopRecord, LoopUnit, Shipment } from '../model/record.ts'
import { unitsLeft } from '../model/record.ts'
import type { LoopStore } from '../model/store.ts'
import { type Answer, invalid, ok, type ParsedRequest } from './answer.ts'
import { iso } from './wire.ts'

/**
 * What a hub of Happy Returns has shipped (loop.md §14.4): pallets with their bags. One pallet has two numbers: Happy
 * Returns' own opens the pallet, Loop's opens its items.
 */

const day = 86_400_000

/** `GET /happy-returns/shipments`: by creation, of the last 24 hours unless told otherwise; Laravel's pages. */
export function shipmentsAction(store: LoopStore, requested: ParsedRequest): Answer {
  const from = timeIn(requested, 'from')
  const to = timeIn(requested, 'to') ?? store.now()
  const since = from ?? to - day
  for (const [name, at] of [
    ['from', since],
    ['to', to],
  ] as const) {
    if (Number.isNaN(at)) return invalid({ [name]: [`The ${name} is not a valid date.`] })
  }
  const rows = store.shipments
    .filter(({ at }) => at >= since && at <= to)
    .map((one) => shipmentRow(store, requested, one))
  return paged(store, requested, rows)
}

/** `GET /happy-returns/shipments/:id` by Happy Returns' id. */
export function shipmentAction(store: LoopStore, requested: ParsedRequest): Answer {
  const shipment = store.shipments.find(({ happyReturnsId }) => happyReturnsId === String(requested.id))
  return shipment ? ok(shipmentRow(store, requested, shipment)) : notFound
}

/** `GET /happy-returns/shipments/:id/items` by Loop's id: a row for each unit. */
export function shipmentItemsAction(store: LoopStore, requested: ParsedRequest): Answer {
  const shipment = store.shipments.find(({ loopId }) => loopId === requested.id)
  if (!shipment) return notFound
  const rows = returnsOf(store, shipment).flatMap((record) =>
    handedIn(record).map((unit) => itemRow(shipment, record, unit)),
  )
  return paged(store, requested, rows)
}

const notFound: Answer = { status: 404, body: { message: 'Not Found' } }

function timeIn({ query }: ParsedRequest, name: 'from' | 'to'): number | null {
  const text = query[name]
  return text === undefined || text === '' ? null : Date.parse(text)
}

function returnsOf(store: LoopStore, { returnIds }: Shipment): LoopRecord[] {
  return returnIds.flatMap((id) => store.returns.get(id) ?? [])
}

/** An exchange keeps the units that were not handed in, but no bag holds them. */
function handedIn(record: LoopRecord): LoopUnit[] {
  return unitsLeft(record).filter(({ lineItemId }) => !record.boxFree?.missing.includes(lineItemId))
}

function shipmentRow(store: LoopStore, { version }: ParsedRequest, shipment: Shipment): Record<string, unknown> {
  const records = returnsOf(store, shipment)
  const at = iso({ world: store.world, version }, shipment.at)
  return {
    loop_shipment_id: shipment.loopId,
    happy_returns_shipment_id: shipment.happyReturnsId,
    line_item_count: records.reduce((sum, record) => sum + handedIn(record).length, 0),
    return_count: records.length,
    created_at: at,
    updated_at: at,
  }
}

/** Carrier and tracking number are the pallet's, never a return's. */
function itemRow(shipment: Shipment, record: LoopRecord, unit: LoopUnit): Record<string, unknown> {
  return {
    shipment_id: shipment.loopId,
    happy_returns_shipment_id: shipment.happyReturnsId,
    carrier: shipment.carrier,
    tracking_number: shipment.tracking,
    shipping_box_barcode: shipment.box,
    happy_returns_return_bag_barcodes: record.boxFree?.bags ?? [],
    happy_returns_rma_id: record.returnMethod?.rmaId ?? null,
    return_id: record.id,
    order_name: record.orderName,
    po_number: null,
    item_title: unit.title,
    variant_title: null,
    sku: unit.sku,
  }
}

/** The page that `page` asks for, from 1. `from` and `to` are row numbers here. */
function paged(store: LoopStore, { query, base }: ParsedRequest, rows: readonly Record<string, unknown>[]): Answer {
  const size = Math.max(1, store.world.faults.get('loop.shipments-per-page'))
  const last = Math.max(1, Math.ceil(rows.length / size))
  const requested = Number(query['page'] ?? 1)
  const page = Number.isInteger(requested) && requested >= 1 ? requested : 1
  const data = rows.slice((page - 1) * size, page * size)
  const first = (page - 1) * size + 1
  const urlOf = (number: number) => `${base}?${new URLSearchParams({ ...query, page: String(number) })}`
  return ok({
    current_page: page,
    data,
    first_page_url: urlOf(1),
    from: data.length > 0 ? first : null,
    last_page: last,
    last_page_url: urlOf(last),
    next_page_url: page < last ? urlOf(page + 1) : null,
    path: base,
    per_page: size,
    prev_page_url: page > 1 ? urlOf(page - 1) : null,
    to: data.length > 0 ? first + data.length - 1 : null,
    total: rows.length,
  })
}
