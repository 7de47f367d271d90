/**
 * Loop's list and ASN report say more of a return's parcels than its details do. What they said is remembered,
 * and completes a reading that leaves it out.
 */

import { movementOf, namesMethod } from './parcels.ts'
import type { LoopReturn, ReturnLabel, ReturnMethod } from './return.ts'

/** One parcel, or the drop-off's own number, as an earlier reading had it. */
export type RememberedParcel = {
  parcelId: string
  kind: 'label' | 'bag' | 'rma id'
  lineItemIds: readonly string[]
  status: string | null
  changedAt: string | null
}

export type Remembered = {
  /** Whether the return was handed in without a box; null: no reading has said. */
  boxFree: boolean | null
  parcels: readonly RememberedParcel[]
}

/**
 * The reading, completed: bags and method where it has none, the units and time of a label that it shows. It never adds
 * a label, which Loop may have replaced, nor a unit, nor anything about money.
 */
export function withRemembered(loopReturn: LoopReturn, { boxFree, parcels }: Remembered): LoopReturn {
  const idsOf = (kind: RememberedParcel['kind']) =>
    parcels.filter((one) => one.kind === kind).map((one) => one.parcelId)
  const labels = new Map(parcels.filter(({ kind }) => kind === 'label').map((one) => [one.parcelId, one]))
  const ofLabel = ({ trackingNumber }: ReturnLabel) =>
    trackingNumber === null ? undefined : labels.get(trackingNumber)
  const units = new Set(loopReturn.units.map(({ lineItemId }) => lineItemId))
  return {
    ...loopReturn,
    method: completed(loopReturn.method, boxFree, idsOf('rma id')[0] ?? null),
    labels: loopReturn.labels.map((label) => withMemory(label, ofLabel(label), units)),
    bags: loopReturn.bags.length > 0 ? loopReturn.bags : idsOf('bag'),
    deliveredAt: loopReturn.deliveredAt ?? lastDelivery(loopReturn.labels.map(ofLabel)),
  }
}

function completed(method: ReturnMethod, boxFree: boolean | null, rmaId: string | null): ReturnMethod {
  const isRemembered = !namesMethod({ method }) && boxFree === true
  return {
    ...method,
    provider: method.provider ?? (isRemembered ? 'happyreturns' : null),
    rmaId: method.rmaId ?? rmaId,
  }
}

/** The time of another status says nothing about this one. Units that have left the return are left out. */
function withMemory(label: ReturnLabel, known: RememberedParcel | undefined, units: ReadonlySet<string>): ReturnLabel {
  if (known === undefined) return label
  return {
    ...label,
    updatedAt: label.updatedAt ?? (known.status === label.status ? known.changedAt : null),
    lineItemIds:
      label.lineItemIds.length > 0
        ? label.lineItemIds
        : known.lineItemIds.filter((lineItemId) => units.has(lineItemId)),
  }
}

/** Of the labels that Loop still shows. */
function lastDelivery(known: readonly (RememberedParcel | undefined)[]): string | null {
  const times = known.flatMap((one) =>
    one !== undefined && movementOf(one.status) === 'arrived' ? (one.changedAt ?? []) : [],
  )
  return times.sort().at(-1) ?? null
}
