import type { Reason } from '../core/explain/reason.ts'
import type { LoopReturn } from '../core/returns/return.ts'
import type { Rma } from '../core/rmas/rma.ts'
import type { Effect, Lease } from '../journal/journal.ts'
import type { StoredMerchant } from '../merchants/profiles/stored-merchant.ts'
import type { Claimed } from './run.ts'

/** A decision on its way from the proposal to the request: refund, flag and their notes are made from this alone. */
export type Resolution = {
  returnId: string
  loopReturn: LoopReturn
  rma: Rma | null
  /** All effects of this return, as they are now. */
  effects: readonly Effect[]
  reasons: readonly Reason[]
  operatorNote: string | null
  /** An operator asks for exactly this. */
  explicit: boolean
  /** Why an operator refunds it against the rules; null: the rules allow it. */
  forcedBecause: string | null
  /** Whether what it rests on was read lately enough to act on (F9). */
  isFresh: () => boolean
  lease: Lease
  /** The settings by which it was decided: once others are stored, the claim of a refund is refused (G4). */
  stored: StoredMerchant
}

/** `partial`: only what arrived is refunded; the line item ids that are removed before, and those that are paid. */
export type Refund = Resolution & {
  rma: Rma
  partial: { removed: readonly string[]; paid: readonly string[] } | null
}
/** A refund that only this run may send. Its nonce is used only from this run's memory. */
export type ClaimedRefund = Claimed<Refund & { nonce: string }>
export type Claiming = { kind: 'won'; refund: ClaimedRefund } | { kind: 'over'; sent: Sent }

export type Outcome = 'confirmed' | 'accepted' | 'refused' | 'in_doubt' | 'parked' | 'skipped'

/** The immediate outcome of a resolution. */
export type Sent = { outcome: Outcome; reasons: Reason[] }

/** The outcome of an effect that was sent; null when nothing was sent. */
export function outcomeOf(effect: Effect | null): Outcome | null {
  if (effect === null || effect.state === 'planned' || effect.state === 'abandoned') return null
  return effect.state === 'sent' ? 'in_doubt' : effect.state
}
