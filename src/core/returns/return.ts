/**
 * Loop's record of a return, in mhloop's own model. Vendor quirks (ids as numbers, `N/A`, renamed keys) end in
 * src/loop. null always means "Loop did not say".
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
}

export type ReturnLabel = {
  /** null until the label exists (`N/A`, empty, pending: loop.md §8.4). */
  trackingNumber: string | null
  carrier: string | null
  status: string | null
  /** Line item ids in this parcel; empty when Loop doesn't say. */
  lineItemIds: string[]
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
  /** How the shopper hands it in, e.g. `happy_returns`; null for plain mail. */
  returnMethod: string | null
  units: ReturnUnit[]
  labels: ReturnLabel[]
  /** Every tracking number of the return, without duplicates, first label first. */
  trackingNumbers: string[]
  money: ReturnMoney
}
