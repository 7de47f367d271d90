/**
 * Units that are not in the parcel that was received, because their own label is on another one (loop.md §14.5). Only a
 * label that names them, and that moves or has just been delivered, explains why they are missing: everything else would
 * delay a flag, which stops the shop's own automation.
 */

import type { Reason } from '../explain/reason.ts'
import { endingOf, isBoxFree, movementOf } from '../returns/parcels.ts'
import type { LoopReturn, ReturnLabel } from '../returns/return.ts'
import { countBySku, splitUnits } from '../returns/units.ts'
import { customerIdentifierOf } from '../rmas/identifiers.ts'
import type { Rma } from '../rmas/rma.ts'
import { printable } from '../text/printable.ts'

/** Units of one SKU that the receipt lacks. */
export type Missing = { sku: string; count: number; expected: number }

export type BoxesInput = {
  loopReturn: Pick<LoopReturn, 'returnId' | 'units' | 'returnMethod' | 'labels' | 'bags' | 'method'>
  rma: Pick<Rma, 'packageId' | 'receivedAt'>
  /** How many days after the receipt another box may come (`other-box-days`). */
  days: number
  /** RFC 3339 now. */
  now: string
}

const day = 86_400_000

/** Why these units may still come, and until when that is waited for; null: something is missing without a reason. */
export function awaited(
  missing: readonly Missing[],
  input: BoxesInput,
): { until: string; reasons: [Reason, ...Reason[]] } | null {
  const until = endOfWait(input)
  if (until === null) return null
  const reasons = missing.map((one) => reasonOf(one, whereabouts(one, missing, input), until))
  const [first, ...others] = reasons.filter((reason) => reason !== null)
  return first === undefined || others.length + 1 < missing.length ? null : { until, reasons: [first, ...others] }
}

/** null: there is no wait, or no longer. A receipt of tomorrow has a wrong time, and would make the wait longer. */
function endOfWait({ rma: { receivedAt }, days, now }: BoxesInput): string | null {
  const from = Date.parse(receivedAt ?? '')
  const ahead = Date.parse(now) - from
  return ahead >= -day && ahead < days * day ? new Date(from + days * day).toISOString() : null
}

function reasonOf({ sku, count, expected }: Missing, where: string | null, until: string): Reason | null {
  if (where === null) return null
  const [verb, they] = count === 1 ? ['is', 'it counts'] : ['are', 'they count']
  const what = `${count} of ${expected} × ${printable(sku, 60)}`
  const message = `${what} ${verb} ${where}. After ${until.slice(0, 10)} ${they} as missing.`
  return { code: 'BOX_ON_ITS_WAY', sku, message }
}

function whereabouts({ sku, count }: Missing, all: readonly Missing[], input: BoxesInput): string | null {
  const bags = otherBags(input)
  if (bags.length > 0) return `perhaps in another bag of this return (${bags.join(', ')})`
  const coming = unitsElsewhere(sku, all, input)
    .map(({ labels }) => labels.filter((label) => isComing(label, input)))
    .filter((labels) => labels.length > 0)
  if (coming.length < count) return null
  const boxes = distinct(coming.flat()).map(boxText)
  return boxes.length === 1 ? `in ${boxes[0]}` : `in one of these: ${boxes.join('; ')}`
}

/** Nobody says which bag of a drop-off holds which unit, so any other bag may hold what is missing. */
function otherBags({ loopReturn, rma }: BoxesInput): string[] {
  const { returnId, bags } = loopReturn
  if (!isBoxFree(loopReturn)) return []
  // Where the return id is the code on every bag, any of them may be the one that was received.
  const isAnyBag = rma.packageId === customerIdentifierOf(returnId) && bags.length > 1
  if (!isAnyBag && !bags.includes(rma.packageId ?? '')) return []
  return bags.filter((bag) => bag !== rma.packageId).map((bag) => printable(bag, 40))
}

/** The units of a SKU whose labels are all on other parcels than the one that was received, with those labels. */
function unitsElsewhere(sku: string, missing: readonly Missing[], input: BoxesInput): { labels: ReturnLabel[] }[] {
  const isReceived = receivedParcels(missing, input)
  if (isReceived === null) return []
  return labelledUnits(input.loopReturn)
    .filter((unit) => unit.sku === sku && !unit.labels.some(isReceived))
    .map(({ labels }) => ({ labels }))
}

function labelledUnits(loopReturn: BoxesInput['loopReturn']): { sku: string; labels: ReturnLabel[] }[] {
  return splitUnits(loopReturn).announced.map(({ sku, lineItemId }) => ({
    sku,
    labels: loopReturn.labels.filter(({ lineItemIds }) => lineItemIds.includes(lineItemId)),
  }))
}

/**
 * Which labels are on what was received: that of the RMA's package, unless {@link isPackageLast}. null: no label is the
 * package, so it is unknown which parcel was received.
 */
function receivedParcels(
  missing: readonly Missing[],
  { loopReturn, rma: { packageId } }: BoxesInput,
): ((label: ReturnLabel) => boolean) | null {
  const isPackage = ({ trackingNumber }: ReturnLabel) => trackingNumber !== null && trackingNumber === packageId
  const announced = loopReturn.labels.filter(isPackage)
  if (announced.length === 0) return null
  const moves = announced.every(({ status }) => movementOf(status) === 'moving')
  return moves && isPackageLast(missing, labelledUnits(loopReturn), isPackage)
    ? (label) => !isPackage(label)
    : isPackage
}

/** Another box may be opened before the one that was announced: then just the units of that one are missing. */
function isPackageLast(
  missing: readonly Missing[],
  units: readonly { sku: string; labels: readonly ReturnLabel[] }[],
  isPackage: (label: ReturnLabel) => boolean,
): boolean {
  const packed = units.filter(({ labels }) => labels.some(isPackage))
  const others = units.filter((unit) => !packed.includes(unit))
  return (
    others.length > 0 &&
    others.every(({ labels }) => labels.some(hasTravelled)) &&
    packed.every(({ labels }) => labels.every(isPackage)) &&
    isSame(missing, packed)
  )
}

function hasTravelled({ trackingNumber, status }: ReturnLabel): boolean {
  const movement = movementOf(status)
  return trackingNumber !== null && (movement === 'moving' || movement === 'arrived')
}

function isSame(missing: readonly Missing[], units: readonly { sku: string }[]): boolean {
  const counts = countBySku(units.map(({ sku }) => ({ sku, quantity: 1 })))
  return counts.size === missing.length && missing.every(({ sku, count }) => counts.get(sku) === count)
}

/** Moving, or delivered so short a time ago that the warehouse may not have come to it yet. */
function isComing({ trackingNumber, status, updatedAt }: ReturnLabel, { days, now }: BoxesInput): boolean {
  if (trackingNumber === null) return false
  switch (movementOf(status)) {
    case 'moving':
      return true
    case 'arrived':
      // Details leave out the time of most labels. The wait ends with the receipt's own bound all the same.
      return !(Date.parse(now) - Date.parse(updatedAt ?? '') >= days * day)
    case 'unused':
    case 'failed':
    case 'unknown':
      return false
  }
}

/** Where the missing units of a SKU belong by Loop's labels, for a person; null: nothing is known of another box. */
export function belongingText(sku: string, missing: readonly Missing[], input: BoxesInput): string | null {
  const labels = distinct(unitsElsewhere(sku, missing, input).flatMap((unit) => unit.labels))
  return labels.length === 0 ? null : `By Loop's labels it belongs in ${labels.map(boxText).join('; or in ')}.`
}

function distinct(labels: readonly ReturnLabel[]): ReturnLabel[] {
  return [...new Map(labels.map((label) => [label.trackingNumber, label])).values()]
}

function boxText(label: ReturnLabel): string {
  const { trackingNumber, carrier } = label
  const number = trackingNumber === null ? 'without a number' : endingOf(printable(trackingNumber, 100))
  const by = carrier === null ? '' : ` (${printable(carrier, 30)})`
  return `box ${number}${by}, ${movementText(label)}`
}

function movementText({ status, updatedAt }: ReturnLabel): string {
  const date = Number.isNaN(Date.parse(updatedAt ?? '')) ? null : (updatedAt ?? '').slice(0, 10)
  switch (movementOf(status)) {
    case 'moving':
      return date === null ? 'in transit' : `in transit since ${date}`
    case 'arrived':
      return date === null ? 'delivered and not received' : `delivered on ${date} and not received`
    case 'unused':
      return 'whose label was never used'
    case 'failed':
    case 'unknown':
      return status === null ? 'whose label has no status' : `whose label has the status “${printable(status, 40)}”`
  }
}
