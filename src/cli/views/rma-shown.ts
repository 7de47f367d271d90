import type { Receipt } from '../../core/receipt.ts'
import type { ReturnUnit } from '../../core/return.ts'
import type { Rma } from '../../core/rma.ts'
import type { Shown } from '../../usecases/show.ts'

/** `rma.show` in JSON (docs/cli.md): no customer's data, ids as strings. */
export function shownData(shown: Shown) {
  const { loopReturn, rma, rmas, decision, heldBy, findings, effects, history, next, link } = shown
  return {
    returnId: shown.returnId,
    loop: loopReturn && {
      state: loopReturn.state,
      outcome: loopReturn.outcome,
      orderName: loopReturn.orderName,
      createdAt: loopReturn.createdAt,
      updatedAt: loopReturn.updatedAt,
      destinationId: loopReturn.destinationId,
      trackingNumbers: loopReturn.trackingNumbers,
      units: loopReturn.units.map(unitData),
      money: loopReturn.money,
    },
    rma: rma && rmaData(rma),
    otherRmas: rmas.filter((other) => other !== rma).map(rmaData),
    receipt: shown.receipt && receiptData(shown.receipt),
    decision,
    held: heldBy,
    plan: shown.plan && { kind: shown.plan.kind, reason: 'reason' in shown.plan ? shown.plan.reason : null },
    difference: shown.difference?.kind ?? null,
    standing: link?.status ?? null,
    findings,
    effects: effects.map(({ effectId, kind, generation, state, evidence, actor, plannedAt, sentAt, settledAt }) => ({
      effectId,
      kind,
      generation,
      state,
      evidence,
      actor,
      plannedAt,
      sentAt,
      settledAt,
    })),
    history,
    next,
  }
}

function unitData({ lineItemId, sku, title, parentReason, reason, outcome }: ReturnUnit) {
  return { lineItemId, sku, title, parentReason, reason, outcome }
}

function rmaData({
  rmaId,
  customerIdentifier,
  status,
  version,
  manifestId,
  packageId,
  receivedAt,
  createdAt,
  lines,
}: Rma) {
  return { rmaId, customerIdentifier, status, version, manifestId, packageId, receivedAt, createdAt, lines }
}

function receiptData({ lines, contradictions }: Receipt) {
  return {
    lines: lines.map(({ byDisposition, ...line }) => ({ ...line, byDisposition: Object.fromEntries(byDisposition) })),
    contradictions,
  }
}
