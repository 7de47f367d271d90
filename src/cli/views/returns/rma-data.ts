import type { Receipt } from '../../../core/refunds/receipt.ts'
import { type Parcel, parcelOfUnit, parcelsOf } from '../../../core/returns/parcels.ts'
import type { ReturnUnit } from '../../../core/returns/return.ts'
import type { Rma } from '../../../core/rmas/rma.ts'
import type { ReturnOverview } from '../../../usecases/returns/show-return.ts'
import { effectData } from './history-page.ts'

/** `rma.show` in JSON (docs/cli.md): no customer data, ids as strings. */
export function overviewData(overview: ReturnOverview) {
  const { loopReturn, rma, rmas, decision, heldBy, findings, effects, history, next, link } = overview
  return {
    returnId: overview.returnId,
    loop: loopReturn && {
      state: loopReturn.state,
      outcome: loopReturn.outcome,
      orderName: loopReturn.orderName,
      createdAt: loopReturn.createdAt,
      updatedAt: loopReturn.updatedAt,
      destinationId: loopReturn.destinationId,
      trackingNumbers: loopReturn.trackingNumbers,
      method: loopReturn.method,
      labels: loopReturn.labels,
      bags: loopReturn.bags,
      units: loopReturn.units.map((unit) => unitData(unit, parcelsOf(loopReturn, 'off'))),
      money: loopReturn.money,
    },
    rma: rma && rmaData(rma),
    otherRmas: rmas.filter((other) => other !== rma).map(rmaData),
    receipt: overview.receipt && receiptData(overview.receipt),
    decision,
    held: heldBy,
    plan: overview.plan && {
      kind: overview.plan.kind,
      reason: 'reason' in overview.plan ? overview.plan.reason : null,
    },
    difference: overview.difference?.kind ?? null,
    standing: link?.status ?? null,
    findings,
    effects: effects.map((effect) => {
      const { attempts: _, ...data } = effectData(effect)
      return data
    }),
    history,
    next,
  }
}

function unitData(unit: ReturnUnit, parcels: readonly Parcel[]) {
  const { lineItemId, sku, title, parentReason, reason, outcome, condition = null, disposition = null } = unit
  const parcelId = parcelOfUnit(parcels, lineItemId)?.id ?? null
  return { lineItemId, sku, title, parentReason, reason, outcome, parcelId, condition, disposition }
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
