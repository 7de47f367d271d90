/**
 * Loop's record of a return, in mhloop's own model. Vendor quirks (ids as numbers, `N/A`, renamed keys) end in
 * src/loop. null always means "Loop did not say", unless a field says more.
 */

/** `needs review` is folded into `review` (loop.md §7.4); an unknown word becomes `unknown`, never a guess. */
export type ReturnState = 'open' | 'review' | 'closed' | 'cancelled' | 'expired' | 'unknown'

/** One returned unit. Loop has no quantity: two of a SKU are two units (loop.md §0.3). */
export type ReturnUnit = {
  lineItemId: string
  /** Shopify's line, shared by units of the same line. */
  providerLineItemId: string | null
  /** null when Loop sent none or an empty one: such a unit can't be announced. */
  sku: string | null
  barcode: string | null
  title: string | null
  reason: string | null
  parentReason: string | null
  comment: string | null
  /** Line-level outcome as Loop wrote it, e.g. `default`; the vocabulary is not published. */
  outcome: string | null
  /** What was paid for the unit, and what the shopper gets back for it: Loop's decimal strings. */
  price: string | null
  refund: string | null
  /** The warehouse's grade; null: none yet; undefined: this endpoint does not say. */
  condition: UnitCondition | null | undefined
  /** What was decided about the unit, e.g. `back_to_stock`; null and undefined as for its condition. */
  disposition: string | null | undefined
}

/** A grade. Older versions of Loop write a word for it, which is then the grade (loop.md §14.1). */
export type UnitCondition = {
  subject: string | null
  title: string | null
  grade: string | null
  description: string | null
}

export type ReturnLabel = {
  /** null until the label exists (`N/A`, empty, pending: loop.md §8.4). */
  trackingNumber: string | null
  carrier: string | null
  status: string | null
  /** When the carrier or Loop last changed it. */
  updatedAt: string | null
  /** Line item ids in this parcel; empty when Loop doesn't say. */
  lineItemIds: string[]
}

/** How the shopper hands the units in, as Loop wrote it; all null for plain mail. */
export type ReturnMethod = {
  /** Such as `happyreturns` (loop.md §14.4). */
  provider: string | null
  type: string | null
  state: string | null
  /** The method's own number, which the shopper shows at the bar. */
  rmaId: string | null
  scannableId: string | null
  /** false: this endpoint says nothing about the method, not even that there is none. */
  known: boolean
}

/** What an endpoint says that knows no methods. */
export const methodUnsaid: ReturnMethod = {
  provider: null,
  type: null,
  state: null,
  rmaId: null,
  scannableId: null,
  known: false,
}

/** What Loop says about money that has moved already (loop.md §4.2). */
export type ReturnMoney = {
  /** The money that the shopper gets back, as Loop's decimal string. */
  refund: string | null
  /** The store credit that the shopper gets (`gift_card`); absent or null when Loop did not say. */
  giftCard?: string | null
  currency: string | null
  /** null: Loop did not say (the ASN report never does). */
  wasProcessed: boolean | null
  refundBeforeInspection: boolean | null
  /** How many refunds Loop lists (`refunds[]`, `shopify_refund_object[]`). */
  refunds: number
}

export type LoopReturn = {
  /** The number in the admin URL. It identifies the return everywhere. */
  returnId: string
  state: ReturnState
  /** The word Loop used for the state, for messages about an unknown one. */
  rawState: string
  /** What the shopper gets, as Loop wrote it; `partsOf` (outcomes.ts) reads it. */
  outcome: string | null
  /** Shopify's order name, e.g. `#1001`. Several returns may share it: never a key. */
  orderName: string | null
  /** Shopify's id of the order, in digits. */
  providerOrderId: string | null
  /** RFC 3339, UTC. */
  createdAt: string | null
  updatedAt: string | null
  destinationId: string | null
  destinationName: string | null
  /** The provider of its method or, without one, the method's type; null for plain mail. */
  returnMethod: string | null
  method: ReturnMethod
  units: ReturnUnit[]
  labels: ReturnLabel[]
  /** Barcodes of the bags of a box-free return (`package_reference`), which the warehouse scans (loop.md §14.4). */
  bags: string[]
  /** When the carrier delivered its last parcel; only the ASN report says it. */
  deliveredAt: string | null
  /** Every tracking number of the return, without duplicates, first label first. */
  trackingNumbers: string[]
  money: ReturnMoney
}
