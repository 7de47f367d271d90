import type { LoopReturn } from '../returns/return.ts'
import type { Rma } from '../rmas/rma.ts'
import { receiptDigest } from './decide.ts'

/** What a `remove` asks of Loop, as its row in the journal says: line item ids, and the receipt they rest on. */
export type Removal = { removed: string[]; paid: string[]; receipt: string }

/** Total: null when a row says anything else. */
export function removalIn(payload: unknown): Removal | null {
  if (typeof payload !== 'object' || payload === null) return null
  const { removed, paid, receipt }: { removed?: unknown; paid?: unknown; receipt?: unknown } = payload
  return isIds(removed) && isIds(paid) && typeof receipt === 'string' ? { removed, paid, receipt } : null
}

function isIds(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((id) => typeof id === 'string')
}

/**
 * Whether Loop lacks exactly the units that mhloop asked it to remove, so that nobody edited the return. It says nothing
 * about money: Loop may have removed them without doing the refund.
 */
export function isShortByRemoval({ removed, paid }: Removal, { units }: Pick<LoopReturn, 'units'>): boolean {
  const there = units.map(({ lineItemId }) => lineItemId).toSorted()
  return removed.length > 0 && JSON.stringify(there) === JSON.stringify(paid.toSorted())
}

/** Whether Loop still shows all units, or all but those that were removed: either is documented nowhere. */
function isAsRemoved(removal: Removal, loopReturn: Pick<LoopReturn, 'units'>): boolean {
  const all = [...removal.removed, ...removal.paid].toSorted()
  const there = loopReturn.units.map(({ lineItemId }) => lineItemId).toSorted()
  return isShortByRemoval(removal, loopReturn) || JSON.stringify(there) === JSON.stringify(all)
}

/**
 * Whether a refund in spite of missing units is the one of what arrived: by the same receipt, of the same units. A
 * receipt that was corrected since, or a return that was edited, is looked at anew.
 */
export function isPaidByRemoval(removal: Removal, loopReturn: Pick<LoopReturn, 'units'>, rma: Rma): boolean {
  return isAsRemoved(removal, loopReturn) && removal.receipt === receiptDigest(rma)
}
