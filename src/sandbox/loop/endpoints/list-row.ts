import type { LoopExchange, LoopRecord, LoopUnit } from '../model/record.ts'
import { refundAmount } from '../model/record.ts'
import { conditionOf } from './condition.ts'
import { decimal, iso, labelRows, moneyFields, providerOf, spaced, stateWord, topLabel, type Wire } from './wire.ts'

/** One return as the list shows it: ids are strings, reasons are called `return_reason` (loop.md §4.2). */
export function listRow(wire: Wire, record: LoopRecord): Record<string, unknown> {
  const id = wire.world.faults.get('loop.numeric-list-ids') ? (value: number) => value : String
  return {
    id: id(record.id),
    state: stateWord(wire, record.state),
    created_at: iso(wire, record.createdAt),
    updated_at: iso(wire, record.updatedAt),
    edited_at: record.editedAt === null ? null : iso(wire, record.editedAt),
    outcome: record.outcome,
    order_id: id(record.orderId),
    order_name: record.orderName,
    provider_order_id: id(record.providerOrderId),
    order_number: id(record.orderNumber),
    provider_order_number: id(record.providerOrderNumber),
    customer: record.customer.email,
    origin_country: 'United States',
    origin_country_code: 'US',
    multi_currency: false,
    currency: record.currency,
    ...moneyFields(record),
    gift_card_order_name: null,
    gift_card_order_id: null,
    line_items: record.units.map((unit) => unitRow(wire, record, unit, id)),
    exchanges: record.exchanges.map((exchange) => exchangeRow(exchange, id)),
    ...topLabel(wire, record),
    label_rate: record.labels[0] ? record.labels[0].rate / 100 : null,
    status_page_url: `https://returns.example.com/#/${record.id}`,
    destination_id: record.destinationId,
    return_method: methodRow(wire, record),
    package_reference: record.packageReference,
    type: 'standard',
    labels: labelRows(wire, record),
    shopify_refund_object: record.refunds.map((refund) => ({
      id: id(refund.providerRefundId - 880_000_000_000),
      return_id: id(record.id),
      provider_refund_id: id(refund.providerRefundId),
      provider_created_at: iso(wire, refund.at),
      created_at: iso(wire, refund.at),
      updated_at: iso(wire, refund.at),
    })),
    refund_before_inspection: record.refundBeforeInspection,
    was_processed: record.wasProcessed,
    outcomes_processed_at: processedAt(record),
  }
}

export function unitRow(
  wire: Wire,
  record: LoopRecord,
  unit: LoopUnit,
  id: (value: number) => unknown,
): Record<string, unknown> {
  const paid = unit.price - unit.discount
  return {
    line_item_id: id(unit.lineItemId),
    provider_line_item_id: id(unit.providerLineItemId),
    product_id: id(unit.productId),
    variant_id: id(unit.variantId),
    sku: unit.sku,
    barcode: unit.barcode,
    title: unit.title,
    price: decimal(unit.price),
    discount: decimal(unit.discount),
    tax: decimal(unit.tax),
    refund: decimal(refundAmount(record) > 0 ? paid + unit.tax : 0),
    refund_item: decimal(refundAmount(record) > 0 ? paid : 0),
    refund_tax: decimal(refundAmount(record) > 0 ? unit.tax : 0),
    returned_at: spaced(record.createdAt),
    exchange_variant: '',
    return_reason: unit.reason,
    parent_return_reason: unit.parentReason,
    return_comment: unit.comment ?? 'N/A',
    outcome: 'default',
    condition: conditionOf(wire, unit),
    disposition: unit.disposition,
    provider_restock_location_id: null,
    consolidation_tracking: record.boxFree?.shipment?.tracking ?? null,
    consolidation_destination_id: null,
  }
}

export function exchangeRow(exchange: LoopExchange, id: (value: number) => unknown): Record<string, unknown> {
  return {
    exchange_id: id(exchange.exchangeId),
    exchange_order_id: null,
    exchange_order_name: null,
    product_id: id(exchange.productId),
    variant_id: id(exchange.variantId),
    sku: exchange.sku,
    type: 'exchange',
    title: exchange.title,
    price: decimal(exchange.price),
    discount: decimal(0),
    tax: decimal(0),
    total: decimal(exchange.price),
    out_of_stock: exchange.outOfStock,
    out_of_stock_resolution: null,
    consolidation_tracking: null,
  }
}

function methodRow(wire: Wire, record: LoopRecord): Record<string, unknown> | null {
  const method = record.returnMethod
  if (!method) return null
  return {
    provider: providerOf(wire, record),
    method_type: method.methodType,
    address: null,
    state: method.state,
    rma_id: method.rmaId,
    qr_code_url: method.qrCodeUrl,
    scheduled_at: null,
    scannable_id: method.scannableId,
  }
}

/** The dates of the outcomes, as dumps of PHP's DateTime. */
function processedAt(record: LoopRecord): Record<string, unknown> {
  const dump =
    record.processedAt === null
      ? null
      : { date: `${spaced(record.processedAt)}.000000`, timezone_type: 3, timezone: 'UTC' }
  return {
    return_processed: dump,
    refund_processed: record.refunds.length > 0 ? dump : null,
    gift_card_processed: record.outcome.includes('credit') ? dump : null,
    exchange_processed: record.exchanges.length > 0 && record.state === 'closed' ? dump : null,
    shop_cash_processed: null,
  }
}
