import { partsOf } from '../returns/outcomes.ts'
import type { LoopReturn } from '../returns/return.ts'
import { printable } from '../text/printable.ts'
import type { RefundKind } from './refund-kinds.ts'

/** How long Loop may take to do what it accepted before a person is asked (F2). */
export const settlementLimit = 15 * 60_000

/** What a later reading of Loop says about a resolution that was sent. */
export type Settlement =
  /** Loop's state proves it. */
  | { to: 'confirmed'; evidence: string }
  /** It surely had no effect. It may be sent again if its kind allows that (a refund never). */
  | { to: 'refused'; evidence: string; because?: 'CLAIM_UNSEEN' }
  /** A person must decide. `because`: it was never sent, although its row says `sent`. */
  | { to: 'parked'; evidence: string; because?: 'CLAIM_UNSEEN' }
  /** It is too early to say. */
  | { to: 'wait' }

export type Sent = {
  kind: RefundKind | 'flag'
  /** A crash leaves `sent`, which means the same as in doubt (F7). `parked`: only later proof can still settle it. */
  state: 'sent' | 'accepted' | 'in_doubt' | 'parked'
  /** RFC 3339. */
  sentAt: string
  /** It was parked before it could be sent (G1): whatever ends the return in Loop, this installation did not do it. */
  unsent?: boolean
  /** Its row says `sent`, but its claim was never seen: a refund goes out only after that (G1). */
  unseen?: boolean
}

/**
 * Settles only by reading. Right after sending, `open` proves nothing, because Loop only queues (loop.md §5.1); a
 * person is asked only after `settlementLimit`. `seenAt`: when Loop was asked for the return, if that was before `now`.
 */
export function settlement(sent: Sent, loopReturn: LoopReturn | null, now: string, seenAt: string = now): Settlement {
  if (sent.unsent === true) return settleUnsent(loopReturn)
  const age = Date.parse(seenAt) - Date.parse(sent.sentAt)
  // The clock was far ahead when it was sent, and was corrected since (C5): don't wait until that time comes.
  const misdated = Date.parse(sent.sentAt) - Date.parse(now) > settlementLimit
  // A reading from before it was sent says nothing about it.
  if (age < 0 && !misdated) return { to: 'wait' }
  const late = misdated || age > settlementLimit
  if (sent.unseen === true && sent.state === 'sent') return late ? settleUnseen(loopReturn) : { to: 'wait' }
  const found = settled(sent, loopReturn, late)
  // A parked one may still be proven, such as by a queue slower than our patience; no other result moves it.
  return sent.state === 'parked' && found.to !== 'confirmed' ? { to: 'wait' } : found
}

/**
 * Never confirmed: if another request or a person brought the refund about, it is not this installation's (G1). A
 * journal from a backup may have forgotten its own request (F11), so the evidence says only what this journal knows.
 */
function settleUnsent(loopReturn: LoopReturn | null): Settlement {
  switch (loopReturn?.state) {
    case 'closed': {
      const paid = loopReturn.money.wasProcessed === true || loopReturn.money.refunds > 0
      const evidence = `${paid ? 'Paid' : 'Closed in Loop'}, but by no request that this journal knows of.`
      return { to: 'refused', evidence }
    }
    case 'cancelled':
    case 'expired':
      return { to: 'refused', evidence: `The return is ${loopReturn.state}; nothing was sent.` }
    case 'open':
    case 'review':
    case 'unknown':
    case undefined:
      return { to: 'wait' }
  }
}

/**
 * The run that claimed it has ended, or is frozen and will find it settled. Nothing was sent, and nothing will be (G1).
 */
function settleUnseen(loopReturn: LoopReturn | null): Settlement {
  const because = 'CLAIM_UNSEEN'
  const ended = settleUnsent(loopReturn)
  if (ended.to === 'refused') return { ...ended, because }
  const evidence = "Nothing was sent: a run of this installation stopped before its claim appeared on Loop's timeline."
  return { to: 'parked', evidence, because }
}

function settled(sent: Sent, loopReturn: LoopReturn | null, late: boolean): Settlement {
  if (loopReturn === null) {
    return late ? { to: 'parked', evidence: 'Loop no longer shows this return.' } : { to: 'wait' }
  }
  return sent.kind === 'flag' ? settleFlag(sent, loopReturn, late) : settleRefund(sent, loopReturn, late)
}

/**
 * By the state of the return and its money alone. That units are gone from it proves nothing: Loop may have removed them
 * without doing the refund.
 */
function settleRefund(sent: Sent, loopReturn: LoopReturn, late: boolean): Settlement {
  const { state, rawState, money } = loopReturn
  switch (state) {
    case 'closed':
      if (money.wasProcessed === true || money.refunds > 0)
        return { to: 'confirmed', evidence: 'Loop shows it closed and processed.' }
      if (sent.state === 'accepted' && !deniesRefund(loopReturn))
        return { to: 'confirmed', evidence: 'Loop accepted it and shows it closed.' }
      // Loop may list the refund a little after it shows the return closed.
      if (sent.state === 'accepted' && !late) return { to: 'wait' }
      // Closed without a sign of money: a person may have closed it instead (F4), or after Loop's job failed (F6).
      return {
        to: 'parked',
        evidence: 'Loop shows it closed, but not that it was processed: someone may have closed it manually.',
      }
    case 'review':
      return {
        to: 'parked',
        evidence:
          'The return went to review after the refund was sent: Loop could not complete it, or completed only a part.',
      }
    case 'cancelled':
    case 'expired':
      return { to: 'parked', evidence: `The return is ${state} after the refund was sent.` }
    case 'open':
    case 'unknown':
      return late
        ? { to: 'parked', evidence: `Loop still shows it ${printable(rawState, 40)} long after the refund was sent.` }
        : { to: 'wait' }
  }
}

/** Money was due, and Loop says explicitly that none has moved. */
function deniesRefund({ outcome, money }: LoopReturn): boolean {
  return partsOf(outcome)?.join() === 'refund' && money.wasProcessed === false && money.refunds === 0
}

function settleFlag(sent: Sent, { state }: LoopReturn, late: boolean): Settlement {
  switch (state) {
    case 'review':
      return { to: 'confirmed', evidence: 'Loop shows it in review.' }
    case 'closed':
    case 'cancelled':
    case 'expired':
      return sent.state === 'accepted'
        ? { to: 'confirmed', evidence: `Loop accepted the flag; the return has been ${state} since.` }
        : { to: 'refused', evidence: `The flag came too late: the return is ${state}.` }
    case 'open':
    case 'unknown':
      if (!late) return { to: 'wait' }
      return sent.state === 'accepted'
        ? { to: 'parked', evidence: 'Loop accepted the flag but never showed the return in review.' }
        : { to: 'refused', evidence: 'Loop never showed the return in review.' }
  }
}
