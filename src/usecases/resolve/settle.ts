import type { LoopReturn } from '../../core/return.ts'
import { type Settlement, settlement } from '../../core/settlement.ts'
import type { Effect } from '../../journal/journal.ts'
import { isSurelyUnsent } from '../../journal/transitions.ts'
import type { Look } from '../look.ts'
import { nowOf, type Workplace } from '../workplace.ts'
import { planNote } from './add-note.ts'

export type SeenReturn = Pick<Look, 'loopReturn' | 'effects'> & {
  /** When Loop was asked for the return. */
  seenAt: string
}

/**
 * Settles what was sent earlier, from what Loop shows now. It only reads the vendors; it never sends anything again.
 * Returns the effects as they stand afterwards.
 */
export async function settleResolutions(
  workplace: Workplace,
  { loopReturn, effects, seenAt }: SeenReturn,
): Promise<Effect[]> {
  const at = nowOf(workplace)
  const outcomes = effects.map((effect) => outcomeOf(effect, loopReturn, at, seenAt))
  const flagged = effects.filter(({ kind }, index) => kind === 'flag' && outcomes[index]?.to === 'confirmed').at(-1)
  // Before the flag is confirmed: whoever sees it confirmed, even after a crash, finds the note still to be written.
  if (flagged && loopReturn?.state === 'review') await planNote(workplace, flagged)
  return await Promise.all(
    effects.map(async (effect, index) => {
      const outcome = outcomes[index]
      if (outcome === undefined || outcome.to === 'wait') return effect
      const change = { from: [effect.state], to: outcome.to, evidence: outcome.evidence, at, actor: workplace.actor }
      return (
        (await workplace.journal.effects.settle(effect.effectId, change)) ??
        (await workplace.journal.effects.get(effect.effectId)) ??
        effect
      )
    }),
  )
}

function outcomeOf(effect: Effect, loopReturn: LoopReturn | null, at: string, seenAt: string): Settlement {
  const { kind, state, sentAt, plannedAt } = effect
  if (kind !== 'process' && kind !== 'flag') return { to: 'wait' }
  if (state !== 'sent' && state !== 'accepted' && state !== 'in_doubt' && state !== 'parked') return { to: 'wait' }
  return settlement(
    { kind, state, sentAt: sentAt ?? plannedAt, unsent: isSurelyUnsent(effect) },
    loopReturn,
    at,
    seenAt,
  )
}
