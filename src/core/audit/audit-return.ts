import type { Finding, Reason } from '../explain/reason.ts'
import type { Policy } from '../merchants/policy.ts'
import { reasonText } from '../reasons/reason-mapping.ts'
import { alreadyPaid, type Decision } from '../refunds/decide.ts'
import { type Kits, noKits } from '../refunds/kits.ts'
import { isPaidByRemoval, type Removal } from '../refunds/removal.ts'
import { verdictOf } from '../refunds/verdict.ts'
import type { Arrival } from '../returns/journey.ts'
import { heldStep } from '../returns/next-step.ts'
import { parcelsOf } from '../returns/parcels.ts'
import type { LoopReturn } from '../returns/return.ts'
import { splitUnits } from '../returns/units.ts'
import { customerIdentifierOf } from '../rmas/identifiers.ts'
import type { RmaPlan } from '../rmas/plan-rma.ts'
import type { Rma } from '../rmas/rma.ts'
import { liveRmas, type RmaDifference } from '../rmas/rma-difference.ts'
import { printable } from '../text/printable.ts'
import { closedAtDropOff, dropOffFindings, foundAfterRefund } from './audit-box-free.ts'
import { journeyFindings } from './audit-journey.ts'
import type { Draft } from './draft.ts'

export type AuditedReturn = {
  loopReturn: LoopReturn
  /** Everything MasonHub shows under the return's identifier. */
  rmas: readonly Rma[]
  plan: RmaPlan
  difference: RmaDifference
  decision: Decision
  policy: Policy
  announced: readonly string[] | null
  /** Effects of this return that can't be settled without a person. */
  open: readonly OpenEffect[]
  /** MasonHub accepted a write of this RMA a moment ago, which a read may not show yet (masonhub.md §3.3). */
  writing: boolean
  /** mhloop flagged the return, so the review does not come from a rule of the shop. */
  flaggedByUs: boolean
  /** When MasonHub reported that the carrier could not deliver the parcel; null: no such report, or delivered since. */
  undeliverableAt: string | null
  arrival: Arrival
  /** What holds the refund back now; null: nothing does, or no refund is due. */
  heldBy: Reason | null
  /** What mhloop had Loop take out of the return, so that only what arrived is paid; null: nothing. */
  removal: Removal | null
  /** RFC 3339 now. */
  now: string
  /** Kits among what the receipt seems to lack. */
  kits?: Kits
}

export type OpenEffect = {
  kind: string
  state: 'in_doubt' | 'parked'
  evidence: string | null
  /** This installation never sent it (G1). */
  unsent?: boolean
}

/** Milliseconds. A held return is normal at first; after two days the finding becomes a warning (F30). */
const longestTravel = 48 * 3_600_000

/** Compares one return with both systems and returns what is wrong. Pure. */
export function auditReturn(audited: AuditedReturn): Finding[] {
  const { returnId } = audited.loopReturn
  const drafts = [
    ...effectFindings(audited),
    ...planFindings(audited),
    ...differenceFindings(audited),
    ...resolutionFindings(audited),
    ...labelFindings(audited),
    ...carrierFindings(audited),
    ...wayFindings(audited),
    ...dropOffFindings(audited),
  ]
  const seen = new Set<string>()
  return drafts
    .filter((draft) => !seen.has(draft.code + draft.message) && seen.add(draft.code + draft.message))
    .map((draft) => ({ ...draft, returnId, customerIdentifier: customerIdentifierOf(returnId) }))
}

function effectFindings({ open, loopReturn }: AuditedReturn): Draft[] {
  return open.map((effect) => openEffectFinding(effect, loopReturn.returnId))
}

export function openEffectFinding({ kind, state, evidence, unsent = false }: OpenEffect, returnId: string): Draft {
  return {
    code: state === 'parked' ? 'PARKED' : 'IN_DOUBT',
    severity: 'error',
    message: `${kind} ${unsent ? 'was never sent, and is left to a person' : wordsOf(state)}: ${evidence ?? 'no answer recorded'}`,
    fix: `mhloop rma show ${returnId}`,
  }
}

function wordsOf(state: OpenEffect['state']): string {
  return `was sent and its outcome ${state === 'parked' ? 'could not be established' : 'is not yet known'}`
}

function planFindings(audited: AuditedReturn): Draft[] {
  const { plan } = audited
  switch (plan.kind) {
    case 'hold':
      return [...holdFindings(plan.reason, audited), ...skuFindings(audited)]
    case 'blocked':
      return blockedFindings(plan.reason, audited)
    case 'wanted':
      return [...skuFindings(audited), ...plan.unmapped.map(unmappedFinding)]
    case 'skip':
      return plan.reason.code === 'SKU_EMPTY' ? skuFindings(audited) : []
    case 'retire':
      return []
  }
}

function blockedFindings({ code, message }: Reason, { rmas }: AuditedReturn): Draft[] {
  if (code !== 'TRACKING_UNSENDABLE') return [{ code: 'SKU_UNKNOWN', severity: 'error', message, fix: null }]
  // Once the parcel is there, nobody needs its number.
  const isReceived = liveRmas(rmas).some((rma) => rma.status === 'received')
  return isReceived ? [] : [{ code, severity: 'warning', message, fix: null }]
}

function holdFindings(reason: Reason, { loopReturn, now }: AuditedReturn): Draft[] {
  if (reason.code === 'DESTINATION_UNKNOWN')
    return [{ code: 'DESTINATION_UNKNOWN', severity: 'warning', message: reason.message, fix: null }]
  if (reason.code !== 'WAITING_FOR_TRACKING') return []
  const age = Date.parse(now) - Date.parse(loopReturn.createdAt ?? '')
  if (age <= longestTravel)
    return [{ code: 'WAITING_FOR_TRACKING', severity: 'info', message: reason.message, fix: null }]
  return [
    {
      code: 'WAITING_FOR_TRACKING',
      severity: 'warning',
      message: `${reason.message} ${Number.isNaN(age) ? 'It is unknown since when.' : `Waiting for ${Math.floor(age / 86_400_000)} days.`}`,
      fix: loopReturn.state === 'open' ? `mhloop rma label ${loopReturn.returnId}` : null,
    },
  ]
}

function skuFindings({ loopReturn }: AuditedReturn): Draft[] {
  const count = splitUnits(loopReturn).withoutSku.length
  if (count === 0) return []
  const who = count === 1 ? 'One unit has' : `${count} units have`
  return [
    {
      code: 'SKU_EMPTY',
      severity: 'warning',
      message: `${who} no SKU and can't be announced; the return will be flagged after its receipt.`,
      fix: null,
    },
  ]
}

function unmappedFinding({ parentReason, reason }: { parentReason: string | null; reason: string }): Draft {
  const text = printable(reasonText(parentReason, reason) ?? '', 80)
  return {
    code: 'REASON_UNMAPPED',
    severity: 'info',
    message: `The reason “${text}” is sent as “other”.`,
    fix: 'mhloop mapping reasons suggest',
  }
}

function differenceFindings({ difference, loopReturn, rmas, plan, writing }: AuditedReturn): Draft[] {
  const sync = `mhloop asn sync ${loopReturn.returnId}`
  if (writing) return []
  switch (difference.kind) {
    case 'create':
      return [{ code: 'RMA_MISSING', severity: 'error', message: 'MasonHub has no RMA for this return.', fix: sync }]
    case 'update':
      return difference.changes.map((change) => {
        const tracking = change.field === 'package_id' || change.field === 'customer_instructions'
        return {
          code: tracking ? 'TRACKING_DIFFERS' : 'LINES_DIFFER',
          severity: 'warning',
          message: `${change.field}: MasonHub has “${printable(change.there, 100)}”, Loop wants “${printable(change.wanted, 100)}”.`,
          fix: sync,
        }
      })
    case 'delete':
      return [
        {
          code: 'CANCELLED_RMA_OPEN',
          severity: 'warning',
          message: 'Cancelled in Loop, but MasonHub still expects the parcel.',
          fix: sync,
        },
      ]
    case 'too-late':
      return [
        {
          code: difference.changes.length > 0 ? 'LINES_DIFFER' : 'CANCELLED_RMA_OPEN',
          severity: 'warning',
          message: difference.reason.message,
          fix: null,
        },
      ]
    case 'foreign':
      return [
        {
          code: difference.reason.code === 'RMA_DUPLICATE' ? 'RMA_DUPLICATE' : 'RMA_FOREIGN',
          severity: 'error',
          message: difference.reason.message,
          fix: null,
        },
      ]
    case 'unchanged':
    case 'nothing': {
      const expecting = liveRmas(rmas).some((rma) => rma.status === 'open')
      if (plan.kind !== 'skip' || plan.reason.code !== 'EXPIRED' || !expecting) return []
      return [
        {
          code: 'EXPIRED_RMA_OPEN',
          severity: 'info',
          message: 'Expired in Loop, but MasonHub still expects the parcel.',
          fix: null,
        },
      ]
    }
  }
}

function resolutionFindings(audited: AuditedReturn): Draft[] {
  const { loopReturn, rmas, policy, announced, decision, flaggedByUs, removal, heldBy, now, kits = noKits } = audited
  const [rma] = liveRmas(rmas)
  if (!rma) return []
  if (closedAtDropOff(loopReturn, decision)) return foundAfterRefund({ ...audited, rma })
  const paid = alreadyPaid(loopReturn) !== null
  if (rma.status !== 'received') {
    if (loopReturn.state !== 'closed') return []
    return [
      {
        code: 'CLOSED_BEFORE_RECEIPT',
        severity: 'warning',
        message: 'Closed in Loop before the warehouse received it: Loop itself or a person processed it there.',
        fix: null,
      },
    ]
  }
  const verdict = verdictOf({ loopReturn, rma, policy, announced, now, kits })
  const isPartial = removal !== null && isPaidByRemoval(removal, loopReturn, rma)
  if (verdict.kind === 'bad' && verdict.certain && paid && !isPartial) {
    return [
      {
        code: 'RESOLUTION_MISMATCH',
        severity: 'error',
        message: `Refunded in spite of the receipt: ${verdict.reasons.map((reason) => reason.message).join(' ')}`,
        fix: `mhloop rma show ${loopReturn.returnId}`,
      },
    ]
  }
  if (verdict.kind === 'good' && flaggedByUs && loopReturn.state === 'review') {
    return [
      {
        code: 'RESOLUTION_MISMATCH',
        severity: 'error',
        message: 'Flagged although every unit has arrived and is available.',
        fix: `mhloop rma show ${loopReturn.returnId}`,
      },
    ]
  }
  if (paid || !needsSomebody(decision, loopReturn)) return []
  return [
    {
      code: 'RECEIVED_UNRESOLVED',
      severity: 'warning',
      message: `Received, but not resolved in Loop. ${(heldBy ?? decision.reasons[0])?.message ?? ''}`.trim(),
      fix: resolvingCommand(decision, loopReturn, heldBy),
    },
  ]
}

function resolvingCommand({ action }: Decision, { returnId }: LoopReturn, heldBy: Reason | null): string | null {
  if (action === 'none') return null
  if (heldBy !== null) return heldStep(returnId, heldBy).command
  return action === 'wait' ? `mhloop rma show ${returnId}` : `mhloop rma resolve ${returnId}`
}

/** Loop will show the outcome soon, or another box is awaited: a person need not act yet. */
const underWay = new Set(['PROCESS_PENDING', 'FLAG_PENDING', 'BOX_ON_ITS_WAY'])
/** mhloop does nothing more after these decisions. While Loop shows the return open or expired, a person must act. */
const leftToOperators = new Set(['PROCESS_REFUSED', 'FLAGGED_BEFORE', 'EXPIRED'])

function needsSomebody({ action, reasons }: Decision, { state }: LoopReturn): boolean {
  const code = reasons[0]?.code ?? ''
  switch (action) {
    case 'refund':
    case 'flag':
      return true
    case 'wait':
      return !underWay.has(code)
    case 'none':
      return (state === 'open' || state === 'expired') && leftToOperators.has(code)
  }
}

function labelFindings({ rmas }: AuditedReturn): Draft[] {
  return liveRmas(rmas)
    .filter((rma) => rma.labelUrl !== null)
    .map(() => ({
      code: 'LABEL_BOUGHT',
      severity: 'error',
      message: 'MasonHub bought a return label although Loop supplies one.',
      fix: null,
    }))
}

function wayFindings({ loopReturn, rmas, policy, arrival, now }: AuditedReturn): Draft[] {
  const parcels = parcelsOf(loopReturn, policy.boxFree)
  return journeyFindings({ loopReturn, rmas, parcels, arrival, waits: policy.waits, now })
}

/** The parcel will not arrive by itself, and Loop may not know that (RCV-006). */
function carrierFindings({ undeliverableAt, rmas, loopReturn }: AuditedReturn): Draft[] {
  const awaited = liveRmas(rmas).some((rma) => rma.status !== 'received')
  if (undeliverableAt === null || !awaited || !['open', 'review'].includes(loopReturn.state)) return []
  return [
    {
      code: 'UNDELIVERABLE',
      severity: 'warning',
      message: `The carrier could not deliver the parcel, MasonHub said on ${undeliverableAt.slice(0, 10)}: ask the shopper or the carrier where it is.`,
      fix: null,
    },
  ]
}
