import { type ExitCode, exitCodes } from '../../core/errors/fault.ts'
import type { Reason } from '../../core/explain/reason.ts'
import { labelRefusal } from '../../core/returns/label-request.ts'
import { withRemembered } from '../../core/returns/remembered-parcels.ts'
import type { LoopReturn } from '../../core/returns/return.ts'
import { sendWithin } from '../../core/time/time-limits.ts'
import { sendLabelRequest } from '../../effects/label.ts'
import { type Outcome, outcomeOf } from '../../effects/resolution.ts'
import { settleResolutions } from '../../effects/settle.ts'
import type { Effect } from '../../journal/journal.ts'
import { type MerchantContext, nowOf } from '../merchant-context.ts'
import { waitFor } from '../resolve/wait-for.ts'

/** A return for whose label Loop may be asked, or why it may not. */
export type LabelPlan = { returnId: string; loopReturn: LoopReturn | null; refusal: Reason | null }

export type LabelResult = {
  returnId: string
  outcome: Outcome
  reasons: Reason[]
  /** null: Loop shows none yet. */
  trackingNumber: string | null
}

/** Reads the return now, settles what was asked for earlier by it, and says whether Loop may be asked. Sends nothing. */
export async function planLabel(context: MerchantContext, returnId: string): Promise<LabelPlan> {
  return await planned(context, returnId)
}

async function planned(context: MerchantContext, returnId: string): Promise<LabelPlan & { effects: Effect[] }> {
  const { loop, journal, merchant } = context
  const seenAt = nowOf(context)
  const read = await loop.details(returnId)
  const [[link], known] = await Promise.all([
    journal.links.find(merchant.name, { returnIds: [returnId] }),
    journal.effects.find({ merchant: merchant.name, returnIds: [returnId] }),
  ])
  // Details may lack the method.
  const loopReturn = read && withRemembered(read, { boxFree: link?.boxFree ?? null, parcels: [] })
  const effects = await settleResolutions(context, { loopReturn, effects: known, seenAt })
  const past = effects.filter(({ kind }) => kind === 'label')
  return { returnId, loopReturn, effects, refusal: labelRefusal(loopReturn, past, nowOf(context)) }
}

/** Asks Loop for the label of a return that has none, by a reading of now. `wait`: milliseconds to watch for it. */
export async function requestLabel(context: MerchantContext, returnId: string, wait: number): Promise<LabelResult> {
  const readAt = context.clock.now().getTime()
  const { refusal, effects } = await planned(context, returnId)
  const none = { returnId, trackingNumber: null }
  if (refusal !== null) return { ...none, outcome: 'refused', reasons: [refusal] }
  // The label may have come since an older reading.
  const isFresh = () => Math.abs(context.clock.now().getTime() - readAt) < sendWithin
  const sent = await sendLabelRequest(context, { returnId, effects, isFresh })
  if (sent.outcome !== 'accepted' || wait === 0) return { ...none, ...sent }
  const settled = await waitFor(context, returnId, 'label', wait)
  const outcome = outcomeOf(settled) ?? sent.outcome
  const reasons = outcome === 'refused' ? [{ code: 'NO_LABEL_WANTED', message: settled?.evidence ?? '' }] : sent.reasons
  return {
    returnId,
    outcome,
    reasons,
    trackingNumber: outcome === 'confirmed' ? await numberOf(context, returnId) : null,
  }
}

async function numberOf({ loop }: MerchantContext, returnId: string): Promise<string | null> {
  return (await loop.details(returnId))?.trackingNumbers[0] ?? null
}

/** Doubt first; then whose fault it is; what mhloop or Loop refuses is refused. */
export function exitOfLabel({ outcome, reasons: [reason] }: Pick<LabelResult, 'outcome' | 'reasons'>): ExitCode {
  const code = reason?.code ?? ''
  switch (outcome) {
    case 'in_doubt':
    case 'parked':
      return exitCodes.inDoubt
    case 'accepted':
    case 'confirmed':
      return exitCodes.done
    case 'refused':
    case 'skipped':
      // A problem with the journal's disk or lock, not with the network (H24).
      if (code.startsWith('JOURNAL_')) return exitCodes.ours
      if (code === 'LOOP_UNAUTHORIZED' || code === 'LOOP_FORBIDDEN') return exitCodes.credentials
      if (code === 'LOOP_UNREACHABLE' || code === 'LOOP_RATE_LIMITED') return exitCodes.vendorDown
      return exitCodes.refused
  }
}
