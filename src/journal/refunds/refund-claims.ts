import type { LargestRefund } from '../../core/refunds/largest-refund.ts'
import type { LimitsInForce } from '../../core/refunds/limits.ts'
import type { Lease } from '../coordination/lease.ts'
import type { Effect, ParkedBecause } from '../effects/effect.ts'

/** Read in the transaction that claims a refund, so that two processes can't both pass a limit. */
export type RefundLimits = {
  refundsPerHour: number
  refundsPerDay: number
  /** A person asked for this refund explicitly: passes `firstByHand` and `largestRefund`, no pause or other limit. */
  explicit: boolean
  /** How many explicit refunds must have been accepted or confirmed before the first automatic one. */
  firstByHand: number
  /** When the warehouse received the parcel; null: unknown. */
  receivedAt: string | null
  /** The lease that the run holds: one that has expired, or is another's, refuses the claim (F9). */
  lease?: Lease
  /** Digest of the Loop key that it would be sent by: pauses and limits hold for its account under any name (G10). */
  account?: string
  /** Whether the settings of these limits are still the stored ones (G4). Synchronous: asked within the transaction. */
  isCurrent?: () => boolean
  /**
   * How many claims of this return the journal had given up when the refund was decided. If there are more by now,
   * another run has claimed it meanwhile, and this run would take that run's note on the timeline for a stranger's
   * (G1).
   */
  pastClaims?: number
  /** How many refunds of the same plan would go out before this one, which the preview counts as sent (G12). */
  ahead?: number
  largestRefund?: LargestRefund
  /** What the shopper gets, and its currency; null or absent: unknown, so that it is within no limit. */
  paidOut?: string | null
  currency?: string | null
  /** The names of the account that these limits were made for: if it has others by now, the claim is refused (G10). */
  names?: readonly string[]
  /** For each limit, the name of the account that sets it. */
  setBy?: LimitsInForce['setBy']
}

export type Claim =
  /** The nonce belongs to this run alone: a run that reads it in the journal later must not go on with it (G1). */
  | { claimed: true; effect: Effect; nonce: string }
  | {
      claimed: false
      code:
        | 'REFUNDS_PAUSED'
        | 'QUARANTINED'
        | 'MAYBE_SENT'
        | 'LEASE_LOST'
        | 'HOURLY_LIMIT'
        | 'DAILY_LIMIT'
        | 'FIRST_BY_HAND'
        | 'REFUND_TOO_LARGE'
        | 'POLICY_CHANGED'
        | 'NOT_PLANNED'
      message: string
    }

/** One claim on Loop's timeline, as the journal knows it. */
export type RefundClaim = {
  nonce: string
  merchant: string
  returnId: string
  effectId: string
  at: string
  /** false: the note surely never reached Loop. */
  posted: boolean
  /** When it was read back from Loop with nothing beside it that blocks. */
  seenAt: string | null
  /** When the run that drew it gave up sending; null: the refund was sent, is being sent, or its run has died. */
  givenUpAt: string | null
}

/** Claims on Loop's timeline (G1). `claimRefund` makes them. */
export type RefundClaims = {
  /** All claims of a return, under every merchant name, oldest first. */
  of(returnId: string): Promise<RefundClaim[]>
  /** Of these effects, the refunds in state `sent` that surely did not leave: their claim was never seen. */
  unseen(effectIds: readonly string[]): Promise<Set<string>>
  /**
   * Records that the claim shows alone. null: its refund may go out now. What may have changed while Loop was asked is
   * read again: pause, quarantine, lease, policy, and whether the refund still waits for this claim.
   */
  win(
    nonce: string,
    at: string,
    limits: Pick<RefundLimits, 'lease' | 'isCurrent' | 'account'>,
  ): Promise<Extract<Claim, { claimed: false }> | null>
  /**
   * In one transaction: gives up the claim, puts its refund, of which surely no byte has left, from sent back to
   * planned, and parks it if `park` says so. Only the run that drew the nonce may do this. null when the refund is not
   * `sent` any more.
   */
  giveUp(
    nonce: string,
    how: {
      /** false: the note surely never reached Loop. */
      posted: boolean
      evidence: string
      park?: { because: ParkedBecause; evidence: string }
      at: string
      actor: string
    },
  ): Promise<Effect | null>
}
