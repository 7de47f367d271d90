import type { OwnGradeRule } from '../grades/grade.ts'
import type { LargestRefund } from '../refunds/largest-refund.ts'
import { outcomeParts } from '../returns/outcomes.ts'
import type { BoxFree } from '../returns/parcels.ts'
import type { ReasonCode, RequestedStatus } from '../rmas/rma.ts'

/** One row of a merchant's reason mapping: Loop's reason (optionally under its parent) to MasonHub's code. */
export type ReasonRule = { parentReason: string | null; reason: string; code: ReasonCode }

/** What a merchant decided. The pure rules read nothing else about the merchant. */
export type Policy = {
  /** Loop destination ids that are MasonHub's; empty means every destination. */
  destinations: string[]
  /** Returns created before this time (RFC 3339) are left alone; null: no cutoff. */
  cutoff: string | null
  reasons: ReasonRule[]
  /** The disposition to request for good units. */
  requestedStatus: RequestedStatus
  /**
   * Which order id, if any, is on RMA lines. MasonHub may check an id it knows (masonhub.md §9.7), so the default is
   * none.
   */
  orderReference: 'none' | 'order-name' | 'provider-order-id'
  /** What the warehouse scans on the bags of returns without a box; `off`: they are not announced (loop.md §14.4). */
  boxFree: BoxFree
  /** The refund switch: while it is off, only refunds that an operator asks for explicitly are processed. */
  refunds: boolean
  /**
   * What may be processed: parts of Loop's outcomes, which may occur together, and combinations like `exchange+refund`
   * that may occur although a part of them may not by itself. Any other outcome is flagged.
   */
  outcomes: string[]
  /** What to do about anything that is neither good nor plainly damaged or missing. */
  onUnclear: 'flag' | 'wait'
  limits: {
    refundsPerHour: number
    refundsPerDay: number
    largestRefund: LargestRefund
    /** How many refunds of this merchant a person must ask for explicitly before refunds are sent automatically. */
    firstByHand: number
  }
  /** Days. */
  waits: {
    /** How long after a receipt the units in another box of the return are waited for. */
    otherBox: number
    /** After how long a parcel that was delivered, and not received, is reported. */
    delivered: number
    /** After how long a parcel that moves, without a scan by its carrier, is reported. */
    scan: number
    /** After how long a label that was never used is reported. */
    unused: number
    /** Handed in without a box, and its bag not shipped by the hub. */
    dropOff: number
  }
  /** Whether Loop is told what the warehouse found, unit by unit, and in which words. */
  grades: {
    on: boolean
    /** The merchant's own choices; for every other result, the shipped rule holds. */
    rules: OwnGradeRule[]
  }
  /** Seconds from when a claim shows on Loop's timeline to the reading that decides (G1). */
  claimSettle: number
}

/** Days. */
export const longestWait = 365

export const defaultPolicy: Policy = {
  destinations: [],
  cutoff: null,
  reasons: [],
  requestedStatus: 'available',
  orderReference: 'none',
  boxFree: 'bag',
  refunds: false,
  outcomes: [...outcomeParts],
  onUnclear: 'flag',
  limits: { refundsPerHour: 60, refundsPerDay: 500, largestRefund: null, firstByHand: 0 },
  grades: { on: false, rules: [] },
  waits: { otherBox: 10, delivered: 3, scan: 14, unused: 21, dropOff: 21 },
  claimSettle: 0,
}
