import { settlement } from '../../core/settlement.ts'
import type { Effect } from '../../journal/journal.ts'
import type { Look } from '../look.ts'
import { nowOf, type Workplace } from '../workplace.ts'

/**
 * Settles what was sent earlier, from what Loop shows now. It only reads the vendors; it never sends anything again.
 * Returns the effects as they stand afterwards.
 */
export async function settleResolutions(
  workplace: Workplace,
  { loopReturn, effects }: Pick<Look, 'loopReturn' | 'effects'>,
): Promise<Effect[]> {
  const at = nowOf(workplace)
  const settled = await Promise.all(
    effects.map(async (effect) => {
      const { kind, state, sentAt } = effect
      if (kind !== 'process' && kind !== 'flag') return effect
      if (state !== 'sent' && state !== 'accepted' && state !== 'in_doubt' && state !== 'parked') return effect
      const outcome = settlement({ kind, state, sentAt: sentAt ?? effect.plannedAt }, loopReturn, at)
      if (outcome.to === 'wait') return effect
      const change = { from: [state], to: outcome.to, evidence: outcome.evidence, at, actor: workplace.actor }
      return (
        (await workplace.journal.effects.settle(effect.effectId, change)) ??
        (await workplace.journal.effects.get(effect.effectId)) ??
        effect
      )
    }),
  )
  return settled
}
