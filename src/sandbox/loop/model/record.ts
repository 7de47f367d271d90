/**
 * The records of the Loop stand-in. Times are milliseconds since 1970, money is in minor units; each endpoint decides
 * how they are written on the wire.
 */

export type LoopState = 'open' | 'review' | 'closed' | 'cancelled' | 'expired'
export const loopStates: readonly LoopState[] = ['open', 'review', 'closed', 'cancelled', 'expired']

/** A category of conditions; subject and title identify it within a shop (loop.md §14.1). */
export type Category = {
  subject: string
  title: string
  /** The word of 2026-07; null for the shop's own. */
  grade: string | null
  name: string | null
  parent: string | null
}

/** How a unit was found, as `/dispositioning/grade` recorded it. */
export type UnitCondition = {
  description: string
  category: Category | null
  processor: string | null
  note: string | null
  inspectedAt: string | null
  images: readonly unknown[]
}

/** One returned unit; Loop knows no quantity (loop.md §0.3). */
export type LoopUnit = {
  lineItemId: number
  /** Shopify's line, shared by the units of one line. */
  providerLineItemId: number
  productId: number
  variantId: number
  /** Empty when the product has none. */
  sku: string
  barcode: string
  title: string
  price: number
  discount: number
  tax: number
  reason: string
  parentReason: string | null
  comment: string | null
  condition: UnitCondition | null
  disposition: Record<string, unknown> | null
  /** Taken out and not paid, but still shown: only while `loop.removed-units-vanish` is off. */
  removed: boolean
}

/** `pending` until the carrier answers; then in the order of `labelWalk`, or one of its dead ends (loop.md §8.4). */
export type LabelStatus =
  | 'pending'
  | 'new'
  | 'pre_transit'
  | 'in_transit'
  | 'out_for_delivery'
  | 'delivered'
  | 'error'
  | 'failure'
export const labelWalk: readonly LabelStatus[] = ['new', 'pre_transit', 'in_transit', 'out_for_delivery', 'delivered']
/** What a carrier can report. */
export const scanStatuses: readonly LabelStatus[] = [...labelWalk, 'error', 'failure']

export type LoopLabel = {
  status: LabelStatus
  updatedAt: number
  /** Minor units. */
  rate: number
  carrier: string
  trackingNumber: string
  /** The units in this parcel. */
  lineItemIds: number[]
}

export type LoopExchange = {
  exchangeId: number
  productId: number
  variantId: number
  sku: string
  title: string
  price: number
  outOfStock: boolean
}

export type LoopRefund = { amount: number; providerRefundId: number; at: number }
/** A note is visible from `at` until `deletedAt`, when a person deletes it; null: never. */
export type LoopNote = { id: number; content: string; at: number; deletedAt: number | null }

export type LoopOutcome =
  | 'refund'
  | 'credit'
  | 'exchange'
  | 'upsell'
  | 'exchange+refund'
  | 'exchange+credit'
  | 'credit+refund'
  /** A spelling or a word that Loop has not been seen to send. */
  | (string & {})

export type LoopCustomer = { email: string; firstName: string; lastName: string }

export type LoopRecord = {
  id: number
  state: LoopState
  /** Set by a flag; a rule of the shop moves a return to review without it. The refusals differ (loop.md §5.1). */
  flagged: boolean
  createdAt: number
  updatedAt: number
  editedAt: number | null
  closedAt: number | null
  outcome: LoopOutcome
  orderId: number
  /** With `#`, as Shopify names it. */
  orderName: string
  orderNumber: number
  providerOrderId: number
  providerOrderNumber: number
  customer: LoopCustomer
  currency: string
  destinationId: number | null
  returnMethod: ReturnMethod | null
  /** Null for a return that goes by mail. */
  boxFree: BoxFree | null
  packageReference: string | null
  units: LoopUnit[]
  labels: LoopLabel[]
  exchanges: LoopExchange[]
  refunds: LoopRefund[]
  notes: LoopNote[]
  /** Money is paid before the warehouse inspects the items (instant refund). */
  refundBeforeInspection: boolean
  fraudReport: { id: number; category: string; comment: string | null; at: number } | null
  wasProcessed: boolean
  processedAt: number | null
  /** How the return left the open state, for the ASN's `actioned_by`. */
  actionedBy: string
  /** Processing calls accepted so far and jobs still queued: Loop pays once per accepted call (C2). */
  accepted: number
  queued: number
}

/** How the shopper hands the items in. `rmaId` is the method's own code, for its bar and not for a warehouse. */
export type ReturnMethod = {
  provider: string
  methodType: string
  state: string
  rmaId: string
  scannableId: string | null
  qrCodeUrl: string | null
}

/** A return without a box (loop.md §14.4). */
export type BoxFree = {
  droppedOffAt: number | null
  /** Line items that were not handed in. */
  missing: number[]
  /** Barcodes of its polybags; `packageReference` shows them once the hub has shipped. */
  bags: string[]
  shipment: Shipment | null
}

/** A pallet from a hub: a box with many bags. */
export type Shipment = {
  loopId: number
  happyReturnsId: string
  box: string
  tracking: string
  carrier: string
  at: number
  returnIds: number[]
}

export type LoopDestination = {
  id: number
  type: 'warehouse' | 'donate'
  name: string
  enabled: boolean
  address1: string
  city: string
  state: string
  zip: string
}

export type LoopWebhook = { id: number; topic: string; trigger: string; url: string; status: 'active' | 'inactive' }

/** The shopper's refund in money, in minor units; 0 for a pure exchange or store credit. */
export function refundAmount(record: LoopRecord): number {
  if (!record.outcome.includes('refund')) return 0
  return Math.max(0, unitsTotal(record) - exchangeTotal(record)) - creditAmount(record)
}

/** The shopper's store credit, in minor units; with a refund beside it, half of what is due. */
export function creditAmount(record: LoopRecord): number {
  if (!record.outcome.includes('credit')) return 0
  const due = Math.max(0, unitsTotal(record) - exchangeTotal(record))
  return record.outcome.includes('refund') ? Math.floor(due / 2) : due
}

/** The units that were not taken out of the return. */
export function unitsLeft(record: LoopRecord): LoopUnit[] {
  return record.units.filter((unit) => !unit.removed)
}

/** The value of all units after discount and with tax, in minor units. */
export function unitsTotal(record: LoopRecord): number {
  return unitsLeft(record).reduce((sum, unit) => sum + unit.price - unit.discount + unit.tax, 0)
}

/** The value of the exchange items, in minor units. */
export function exchangeTotal(record: LoopRecord): number {
  return record.exchanges.reduce((sum, exchange) => sum + exchange.price, 0)
}

/** The label that the top-level fields on the wire describe: the first one. */
export function firstLabel(record: LoopRecord): LoopLabel | null {
  return record.labels[0] ?? null
}
