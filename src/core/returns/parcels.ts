/** The parcels of a return: what the warehouse scans. Their statuses come from carriers, and prove no receipt. */

import { customerIdentifierOf } from '../rmas/identifiers.ts'
import { printable } from '../text/printable.ts'
import type { LoopReturn, ReturnLabel, ReturnMethod } from './return.ts'

/** Where a parcel is, by the status of its label; `unknown` where Loop says nothing that mhloop knows. */
export type Movement = 'unused' | 'moving' | 'arrived' | 'failed' | 'unknown'

const movements: Record<string, Movement> = {
  new: 'unused',
  pre_transit: 'unused',
  pending: 'unused',
  no_label: 'unused',
  in_transit: 'moving',
  out_for_delivery: 'moving',
  delivered: 'arrived',
  error: 'failed',
  failure: 'failed',
  cancelled: 'failed',
  canceled: 'failed',
  return_to_sender: 'failed',
}

/** Reads a label's status (loop.md §8.4, §14.2), also as Loop's admin spells it, such as “Out for delivery”. */
export function movementOf(status: string | null): Movement {
  const word = (status ?? '')
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_')
  return Object.hasOwn(movements, word) ? (movements[word] ?? 'unknown') : 'unknown'
}

export type Parcel = {
  /** What the warehouse scans: a tracking number, the barcode of a bag, or the return id that is printed on the bag. */
  id: string
  kind: 'label' | 'bag' | 'return id'
  movement: Movement
  /** When its status last changed; null: Loop does not say. */
  changedAt: string | null
  /** Line item ids in it; empty when Loop does not say. */
  lineItemIds: readonly string[]
}

/** What is printed on the bags of a drop-off, or that bags are not announced at all. */
export const boxFreeWords = ['off', 'bag', 'return-id'] as const
export type BoxFree = (typeof boxFreeWords)[number]

/**
 * Whether the shopper hands the units in without a box (Happy Returns, loop.md §14.4). The word is spelled in several
 * ways.
 */
export function isBoxFree({ method }: { method: Pick<ReturnMethod, 'provider' | 'type'> }): boolean {
  return [method.provider, method.type].some((word) => word?.toLowerCase().replace(/[^a-z0-9]/g, '') === 'happyreturns')
}

/**
 * Whether a reading names how the return is handed in. Nothing, or null, stands for ordinary mail in Loop's list, and for
 * anything in an answer that leaves the method out.
 */
export function namesMethod({ method }: { method: Pick<ReturnMethod, 'provider' | 'type'> }): boolean {
  return method.provider !== null || method.type !== null
}

/** The parcels in which a return travels, each once, in Loop's order. A bag of a return by mail is none of them. */
export function parcelsOf(
  loopReturn: Pick<LoopReturn, 'returnId' | 'method' | 'labels' | 'bags'>,
  boxFree: BoxFree,
): Parcel[] {
  if (boxFree === 'off' || !isBoxFree(loopReturn)) return labelled(loopReturn.labels)
  if (boxFree === 'return-id') return [unlabelled(customerIdentifierOf(loopReturn.returnId), 'return id')]
  return loopReturn.bags.map((bag) => unlabelled(bag, 'bag'))
}

function unlabelled(id: string, kind: Parcel['kind']): Parcel {
  return { id, kind, movement: 'unknown', changedAt: null, lineItemIds: [] }
}

/** Two labels with one number are one parcel; the one that moved knows where it is. */
function labelled(labels: readonly ReturnLabel[]): Parcel[] {
  const parcels = new Map<string, Parcel>()
  for (const { trackingNumber: id, status, updatedAt: changedAt, lineItemIds } of labels) {
    if (id === null) continue
    const one: Parcel = { id, kind: 'label', movement: movementOf(status), changedAt, lineItemIds }
    const known = parcels.get(id)
    parcels.set(id, known === undefined ? one : merged(known, one))
  }
  return [...parcels.values()]
}

function merged(known: Parcel, other: Parcel): Parcel {
  const further = ranks[other.movement] < ranks[known.movement] ? other : known
  return { ...further, lineItemIds: [...new Set([...known.lineItemIds, ...other.lineItemIds])] }
}

/** Which label is the parcel: the one that moves, and a label that failed only if there is no other (loop.md §14.5). */
const ranks: Record<Movement, number> = { moving: 0, arrived: 0, unknown: 1, unused: 2, failed: 3 }

/** Characters that MasonHub's `package_id` takes (masonhub.md §4.1). */
export const parcelIdLength = { shortest: 5, longest: 100 }

/** Why MasonHub or its scanners can't take a parcel id; null: they can. */
export function sendability(id: string): null | 'short' | 'long' | 'unprintable' {
  if (id.length < parcelIdLength.shortest) return 'short'
  if (id.length > parcelIdLength.longest) return 'long'
  return printable(id, Number.POSITIVE_INFINITY).trim() === id ? null : 'unprintable'
}

/**
 * The parcel by which an RMA is announced, of those that can be sent and scanned. `there`, which MasonHub already expects,
 * stays unless another parcel moves while it does not, so that each return is corrected once, and never back.
 */
export function parcelToAnnounce(parcels: readonly Parcel[], there: string | null): Parcel | null {
  const sendable = parcels.filter(({ id }) => sendability(id) === null)
  const best = furthest(sendable)
  const current = sendable.find(({ id }) => id === there)
  if (best === null || current === undefined) return best
  return hasMoved(best) && !hasMoved(current) ? best : current
}

/** The parcel in which a unit travels by Loop's labels: of several that name it, the one that moves; null: Loop names none. */
export function parcelOfUnit(parcels: readonly Parcel[], lineItemId: string): Parcel | null {
  return furthest(parcels.filter(({ lineItemIds }) => lineItemIds.includes(lineItemId)))
}

/** People tell parcels apart by how their numbers end. */
export function endingOf(id: string): string {
  return id.length <= 8 ? id : `…${id.slice(-4)}`
}

/** The first of those that have come furthest. */
function furthest(parcels: readonly Parcel[]): Parcel | null {
  return parcels.reduce<Parcel | null>(
    (first, one) => (first === null || ranks[one.movement] < ranks[first.movement] ? one : first),
    null,
  )
}

function hasMoved({ movement }: Parcel): boolean {
  return movement === 'moving' || movement === 'arrived'
}

/** Everything on a parcel of the return, or shown at its drop-off, that a person may scan or type. */
export function findableIds({
  trackingNumbers,
  bags,
  method,
}: Pick<LoopReturn, 'trackingNumbers' | 'bags' | 'method'>) {
  const ids = [...trackingNumbers, ...bags, method.rmaId, method.scannableId]
  return [...new Set(ids.filter((id) => id !== null))]
}
