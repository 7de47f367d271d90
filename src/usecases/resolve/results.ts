import type { Fault } from '../../core/errors/fault.ts'
import type { Reason } from '../../core/explain/reason.ts'
import type { Action } from '../../core/refunds/decide.ts'
import type { WhatArrived } from '../../core/refunds/partial-refund.ts'
import { isRefundKind } from '../../core/refunds/refund-kinds.ts'
import { latestFlag } from '../../effects/note.ts'
import { type Outcome, outcomeOf } from '../../effects/resolution.ts'
import type { Proposal } from './proposal.ts'

export type Resolved = {
  returnId: string
  action: Action
  outcome: Outcome
  reasons: Reason[]
  /** The units of a refund of only what arrived; absent or null: it was not asked for, or is not possible. */
  partial?: WhatArrived | null
}

export function headOf({
  observation,
  decision,
  partial,
}: Proposal): Pick<Resolved, 'returnId' | 'action' | 'partial'> {
  return { returnId: observation.returnId, action: decision.action, partial }
}

export function skipped(proposal: Proposal, code: string, message: string): Resolved {
  return { ...headOf(proposal), outcome: 'skipped', reasons: [{ code, message }] }
}

export function untouched(head: Pick<Resolved, 'returnId' | 'action' | 'partial'>, stoppedBy: Fault | null): Resolved {
  const code = stoppedBy === null ? 'INTERRUPTED' : 'NOT_TRIED'
  return { ...head, outcome: 'skipped', reasons: [{ code, message: 'Not attempted: the run stopped earlier.' }] }
}

export function notRead(returnId: string, { message }: Fault): Resolved {
  return { returnId, action: 'none', outcome: 'skipped', reasons: [{ code: 'NOT_READ', message }] }
}

/** The result that a proposal would have now; `skipped` stands for what would be sent. */
export function plannedResult(proposal: Proposal): Resolved {
  const { decision, refused } = proposal
  const reasons = reasonsOf(proposal)
  if (refused) return { ...headOf(proposal), outcome: 'refused', reasons }
  const isWaiting = decision.action === 'wait' || decision.action === 'none'
  return isWaiting ? pastResolutionOf(proposal) : { ...headOf(proposal), outcome: 'skipped', reasons }
}

/** The reasons of the decision, preceded by what holds it back. */
export function reasonsOf({ heldBy, decision }: Pick<Proposal, 'heldBy' | 'decision'>): Reason[] {
  const others = decision.reasons.filter(({ code }) => code !== heldBy?.code)
  return heldBy === null ? decision.reasons : [heldBy, ...others]
}

/** The outcome of what was sent before, when there is nothing to send. */
export function pastResolutionOf(proposal: Proposal): Resolved {
  const { effects } = proposal.observation
  const process = effects.find(
    (effect) => isRefundKind(effect.kind) && effect.state !== 'planned' && effect.state !== 'abandoned',
  )
  const latest = process ?? (proposal.observation.loopReturn?.state === 'review' ? latestFlag(effects) : undefined)
  const outcome = latest ? outcomeOf(latest) : null
  const action: Action = latest === undefined ? proposal.decision.action : isRefundKind(latest.kind) ? 'refund' : 'flag'
  return {
    returnId: proposal.observation.returnId,
    action,
    outcome: outcome ?? 'skipped',
    reasons: reasonsOf(proposal),
  }
}
