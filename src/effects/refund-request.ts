/** How a refund is asked for: as the return is (`process`), or without the units that did not arrive (`remove`). */
import { receiptDigest } from '../core/refunds/decide.ts'
import type { RefundKind } from '../core/refunds/refund-kinds.ts'
import { removalIn } from '../core/refunds/removal.ts'
import type { LoopReturn } from '../core/returns/return.ts'
import { digestOf } from '../core/text/digest.ts'
import type { Effect } from '../journal/journal.ts'
import type { ActionAnswer } from '../loop/client.ts'
import type { EffectContext } from './context.ts'
import type { ClaimedRefund, Refund } from './resolution.ts'

export type RefundRequest = { kind: RefundKind; payload: unknown; digest: string }

export function requestOf({ rma, partial }: Pick<Refund, 'rma' | 'partial'>): RefundRequest {
  const receipt = { rmaId: rma.rmaId, version: rma.version, receipt: receiptDigest(rma) }
  if (partial === null) return { kind: 'process', payload: receipt, digest: digestOf(receipt) }
  const payload = { ...receipt, removed: partial.removed, paid: partial.paid }
  return { kind: 'remove', payload, digest: digestOf(payload) }
}

/**
 * The line items that a claimed `remove` names: what was planned is what is sent, and it is never computed again. null
 * unless the row divides exactly the units that were displayed into some that are removed and some that are paid.
 */
export function removedBy({ payload }: Pick<Effect, 'payload'>, { units }: Pick<LoopReturn, 'units'>): string[] | null {
  const removal = removalIn(payload)
  if (removal === null || removal.removed.length === 0 || removal.paid.length === 0) return null
  const named = [...removal.removed, ...removal.paid].toSorted()
  const displayed = units.map(({ lineItemId }) => lineItemId).toSorted()
  return JSON.stringify(named) === JSON.stringify(displayed) ? removal.removed : null
}

/** Loop puts nothing about it on the timeline, so the claim alone tells other installations who asked (loop.md §5.5). */
export async function requestRemoval(
  { loop, journal }: EffectContext,
  { item, effect }: ClaimedRefund,
): Promise<ActionAnswer> {
  const { loopReturn, isFresh } = item
  const removed = removedBy(effect, loopReturn)
  if (removed === null) throw new Error('a refund of what arrived names no units to remove')
  return await loop.remove(effect.returnId, removed, () => isFresh() && journal.isInPlace())
}
