/**
 * The test RMAs of `mhloop smoke`. Only their identifier tells them from all others, so that smoke deletes nothing else
 * and a test RMA is never taken for a return's.
 */

import type { Policy } from '../merchants/policy.ts'
import { type Decision, decide } from '../refunds/decide.ts'
import { isOutcomeAllowed } from '../returns/outcomes.ts'
import { type LoopReturn, methodUnsaid } from '../returns/return.ts'
import type { DesiredRma, Rma } from './rma.ts'

/** What happens to each: three are received at the dock, one is deleted while it is open. */
export const smokeKinds = ['full', 'partial', 'unexpected', 'deleted'] as const
export type SmokeKind = (typeof smokeKinds)[number]

/** One run: when it began, and six hexadecimal digits that tell it from another run of the same second. */
export type SmokeRun = { beganAt: string; random: string }

const shape = /^mhloop-smoke-(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)-[0-9a-f]{6}-(?:full|partial|unexpected|deleted)$/

/** `mhloop-smoke-20261125T172300-3f9c1a-full`: well within MasonHub's 5 to 100 characters (masonhub.md §4.1). */
export function smokeIdentifier({ beganAt, random }: SmokeRun, kind: SmokeKind): string {
  return `mhloop-smoke-${beganAt.slice(0, 19).replace(/[-:]/g, '')}-${random}-${kind}`
}

/** Whether an RMA is a test RMA of ours, by its identifier. */
export function isSmokeIdentifier(customerIdentifier: string): boolean {
  return shape.test(customerIdentifier)
}

/** The command to type about an effect of a return, or of a test RMA, which `rma show` does not know. */
export function showCommand(returnId: string, merchant: string): string {
  return isSmokeIdentifier(returnId)
    ? `mhloop smoke --clean -m ${merchant}`
    : `mhloop rma show ${returnId} -m ${merchant}`
}

/** When the run began that made this test RMA (RFC 3339); null for any other RMA. */
export function smokeBeganAt(customerIdentifier: string): string | null {
  const [whole, year, month, day, hour, minute, second] = shape.exec(customerIdentifier) ?? []
  return whole === undefined ? null : `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`
}

/** The RMA that a run creates for one purpose, of one or two SKUs that MasonHub knows. */
export function smokeRma(
  run: SmokeRun,
  kind: SmokeKind,
  { skus, policy }: { skus: readonly string[]; policy: Pick<Policy, 'requestedStatus'> },
): DesiredRma {
  // Enough units that a random partial receipt in MasonHub's sandbox hardly ever covers all of them.
  const quantity = kind === 'partial' ? 4 : 1
  return {
    customerIdentifier: smokeIdentifier(run, kind),
    manifestId: `smoke-${run.random}`,
    packageId: `SMOKE-${run.random}-${kind}`,
    instructions: 'Test RMA of mhloop smoke: no parcel will come.',
    lines: skus.map((sku) => ({
      sku,
      quantity,
      reasonCode: 'other',
      requestedStatus: policy.requestedStatus,
      notes: 'mhloop smoke',
      orderId: null,
    })),
  }
}

/** The same RMA after a change by the shopper: one more unit of the first SKU, for another reason. */
export function changedSmokeRma(rma: DesiredRma): DesiredRma {
  const lines = rma.lines.map((line, index) =>
    index === 0 ? { ...line, quantity: line.quantity + 1, reasonCode: 'tooSmall' as const } : line,
  )
  return { ...rma, lines }
}

/** A Loop return that would have announced this RMA; Loop itself has none. */
function announcing(expected: DesiredRma, policy: Policy, at: string): LoopReturn {
  const units = expected.lines.flatMap(({ sku, quantity }) => Array.from({ length: quantity }, () => sku))
  return {
    returnId: expected.customerIdentifier,
    state: 'open',
    rawState: 'open',
    outcome: policy.outcomes.find((one) => isOutcomeAllowed(one, policy.outcomes)) ?? 'refund',
    orderName: null,
    providerOrderId: null,
    createdAt: at,
    updatedAt: at,
    destinationId: policy.destinations[0] ?? null,
    destinationName: null,
    returnMethod: null,
    method: { ...methodUnsaid, known: true },
    units: units.map((sku, index) => ({
      lineItemId: String(index + 1),
      providerLineItemId: null,
      sku,
      barcode: null,
      title: null,
      reason: null,
      parentReason: null,
      comment: null,
      outcome: null,
      price: null,
      refund: null,
      condition: null,
      disposition: null,
    })),
    labels: [],
    bags: [],
    deliveredAt: null,
    trackingNumbers: [expected.packageId],
    money: {
      refund: '0.00',
      giftCard: '0.00',
      currency: null,
      wasProcessed: false,
      refundBeforeInspection: false,
      refunds: 0,
    },
  }
}

/**
 * What mhloop would tell Loop about a test RMA after its receipt, by the real rules and the merchant's policy. Only the
 * cutoff is left out, because it is about when a return was filed.
 */
export function smokeDecision(expected: DesiredRma, rma: Rma, policy: Policy, at: string): Decision {
  const loopReturn = announcing(expected, policy, at)
  return decide({
    loopReturn,
    rma,
    policy: { ...policy, cutoff: null },
    announced: loopReturn.units.map(({ lineItemId }) => lineItemId).sort(),
    past: { process: 'none', flags: [] },
    explicitRefund: false,
    bagSeenAt: null,
    now: at,
  })
}

export type SmokeReceipt = 'complete' | 'short' | 'unclear'

/**
 * Classifies a receipt without the rules, so that the rules can be checked against it. `complete`: every announced unit
 * is available, and nothing else came. `short`: something is missing or damaged. `unclear`: anything between.
 */
export function smokeReceipt(expected: DesiredRma, { lines }: Rma): SmokeReceipt {
  const all = lines.flatMap(({ sku, received }) => (received ?? []).map((units) => ({ sku, ...units })))
  const unitsOf = (where: (one: (typeof all)[number]) => boolean) =>
    all.filter(where).reduce((sum, { quantity }) => sum + quantity, 0)
  const announced = new Map(expected.lines.map(({ sku, quantity }) => [sku, quantity]))
  const missing = expected.lines.some(
    (line) => unitsOf(({ sku, disposition }) => sku === line.sku && disposition !== 'short') < line.quantity,
  )
  if (missing || unitsOf(({ disposition }) => disposition === 'damaged') > 0) return 'short'
  const complete =
    lines.every(({ sku, notOnOriginalRma }) => !notOnOriginalRma && announced.has(sku)) &&
    all.every(({ disposition, quantity }) => disposition === 'available' || quantity === 0) &&
    expected.lines.every((line) => unitsOf(({ sku }) => sku === line.sku) === line.quantity)
  return complete ? 'complete' : 'unclear'
}

/** Whether the rules decided what such a receipt calls for: a refund, a flag, or what the merchant's policy chose. */
export function isExpected(receipt: SmokeReceipt, { action, reasons }: Decision, policy: Policy): boolean {
  switch (receipt) {
    case 'complete':
      return action === 'refund' || (action === 'wait' && !policy.refunds && reasons[0]?.code === 'REFUNDS_OFF')
    case 'short':
      return action === 'flag'
    case 'unclear':
      return action === policy.onUnclear
  }
}
