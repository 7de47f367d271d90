import type { World } from '../../world.ts'
import { exchangeRow, unitRow } from '../endpoints/list-row.ts'
import { shopId } from '../endpoints/settings.ts'
import { decimal, iso, labelRows, moneyFields, stateWord, topLabel, type Wire } from '../endpoints/wire.ts'
import type { LoopLabel, LoopRecord, Shipment } from '../model/record.ts'
import { firstLabel } from '../model/record.ts'
import type { LoopEvent } from '../model/store.ts'

/** How ids are written in one payload: both strings and numbers occur in practice (loop.md §10.2). */
type IdStyle = (value: number) => string | number
/** Nothing says which version's forms a webhook has; the current ones break a client that reads only the older. */
const wireOf = (world: World): Wire => ({ world, version: 'current' })

type Happening = { world: World; event: LoopEvent; record: LoopRecord; label: LoopLabel | null; id: IdStyle }

/**
 * The body of one webhook; the topic decides its content. For a topic that doesn't fit its trigger the payload is
 * empty, which PHP writes as `[]` (loop.md §7.2).
 */
export function webhookPayload(topic: string, happening: Happening): unknown {
  const { event } = happening
  if (topic !== event.topic) return []
  const head = { topic, trigger: event.trigger }
  if (event.topic === 'return') return { ...head, ...returnPayload(happening) }
  if (event.topic === 'label') return { ...head, ...labelPayload(happening) }
  return { ...head, ...processingPayload(happening) }
}

/** A whole return including the shopper, but without `updated_at` or a time of the event (loop.md §7.4). */
function returnPayload({ world, record, id }: Happening): Record<string, unknown> {
  const wire = wireOf(world)
  const { carrier, tracking_number, label_status, label_updated_at } = topLabel(wire, record)
  return {
    shop_id: shopId,
    id: id(record.id),
    state: stateWord(wire, record.state),
    created_at: iso(wire, record.createdAt),
    edited_at: record.editedAt === null ? null : iso(wire, record.editedAt),
    order_id: id(record.orderId),
    order_name: record.orderName,
    provider_order_id: id(record.providerOrderId),
    order_number: String(record.orderNumber),
    provider_order_number: record.providerOrderNumber,
    provider_order_external_id: null,
    provider_order_sales_channel: 'web',
    customer: record.customer.email,
    customer_detail: {
      email: record.customer.email,
      first_name: record.customer.firstName,
      middle_name: null,
      last_name: record.customer.lastName,
    },
    address: { name: `${record.customer.firstName} ${record.customer.lastName}`, ...shopperAddress },
    currency: record.currency,
    ...moneyFields(record),
    status_page_url: `https://returns.example.com/#/${record.id}`,
    is_gift_return: false,
    refunds: record.refunds.map((refund) => ({
      gateway: 'shopify_payments',
      amount: decimal(refund.amount),
      currency: record.currency,
      provider_refund_id: id(refund.providerRefundId),
    })),
    // In cents here, in whole currency units on the list (loop.md §7.4).
    labels: labelRows(wire, record).map((row, index) => ({ ...row, rate: record.labels[index]?.rate ?? 0 })),
    line_items: record.units.map((unit) => {
      const { refund_item, refund_tax, consolidation_destination_id, ...row } = unitRow(wire, record, unit, id)
      return row
    }),
    exchanges: record.exchanges.map((exchange) => exchangeRow(exchange, id)),
    carrier,
    tracking_number,
    label_status,
    label_updated_at,
    package_reference: record.packageReference,
  }
}

/** The body that tells of a pallet; it names none of its returns (loop.md §14.4). */
export function shipmentPayload(topic: string, { loopId, happyReturnsId }: Shipment): unknown {
  if (topic !== 'happy.returns.shipment') return []
  const ids = { loop_shipment_id: loopId, happy_returns_shipment_id: happyReturnsId }
  return { topic, trigger: 'shipment.processed', ...ids }
}

/**
 * An invented address. The rest of mhloop must store none of it; letters beyond ASCII reveal a client that serialises
 * the body again.
 */
export const shopperAddress = {
  company: null,
  address1: '12 Rue de l’Église c/o Zoë',
  address2: 'Apt 4/B',
  city: 'Montréal',
  state: 'QC',
  zip: 'H2X 1Y4',
  country: 'Canada',
  country_code: 'CA',
  phone: '+1 514 555 0142',
} as const

/** The payload of a label; `id` is the return's (loop.md §7.5). */
function labelPayload({ world, record, label, id }: Happening): Record<string, unknown> {
  const parcel = label ?? firstLabel(record)
  return {
    shop_id: shopId,
    id: id(record.id),
    order_id: id(record.orderId),
    provider_order_id: id(record.providerOrderId),
    carrier: parcel?.carrier ?? '',
    tracking_number: parcel?.trackingNumber ?? 'N/A',
    label_status: parcel?.status ?? 'pending',
    label_updated_at: parcel ? iso(wireOf(world), parcel.updatedAt) : 'N/A',
    shipment_id: parcel ? `shp_${parcel.trackingNumber}` : null,
  }
}

/** The only payload with `return_id`, always as a number (loop.md §7.5). */
function processingPayload({ world, event, record }: Happening): Record<string, unknown> {
  return {
    return_id: record.id,
    return_state: stateWord(wireOf(world), event.state),
    message: event.message,
    source: event.source,
  }
}
