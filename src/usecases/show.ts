import { auditGone } from '../core/audit-gone.ts'
import { type AuditedReturn, auditReturn, type OpenEffect } from '../core/audit-return.ts'
import { parseReference } from '../core/identifiers.ts'
import { type NextStep, nextStep } from '../core/next-step.ts'
import type { Finding, Reason } from '../core/reason.ts'
import { type Receipt, receiptOf } from '../core/receipt.ts'
import { visibleWithin } from '../core/write-check.ts'
import type { Effect, HistoryEntry } from '../journal/journal.ts'
import { isSurelyUnsent } from '../journal/transitions.ts'
import { findReturn } from './find-return.ts'
import { announcedUnits, conclude, type Look } from './look.ts'
import { lookAndSettle } from './look-and-settle.ts'
import { heldBack } from './resolve/held-back.ts'
import { stillUnknown } from './sync/check-write.ts'
import { undeliverable } from './undeliverable.ts'
import { forMerchant, nowOf, type Workplace } from './workplace.ts'

/** Everything that a support engineer needs to know about one return. */
export type Shown = Look & {
  receipt: Receipt | null
  findings: Finding[]
  history: HistoryEntry[]
  /** Why the refund would not go out now; null: it would, or none is due. */
  heldBy: Reason | null
  next: NextStep
}

/** Reads both sides of one return, settles what was sent earlier by what it sees, and says what to do next. Sends nothing. */
export async function show(workplace: Workplace, returnId: string): Promise<Shown> {
  const [looked] = await lookAndSettle(workplace, [returnId], { refundByName: false })
  if (looked === undefined) throw new Error('one return was asked for and none was looked at')
  const current = await withKnownSkus(workplace, looked)
  const history = await workplace.journal.history.of(workplace.merchant.name, returnId)
  const undeliverableAt = (await undeliverable(workplace, { returnId })).get(returnId) ?? null
  const [heldBy = null] = await heldBack(workplace, [{ look: current, decision: current.decision }], { byHand: false })
  const findings = findingsOf(workplace, current, { undeliverableAt, heldBy })
  const unknownWrite = stillUnknown(current, nowOf(workplace))
  const { text, command } = nextStep({ ...current, findings, heldBy, unknownWrite })
  return {
    ...current,
    receipt: current.rma && receiptOf(current.rma),
    findings,
    history,
    heldBy,
    next: { text, command: forMerchant(workplace, command) },
  }
}

/** What a sync would write is checked against MasonHub's catalogue, so that nobody is sent into a sync that fails. */
async function withKnownSkus(workplace: Workplace, look: Look): Promise<Look> {
  const { plan, difference } = look
  const writes = difference?.kind === 'create' || difference?.kind === 'update'
  if (!writes || plan?.kind !== 'wanted') return look
  const known = await workplace.masonhub.knownSkus(plan.rma.lines.map(({ sku }) => sku))
  return { ...look, ...conclude(look, workplace.merchant.policy, false, known) }
}

/** Like {@link show}, for whatever a person types; digits are taken as a return id unless neither side knows it. */
export async function showTyped(workplace: Workplace, input: string): Promise<Shown> {
  const reference = parseReference(input)
  if (reference.kind === 'return-id') {
    const shown = await show(workplace, reference.returnId)
    if (shown.loopReturn !== null || shown.rmas.length > 0) return shown
  }
  return await show(workplace, await findReturn(workplace, input))
}

/** The audit's findings about one return. */
export function findingsOf(
  workplace: Workplace,
  { returnId, loopReturn, plan, difference, rmas, decision, link, effects }: Look,
  { undeliverableAt, heldBy }: Pick<AuditedReturn, 'undeliverableAt' | 'heldBy'>,
): Finding[] {
  const now = nowOf(workplace)
  const isYoung = (effect: Effect) => isYoungAt(effect, now)
  const open = openEffects(effects, now)
  if (loopReturn === null || plan === null || difference === null) {
    return wasOurs({ link, effects }) ? complete(workplace, auditGone({ returnId, rmas, open })) : []
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
    policy: workplace.merchant.policy,
    announced: announcedUnits(link, effects),
    open,
    writing,
    flaggedByUs: effects.some((effect) => effect.kind === 'flag' && effect.state === 'confirmed'),
    undeliverableAt,
    heldBy,
    now,
  })
  return complete(workplace, found)
}

/** Each fix as a command that works when it is pasted. */
export function complete(workplace: Workplace, findings: readonly Finding[]): Finding[] {
  return findings.map((finding) => ({ ...finding, fix: forMerchant(workplace, finding.fix) }))
}

/** The journal has seen the return: it is no mistyped id. */
export function wasOurs({ link, effects }: Pick<Look, 'link' | 'effects'>): boolean {
  return link !== null || effects.length > 0
}

/** Effects that can't be settled without a person. */
export function openEffects(effects: readonly Effect[], now: string): OpenEffect[] {
  return effects.flatMap((effect) => {
    const { kind, state, evidence } = effect
    const unsent = isSurelyUnsent(effect)
    if (state === 'parked' || state === 'in_doubt') return [{ kind, state, evidence, unsent }]
    // A killed process has left it behind; a young one is another's, in the middle of its request.
    return state === 'sent' && !isYoungAt(effect, now) ? [{ kind, state: 'in_doubt' as const, evidence, unsent }] : []
  })
}

function isYoungAt({ sentAt }: Effect, now: string): boolean {
  return sentAt !== null && Math.abs(Date.parse(now) - Date.parse(sentAt)) < visibleWithin
}
