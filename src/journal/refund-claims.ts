import type { Claim, Effect, RefundLimits } from './journal.ts'

/**
 * Why a refund that this journal has not sent is left to a person:
 * - `MAYBE_SENT`: the journal came from a backup, and may have forgotten it (F11);
 * - `CLAIMED_ELSEWHERE`: another installation has claimed it on Loop's timeline, or has sent it (G1);
 * - `CLAIM_UNSEEN`: this installation's own claims never showed there, or a run died before its claim did (G1).
 */
export type ParkedBecause = 'MAYBE_SENT' | 'CLAIMED_ELSEWHERE' | 'CLAIM_UNSEEN'

/** One claim on Loop's timeline, as the journal remembers it. */
export type RefundClaim = {
  nonce: string
  merchant: string
  returnId: string
  effectId: string
  at: string
  /** False: it surely never reached Loop. */
  posted: boolean
  /** When it was read back from Loop, alone. */
  seenAt: string | null
  /** When the run that drew it gave up sending; null: the refund was sent, is being sent, or a run has died over it. */
  givenUpAt: string | null
}

/** Claims on Loop's timeline (G1). They are made by `claimRefund`. */
export type RefundClaims = {
  /** All of a return, whatever name the merchant had, oldest first. */
  of(returnId: string): Promise<RefundClaim[]>
  /** Of these effects the refunds that read `sent`, and that surely did not leave: their claim was never seen. */
  unseen(effectIds: readonly string[]): Promise<Set<string>>
  /**
   * The claim shows alone: null when its refund may go out now. What may have changed while Loop was asked is read
   * again: pause, quarantine, lease, and whether the refund is still this run's.
   */
  win(
    nonce: string,
    at: string,
    limits: Pick<RefundLimits, 'lease' | 'isCurrent' | 'account'>,
  ): Promise<Extract<Claim, { claimed: false }> | null>
  /**
   * In one transaction: the claim is given up, and its refund, of which surely no byte left, goes from sent back to
   * planned, and from there to a person if `park` says so. Only the run that drew the nonce may do this. Null when the
   * refund is not `sent` any more.
   */
  giveUp(
    nonce: string,
    how: {
      /** False: the claim surely never reached Loop. */
      posted: boolean
      evidence: string
      park?: { because: ParkedBecause; evidence: string }
      at: string
      actor: string
    },
  ): Promise<Effect | null>
}
