/** `label`: a tracking number. `bag`: the barcode of a bag of Happy Returns. `rma id`: its own number of the return. */
export type ParcelKind = 'label' | 'bag' | 'rma id'

/** A number under which a return travels or is known, as one reading of Loop has it. */
export type SeenParcel = {
  returnId: string
  parcelId: string
  kind: ParcelKind
  /** The units in it; null: this reading does not say. */
  lineItemIds: readonly string[] | null
  /** Loop's word; null: this reading does not say. */
  status: string | null
  /** When that status began (RFC 3339); null: this reading does not say. */
  changedAt: string | null
}

/** The same, put together from all readings. */
export type RememberedParcel = SeenParcel & { firstSeenAt: string }

/**
 * What is remembered after one more reading. Only some of Loop's endpoints tell units and times, so a reading that lacks
 * them takes nothing away. The latest dated status stays: one without a date may be from before it.
 */
export function mergedParcel<Known extends SeenParcel>(known: Known, seen: SeenParcel): Known {
  const { kind, lineItemIds } = seen
  const { status, changedAt } = isNews(known, seen) ? seen : known
  return { ...known, kind, lineItemIds: lineItemIds ?? known.lineItemIds, status, changedAt }
}

function isNews(known: SeenParcel, seen: SeenParcel): boolean {
  if (seen.status === null) return false
  return (
    known.status === null || known.changedAt === null || (seen.changedAt !== null && seen.changedAt >= known.changedAt)
  )
}
