/** How far the parcel of a return has come, by everything that reports it. None of it proves a receipt. */

import { type Movement, type Parcel, parcelToAnnounce } from './parcels.ts'

/** What MasonHub's messages say of the parcel, each by the time when the message arrived; null: nothing. */
export type Arrival = { deliveredAt: string | null; onDockAt: string | null }

export type Journey = {
  /** The parcel that the warehouse expects. */
  parcelId: string
  movement: Movement
  /** When its label last changed. */
  movedAt: string | null
  deliveredAt: string | null
  onDockAt: string | null
}

/**
 * The journey of the parcel that an RMA expects (`there`), or would; null without a parcel. `deliveredAt` of a return is
 * about its last parcel, so it counts only where there is one. The first report of a delivery counts: a label's time
 * is that of its last change.
 */
export function journeyOf(
  { parcels, deliveredAt, there }: { parcels: readonly Parcel[]; deliveredAt: string | null; there: string | null },
  arrival: Arrival,
): Journey | null {
  const parcel = parcelToAnnounce(parcels, there)
  if (parcel === null) return null
  const { id: parcelId, movement, changedAt: movedAt } = parcel
  const reports = [
    arrival.deliveredAt,
    movement === 'arrived' ? movedAt : null,
    parcels.length === 1 ? deliveredAt : null,
  ].filter((one) => one !== null)
  return { parcelId, movement, movedAt, deliveredAt: reports.sort()[0] ?? null, onDockAt: arrival.onDockAt }
}

const day = 86_400_000

/** Whole days since a time; null when it can't be read, or lies ahead. */
export function daysSince(at: string | null, now: string): number | null {
  const age = at === null ? Number.NaN : Date.parse(now) - Date.parse(at)
  return age >= 0 ? Math.floor(age / day) : null
}
