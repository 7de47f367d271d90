/** The rule of several boxes a second time, applied to the ground truth (loop.md §14.5). */

import type { Label, LoopReturn, LoopVersion } from './loop.ts'
import type { RmaVersion } from './masonhub.ts'

export const day = 24 * 3_600_000

type Compared = { loop: LoopVersion; rma: RmaVersion; days: number; now: number }

const isMoving = ({ status }: Label) => status === 'in_transit'

/**
 * A flag would be wrong: units are missing, nothing else is wrong, and the labels of all that is missing are on other
 * boxes than the RMA's, which move.
 */
export function mustWait(record: LoopReturn, { loop, rma, days, now }: Compared): boolean {
  const missing = missingIn(loop, rma)
  if (missing === null || missing.size === 0 || record.edited.length > 0) return false
  const isPackage = ({ trackingNumber }: Label) => trackingNumber === rma.packageId
  return (
    loop.state === 'open' &&
    now < rma.at + days * day &&
    loop.labels.some(isPackage) &&
    [...missing].every(([sku, count]) => {
      const units = loop.units.filter((unit) => unit.sku === sku && unit.outcome !== 'keep')
      const inMoving = units.filter(({ lineItemId }) => {
        const own = loop.labels.filter(({ lineItemIds = [] }) => lineItemIds.includes(lineItemId))
        return own.some(isMoving) && !own.some(isPackage)
      })
      return inMoving.length >= count
    })
  )
}

/** Something that moves, or has come a short time ago, may bring each of the missing units. */
export function mayWait({ loop, rma, days, now }: Compared): boolean {
  const missing = missingIn(loop, rma)
  if (missing === null || missing.size === 0 || now >= rma.at + days * day) return false
  const comes = (label: Label) => isMoving(label) || (label.status === 'delivered' && now < label.at + days * day)
  return [...missing].every(
    ([sku, count]) =>
      loop.units.filter(
        (unit) =>
          unit.sku === sku &&
          loop.labels.some((label) => comes(label) && (label.lineItemIds ?? []).includes(unit.lineItemId)),
      ).length >= count,
  )
}

/** How many units of which SKUs the receipt lacks; null: something else is wrong, or it is no receipt. */
function missingIn({ units }: LoopVersion, { status, lines }: RmaVersion): Map<string, number> | null {
  const travelling = units.filter(({ outcome }) => outcome !== 'keep')
  const isOdd = lines.some(
    ({ unannounced, details, reported }) =>
      unannounced ||
      details === null ||
      details.some(({ word, quantity }) => quantity > 0 && word !== 'available' && word !== 'short') ||
      details.reduce((sum, { word, quantity }) => sum + (word === 'short' ? 0 : quantity), 0) !== reported,
  )
  if (status !== 'received' || isOdd || travelling.some(({ sku }) => sku === '')) return null
  const missing = new Map<string, number>()
  for (const { sku } of travelling) missing.set(sku, (missing.get(sku) ?? 0) + 1)
  const announced = new Map<string, number>()
  for (const { sku, quantity } of lines) announced.set(sku, (announced.get(sku) ?? 0) + quantity)
  if (missing.size !== announced.size || [...missing].some(([sku, count]) => announced.get(sku) !== count)) return null
  for (const { sku, reported } of lines) missing.set(sku, (missing.get(sku) ?? 0) - (reported ?? 0))
  if ([...missing.values()].some((count) => count < 0)) return null
  return new Map([...missing].filter(([, count]) => count > 0))
}

/** The RMA is announced under a box that lies about although another one has begun to move. */
export function liesAbout({ labels }: LoopVersion, { packageId }: RmaVersion): boolean {
  const hasMoved = ({ status }: Label) => status === 'in_transit' || status === 'delivered'
  const own = labels.filter(({ trackingNumber }) => trackingNumber === packageId)
  return labels.some(hasMoved) && !own.some(hasMoved)
}
