import { isShortByRemoval, type Removal, removalIn } from '../core/refunds/removal.ts'
import type { LoopReturn } from '../core/returns/return.ts'
import type { RmaDifference } from '../core/rmas/rma-difference.ts'
import { isSurelyUnsent } from '../journal/effects/transitions.ts'
import type { Effect } from '../journal/journal.ts'

/** What mhloop has asked Loop to remove from a return, or may have; null: nothing. */
export function requestedRemoval(effects: readonly Effect[]): Removal | null {
  const sent = effects.find((effect) => effect.kind === 'remove' && wasRequested(effect))
  return sent === undefined ? null : removalIn(sent.payload)
}

function wasRequested(effect: Effect): boolean {
  switch (effect.state) {
    case 'sent':
    case 'accepted':
    case 'in_doubt':
    case 'confirmed':
      return true
    case 'parked':
      return !isSurelyUnsent(effect)
    case 'planned':
    case 'refused':
    case 'abandoned':
      return false
  }
}

/** Units that are gone because mhloop had them removed are no edit by the shopper, which a person would look into. */
export function withoutRemoval(
  difference: RmaDifference,
  loopReturn: LoopReturn,
  effects: readonly Effect[],
): RmaDifference {
  if (!isEdited(difference)) return difference
  const removal = requestedRemoval(effects)
  return removal !== null && isShortByRemoval(removal, loopReturn) ? { kind: 'unchanged' } : difference
}

/** The return was edited after the warehouse began to receive it. */
export function isEdited(difference: RmaDifference): boolean {
  return difference.kind === 'too-late' && difference.reason.code === 'EDITED_AFTER_RECEIPT'
}
