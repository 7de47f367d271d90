import { assign } from '../../core/grades/assignment.ts'
import { gradesWait, type OpenRefund } from '../../core/grades/gradable.ts'
import { type Grades, gradeRules, gradesOf } from '../../core/grades/grade.ts'
import type { InspectedUnit } from '../../core/grades/inspection.ts'
import type { Policy } from '../../core/merchants/policy.ts'
import { ownReceiptProblem, receiptDigest } from '../../core/refunds/decide.ts'
import { foldKits, perhapsKits } from '../../core/refunds/kits.ts'
import { type Receipt, receiptOf } from '../../core/refunds/receipt.ts'
import { isRefundKind } from '../../core/refunds/refund-kinds.ts'
import { type Verdict, verdictOf } from '../../core/refunds/verdict.ts'
import { beforeCutoff } from '../../core/returns/cutoff.ts'
import type { LoopReturn } from '../../core/returns/return.ts'
import type { Rma } from '../../core/rmas/rma.ts'
import { type Grading, planGrades, sendGrades } from '../../effects/grade.ts'
import type { Effect } from '../../journal/journal.ts'
import { type MerchantContext, nowOf } from '../merchant-context.ts'
import { announcedUnits, type ReturnObservation } from '../returns/observe-returns.ts'

/** A return whose receipt says something about its units. */
export type Gradable = {
  loopReturn: LoopReturn
  rma: Rma
  receipt: Receipt
  verdict: Verdict
  units: InspectedUnit[]
  grades: Grades
}

/**
 * What a receipt says about the units of its return, whatever was told before. null: nothing that is certainly about
 * this return. Only what the journal knows to be ours is graded.
 */
export function gradable(seen: ReturnObservation, policy: Policy, now: string): Gradable | null {
  const { loopReturn, rma, difference, kits } = seen
  const announced = announcedUnits(seen)
  if (loopReturn === null || rma?.status !== 'received' || difference?.kind === 'foreign' || announced === null)
    return null
  if (beforeCutoff(loopReturn, policy.cutoff) !== false || ownReceiptProblem(loopReturn, rma) !== null) return null
  const booked = receiptOf(rma)
  if (booked === null) return null
  const { receipt } = foldKits(booked, kits)
  // Of a kit that came in part, nobody can say what its one unit is.
  const isInPart = perhapsKits(receipt).some((sku) => kits.has(sku))
  const units = isInPart ? [] : assign({ loopReturn, receipt, announced })
  const grades = gradesOf(units, gradeRules(policy.grades.rules), { receipt, receivedAt: rma.receivedAt })
  const verdict = verdictOf({ loopReturn, rma, policy, announced, now, kits })
  return { loopReturn, rma, receipt, units, grades, verdict }
}

type PlannedGrades = { returnId: string; gradable: Gradable; planned: Awaited<ReturnType<typeof planGrades>> }

/**
 * Records what Loop has to be told about the units of these returns. Before their refunds are sent: a crash, or the end
 * of polling when the return is closed, must not forget it.
 */
export async function planGradings(
  context: MerchantContext,
  observations: readonly ReturnObservation[],
): Promise<PlannedGrades[]> {
  const { policy } = (await context.stored()).merchant
  if (!policy.grades.on) return []
  const all: PlannedGrades[] = []
  for (const seen of observations) {
    const found = gradable(seen, policy, nowOf(context))
    if (found === null || found.verdict.kind === 'incomplete') continue
    const grading: Grading = { ...found, effects: seen.effects, digest: receiptDigest(found.rma), explicit: false }
    const planned = await planGrades(context, grading)
    if (planned.length > 0) all.push({ returnId: seen.returnId, gradable: found, planned })
  }
  return all
}

/** Sends what may be sent now; the rest stays planned until a later reading shows that the refund is over. */
export async function sendGradings(
  context: MerchantContext,
  gradings: readonly PlannedGrades[],
  isFresh: () => boolean,
): Promise<void> {
  if (gradings.length === 0) return
  const { journal, merchant } = context
  const returnIds = gradings.map(({ returnId }) => returnId)
  // Read again: the refund of a return may have been sent a moment ago.
  const effects = Map.groupBy(await journal.effects.find({ merchant: merchant.name, returnIds }), (one) => one.returnId)
  for (const { returnId, gradable: found, planned } of gradings) {
    const refund = openRefund(effects.get(returnId) ?? [])
    if (gradesWait(found.loopReturn, { refund, verdict: found.verdict }) === null) {
      await sendGrades(context, planned, isFresh)
    }
  }
}

export function openRefund(effects: readonly Effect[]): OpenRefund {
  const states = effects.filter(({ kind }) => isRefundKind(kind)).map(({ state }) => state)
  if (states.some((state) => state === 'sent' || state === 'accepted' || state === 'in_doubt')) return 'sent'
  return states.find((state) => state === 'parked' || state === 'planned') ?? null
}
