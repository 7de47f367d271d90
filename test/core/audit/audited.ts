/** One return compared with both systems, for the tests of an audit's findings. */
import assert from 'node:assert/strict'
import { type AuditedReturn, auditReturn } from '../../../src/core/audit/audit-return.ts'
import { decide } from '../../../src/core/refunds/decide.ts'
import { isHeldByPolicy } from '../../../src/core/refunds/held-by-policy.ts'
import { parcelsOf } from '../../../src/core/returns/parcels.ts'
import type { ReturnMoney } from '../../../src/core/returns/return.ts'
import { planRma } from '../../../src/core/rmas/plan-rma.ts'
import { liveRmas, rmaDifference } from '../../../src/core/rmas/rma-difference.ts'
import { anOpenRma, aPlanInput, aPolicy, aReturn, aSituation, codesOf } from '../build.ts'

const now = '2026-11-12T00:00:00.000Z'

/** The input for the audit of one return; plan, difference and decision follow from the rules unless given. */
export function audited(special: Partial<AuditedReturn> = {}): AuditedReturn {
  const { loopReturn = aReturn(), rmas = [anOpenRma()], policy = aPolicy(), announced = null } = special
  const plan = special.plan ?? planRma(aPlanInput({ loopReturn, policy }))
  const [rma = null, ...others] = liveRmas(rmas)
  const only = others.length === 0 ? rma : null
  const decision = special.decision ?? decide(aSituation({ loopReturn, rma: only, policy, announced }))
  return {
    loopReturn,
    rmas,
    policy,
    announced,
    plan,
    difference: rmaDifference({
      plan,
      there: rmas,
      parcels: parcelsOf(loopReturn, 'bag'),
      ours: false,
      over: loopReturn.state === 'closed',
    }),
    decision,
    removal: null,
    heldBy: decision.action === 'wait' && isHeldByPolicy(decision.reasons) ? (decision.reasons[0] ?? null) : null,
    open: [],
    writing: false,
    flaggedByUs: false,
    undeliverableAt: null,
    arrival: { deliveredAt: null, onDockAt: null },
    now,
    ...special,
  }
}

export function codesFound(special: Partial<AuditedReturn> = {}): string[] {
  return codesOf(auditReturn(audited(special)))
}

/** The only finding; fails for none or several. */
export function finding(special: Partial<AuditedReturn> = {}) {
  const [first, ...others] = auditReturn(audited(special))
  assert.ok(first && others.length === 0, `${others.length + (first ? 1 : 0)} findings`)
  const { code, severity, message, fix } = first
  return { code, severity, message, fix }
}

/** A return that Loop has closed and, by default, paid. */
export function closedReturn(money: Partial<ReturnMoney> = { wasProcessed: true }) {
  return aReturn({ state: 'closed', money: { ...aReturn().money, ...money } })
}
