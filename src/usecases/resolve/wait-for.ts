import { onFault } from '../../core/errors/on-fault.ts'
import { isRefundKind } from '../../core/refunds/refund-kinds.ts'
import { settleResolutions } from '../../effects/settle.ts'
import type { Effect } from '../../journal/journal.ts'
import { type MerchantContext, nowOf } from '../merchant-context.ts'

/**
 * Reads Loop, at least once, until the refund, or the latest flag or label, is settled or the time is up. What was
 * sent is already in the journal, so a vendor that can't be reached meanwhile is no failure of it.
 */
export async function waitFor(
  context: MerchantContext,
  returnId: string,
  what: 'refund' | 'flag' | 'label',
  wait: number,
): Promise<Effect | null> {
  const { loop, journal, merchant, signal } = context
  const isAwaited = ({ kind, state }: Effect) =>
    what === 'refund' ? isRefundKind(kind) && state !== 'abandoned' : kind === what
  let waited = 0
  let pause = 500
  for (;;) {
    const seenAt = nowOf(context)
    const effects = await journal.effects.find({ merchant: merchant.name, returnIds: [returnId] })
    const sent = effects.filter(isAwaited).at(-1) ?? null
    const observed = await loop.details(returnId).catch(onFault(() => 'unreadable' as const))
    if (observed === 'unreadable') return sent
    const settled = await settleResolutions(context, { loopReturn: observed, effects, seenAt })
    const latest = settled.filter(isAwaited).at(-1) ?? null
    const open = latest?.state === 'accepted' || latest?.state === 'sent' || latest?.state === 'in_doubt'
    if (!open || signal.aborted || waited + pause > wait) return latest
    await context.sleep(pause)
    waited += pause
    pause = Math.min(pause * 2, 5_000)
  }
}
