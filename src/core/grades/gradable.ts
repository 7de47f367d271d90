import type { Reason } from '../explain/reason.ts'
import type { Verdict } from '../refunds/verdict.ts'
import type { ReturnState } from '../returns/return.ts'

/** A refund of the return in the journal: not sent yet, sent and not settled, left to a person, or none of these. */
export type OpenRefund = 'planned' | 'sent' | 'parked' | null

/**
 * Why a return must not be graded now; null: it may be. A shop may let a grade start its own automation, and
 * beside a refund of ours that would pay twice (H43): so a refund comes first, and the grade once Loop shows its end.
 */
export function gradesWait(
  { state }: { state: ReturnState },
  { refund, verdict }: { refund: OpenRefund; verdict: Verdict },
): Reason | null {
  const isOver = state === 'closed' || state === 'cancelled' || state === 'expired'
  if (refund === 'sent' || (refund !== null && !isOver)) {
    return { code: 'REFUND_FIRST', message: 'Its refund is not finished; grades are sent once it is.' }
  }
  if (verdict.kind === 'incomplete') return verdict.reasons[0]
  // A person who flags it, or Loop's own process, moves it on; until then it may still be refunded.
  if (verdict.kind === 'good' && (state === 'open' || state === 'unknown')) {
    return { code: 'REFUND_FIRST', message: 'Everything arrived, so its refund comes first; then grades are sent.' }
  }
  return null
}
