import type { Reason } from '../explain/reason.ts'
import type { ReturnUnit } from '../returns/return.ts'
import { printable } from '../text/printable.ts'
import type { Decision, PastResolutions } from './decide.ts'
import { type PartialInput, partialOf, type WhatArrived } from './partial-refund.ts'

export type PartialDecision = {
  decision: Decision
  /** The person asked for something that the rules forbid. */
  refused: boolean
  partial: WhatArrived | null
}

/**
 * Decides about a refund of only what arrived, which a person has asked for. `decision`: what the rules say about the
 * return as a whole; whatever they forbid for that, they forbid here. Pure and total.
 */
export function decidePartial(decision: Decision, past: PastResolutions, input: PartialInput): PartialDecision {
  const refused = (reasons: readonly Reason[]): PartialDecision => ({
    decision: { action: decision.action, reasons: [...reasons] },
    refused: true,
    partial: null,
  })
  if (isRefundPast(past) || !mayFollow(decision)) return refused(decision.reasons)
  // It could reach Loop after the request, and stop the refund after the units are out.
  if (past.flags.some(({ state }) => state === 'unsettled' || state === 'accepted')) return refused([flagPending])
  const found = partialOf(input)
  switch (found.kind) {
    case 'impossible':
      return refused([found.reason])
    case 'possible': {
      const { kind: _, ...partial } = found
      const reasons = [onlyArrived(found), ...decision.reasons.filter(({ code }) => code === 'MISSING')]
      return { decision: { action: 'refund', reasons }, refused: false, partial }
    }
  }
}

const flagPending: Reason = {
  code: 'FLAG_PENDING',
  message: 'A flag of this return was sent, and its outcome is not known yet.',
}

function isRefundPast({ process }: PastResolutions): boolean {
  switch (process) {
    case 'none':
    case 'planned':
      return false
    case 'pending':
    case 'confirmed':
    case 'paid by somebody':
    case 'refused':
    case 'parked':
    case 'claimed elsewhere':
    case 'unclaimed':
    case 'ended elsewhere':
      return true
  }
}

/** Missing units flag a return. A person has set it back to open, or has still to do so, and is told that. */
function mayFollow({ action, reasons }: Decision): boolean {
  switch (action) {
    case 'refund':
    case 'flag':
      return true
    case 'wait':
    case 'none':
      return ['FLAGGED_BEFORE', 'IN_REVIEW'].includes(reasons[0]?.code ?? '')
  }
}

function onlyArrived({ paid, removed }: WhatArrived): Reason {
  return {
    code: 'ONLY_ARRIVED',
    message: `Refunds only what arrived (${namesOf(paid)}). Not paid, and removed from the return: ${namesOf(removed)}.`,
  }
}

/** `1 × CAP (503), 1 × SHIRT (501)` */
function namesOf(units: readonly ReturnUnit[]): string {
  const bySku = Map.groupBy(units, ({ sku }) => sku?.trim() || 'without SKU')
  return [...bySku]
    .map(([sku, some]) => {
      const ids = some.map(({ lineItemId }) => lineItemId).join(', ')
      return `${some.length} × ${printable(sku, 60)} (${printable(ids, 100)})`
    })
    .join(', ')
}
