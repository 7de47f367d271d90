import { type ExitCode, exitCodes } from '../../core/errors/fault.ts'
import type { Reason } from '../../core/explain/reason.ts'
import { type Evidence, evidenceOf, type ReportCategory, reportComment } from '../../core/refunds/evidence.ts'
import { isBoxFree } from '../../core/returns/parcels.ts'
import { sendWithin } from '../../core/time/time-limits.ts'
import { sendReport } from '../../effects/report.ts'
import type { Outcome } from '../../effects/resolution.ts'
import { gradable } from '../grades/grade-returns.ts'
import { type MerchantContext, nowOf } from '../merchant-context.ts'
import { observeAndSettle } from './observe-and-settle.ts'
import type { ReturnObservation } from './observe-returns.ts'

/** What would be reported of a return, or why nothing may be. */
export type ReportPlan = {
  returnId: string
  orderName: string | null
  observation: ReturnObservation
  readAt: number
} & ({ refusal: Reason } | { refusal: null; evidence: Evidence; comment: string })

export type ReportResult = { returnId: string; outcome: Outcome; category: ReportCategory | null; reasons: Reason[] }

/** Reads both sides now, and says what the receipt is evidence of. Sends nothing. */
export async function planReport(context: MerchantContext, returnId: string): Promise<ReportPlan> {
  const readAt = context.clock.now().getTime()
  const [observation] = await observeAndSettle(context, [returnId], { explicitRefund: false })
  if (observation === undefined) throw new Error('one return was requested and none was observed')
  const base = { returnId, orderName: observation.loopReturn?.orderName ?? null, observation, readAt }
  const known = observation.effects.find(({ kind, state }) => kind === 'report' && state === 'confirmed')
  if (known !== undefined) {
    return { ...base, refusal: { code: 'REPORTED_BEFORE', message: known.evidence ?? 'It was reported already.' } }
  }
  const { policy } = (await context.stored()).merchant
  const found = gradable(observation, policy, nowOf(context))
  if (found === null) {
    const message = 'No finished receipt of an RMA that mhloop announced says what arrived.'
    return { ...base, refusal: { code: 'NO_EVIDENCE', message } }
  }
  const evidence = evidenceOf({ ...found, boxFree: observation.link?.boxFree === true || isBoxFree(found.loopReturn) })
  if ('code' in evidence) return { ...base, refusal: evidence }
  return { ...base, refusal: null, evidence, comment: reportComment(evidence, found.rma) }
}

/** Reports the category that a person was shown, by a reading of now: a box may have come meanwhile. */
export async function reportFraud(
  context: MerchantContext,
  returnId: string,
  displayed: { category: ReportCategory; comment: string },
): Promise<ReportResult> {
  const plan = await planReport(context, returnId)
  const { category, comment } = displayed
  if (plan.refusal !== null) return { returnId, category: null, outcome: 'refused', reasons: [plan.refusal] }
  if (plan.evidence.category !== category) {
    const message = 'The receipt says something else than a moment ago. Nothing was reported.'
    return { returnId, category: null, outcome: 'refused', reasons: [{ code: 'CHANGED_SINCE_SHOWN', message }] }
  }
  const isFresh = () => Math.abs(context.clock.now().getTime() - plan.readAt) < sendWithin
  const sent = await sendReport(context, { returnId, category, comment, effects: plan.observation.effects, isFresh })
  return { returnId, category, ...sent }
}

export function exitOfReport({ outcome, reasons: [reason] }: Pick<ReportResult, 'outcome' | 'reasons'>): ExitCode {
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
      if (code.startsWith('JOURNAL_')) return exitCodes.ours
      if (code === 'LOOP_UNAUTHORIZED' || code === 'LOOP_FORBIDDEN') return exitCodes.credentials
      if (code === 'LOOP_UNREACHABLE' || code === 'LOOP_RATE_LIMITED') return exitCodes.vendorDown
      return exitCodes.refused
  }
}
