import type { BoxFreePlan } from './box-free.ts'
import { dropOff, freshRmaId, notHandedIn, shipBags, withoutMissing } from './box-free.ts'
import type { LabelPlan } from './labels.ts'
import { planLabels } from './labels.ts'
import type { LoopCustomer, LoopOutcome, LoopRecord, LoopState, LoopUnit, ReturnMethod } from './record.ts'
import { refundAmount } from './record.ts'
import { scheduleExpiry } from './states.ts'
import type { LoopStore } from './store.ts'
import { destinationIds } from './store.ts'

export type NewUnit = {
  sku?: string
  barcode?: string
  title?: string
  /** Minor units. */
  price?: number
  discount?: number
  tax?: number
  reason?: string
  parentReason?: string | null
  comment?: string | null
  /** Units with the same `line` share Shopify's line id. */
  line?: number
  /** How many units to create: Loop gets that many line items. */
  quantity?: number
}

export type NewReturn = {
  returnId?: number
  /** With or without `#`. Returns that share one belong to the same order. */
  orderName?: string
  providerOrderId?: number
  outcome?: LoopOutcome
  units?: NewUnit[]
  exchanges?: { sku?: string; title?: string; price?: number; outOfStock?: boolean }[]
  destinationId?: number | null
  customer?: Partial<LoopCustomer>
  currency?: string
  returnMethod?: (Pick<ReturnMethod, 'provider' | 'methodType'> & Partial<ReturnMethod>) | null
  /** Handed in at a Return Bar instead of mailed, as far as the plan says. */
  boxFree?: BoxFreePlan | true
  /** The initial state; a state other than `open` is the result of earlier auto-processing, a rule or a person. */
  state?: LoopState
  createdAt?: Date
  refundBeforeInspection?: boolean
  label?: LabelPlan
  /** Sends no webhooks and starts no timers: for bulk seeding of past returns. */
  silent?: boolean
}

/** Creates a return as a shopper would, with good defaults for values that are not given. */
export function createReturn(store: LoopStore, requested: NewReturn = {}): LoopRecord {
  const record = recordOf(store, requested)
  store.add(record)
  const plan: BoxFreePlan = typeof requested.boxFree === 'object' ? requested.boxFree : {}
  if (plan.droppedOff) dropOff(store, record, plan)
  if (record.state === 'closed') withoutMissing(store, record)
  if (record.state === 'closed' || record.refundBeforeInspection) settleEarlyMoney(store, record)
  if (!requested.silent) store.emit('return', 'return.created', record)
  if (record.boxFree === null) planLabels(store, record, requested.label ?? {}, requested.silent === true)
  if (plan.shipped) shipBags(store, [record])
  if (!requested.silent) scheduleExpiry(store, record)
  return record
}

function recordOf(store: LoopStore, requested: NewReturn): LoopRecord {
  const created = requested.createdAt?.getTime() ?? store.now()
  const state = requested.state ?? 'open'
  return {
    id: freeReturnId(store, requested.returnId),
    state,
    flagged: false,
    createdAt: created,
    updatedAt: created,
    editedAt: null,
    closedAt: null,
    outcome: requested.outcome ?? (requested.exchanges ? 'exchange' : 'refund'),
    ...orderOf(store, requested),
    customer: { email: 'shopper@example.com', firstName: 'Sam', lastName: 'Shopper', ...requested.customer },
    currency: requested.currency ?? 'USD',
    destinationId: requested.destinationId === undefined ? destinationIds.masonhub : requested.destinationId,
    returnMethod: methodOf(store, requested),
    boxFree: requested.boxFree ? notHandedIn() : null,
    packageReference: null,
    units: (requested.units ?? [{}]).flatMap((unit) => newUnits(store, unit)),
    labels: [],
    exchanges: (requested.exchanges ?? []).map((exchange) => ({
      exchangeId: store.nextId('exchange'),
      productId: store.nextId('shopify'),
      variantId: store.nextId('shopify'),
      sku: exchange.sku ?? 'TEE-BLK-L',
      title: exchange.title ?? 'Black tee, L',
      price: exchange.price ?? 2_500,
      outOfStock: exchange.outOfStock ?? false,
    })),
    refunds: [],
    notes: [],
    refundBeforeInspection: requested.refundBeforeInspection ?? false,
    fraudReport: null,
    wasProcessed: false,
    processedAt: null,
    actionedBy: '',
    accepted: 0,
    queued: 0,
  }
}

function methodOf(store: LoopStore, { boxFree, returnMethod = null }: NewReturn): ReturnMethod | null {
  if (boxFree) {
    const rmaId = freshRmaId(store)
    const qrCodeUrl = `https://qr.example.com/${rmaId}.png`
    const method = { provider: 'happyreturns', methodType: 'drop_off', state: 'created', rmaId, scannableId: rmaId }
    return { ...method, qrCodeUrl, ...returnMethod }
  }
  if (returnMethod === null) return null
  return { state: 'created', rmaId: '', scannableId: null, qrCodeUrl: null, ...returnMethod }
}

function freeReturnId(store: LoopStore, requested: number | undefined): number {
  if (requested !== undefined) {
    if (store.returns.has(requested)) throw new Error(`The sandbox has a return ${requested} already.`)
    return requested
  }
  let id = store.nextId('return')
  while (store.returns.has(id)) id = store.nextId('return')
  return id
}

function orderOf(store: LoopStore, requested: NewReturn) {
  const orderId = store.nextId('order')
  const bare = (requested.orderName ?? String(orderId - 47_999_000)).replace(/^#/, '')
  const providerOrderId = requested.providerOrderId ?? providerOrderOf(store, bare)
  const digits = Number(/\d{1,9}/.exec(bare)?.[0] ?? orderId - 48_000_000)
  return {
    orderId,
    orderName: `#${bare}`,
    orderNumber: digits,
    providerOrderId,
    // Loop's number differs from Shopify's by an offset (loop.md §8.1).
    providerOrderNumber: digits + 1_000,
  }
}

/** The Shopify order ids by order name: within a shop, the same name is the same order. */
const ordersOf = new WeakMap<LoopStore, Map<string, number>>()

function providerOrderOf(store: LoopStore, name: string): number {
  const known = ordersOf.get(store) ?? new Map<string, number>()
  ordersOf.set(store, known)
  const id = known.get(name) ?? store.nextId('shopify')
  known.set(name, id)
  return id
}

/** The units of one wanted line; used by creation and by edits. */
export function newUnits(store: LoopStore, requested: NewUnit): LoopUnit[] {
  const providerLineItemId = requested.line ?? store.nextId('shopify')
  const productId = store.nextId('shopify')
  const variantId = store.nextId('shopify')
  return Array.from({ length: requested.quantity ?? 1 }, () => ({
    lineItemId: store.nextId('lineItem'),
    providerLineItemId,
    productId,
    variantId,
    sku: requested.sku ?? 'TEE-BLK-M',
    barcode: requested.barcode ?? '',
    title: requested.title ?? 'Black tee, M',
    price: requested.price ?? 2_500,
    discount: requested.discount ?? 0,
    tax: requested.tax ?? 0,
    reason: requested.reason ?? 'Too small',
    parentReason: requested.parentReason === undefined ? 'Size' : requested.parentReason,
    comment: requested.comment ?? null,
    condition: null,
    disposition: null,
    removed: false,
  }))
}

/** Pays money that moves before inspection: the shop's own processing, or an instant refund (loop.md §11.10, F19). */
function settleEarlyMoney(store: LoopStore, record: LoopRecord): void {
  const by = record.refundBeforeInspection ? 'instant refund' : 'workflow'
  const amount = refundAmount(record)
  record.wasProcessed = true
  record.processedAt = record.createdAt
  if (record.state === 'closed') {
    record.closedAt = record.createdAt
    record.actionedBy = by
  }
  if (amount > 0) record.refunds.push({ amount, providerRefundId: store.nextId('refund'), at: record.createdAt })
  const returnId = String(record.id)
  store.world.groundTruth.record({ what: 'refund_paid', returnId, detail: { by, outcome: record.outcome, amount } })
}
