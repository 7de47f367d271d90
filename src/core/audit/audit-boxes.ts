/**
 * Boxes of a return that the warehouse booked as RMAs of their own, because the return's RMA was received before.
 * They never count for money: nobody announced them, so a person decides.
 */

import type { Decision } from '../refunds/decide.ts'
import { receiptOf } from '../refunds/receipt.ts'
import type { LoopReturn } from '../returns/return.ts'
import { countBySku } from '../returns/units.ts'
import type { Rma } from '../rmas/rma.ts'
import { printable } from '../text/printable.ts'
import type { Draft } from './draft.ts'

export type SeparateBoxes = {
  loopReturn: LoopReturn
  /** The return's own RMA, received. */
  rma: Rma
  /** RMAs that the dock made for other parcels of the return. */
  separate: readonly Rma[]
  decision: Decision
}

/** Whether the dock made this RMA for one of these parcels. */
export function isMadeAtDock(rma: Rma, parcelIds: readonly string[]): boolean {
  const unannounced = rma.customerIdentifier === null || rma.returnType === 'rma_created_by_distribution_center'
  const isLive = rma.status !== 'deleted' && rma.deletedAt === null
  return unannounced && isLive && rma.packageId !== null && parcelIds.includes(rma.packageId)
}

export function separateBoxFindings({
  loopReturn: { returnId, state },
  rma,
  separate,
  decision,
}: SeparateBoxes): Draft[] {
  const completes = separate.length > 0 && doComplete(rma, separate, decision)
  const mayForce = completes && state === 'open' && decision.action === 'flag'
  const forced = `mhloop rma resolve ${returnId} --refund --force --reason "The other box was received apart"`
  return separate.map((box) => ({
    code: 'BOX_RECEIVED_APART',
    severity: 'warning',
    message: [
      `The warehouse received parcel ${printable(box.packageId ?? '', 60)} of this return as an RMA of its own${contentOf(box)}.`,
      'That counts for no refund: ask MasonHub to book it on the RMA of the return.',
      ...(completes ? ['With it, the return is complete.'] : []),
    ].join(' '),
    fix: mayForce ? forced : `mhloop rma show ${returnId}`,
  }))
}

function contentOf(box: Rma): string {
  const units = (receiptOf(box)?.lines ?? []).flatMap(({ sku, byDisposition }) =>
    [...byDisposition].map(([word, count]) => `${count} × ${printable(sku, 60)} ${printable(word, 40)}`),
  )
  return units.length === 0 ? '' : `: ${units.join(', ')}`
}

/** Units are missing, nothing else is wrong, and just these are in the other boxes, all of them available. */
function doComplete(rma: Rma, separate: readonly Rma[], { reasons }: Decision): boolean {
  if (!reasons.every(({ code }) => code === 'MISSING' || code === 'BOX_ON_ITS_WAY')) return false
  const found = separate.flatMap((box) => receiptOf(box)?.lines ?? [])
  const isAvailable = found.every(({ byDisposition, received }) => byDisposition.get('available') === received)
  const there = countBySku(found.map(({ sku, received: quantity }) => ({ sku, quantity })))
  const missing = missingUnits(rma)
  return isAvailable && missing.size === there.size && [...missing].every(([sku, count]) => there.get(sku) === count)
}

/** How many units of which SKUs a receipt lacks. */
export function missingUnits(rma: Rma): Map<string, number> {
  const lines = rma.status === 'received' ? (receiptOf(rma)?.lines ?? []) : []
  return countBySku(
    lines.flatMap(({ sku, expected, received }) =>
      received < expected ? [{ sku, quantity: expected - received }] : [],
    ),
  )
}
