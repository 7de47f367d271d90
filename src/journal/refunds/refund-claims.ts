import type { Claim, Effect, RefundLimits } from '../journal.ts'

/**
 * Why a refund that this journal has not sent is left to a person:
 * - `MAYBE_SENT`: the journal came from a backup, and may have forgotten it (F11);
 * - `CLAIMED_ELSEWHERE`: another installation has claimed it on Loop's timeline, or has sent it (G1);
 * - `CLAIM_UNSEEN`: this installation's own claims never showed there, or a run died before its claim did (G1).
 */
export type ParkedBecause = 'MAYBE_SENT' | 'CLAIMED_ELSEWHERE' | 'CLAIM_UNSEEN'

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
