/** The status of a return between the two systems; one row per (merchant, return). */
export type LinkStatus = 'open' | 'held' | 'skipped' | 'failed' | 'received' | 'resolved' | 'gone'

export type Link = {
  merchant: string
  returnId: string
  customerIdentifier: string
  orderName: string | null
  /** Position of the return in its order, from 1, in the order in which mhloop first saw them (`#1001-R2`). */
  ordinal: number
  status: LinkStatus
  /** Why it is held, skipped or failed: a reason code. */
  reason: string | null
  /** Line item ids that the RMA was last built from, sorted; null before the first create. */
  announced: string[] | null
  /** Loop's `updated_at` when last seen. */
  returnUpdatedAt: string | null
  /** Handed in without a box (loop.md §14.4); null: no reading has said it. */
  boxFree: boolean | null
  firstSeenAt: string
  lastSeenAt: string
}

export type LinkPick = { statuses: readonly LinkStatus[]; but: readonly string[]; most: number; start: number }
