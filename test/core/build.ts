/**
 * Builds records of the model for tests: each function returns a complete, ordinary record, and takes what is special
 * about this one. By default, return 99904598 of order #1001 has one unit of SHIRT-M, a label, and is announced,
 * received and available.
 */

import { defaultPolicy, type Policy } from '../../src/core/merchants/policy.ts'
import { decide, type Situation } from '../../src/core/refunds/decide.ts'
import type { Parcel } from '../../src/core/returns/parcels.ts'
import { type LoopReturn, methodUnsaid, type ReturnLabel, type ReturnUnit } from '../../src/core/returns/return.ts'
import { announcedLineItems } from '../../src/core/returns/units.ts'
import { customerIdentifierOf } from '../../src/core/rmas/identifiers.ts'
import type { PlanInput } from '../../src/core/rmas/plan-rma.ts'
import type { DesiredRma, DesiredRmaLine, ReceivedUnits, Rma, RmaLine } from '../../src/core/rmas/rma.ts'

export const returnId = '99904598'
/** A day after the receipt. */
export const now = '2026-11-11T10:00:00.000Z'
export const bag = 'HR200250DB9E'
export const tracking = '9400111899223197428490'

/** One unit of a return. Line item ids must differ within a return: pass one where that matters. */
export function aUnit(special: Partial<ReturnUnit> = {}): ReturnUnit {
  return {
    lineItemId: '501',
    providerLineItemId: '7001',
    sku: 'SHIRT-M',
    barcode: null,
    title: 'Shirt, medium',
    reason: null,
    parentReason: null,
    comment: null,
    outcome: 'default',
    price: '50.00',
    refund: '47.50',
    condition: null,
    disposition: null,
    ...special,
  }
}

/** A label whose parcel is on its way, with units that Loop does not name. */
export function aLabel(special: Partial<ReturnLabel> = {}): ReturnLabel {
  return {
    trackingNumber: tracking,
    carrier: 'USPS',
    status: 'in_transit',
    updatedAt: '2026-11-02T10:00:00.000Z',
    lineItemIds: [],
    ...special,
  }
}

/** Units of these SKUs, with line item ids 501, 502, … */
export function unitsOf(...skus: (string | null)[]): ReturnUnit[] {
  return skus.map((sku, index) => aUnit({ sku, lineItemId: String(501 + index) }))
}

/** A parcel that is on its way, as its label makes it. */
export function aParcel(special: Partial<Parcel> = {}): Parcel {
  const { trackingNumber, updatedAt: changedAt, lineItemIds } = aLabel()
  return { id: trackingNumber ?? '', kind: 'label', movement: 'moving', changedAt, lineItemIds, ...special }
}

/** Parcels that are on their way under these numbers. */
export function parcelsAt(...ids: string[]): Parcel[] {
  return ids.map((id) => aParcel({ id }))
}

/** A return with one label, unless its labels or tracking numbers are given: each of them implies the other. */
export function aReturn(special: Partial<LoopReturn> = {}): LoopReturn {
  const labels = special.labels ?? (special.trackingNumbers ?? [tracking]).map((one) => aLabel({ trackingNumber: one }))
  return {
    returnId,
    state: 'open',
    rawState: special.state ?? 'open',
    outcome: 'refund',
    orderName: '#1001',
    providerOrderId: '5550001',
    createdAt: '2026-11-01T10:00:00.000Z',
    updatedAt: '2026-11-02T10:00:00.000Z',
    destinationId: '77',
    destinationName: 'MasonHub Rancho Cucamonga',
    returnMethod: null,
    method: { ...methodUnsaid, known: true },
    units: [aUnit()],
    labels,
    bags: [],
    deliveredAt: null,
    trackingNumbers: labels.flatMap(({ trackingNumber }) => trackingNumber ?? []),
    ...special,
    money: {
      refund: '47.50',
      currency: 'USD',
      wasProcessed: false,
      refundBeforeInspection: false,
      refunds: 0,
      ...special.money,
    },
  }
}

/** A return that is handed in without a box, and whose bag the hub has shipped. */
export function aBoxFreeReturn(special: Partial<LoopReturn> = {}): LoopReturn {
  const method = { ...methodUnsaid, provider: 'happyreturns', rmaId: 'HRJYTQ5J', known: true }
  return aReturn({ returnMethod: 'happyreturns', method, labels: [], bags: [bag], ...special })
}

/** Units in one disposition, as a receipt line lists them. */
export function received(disposition: string, quantity: number, notes: string | null = null): ReceivedUnits {
  return { disposition, quantity, notes }
}

/** An RMA line; with `received(…)` entries it is received, and MasonHub's own total matches them. */
export function aLine(special: Partial<RmaLine> = {}, ...dispositions: ReceivedUnits[]): RmaLine {
  const arrived = dispositions.filter(({ disposition }) => disposition !== 'short')
  return {
    sku: 'SHIRT-M',
    quantity: 1,
    reasonCode: 'other',
    requestedStatus: 'available',
    notes: null,
    orderId: null,
    quantityReceived: dispositions.length === 0 ? null : arrived.reduce((sum, { quantity }) => sum + quantity, 0),
    notOnOriginalRma: false,
    received: dispositions.length === 0 ? null : dispositions,
    ...special,
  }
}

/** A received RMA; by default everything is available. */
export function anRma(special: Partial<Rma> = {}): Rma {
  return {
    rmaId: '0b6bb516-ce52-4950-8a8b-9008f0091d93',
    customerIdentifier: returnId,
    manifestId: '#1001-R1',
    packageId: tracking,
    returnType: 'rma_submitted_by_customer',
    status: 'received',
    rawStatus: special.status ?? 'received',
    version: 1,
    notes: null,
    instructions: null,
    labelUrl: null,
    receivedAt: '2026-11-10T10:00:00.000Z',
    createdAt: '2026-11-01T10:05:00.000Z',
    updatedAt: '2026-11-10T10:00:00.000Z',
    deletedAt: null,
    lines: [aLine({}, received('available', 1))],
    ...special,
  }
}

/** An RMA of which nothing has arrived yet. */
export function anOpenRma(special: Partial<Rma> = {}): Rma {
  return anRma({ status: 'open', receivedAt: null, lines: [aLine()], ...special })
}

export function aPolicy(special: Partial<Policy> = {}, limits: Partial<Policy['limits']> = {}): Policy {
  return {
    ...defaultPolicy,
    refunds: true,
    ...special,
    limits: { ...defaultPolicy.limits, ...special.limits, ...limits },
  }
}

/** A situation in which every rule says refund; the announced units follow the return unless given. */
export function aSituation(special: Partial<Situation> = {}): Situation {
  const loopReturn = special.loopReturn === undefined ? aReturn() : special.loopReturn
  return {
    loopReturn,
    rma: anRma(loopReturn ? { customerIdentifier: customerIdentifierOf(loopReturn.returnId) } : {}),
    policy: aPolicy(),
    announced: loopReturn && announcedLineItems(loopReturn),
    past: { process: 'none', flags: [] },
    explicitRefund: false,
    bagSeenAt: null,
    now,
    ...special,
  }
}

export function aDesiredLine(special: Partial<DesiredRmaLine> = {}): DesiredRmaLine {
  return {
    sku: 'SHIRT-M',
    quantity: 1,
    reasonCode: 'other',
    requestedStatus: 'available',
    notes: null,
    orderId: null,
    ...special,
  }
}

export function aDesiredRma(special: Partial<DesiredRma> = {}): DesiredRma {
  return {
    customerIdentifier: returnId,
    manifestId: '#1001-R1',
    packageId: tracking,
    instructions: null,
    lines: [aDesiredLine()],
    ...special,
  }
}

/** What a return is planned by; nothing was announced before. */
export function aPlanInput(special: Partial<PlanInput> = {}): PlanInput {
  return {
    loopReturn: aReturn(),
    policy: aPolicy(),
    ordinal: 1,
    knownSkus: null,
    announcedBefore: false,
    now,
    ...special,
  }
}

/** The RMA that MasonHub has after it accepted this write (masonhub.md §4.5: a write replaces everything). */
export function rmaFrom(desired: DesiredRma, special: Partial<Rma> = {}): Rma {
  const lines = desired.lines.map((line) => aLine({ ...line }))
  return anOpenRma({
    customerIdentifier: desired.customerIdentifier,
    manifestId: desired.manifestId,
    packageId: desired.packageId,
    instructions: desired.instructions,
    lines,
    ...special,
  })
}

/** The codes of reasons or findings, in their order. */
export function codesOf(reasons: readonly { code: string }[]): string[] {
  return reasons.map(({ code }) => code)
}

/** The decision about {@link aSituation} and its reasons, in short: `refund ALL_AVAILABLE`. */
export function decided(special: Partial<Situation> = {}): string {
  const { action, reasons } = decide(aSituation(special))
  return [action, ...codesOf(reasons)].join(' ')
}

/** Received RMAs: one is certainly bad, the other bad in a way for which policy may say wait. */
export const damagedRma = anRma({ lines: [aLine({}, received('damaged', 1))] })
export const unclearRma = anRma({ lines: [aLine({}, received('quality-control', 1))] })
