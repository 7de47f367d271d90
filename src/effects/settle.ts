/** Settles by reading what was sent earlier. It writes to the journal alone, and never sends anything again. */

import { isRefundKind } from '../core/refunds/refund-kinds.ts'
import { type Settlement, settlement } from '../core/refunds/settlement.ts'
import { type LabelSettlement, labelSettlement } from '../core/returns/label-request.ts'
import type { LoopReturn } from '../core/returns/return.ts'
import { isSurelyUnsent } from '../journal/effects/transitions.ts'
import type { Effect } from '../journal/journal.ts'
import { type EffectContext, nowOf } from './context.ts'
import { planNote } from './note.ts'
import { changeOf, type SeenRmas } from './rma.ts'

/** One return as Loop shows it, with what the journal knows of it. */
export type SeenReturn = {
  loopReturn: LoopReturn | null
  effects: readonly Effect[]
  /** When Loop was asked for the return. */
  seenAt: string
}

/** Settles refunds, flags and requests for labels by what Loop shows now. Returns the effects as they are afterwards. */
export async function settleResolutions(
  context: EffectContext,
  { loopReturn, effects, seenAt }: SeenReturn,
): Promise<Effect[]> {
  const at = nowOf(context)
  const unseen = await unseenClaims(context, effects)
  const outcomes = effects.map((effect): Settlement | LabelSettlement => {
    const { effectId, kind, state, sentAt, plannedAt } = effect
    if (kind === 'label') return labelOutcome(effect, loopReturn, seenAt)
    if (!isRefundKind(kind) && kind !== 'flag') return { to: 'wait' }
    if (state !== 'sent' && state !== 'accepted' && state !== 'in_doubt' && state !== 'parked') return { to: 'wait' }
    const known = { unsent: isSurelyUnsent(effect), unseen: unseen.has(effectId) }
    return settlement({ kind, state, sentAt: sentAt ?? plannedAt, ...known }, loopReturn, at, seenAt)
  })
  const flagged = effects.filter(({ kind }, index) => kind === 'flag' && outcomes[index]?.to === 'confirmed').at(-1)
  // Planned before the flag is confirmed: a run that sees it confirmed, even after a crash, finds the note still to be
  // written.
  if (flagged && loopReturn?.state === 'review') await planNote(context, flagged)
  return await Promise.all(
    effects.map(async (effect, index) => {
      const outcome = outcomes[index]
      if (outcome === undefined || outcome.to === 'wait') return effect
      // The reading says nothing about an attempt that was sent after it (F9).
      const change = { ...outcome, from: [effect.state], attempts: effect.attempts, at, actor: context.actor }
      return (
        (await context.journal.effects.settle(effect.effectId, change)) ??
        (await context.journal.effects.get(effect.effectId)) ??
        effect
      )
    }),
  )
}

function labelOutcome(
  { state, sentAt, plannedAt }: Effect,
  loopReturn: LoopReturn | null,
  seenAt: string,
): Settlement | LabelSettlement {
  if (state !== 'sent' && state !== 'accepted' && state !== 'in_doubt' && state !== 'parked') return { to: 'wait' }
  return labelSettlement({ state, sentAt: sentAt ?? plannedAt }, loopReturn, seenAt)
}

/** Nearly always empty: only a run that is under way, or has died, leaves a refund in state `sent`. */
async function unseenClaims({ journal }: EffectContext, effects: readonly Effect[]): Promise<Set<string>> {
  const sent = effects.filter(({ kind, state }) => isRefundKind(kind) && state === 'sent')
  return sent.length === 0 ? new Set() : await journal.claims.unseen(sent.map(({ effectId }) => effectId))
}

/**
 * Settles RMA writes by what MasonHub shows, which wins over what the journal remembers. A write that is no longer
 * needed ends as well, so that nothing is checked for ever. Returns whether anything was settled.
 */
export async function settleRmaWrites(context: EffectContext, seen: readonly SeenRmas[]): Promise<boolean> {
  const at = nowOf(context)
  const changes = seen.flatMap((one) => one.effects.flatMap((effect) => changeOf(effect, one, at) ?? []))
  if (changes.length === 0) return false
  await context.journal.effects.settleMany(changes, { at, actor: context.actor })
  return true
}
