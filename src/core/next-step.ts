import type { Decision } from './decide.ts'
import type { RmaPlan } from './plan-rma.ts'
import type { LoopReturn } from './return.ts'
import type { Rma } from './rma.ts'
import type { RmaDifference } from './rma-difference.ts'

/** What an operator should do now: a sentence, and the command to type if there is one. */
export type NextStep = { text: string; command: string | null }

export type Standpoint = {
  returnId: string
  loopReturn: LoopReturn | null
  rma: Rma | null
  plan: RmaPlan | null
  difference: RmaDifference | null
  decision: Decision
}

export function nextStep({ returnId, loopReturn, rma, plan, difference, decision }: Standpoint): NextStep {
  if (loopReturn === null) {
    return rma === null
      ? { text: 'Neither Loop nor MasonHub knows it: check the id in the Loop admin.', command: null }
      : { text: 'Only MasonHub knows it: check the id in the Loop admin.', command: null }
  }
  return bySync(returnId, plan, difference) ?? byDecision(returnId, decision)
}

function bySync(returnId: string, plan: RmaPlan | null, difference: RmaDifference | null): NextStep | null {
  const command = `mhloop asn sync ${returnId}`
  switch (difference?.kind) {
    case 'create':
      return { text: 'MasonHub has no RMA yet: create it.', command }
    case 'update':
      return { text: 'The RMA differs from the return: update it.', command }
    case 'delete':
      return { text: 'The return is cancelled: delete its RMA.', command }
    case 'foreign':
      return { text: 'Ask MasonHub who made this RMA; mhloop leaves it alone.', command: null }
    default:
      break
  }
  if (plan?.kind === 'blocked') return { text: `${plan.reason.message} Add it there, then sync.`, command }
  if (plan?.kind === 'hold' && difference?.kind === 'nothing')
    return { text: `${plan.reason.message} The next sync looks again.`, command }
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
      if (code === 'REFUNDS_OFF' || code === 'REFUND_TOO_LARGE')
        return { text: 'Everything arrived: a person may refund it by name.', command: `${resolve} --refund` }
      if (code === 'PROCESS_PENDING' || code === 'FLAG_PENDING')
        return { text: 'Look again in a minute.', command: `mhloop rma show ${returnId}` }
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
      return 'A person decides in the Loop admin: process or reject it there.'
    case 'CANCELLED':
    case 'EXPIRED':
      return 'Loop offers no way back: if the parcel arrived, settle it with the shopper by hand.'
    case 'BEFORE_CUTOFF':
      return 'Nothing: it is older than the cut-off, so mhloop leaves it alone.'
    default:
      return 'Nothing: it is done.'
  }
}
