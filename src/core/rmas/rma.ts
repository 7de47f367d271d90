/** MasonHub's record of a return, as it is there ({@link Rma}) and as mhloop wants it ({@link DesiredRma}). */

/** The five codes that MasonHub accepts; anything else fails validation (masonhub.md §4.1). */
export const reasonCodes = ['tooBig', 'tooSmall', 'damaged', 'wrongItem', 'other'] as const
export type ReasonCode = (typeof reasonCodes)[number]

/** The disposition asked for, not what happened: never read as a receipt (F13). */
export const requestedStatuses = ['available', 'qc', 'damaged', 'quarantine'] as const
export type RequestedStatus = (typeof requestedStatuses)[number]

export type RmaStatus = 'open' | 'in-receiving' | 'received' | 'deleted' | 'unknown'

/** Units of one line that ended in one disposition. `qc` has become `quality-control` (masonhub.md §4.6). */
export type ReceivedUnits = { disposition: string; quantity: number; notes: string | null }

export type RmaLine = {
  sku: string
  quantity: number
  reasonCode: string | null
  requestedStatus: string | null
  notes: string | null
  orderId: string | null
  quantityReceived: number | null
  notOnOriginalRma: boolean
  /** null when MasonHub sent no receiving details. An unreadable quantity is NaN, so that no rule calls it good. */
  received: ReceivedUnits[] | null
}

export type Rma = {
  /** MasonHub's UUID. */
  rmaId: string | null
  /** Ours: the Loop return id. null on returns that the dock created (masonhub.md §4.1). */
  customerIdentifier: string | null
  manifestId: string | null
  packageId: string | null
  returnType: string | null
  status: RmaStatus
  rawStatus: string
  version: number | null
  notes: string | null
  instructions: string | null
  /** Set when MasonHub bought a label although Loop has one (F36). */
  labelUrl: string | null
  receivedAt: string | null
  createdAt: string | null
  updatedAt: string | null
  deletedAt: string | null
  lines: RmaLine[]
}

export type DesiredRmaLine = {
  sku: string
  quantity: number
  reasonCode: ReasonCode
  requestedStatus: RequestedStatus
  /** Loop's reason in the shopper's words, 2–50 characters, or null. */
  notes: string | null
  orderId: string | null
}

/** All that mhloop writes; a PUT replaces it (masonhub.md §4.5). The client adds the label flag, always false. */
export type DesiredRma = {
  customerIdentifier: string
  manifestId: string | null
  packageId: string
  instructions: string | null
  lines: DesiredRmaLine[]
}
