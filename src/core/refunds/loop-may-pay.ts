import type { Reason } from '../explain/reason.ts'
import { isBoxFree, namesMethod } from '../returns/parcels.ts'
import type { LoopReturn } from '../returns/return.ts'
import type { Rma } from '../rmas/rma.ts'

/**
 * Hours. Loop's own job runs about 12 hours after the drop-off, or 24 if a unit was missing (loop.md §14.4); a bag is
 * seen only after that, when the hub ships it.
 */
const ownJobWithin = 24

const hour = 3_600_000

/**
 * Whether Loop may be about to pay the return itself; null: no longer. It pays most returns without a box, and two
 * requests that it accepts pay twice (C2, G22). In practice Loop has
 * paid before the pallet arrives.
 */
export function loopMayPay({
  loopReturn,
  rma: { receivedAt },
  bagSeenAt,
  now,
}: {
  loopReturn: LoopReturn
  rma: Pick<Rma, 'receivedAt'>
  /** When the first of its bags was seen; null: unknown. */
  bagSeenAt: string | null
  now: string
}): Reason | null {
  if (!isBoxFree(loopReturn) && !mayBeBoxFree(loopReturn)) return null
  const since = Date.parse(bagSeenAt ?? receivedAt ?? '')
  if (Date.parse(now) - since >= ownJobWithin * hour) return null
  const until = Number.isNaN(since) ? null : new Date(since + ownJobWithin * hour).toISOString()
  const bound = until === null ? 'a person asks for it' : `${until.slice(0, 16).replace('T', ' ')} UTC`
  return {
    code: 'LOOP_MAY_PAY',
    message: `Loop pays most returns without a box by itself, and may still pay this one: it is left alone until ${bound}.`,
  }
}

/** Nothing says how it is handed in, and it has no label. */
function mayBeBoxFree(loopReturn: LoopReturn): boolean {
  return !namesMethod(loopReturn) && loopReturn.trackingNumbers.length === 0
}
