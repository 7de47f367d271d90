import type { Reason } from '../explain/reason.ts'
import type { Policy } from '../merchants/policy.ts'
import { beforeCutoff } from '../returns/cutoff.ts'
import { partsOf } from '../returns/outcomes.ts'
import type { LoopReturn } from '../returns/return.ts'
import { customerIdentifierOf } from '../rmas/identifiers.ts'
import type { Rma } from '../rmas/rma.ts'
import { digestOf } from '../text/digest.ts'
import { printable } from '../text/printable.ts'
import { type Kits, noKits } from './kits.ts'
import { isWithinLargest, largestText } from './largest-refund.ts'
import { loopMayPay } from './loop-may-pay.ts'
import { sumOf } from './money.ts'
import { type Verdict, verdictOf } from './verdict.ts'

export type Action = 'refund' | 'flag' | 'wait' | 'none'
export type Decision = { action: Action; reasons: Reason[] }

/** What the journal knows of the resolutions that were sent for this return. */
export type PastResolutions = {
  /**
   * `pending`: sent or accepted, outcome not seen yet. Never sent by this installation (G1): `claimed elsewhere`
   * (another one has claimed it), `unclaimed` (it could not be claimed), `ended elsewhere` (it has ended in Loop
   * since). `paid by somebody`: confirmed, but this journal came from a backup and may have forgotten that it sent it
   * (F11).
   */
  process:
    | 'none'
    | 'planned'
    | 'pending'
    | 'confirmed'
    | 'paid by somebody'
    | 'refused'
    | 'parked'
    | 'claimed elsewhere'
    | 'unclaimed'
    | 'ended elsewhere'
  /** Flags that were sent, by {@link receiptDigest}: the same receipt is never flagged again (loop.md §12.3.6). */
  flags: readonly { receipt: string; state: 'unsettled' | 'accepted' | 'confirmed' | 'parked' }[]
}

export type Situation = {
  /** null: Loop knows no such return. */
  loopReturn: LoopReturn | null
  /** The one live RMA, or null. */
  rma: Rma | null
  policy: Policy
  announced: readonly string[] | null
  past: PastResolutions
  /** An operator asks for this refund explicitly, so refund switch, largest refund and cutoff don't hold it back. */
  explicitRefund: boolean
  /** When the first bag of a return without a box was seen; null: unknown, or it has none. */
  bagSeenAt: string | null
  /** RFC 3339 now. */
  now: string
  /** Kits among the announced SKUs, where they were looked up. */
  kits?: Kits
}

/** Identifies a receipt: the same digest if sent again unchanged under a higher version, another if corrected (F17). */
export function receiptDigest(rma: Rma): string {
  // MasonHub promises no order of lines. Unsorted, the same receipt could look like a new one and be flagged again.
  const lines = rma.lines.map(({ received, ...line }) =>
    digestOf({ ...line, received: received?.map((units) => digestOf(units)).sort() }),
  )
  return digestOf({ status: rma.status, lines: lines.sort() })
}

/**
 * Decides what to tell Loop about one return: design.md, rules of money 3 and 4. Pure and total. Pause and budget are
 * not checked here: the journal reads them in the transaction that claims the refund.
 */
export function decide(situation: Situation): Decision {
  const { loopReturn, rma } = situation
  if (loopReturn === null) return none('RETURN_UNKNOWN', 'Loop has no such return.')
  return (
    afterProcess(situation.past) ??
    byReturnState(loopReturn, rma) ??
    byCutoff(loopReturn, situation) ??
    byRma(loopReturn, situation)
  )
}

function none(code: string, message: string): Decision {
  return { action: 'none', reasons: [{ code, message }] }
}

function wait(code: string, message: string): Decision {
  return { action: 'wait', reasons: [{ code, message }] }
}

/** After a process was sent, nothing more is sent; mhloop only reads (design.md, rules of money 1). */
function afterProcess(past: PastResolutions): Decision | null {
  switch (past.process) {
    case 'none':
    case 'planned':
      return null
    case 'pending':
      return wait('PROCESS_PENDING', 'The refund was sent to Loop; waiting to see it done.')
    case 'confirmed':
      return none('PROCESS_CONFIRMED', 'Loop processed the refund that mhloop sent.')
    case 'paid by somebody':
      return none(
        'PROCESS_MAYBE_OURS',
        'Loop has processed it. Whether this installation requested that is unknown: its journal was restored from a backup.',
      )
    case 'refused':
      return none(
        'PROCESS_REFUSED',
        'Loop refused the refund, and mhloop never sends it twice. A person must decide in Loop.',
      )
    case 'parked':
      return none(
        'PROCESS_PARKED',
        'The refund was or may have been sent, and its outcome could not be established. A person must decide in Loop.',
      )
    case 'claimed elsewhere':
      return none(
        'CLAIMED_ELSEWHERE',
        "Not sent: Loop's timeline shows that another installation of mhloop requests this refund. A person must check in Loop, and process it there if it is still open.",
      )
    case 'unclaimed':
      return none(
        'CLAIM_UNSEEN',
        "Not sent: mhloop could not claim this refund on Loop's timeline. A person must check in Loop, and process it there if it is still open.",
      )
    case 'ended elsewhere':
      return none('ENDED_ELSEWHERE', 'It is finished in Loop; this installation of mhloop never requested its refund.')
  }
}

function byReturnState(loopReturn: LoopReturn, rma: Rma | null): Decision | null {
  switch (loopReturn.state) {
    case 'open':
      return null
    case 'review':
      return none('IN_REVIEW', 'In review in Loop: a person must decide there.')
    case 'closed':
      return none('CLOSED', 'Already closed in Loop.')
    case 'cancelled':
      return none(
        'CANCELLED',
        rma?.status === 'received'
          ? 'Cancelled in Loop, but the parcel arrived. A person must decide.'
          : 'Cancelled in Loop.',
      )
    case 'expired':
      return none(
        'EXPIRED',
        rma?.status === 'received'
          ? 'Expired in Loop, but the parcel arrived. A person must decide.'
          : 'Expired in Loop.',
      )
    case 'unknown':
      return rma?.status === 'received' ? null : { action: 'wait', reasons: [stateUnknown(loopReturn)] }
  }
}

function stateUnknown({ rawState }: LoopReturn): Reason {
  return {
    code: 'STATE_UNKNOWN',
    message: `Loop reports the state “${printable(rawState, 40)}”, which mhloop does not know.`,
  }
}

/** Older returns are left alone: the system before mhloop may pay them, too, and Loop pays once per request (F12). */
function byCutoff(loopReturn: LoopReturn, { policy, explicitRefund }: Situation): Decision | null {
  if (explicitRefund) return null
  switch (beforeCutoff(loopReturn, policy.cutoff)) {
    case false:
      return null
    case true:
      return none('BEFORE_CUTOFF', `Created before the merchant's cut-off, ${policy.cutoff}.`)
    case null:
      return wait('CREATED_UNKNOWN', "Its creation time can't be read, so the merchant's cut-off can't be applied.")
  }
}

function byRma(loopReturn: LoopReturn, situation: Situation): Decision {
  const { rma } = situation
  if (rma === null) return wait('NO_RMA', 'MasonHub has no RMA for it.')
  const stranger = ownReceiptProblem(loopReturn, rma)
  if (stranger) return stranger
  switch (rma.status) {
    case 'open':
      return wait('NOT_RECEIVED', 'The parcel has not been received yet.')
    case 'in-receiving':
      return wait('IN_RECEIVING', 'The warehouse is receiving it now.')
    case 'deleted':
      return wait('RMA_DELETED', 'The RMA was deleted at MasonHub.')
    case 'unknown':
      return wait(
        'RMA_STATUS_UNKNOWN',
        `MasonHub reports the status “${printable(rma.rawStatus, 40)}”, which mhloop does not know.`,
      )
    case 'received':
      return byVerdict(loopReturn, rma, situation)
  }
}

/** An RMA of something else says nothing about this return, however well its units match (RCV-007, F34). */
export function ownReceiptProblem(
  { returnId }: LoopReturn,
  { customerIdentifier, returnType, deletedAt }: Rma,
): Decision | null {
  if (customerIdentifier !== customerIdentifierOf(returnId))
    return wait('RMA_FOREIGN', 'The RMA belongs to another return.')
  if (returnType !== null && returnType !== 'rma_submitted_by_customer')
    return wait('RMA_FOREIGN', `The RMA was not announced (${printable(returnType, 60)}).`)
  return deletedAt === null ? null : wait('RMA_DELETED', 'The RMA was deleted at MasonHub.')
}

function byVerdict(loopReturn: LoopReturn, rma: Rma, situation: Situation): Decision {
  const { policy, announced, now, kits = noKits } = situation
  const verdict = verdictOf({ loopReturn, rma, policy, announced, now, kits })
  if (verdict.kind === 'incomplete')
    return byPastFlags(rma, verdict.reasons, situation.past) ?? { action: 'wait', reasons: verdict.reasons }
  if (loopReturn.state === 'unknown') {
    const reasons = [stateUnknown(loopReturn), ...(verdict.kind === 'bad' ? verdict.reasons : [])]
    return byBadVerdict(rma, { kind: 'bad', certain: verdict.kind === 'bad' && verdict.certain, reasons }, situation)
  }
  switch (verdict.kind) {
    case 'good':
      return alreadyPaid(loopReturn) ?? byOwnJob(loopReturn, rma, verdict, situation)
    case 'bad':
      return byBadVerdict(rma, verdict, situation)
  }
}

/** Why nothing is sent after a flag that never took effect. */
export const flagParked = {
  code: 'FLAG_PARKED',
  message: 'Loop accepted the flag but never showed it. A person must decide in Loop.',
} as const satisfies Reason

function byBadVerdict(
  rma: Rma,
  verdict: Extract<Verdict, { kind: 'bad' }>,
  { policy, past }: Pick<Situation, 'policy' | 'past'>,
): Decision {
  const flagged = byPastFlags(rma, verdict.reasons, past)
  if (flagged !== null) return flagged
  if (!verdict.certain && policy.onUnclear === 'wait') return { action: 'wait', reasons: verdict.reasons }
  return { action: 'flag', reasons: verdict.reasons }
}

/** What follows from flags that were sent for this receipt; null: none that says anything. */
function byPastFlags(rma: Rma, because: readonly Reason[], past: PastResolutions): Decision | null {
  const receipt = receiptDigest(rma)
  const states = past.flags.filter((flag) => flag.receipt === receipt).map((flag) => flag.state)
  const why = (action: Action, code: string, message: string): Decision => ({
    action,
    reasons: [{ code, message }, ...because],
  })
  if (states.includes('confirmed')) {
    return why('none', 'FLAGGED_BEFORE', 'This receipt was already flagged, and a person has reopened the return.')
  }
  if (states.includes('parked')) return why('none', flagParked.code, flagParked.message)
  if (states.includes('accepted')) return why('wait', 'FLAG_PENDING', 'Loop accepted the flag; waiting to see it.')
  return null
}

/**
 * The decision when Loop has paid already, else null. Loop may pay before inspection, or by its own automation, and
 * leave the return open (loop.md §4.2, F19).
 */
export function alreadyPaid({ money }: LoopReturn): Decision | null {
  if (money.wasProcessed === true || money.refunds > 0)
    return none('ALREADY_PROCESSED', 'Loop has already processed it.')
  if (money.refundBeforeInspection === true) return none('ALREADY_PROCESSED', 'Loop refunded it before the inspection.')
  return null
}

/** What the shopper gets in money and store credit; null when Loop did not say an amount that belongs to it. */
export function paidOut({ outcome, money }: LoopReturn): string | null {
  const { refund, giftCard = null } = money
  if (giftCard === null) return partsOf(outcome)?.includes('credit') ? null : refund
  return refund === null ? null : sumOf(refund, giftCard)
}

/** Loop's own job comes first, unless a person asks for the refund, who is then told of it (G22). */
function byOwnJob(
  loopReturn: LoopReturn,
  rma: Rma,
  verdict: Extract<Verdict, { kind: 'good' }>,
  situation: Situation,
): Decision {
  const { bagSeenAt, now, explicitRefund } = situation
  const mayPay = loopMayPay({ loopReturn, rma, bagSeenAt, now })
  if (mayPay === null) return byMoneySwitches(loopReturn, verdict, situation)
  if (explicitRefund) return { action: 'refund', reasons: [...verdict.reasons, mayPay] }
  return { action: 'wait', reasons: [mayPay, ...verdict.reasons] }
}

function byMoneySwitches(
  loopReturn: LoopReturn,
  verdict: Extract<Verdict, { kind: 'good' }>,
  { policy, explicitRefund }: Situation,
): Decision {
  const refund: Decision = { action: 'refund', reasons: verdict.reasons }
  if (explicitRefund) return refund
  if (!policy.refunds) {
    return {
      action: 'wait',
      reasons: [
        { code: 'REFUNDS_OFF', message: 'Ready to refund, but refunds are off for this merchant.' },
        ...verdict.reasons,
      ],
    }
  }
  const { largestRefund } = policy.limits
  if (largestRefund === null) return refund
  if (isWithinLargest(paidOut(loopReturn), largestRefund, loopReturn.money.currency)) return refund
  return {
    action: 'wait',
    reasons: [
      {
        code: 'REFUND_TOO_LARGE',
        message: `Ready to refund, but not known to be within the merchant's limit of ${largestText(largestRefund)}: a person must request it explicitly.`,
      },
      ...verdict.reasons,
    ],
  }
}
