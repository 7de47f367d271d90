import type { Decision } from './decide.ts'
import { customerIdentifierOf } from './identifiers.ts'
import type { RmaPlan } from './plan-rma.ts'
import type { Policy } from './policy.ts'
import type { Finding, Severity } from './reason.ts'
import { reasonText } from './reason-mapping.ts'
import type { LoopReturn } from './return.ts'
import type { Rma } from './rma.ts'
import { liveRmas, type RmaDifference } from './rma-difference.ts'
import { shown } from './text.ts'
import { splitUnits } from './units.ts'
import { verdictOf } from './verdict.ts'

/** Every code that an audit can find, worst first; the order of tables and of `--only` help. */
export const findingCodes = [
  'RESOLUTION_MISMATCH',
  'LABEL_BOUGHT',
  'IN_DOUBT',
  'PARKED',
  'RMA_MISSING',
  'RMA_KEYED_BY_NAME',
  'RMA_DUPLICATE',
  'RMA_FOREIGN',
  'LINES_DIFFER',
  'TRACKING_DIFFERS',
  'SKU_UNKNOWN',
  'RECEIVED_UNRESOLVED',
  'CANCELLED_RMA_OPEN',
  'EXPIRED_RMA_OPEN',
  'CLOSED_BEFORE_RECEIPT',
  'UNANNOUNCED_RECEIPT',
  'RMA_ORPHAN',
  'DESTINATION_UNKNOWN',
  'WAITING_FOR_TRACKING',
  'SKU_EMPTY',
  'REASON_UNMAPPED',
] as const
export type FindingCode = (typeof findingCodes)[number]

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
  open: readonly { kind: string; state: 'in_doubt' | 'parked'; evidence: string | null }[]
  /** We flagged it, so a review is ours and not a shop rule's. */
  flaggedByUs: boolean
  /** RFC 3339 now. */
  now: string
}

type Draft = { code: FindingCode; severity: Severity; message: string; fix: string | null }

/** A held return is normal at first; after two days somebody should ask (F30). */
const patience = 48 * 3_600_000

/** Holds one return against both systems. Pure. */
export function auditReturn(audited: AuditedReturn): Finding[] {
  const { returnId } = audited.loopReturn
  const drafts = [
    ...effectFindings(audited),
    ...planFindings(audited),
    ...differenceFindings(audited),
    ...resolutionFindings(audited),
    ...labelFindings(audited),
  ]
  const seen = new Set<string>()
  return drafts
    .filter((draft) => !seen.has(draft.code + draft.message) && seen.add(draft.code + draft.message))
    .map((draft) => ({ ...draft, returnId, customerIdentifier: customerIdentifierOf(returnId) }))
}

function effectFindings({ open, loopReturn }: AuditedReturn): Draft[] {
  return open.map(({ kind, state, evidence }) => ({
    code: state === 'parked' ? 'PARKED' : 'IN_DOUBT',
    severity: 'error',
    message: `${kind} was sent and its outcome ${state === 'parked' ? 'could not be established' : 'is not known yet'}: ${evidence ?? 'no answer recorded'}`,
    fix: `mhloop rma show ${loopReturn.returnId}`,
  }))
}

function planFindings({ plan, loopReturn, now }: AuditedReturn): Draft[] {
  const drafts: Draft[] = []
  if (plan.kind === 'hold' && plan.reason.code === 'WAITING_FOR_TRACKING') {
    const age = loopReturn.createdAt === null ? 0 : Date.parse(now) - Date.parse(loopReturn.createdAt)
    const late = age > patience
    drafts.push({
      code: 'WAITING_FOR_TRACKING',
      severity: late ? 'warning' : 'info',
      message: late ? `${plan.reason.message} Waiting for ${Math.floor(age / 86_400_000)} days.` : plan.reason.message,
      fix: null,
    })
  }
  if (plan.kind === 'hold' && plan.reason.code === 'DESTINATION_UNKNOWN') {
    drafts.push({ code: 'DESTINATION_UNKNOWN', severity: 'warning', message: plan.reason.message, fix: null })
  }
  if (plan.kind === 'blocked') {
    drafts.push({ code: 'SKU_UNKNOWN', severity: 'error', message: plan.reason.message, fix: null })
  }
  const active = loopReturn.state === 'open' || loopReturn.state === 'review'
  const withoutSku = splitUnits(loopReturn).withoutSku.length
  const ours = plan.kind !== 'skip' || plan.reason.code === 'SKU_EMPTY'
  if (active && ours && withoutSku > 0) {
    drafts.push({
      code: 'SKU_EMPTY',
      severity: 'warning',
      message: `${withoutSku === 1 ? 'A unit has' : `${withoutSku} units have`} no SKU and can't be announced; the receipt will end in a flag.`,
      fix: null,
    })
  }
  if (plan.kind === 'wanted') {
    for (const { parentReason, reason } of plan.unmapped) {
      drafts.push({
        code: 'REASON_UNMAPPED',
        severity: 'info',
        message: `The reason “${shown(reasonText(parentReason, reason) ?? '', 80)}” is sent as “other”.`,
        fix: 'mhloop mapping reasons set',
      })
    }
  }
  return drafts
}

function differenceFindings({ difference, loopReturn, rmas, plan }: AuditedReturn): Draft[] {
  const sync = `mhloop asn sync ${loopReturn.returnId}`
  switch (difference.kind) {
    case 'create':
      return [{ code: 'RMA_MISSING', severity: 'error', message: 'MasonHub has no RMA for this return.', fix: sync }]
    case 'update':
      return difference.changes.map((change) => {
        const tracking = change.field === 'package_id' || change.field === 'customer_instructions'
        return {
          code: tracking ? 'TRACKING_DIFFERS' : 'LINES_DIFFER',
          severity: 'warning',
          message: `${change.field}: MasonHub has “${shown(change.there, 100)}”, Loop wants “${shown(change.wanted, 100)}”.`,
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
  const { loopReturn, rmas, policy, announced, decision, flaggedByUs } = audited
  const [rma] = liveRmas(rmas)
  if (!rma) return []
  const paid = loopReturn.money.wasProcessed === true || loopReturn.money.refunds > 0
  if (rma.status !== 'received') {
    if (loopReturn.state !== 'closed') return []
    return [
      {
        code: 'CLOSED_BEFORE_RECEIPT',
        severity: 'warning',
        message: 'Closed in Loop before the warehouse received it: Loop, or a person there, processed it.',
        fix: null,
      },
    ]
  }
  const verdict = verdictOf({ loopReturn, rma, policy, announced })
  if (verdict.kind === 'bad' && verdict.certain && paid) {
    return [
      {
        code: 'RESOLUTION_MISMATCH',
        severity: 'error',
        message: `Paid although the receipt says: ${verdict.reasons.map((reason) => reason.message).join(' ')}`,
        fix: null,
      },
    ]
  }
  if (verdict.kind === 'good' && flaggedByUs && loopReturn.state === 'review') {
    return [
      {
        code: 'RESOLUTION_MISMATCH',
        severity: 'error',
        message: 'Flagged although every unit arrived and is available.',
        fix: null,
      },
    ]
  }
  if (
    decision.action === 'refund' ||
    decision.action === 'flag' ||
    (decision.action === 'wait' && verdict.kind === 'good')
  ) {
    return [
      {
        code: 'RECEIVED_UNRESOLVED',
        severity: 'warning',
        message: `Received, but Loop has not been told. ${decision.reasons[0]?.message ?? ''}`.trim(),
        fix: `mhloop rma resolve ${loopReturn.returnId}`,
      },
    ]
  }
  return []
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

export type StrayRma = {
  rma: Rma
  /** Order names of the returns in the audit's window. */
  orderNames: ReadonlySet<string>
  /** Tracking numbers of the returns in the window, to the return they belong to. */
  returnByTracking: ReadonlyMap<string, string>
}

/** What to say of an RMA that belongs to no return by its identifier. */
export function auditStray({ rma, orderNames, returnByTracking }: StrayRma): Finding | null {
  if (rma.status === 'deleted' || rma.deletedAt !== null) return null
  const { customerIdentifier } = rma
  const returnId = rma.packageId === null ? null : (returnByTracking.get(rma.packageId) ?? null)
  const finding = (code: FindingCode, severity: Severity, message: string): Finding => ({
    code,
    severity,
    returnId,
    customerIdentifier,
    message,
    fix: returnId ? `mhloop rma show ${returnId}` : null,
  })
  if (customerIdentifier === null || rma.returnType === 'rma_created_by_distribution_center') {
    return finding(
      'UNANNOUNCED_RECEIPT',
      'warning',
      `The dock received a parcel (${shown(rma.packageId ?? rma.rmaId ?? 'no package id', 60)}) that nobody had announced.`,
    )
  }
  const bare = customerIdentifier.replace(/^#/, '').replace(/-R\d+$/, '')
  if (orderNames.has(bare)) {
    return finding(
      'RMA_KEYED_BY_NAME',
      'error',
      `RMA “${shown(customerIdentifier, 60)}” is keyed by an order name instead of the Loop return id.`,
    )
  }
  if (returnId !== null)
    return finding(
      'RMA_DUPLICATE',
      'error',
      `RMA “${shown(customerIdentifier, 60)}” expects the same parcel as return ${returnId}.`,
    )
  if (rma.returnType !== 'rma_submitted_by_customer') return null
  return finding('RMA_ORPHAN', 'warning', `Loop has no return for RMA “${shown(customerIdentifier, 60)}”.`)
}
