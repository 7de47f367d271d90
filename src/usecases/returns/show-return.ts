import { auditGone } from '../../core/audit/audit-gone.ts'
import { type AuditedReturn, auditReturn, type OpenEffect } from '../../core/audit/audit-return.ts'
import type { Finding, Reason } from '../../core/explain/reason.ts'
import { type Receipt, receiptOf } from '../../core/refunds/receipt.ts'
import { type NextStep, nextStep } from '../../core/returns/next-step.ts'
import { parseReference } from '../../core/rmas/identifiers.ts'
import { visibleWithin } from '../../core/rmas/write-check.ts'
import { requestedRemoval } from '../../effects/removals.ts'
import { isSurelyUnsent } from '../../journal/effects/transitions.ts'
import type { Effect, HistoryEntry } from '../../journal/journal.ts'
import { forMerchant, type MerchantContext, nowOf } from '../merchant-context.ts'
import { heldBack } from '../resolve/held-back.ts'
import { stillUnknown } from '../sync/check-write.ts'
import { carrierReports, noReport } from './carrier-reports.ts'
import { findReturn } from './find-return.ts'
import { observeAndSettle } from './observe-and-settle.ts'
import { announcedUnits, conclude, type ReturnObservation } from './observe-returns.ts'
import { separateBoxes } from './separate-boxes.ts'

/** Everything that a support engineer needs to know about one return. */
export type ReturnOverview = ReturnObservation & {
  receipt: Receipt | null
  findings: Finding[]
  history: HistoryEntry[]
  /** What holds the refund back now; null: nothing does, or no refund is due. */
  heldBy: Reason | null
  next: NextStep
}

/** Reads both sides of one return, settles what was sent earlier, and says what to do next. Sends no write. */
export async function show(context: MerchantContext, returnId: string): Promise<ReturnOverview> {
  const [observed] = await observeAndSettle(context, [returnId], { explicitRefund: false })
  if (observed === undefined) throw new Error('one return was requested and none was observed')
  const current = await withKnownSkus(context, observed)
  const history = await context.journal.history.of(context.merchant.name, returnId)
  const report = (await carrierReports(context, { returnId })).get(returnId) ?? noReport
  const [heldBy = null] = await heldBack(context, [{ observation: current, decision: current.decision }], {
    explicit: false,
  })
  const separate = complete(context, await separateBoxes(context, current))
  const findings = [...findingsOf(context, current, { ...report, heldBy }), ...separate]
  const unknownWrite = stillUnknown(current, nowOf(context))
  const { text, command } = nextStep({ ...current, findings, heldBy, unknownWrite })
  return {
    ...current,
    receipt: current.rma && receiptOf(current.rma),
    findings,
    history,
    heldBy,
    next: { text, command: forMerchant(context, command) },
  }
}

/** Checks what a sync would write against MasonHub's catalogue, so that no operator is sent to a sync that fails. */
async function withKnownSkus(context: MerchantContext, observation: ReturnObservation): Promise<ReturnObservation> {
  const { plan, difference } = observation
  const writes = difference?.kind === 'create' || difference?.kind === 'update'
  if (!writes || plan?.kind !== 'wanted') return observation
  const known = await context.masonhub.knownSkus(plan.rma.lines.map(({ sku }) => sku))
  const by = { policy: context.merchant.policy, now: nowOf(context), explicitRefund: false, knownSkus: known }
  return { ...observation, ...conclude(observation, by) }
}

/** Like {@link show}, for whatever a person types; digits are read as a return id unless neither side knows it. */
export async function showTyped(context: MerchantContext, input: string): Promise<ReturnOverview> {
  const reference = parseReference(input)
  if (reference.kind === 'return-id') {
    const overview = await show(context, reference.returnId)
    if (overview.loopReturn !== null || overview.rmas.length > 0) return overview
  }
  return await show(context, await findReturn(context, input))
}

/** The audit's findings about one return. */
export function findingsOf(
  context: MerchantContext,
  { returnId, loopReturn, plan, difference, rmas, decision, link, effects, kits }: ReturnObservation,
  { arrival, undeliverableAt, heldBy }: Pick<AuditedReturn, 'arrival' | 'undeliverableAt' | 'heldBy'>,
): Finding[] {
  const now = nowOf(context)
  const isYoung = (effect: Effect) => isYoungAt(effect, now)
  const open = openEffects(effects, now)
  if (loopReturn === null || plan === null || difference === null) {
    return wasOurs({ link, effects }) ? complete(context, auditGone({ returnId, rmas, open })) : []
  }
  const writing = effects.some(
    (effect) =>
      effect.kind.startsWith('rma.') && (effect.state === 'sent' || effect.state === 'accepted') && isYoung(effect),
  )
  const found = auditReturn({
    loopReturn,
    rmas,
    plan,
    difference,
    decision,
    policy: context.merchant.policy,
    announced: announcedUnits({ rmas, link, effects }),
    open,
    writing,
    flaggedByUs: effects.some((effect) => effect.kind === 'flag' && effect.state === 'confirmed'),
    arrival,
    undeliverableAt,
    heldBy,
    removal: requestedRemoval(effects),
    now,
    kits,
  })
  return complete(context, found)
}

/** Completes each fix to a command that works when it is pasted. */
export function complete(context: MerchantContext, findings: readonly Finding[]): Finding[] {
  return findings.map((finding) => ({ ...finding, fix: forMerchant(context, finding.fix) }))
}

/** Whether the journal has seen the return, so that its id is no typing error. */
export function wasOurs({ link, effects }: Pick<ReturnObservation, 'link' | 'effects'>): boolean {
  return link !== null || effects.length > 0
}

/** Effects that can't be settled without a person. */
export function openEffects(effects: readonly Effect[], now: string): OpenEffect[] {
  return effects.flatMap((effect) => {
    const { kind, state, evidence } = effect
    const unsent = isSurelyUnsent(effect)
    if (state === 'parked' || state === 'in_doubt') return [{ kind, state, evidence, unsent }]
    // A killed process has left an old one; a young one belongs to another process, in the middle of its request.
    return state === 'sent' && !isYoungAt(effect, now) ? [{ kind, state: 'in_doubt' as const, evidence, unsent }] : []
  })
}

function isYoungAt({ sentAt }: Effect, now: string): boolean {
  return sentAt !== null && Math.abs(Date.parse(now) - Date.parse(sentAt)) < visibleWithin
}
