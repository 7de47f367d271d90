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
export function createReturn(store: LoopStore, wanted: NewReturn = {}): LoopRecord {
  const record = recordOf(store, wanted)
  store.add(record)
  const plan: BoxFreePlan = typeof wanted.boxFree === 'object' ? wanted.boxFree : {}
  if (plan.droppedOff) dropOff(store, record, plan)
  if (record.state === 'closed') withoutMissing(store, record)
  if (record.state === 'closed' || record.refundBeforeInspection) settleEarlyMoney(store, record)
  if (!wanted.silent) store.emit('return', 'return.created', record)
  if (record.boxFree === null) planLabels(store, record, wanted.label ?? {}, wanted.silent === true)
  if (plan.shipped) shipBags(store, [record])
  if (!wanted.silent) scheduleExpiry(store, record)
  return record
}

function recordOf(store: LoopStore, wanted: NewReturn): LoopRecord {
  const created = wanted.createdAt?.getTime() ?? store.now()
  const state = wanted.state ?? 'open'
  return {
    id: freeReturnId(store, wanted.returnId),
    state,
    flagged: false,
    createdAt: created,
    updatedAt: created,
    editedAt: null,
    closedAt: null,
    outcome: wanted.outcome ?? (wanted.exchanges ? 'exchange' : 'refund'),
    ...orderOf(store, wanted),
    customer: { email: 'shopper@example.com', firstName: 'Sam', lastName: 'Shopper', ...wanted.customer },
    currency: wanted.currency ?? 'USD',
    destinationId: wanted.destinationId === undefined ? destinationIds.masonhub : wanted.destinationId,
    returnMethod: methodOf(store, wanted),
    boxFree: wanted.boxFree ? notHandedIn() : null,
    packageReference: null,
    units: (wanted.units ?? [{}]).flatMap((unit) => newUnits(store, unit)),
    labels: [],
    exchanges: (wanted.exchanges ?? []).map((exchange) => ({
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
    refundBeforeInspection: wanted.refundBeforeInspection ?? false,
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

function freeReturnId(store: LoopStore, wanted: number | undefined): number {
  if (wanted !== undefined) {
    if (store.returns.has(wanted)) throw new Error(`The sandbox has a return ${wanted} already.`)
    return wanted
  }
  let id = store.nextId('return')
  while (store.returns.has(id)) id = store.nextId('return')
  return id
}

function orderOf(store: LoopStore, wanted: NewReturn) {
  const orderId = store.nextId('order')
  const bare = (wanted.orderName ?? String(orderId - 47_999_000)).replace(/^#/, '')
  const providerOrderId = wanted.providerOrderId ?? providerOrderOf(store, bare)
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
export function newUnits(store: LoopStore, wanted: NewUnit): LoopUnit[] {
  const providerLineItemId = wanted.line ?? store.nextId('shopify')
  const productId = store.nextId('shopify')
  const variantId = store.nextId('shopify')
  return Array.from({ length: wanted.quantity ?? 1 }, () => ({
    lineItemId: store.nextId('lineItem'),
    providerLineItemId,
    productId,
    variantId,
    sku: wanted.sku ?? 'TEE-BLK-M',
    barcode: wanted.barcode ?? '',
    title: wanted.title ?? 'Black tee, M',
    price: wanted.price ?? 2_500,
    discount: wanted.discount ?? 0,
    tax: wanted.tax ?? 0,
    reason: wanted.reason ?? 'Too small',
    parentReason: wanted.parentReason === undefined ? 'Size' : wanted.parentReason,
    comment: wanted.comment ?? null,
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
