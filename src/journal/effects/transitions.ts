import { isRefundKind } from '../../core/refunds/refund-kinds.ts'
import type { EffectKind, EffectState, ParkedBecause } from './effect.ts'

/**
 * The states that an effect may go to from each state. A refund may not be planned again once a byte may have left, nor
 * be confirmed without having been sent: design.md, rules of money 1; F1, F4, F7. Other kinds are repeated from a fresh
 * read, so they may return to planned while nothing final is known about them.
 */
const ofRefund: Record<EffectState, readonly EffectState[]> = {
  // Parked: this journal came from a backup, and may have forgotten that it was sent (F11); or it could not be claimed
  // (G1).
  planned: ['sent', 'parked', 'abandoned'],
  // Back to planned only by its owner, and only when surely nothing was sent: see `refusal`.
  sent: ['planned', 'accepted', 'confirmed', 'refused', 'in_doubt', 'parked'],
  accepted: ['confirmed', 'refused', 'in_doubt', 'parked'],
  in_doubt: ['confirmed', 'refused', 'parked'],
  parked: ['confirmed', 'refused'],
  confirmed: [],
  refused: [],
  abandoned: [],
}

const ofOthers: Record<EffectState, readonly EffectState[]> = {
  ...ofRefund,
  // Confirmed: the vendor shows it already. Parked: it must not be written before a person has looked at it.
  planned: ['sent', 'confirmed', 'parked', 'abandoned'],
  in_doubt: ['planned', 'confirmed', 'refused', 'parked'],
}

/** Each costs money, so only a person asks for another one; none is repeated because its outcome is unknown. */
const ofSingleRequests: Record<EffectState, readonly EffectState[]> = { ...ofOthers, in_doubt: ofRefund.in_doubt }

function stepsOf(kind: EffectKind): Record<EffectState, readonly EffectState[]> {
  switch (kind) {
    case 'process':
    case 'remove':
      return ofRefund
    case 'label':
      return ofSingleRequests
    case 'rma.create':
    case 'rma.update':
    case 'rma.delete':
    case 'flag':
    case 'note':
    case 'grade':
    case 'assess':
    // Sent again only because a person asks once more: Loop answers 409 to a second report (loop.md §5.7).
    case 'report':
      return ofOthers
  }
}

/** Whether an effect of this kind may ever go from one state to the other. */
export function isLegal(kind: EffectKind, from: EffectState, to: EffectState): boolean {
  return stepsOf(kind)[from].includes(to)
}

export type Settling = { from: readonly EffectState[]; to: EffectState; actor: string; notSent?: true | undefined }

/**
 * Why settling an effect in this way would break a rule of money, as a sentence; null when it is allowed. An effect
 * that is in none of `from` breaks no rule: it is simply not settled.
 */
export function refusal(
  effect: { kind: EffectKind; state: EffectState; owner: string | null; parkedBecause?: ParkedBecause | null },
  { from, to, actor, notSent }: Settling,
): string | null {
  if (to === 'sent') return 'an effect becomes sent by being claimed, never by being settled'
  const illegal = from.find((state) => !isLegal(effect.kind, state, to))
  if (illegal !== undefined) return `${effect.kind} never goes from ${illegal} to ${to}`
  if (to === 'confirmed' && isSurelyUnsent(effect)) return 'a refund that was never sent is not confirmed as ours'
  if (!isRefundKind(effect.kind) || to !== 'planned') return null
  if (notSent !== true) return 'a refund goes back to planned only when surely nothing was sent'
  if (effect.state === 'sent' && effect.owner !== actor) {
    return 'only the owner of a refund knows that nothing was sent'
  }
  return null
}

/** Whether it was parked as not sent, by a journal that has forgotten nothing: this installation never paid it (G1). */
export function isSurelyUnsent({ parkedBecause }: { parkedBecause?: ParkedBecause | null }): boolean {
  return parkedBecause === 'CLAIMED_ELSEWHERE' || parkedBecause === 'CLAIM_UNSEEN'
}

/**
 * Whether planning a refund again may renew its row. A return has one row of each kind of refund for ever, so a refund
 * that was never sent takes over what is planned now; any other keeps its contents.
 */
export function isRenewable(effect: { kind: EffectKind; state: EffectState; sentAt: string | null }): boolean {
  return isRefundKind(effect.kind) && effect.sentAt === null && ['planned', 'abandoned'].includes(effect.state)
}
