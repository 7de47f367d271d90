import type { Finding, Reason } from '../explain/reason.ts'
import { alreadyPaid, type Decision } from '../refunds/decide.ts'
import { isHeldByPolicy, isPassedExplicitly } from '../refunds/held-by-policy.ts'
import type { RmaPlan } from '../rmas/plan-rma.ts'
import type { Rma } from '../rmas/rma.ts'
import type { RmaDifference } from '../rmas/rma-difference.ts'
import { hasUnseen } from '../text/printable.ts'
import type { LoopReturn } from './return.ts'

/** What an operator should do now: a sentence, and the command to type if there is one. */
export type NextStep = { text: string; command: string | null }

export type Standpoint = {
  returnId: string
  loopReturn: LoopReturn | null
  rma: Rma | null
  plan: RmaPlan | null
  difference: RmaDifference | null
  decision: Decision
  /** The findings about the return: while one of them needs a person, nothing is called done (G15). */
  findings: readonly Finding[]
  /** What holds the refund back now; null: nothing does, or no refund is due. */
  heldBy: Reason | null
  /** A write of the RMA whose outcome is unknown: a sync right now would only say that again (G13). */
  unknownWrite: { message: string } | null
}

export function nextStep(standpoint: Standpoint): NextStep {
  const { returnId, loopReturn, decision, findings, heldBy, unknownWrite } = standpoint
  if (loopReturn === null) return withoutReturn(standpoint)
  if (unknownWrite !== null) return { text: unknownWrite.message, command: `mhloop asn sync ${returnId}` }
  const bySides = bySync(standpoint)
  if (bySides !== null) return bySides
  if (heldBy !== null) return heldStep(returnId, heldBy)
  const separate = findings.find(({ code }) => code === 'BOX_RECEIVED_APART')
  if (separate !== undefined && (decision.action === 'wait' || decision.action === 'flag'))
    return separateBoxStep(separate)
  return (decision.action === 'none' ? byFinding(standpoint, loopReturn) : null) ?? byDecision(returnId, decision)
}

/** Another box lies at the warehouse, under an RMA that counts for nothing. */
function separateBoxStep({ fix }: Finding): NextStep {
  const text = 'Ask MasonHub to book the other box, which it received separately, on the RMA of this return.'
  if (!fix?.includes('--force')) return { text, command: null }
  return { text: `${text} Or, as all of it is there now, refund it by your own decision:`, command: fix }
}

/** What to do about a refund that is ready but held back, by policy or for any other reason. */
export function heldStep(returnId: string, heldBy: Reason): NextStep {
  const ready = 'Everything arrived'
  if (isPassedExplicitly(heldBy)) {
    return {
      text: `${ready}: a person may request the refund explicitly.`,
      command: `mhloop rma resolve ${returnId} --refund`,
    }
  }
  if (isHeldByPolicy([heldBy])) return { text: `${ready}. ${heldBy.message}`, command: 'mhloop refunds status' }
  // Sent under another name, or maybe forgotten by a journal that came from a backup: mhloop does not send it again.
  return { text: `${heldBy.message} Check it in the Loop admin.`, command: `mhloop rma history ${returnId}` }
}

/** Loop shows nothing: the id is wrong, or the return was deleted there. */
function withoutReturn({ returnId, rma, findings }: Standpoint): NextStep {
  const history = `mhloop rma history ${returnId}`
  const gone = findings.find(({ code }) => code === 'RETURN_GONE')
  if (gone !== undefined) {
    const whose = 'Find out in the Loop admin who deleted the return, and why.'
    return gone.severity === 'error'
      ? {
          text: `${whose} Its parcel is at the warehouse: settle it with the shopper outside mhloop.`,
          command: history,
        }
      : { text: `${whose} If no parcel is on its way, ask MasonHub to delete the RMA.`, command: history }
  }
  const [worst] = findings
  if (worst !== undefined) return { text: worst.message, command: history }
  return rma === null
    ? { text: 'Neither Loop nor MasonHub has it: check the id in the Loop admin.', command: null }
    : { text: 'Only MasonHub has it: check the id in the Loop admin.', command: null }
}

/** What a person has to do although mhloop does nothing more; null: nothing. */
function byFinding({ returnId, findings, decision }: Standpoint, loopReturn: LoopReturn): NextStep | null {
  const worst = findings.find(({ severity }) => severity === 'error') ?? findings.find(isWarning)
  if (worst === undefined) return null
  const command = `mhloop rma history ${returnId}`
  switch (worst.code) {
    case 'RESOLUTION_MISMATCH':
      if (alreadyPaid(loopReturn) === null) {
        return { text: 'It was flagged, but every unit is available: process it in the Loop admin.', command: null }
      }
      return {
        text: "The refund was paid and can't be taken back: ask MasonHub to confirm the receipt, then settle it with the shopper outside mhloop.",
        command,
      }
    case 'LABEL_BOUGHT':
      return { text: 'Ask MasonHub to void the label that it bought.', command: null }
    case 'PARKED':
    case 'IN_DOUBT': {
      // The decision already says this about a refund or a flag.
      const isDecided = decision.reasons.some(({ code }) => parkedCodes.has(code))
      return isDecided ? null : { text: 'Check what was sent and answered, and both admins.', command }
    }
    case 'CLOSED_BEFORE_RECEIPT':
      return { text: 'Check in the Loop admin who closed it, and whether the parcel is still expected.', command: null }
    default:
      // Cancelled, expired or in review: the decision already says what to do.
      return isDone(decision) ? { text: worst.message, command: worst.fix } : null
  }
}

const parkedCodes = new Set(['PROCESS_PARKED', 'FLAG_PARKED', 'CLAIMED_ELSEWHERE', 'CLAIM_UNSEEN'])

function isWarning({ severity }: Finding): boolean {
  return severity === 'warning'
}

function bySync({ returnId, loopReturn, rma, plan, difference, findings }: Standpoint): NextStep | null {
  const command = `mhloop asn sync ${returnId}`
  switch (difference?.kind) {
    case 'create':
      return { text: 'MasonHub has no RMA yet: create one.', command }
    case 'update':
      return { text: 'The RMA differs from the return: update it.', command }
    case 'delete':
      return { text: 'The return is cancelled: delete its RMA.', command }
    case 'foreign':
      return { text: 'Ask MasonHub who made this RMA; mhloop leaves it alone.', command: null }
    default:
      break
  }
  if (plan?.kind === 'blocked') {
    if (plan.reason.code === 'TRACKING_UNSENDABLE') {
      if (rma?.status === 'received') return null
      return { text: `${plan.reason.message} Correct the label in the Loop admin, then sync.`, command }
    }
    // Otherwise the operator would add a second SKU that only looks like the first (H25).
    const correct = hasUnseen(plan.reason.sku ?? '') ? 'Correct it in the shop, or add' : 'Add'
    return { text: `${plan.reason.message} ${correct} it there, then sync.`, command }
  }
  if (plan?.kind === 'hold' && difference?.kind === 'nothing') {
    const isOverdue = findings.some(({ code, severity }) => code === 'WAITING_FOR_TRACKING' && severity === 'warning')
    if (!isOverdue || loopReturn?.state !== 'open')
      return { text: `${plan.reason.message} The next sync checks again.`, command }
    const ask = 'Ask Loop for a label, unless the shopper ships it otherwise.'
    return { text: `${plan.reason.message} ${ask}`, command: `mhloop rma label ${returnId}` }
  }
  return null
}

function byDecision(returnId: string, { action, reasons }: Decision): NextStep {
  const code = reasons[0]?.code ?? ''
  const resolve = `mhloop rma resolve ${returnId}`
  switch (action) {
    case 'refund':
      return { text: 'Everything arrived: tell Loop to process the refund.', command: resolve }
    case 'flag':
      return { text: 'Something is wrong with the receipt: flag it in Loop.', command: resolve }
    case 'wait':
      if (code === 'PROCESS_PENDING' || code === 'FLAG_PENDING')
        return { text: 'Check again in a minute.', command: `mhloop rma show ${returnId}` }
      return { text: reasons[0]?.message ?? 'Nothing to do yet.', command: null }
    case 'none':
      return { text: noneText(code), command: null }
  }
}

function noneText(code: string): string {
  switch (code) {
    case 'IN_REVIEW':
    case 'FLAGGED_BEFORE':
    case 'FLAG_PARKED':
    case 'PROCESS_REFUSED':
    case 'PROCESS_PARKED':
      return 'A person must decide in the Loop admin: process or reject it there.'
    case 'CLAIMED_ELSEWHERE':
      return 'Check its timeline in the Loop admin: process it there if the other installation has not, and stop one of the two.'
    case 'CLAIM_UNSEEN':
      return 'Check its timeline in the Loop admin: process it there if it is still open.'
    case 'CANCELLED':
    case 'EXPIRED':
      return "Loop can't undo that: if the parcel arrived, settle it with the shopper outside mhloop."
    case 'BEFORE_CUTOFF':
      return 'Nothing: it is older than the cut-off, so mhloop ignores it.'
    default:
      return doneText
  }
}

const doneText = 'Nothing: it is done.'

function isDone({ reasons }: Decision): boolean {
  return noneText(reasons[0]?.code ?? '') === doneText
}
