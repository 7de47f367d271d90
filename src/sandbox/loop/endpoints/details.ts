import type { LoopRecord, LoopUnit } from '../model/record.ts'
import type { LoopStore } from '../model/store.ts'
import type { Answer, ParsedRequest } from './answer.ts'
import { invalid, ok } from './answer.ts'
import { conditionOf } from './condition.ts'
import { decimal, iso, labelRows, moneyFields, providerOf, spaced, stateWord, topLabel, type Wire } from './wire.ts'

/**
 * `GET /warehouse/return/details`: one return by exactly one of its id, the Shopify order id, or the order name. A
 * missing return is a 200 with an error body. For an order with several returns it shows the latest (undocumented).
 */
export function detailsAction(store: LoopStore, { query, version }: ParsedRequest): Answer {
  const identifiers = ['return_id', 'order_id', 'order_name'].filter((name) => query[name] !== undefined)
  if (identifiers.length !== 1)
    return invalid({ return_id: ['Provide exactly one of return_id, order_id or order_name.'] })
  const record = find(store, query)
  if (!record) return ok({ error: { message: 'No return found with this ID.' } })
  const wire: Wire = { world: store.world, version }
  const body = detailsBody(wire, record)
  const lacking = store.world.faults.get('loop.details-lack-list-fields')
  if (lacking === 0) return ok(body)
  return ok(lacking > 1 ? withoutConditions(withoutParcels(body)) : withoutParcels(body))
}

function find(store: LoopStore, query: ParsedRequest['query']): LoopRecord | undefined {
  if (query['return_id'] !== undefined) return store.returns.get(Number(query['return_id']))
  const orderId = Number(query['order_id'])
  const orderName = `#${query['order_name'] ?? ''}`
  let latest: LoopRecord | undefined
  for (const record of store.returns.values()) {
    const fits = query['order_id'] === undefined ? record.orderName === orderName : record.providerOrderId === orderId
    if (fits && (!latest || record.createdAt >= latest.createdAt)) latest = record
  }
  return latest
}

type Details = ReturnType<typeof detailsBody>

/** What is documented for the list only: a client must not take its absence here for its end. */
function withoutParcels(body: Details): Omit<Details, 'return_method' | 'package_reference' | 'labels'> {
  const { return_method, package_reference, ...rest } = body
  return { ...rest, labels: body.labels.map(({ line_items, updated_at, ...label }) => label) } as typeof rest
}

function withoutConditions(body: Pick<Details, 'line_items'>): Record<string, unknown> {
  return { ...body, line_items: body.line_items.map(({ condition, disposition, ...unit }) => unit) }
}

/** The body of details: ids are integers, times have a space, and the reasons lose their prefix (loop.md §4.3). */
function detailsBody(wire: Wire, record: LoopRecord) {
  return {
    id: record.id,
    state: stateWord(wire, record.state),
    created_at: spaced(record.createdAt),
    updated_at: spaced(record.updatedAt),
    edited_at: record.editedAt === null ? null : spaced(record.editedAt),
    outcome: record.outcome,
    order_id: record.orderId,
    order_name: record.orderName,
    order_number: record.orderNumber,
    provider_order_id: record.providerOrderId,
    provider_order_number: record.providerOrderNumber,
    customer: record.customer.email,
    customer_email: record.customer.email,
    customer_first_name: record.customer.firstName,
    customer_last_name: record.customer.lastName,
    currency: record.currency,
    ...moneyFields(record),
    line_items: record.units.map((unit) => detailsUnit(wire, record, unit)),
    exchange: record.exchanges.length > 0,
    exchange_order_name: null,
    exchange_order_id: null,
    exchanges: record.exchanges.map((exchange) => ({
      exchange_id: exchange.exchangeId,
      product_id: exchange.productId,
      variant_id: exchange.variantId,
      sku: exchange.sku,
      title: exchange.title,
      total: decimal(exchange.price),
      out_of_stock: exchange.outOfStock,
    })),
    refunds: record.refunds.map((refund) => ({
      gateway: 'shopify_payments',
      amount: decimal(refund.amount),
      currency: record.currency,
      provider_refund_id: refund.providerRefundId,
    })),
    ...topLabel(wire, record),
    labels: labelRows(wire, record),
    status_page_url: `https://returns.example.com/#/${record.id}`,
    destination_id: record.destinationId,
    return_method: providerOf(wire, record),
    package_reference: record.packageReference,
    refund_before_inspection: record.refundBeforeInspection,
    was_processed: record.wasProcessed,
  }
}

function detailsUnit(wire: Wire, record: LoopRecord, unit: LoopUnit) {
  return {
    line_item_id: unit.lineItemId,
    provider_line_item_id: unit.providerLineItemId,
    product_id: unit.productId,
    variant_id: unit.variantId,
    sku: unit.sku,
    barcode: unit.barcode,
    line_item_title: unit.title,
    title: unit.title,
    variant_title: null,
    image: null,
    price: decimal(unit.price),
    discount: decimal(unit.discount),
    tax: decimal(unit.tax),
    refund: decimal(record.outcome.includes('refund') ? unit.price - unit.discount + unit.tax : 0),
    returned_at: iso(wire, record.createdAt),
    exchange_variant: null,
    reason: unit.reason,
    parent_reason: unit.parentReason,
    return_comment: unit.comment ?? 'N/A',
    outcome: 'default',
    condition: conditionOf(wire, unit),
    disposition: unit.disposition,
  }
}
