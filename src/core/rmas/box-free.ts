/**
 * Returns that are handed in without a box (Happy Returns, loop.md §14.4). Loop pays most of them half a day after their
 * drop-off, long before the warehouse scans their bags: a closed one needs its RMA all the same, for inspection and
 * stock.
 */

import type { Reason } from '../explain/reason.ts'
import type { Policy } from '../merchants/policy.ts'
import type { LoopReturn } from '../returns/return.ts'

export type BoxFreeInput = {
  loopReturn: LoopReturn
  policy: Pick<Policy, 'boxFree'>
  /** An RMA was written for the return before. */
  announcedBefore: boolean
  /** RFC 3339 now. */
  now: string
}

/** Days. What Loop changed no later than that was received before mhloop came, and must not be expected again (H35). */
export const longestClosed = 30

const day = 86_400_000

/** Why a box-free return in this state gets no RMA; null: it may need one. */
export function skippedBoxFree({ loopReturn, policy, announcedBefore, now }: BoxFreeInput): Reason | null {
  const { state } = loopReturn
  if (policy.boxFree === 'off') {
    // An RMA from before the setting was changed is still withdrawn with its return.
    if (state === 'cancelled' && announcedBefore) return null
    return {
      code: 'BOX_FREE_OFF',
      message: 'Handed in without a box, and this merchant announces no such returns (setting box-free).',
    }
  }
  if ((state !== 'closed' && state !== 'expired') || announcedBefore || !isLongAgo(loopReturn.updatedAt, now))
    return null
  return {
    code: 'LONG_CLOSED',
    message: `Handed in without a box, and ${state} in Loop without a change for more than ${longestClosed} days: no RMA is made.`,
  }
}

function isLongAgo(changedAt: string | null, now: string): boolean {
  // Comparing with NaN is false, so an unreadable time counts as long ago.
  return !(Date.parse(now) - Date.parse(changedAt ?? '') <= longestClosed * day)
}

/**
 * Why its RMA has to wait; null: it can be announced. The bag is known once the hub ships it, which also shows that the
 * return comes; with the return id on the bag, a closed return, which was handed in, can be announced before.
 */
export function inDropOffNetwork({ loopReturn, policy }: Pick<BoxFreeInput, 'loopReturn' | 'policy'>): Reason | null {
  const { state, bags } = loopReturn
  const isOver = state === 'closed' || state === 'expired'
  if (bags.length > 0 || (isOver && policy.boxFree === 'return-id')) return null
  // Whether Loop paid, or a person closed it, its money says; here it only matters that the bag is under way.
  const where = state === 'closed' ? 'Loop has closed it already' : 'It is handed in at a Return Bar'
  return { code: 'IN_DROP_OFF_NETWORK', message: `${where}; its bag barcode comes when the hub ships it.` }
}
