import type { Rma } from '../../core/rma.ts'
import { liveRmas, type RmaDifference } from '../../core/rma-difference.ts'
import type { Effect } from '../../journal/journal.ts'
import { nowOf, type Workplace } from '../workplace.ts'

/** One return as MasonHub shows it, with the RMA writes that were sent for it. */
export type SeenRmas = { rmas: readonly Rma[]; effects: readonly Effect[]; difference: RmaDifference | null }

/** What MasonHub shows settles what was sent: it wins over what we remember. Tells whether anything was settled. */
export async function settleRmaWrites(workplace: Workplace, seen: readonly SeenRmas[]): Promise<boolean> {
  const changes = seen.flatMap(({ effects, rmas, difference }) => {
    const live = liveRmas(rmas).length > 0
    const agrees = difference?.kind === 'unchanged' || difference?.kind === 'too-late'
    return effects
      .filter(({ state }) => state === 'sent' || state === 'accepted' || state === 'in_doubt')
      .filter(({ kind }) => shows(kind, live, agrees))
      .map(({ effectId }) => ({ effectId, from: openStates, to: 'confirmed' as const, evidence: 'MasonHub shows it.' }))
  })
  if (changes.length === 0) return false
  await workplace.journal.effects.settleMany(changes, { at: nowOf(workplace), actor: workplace.actor })
  return true
}

const openStates = ['sent', 'accepted', 'in_doubt'] as const

function shows(kind: Effect['kind'], live: boolean, agrees: boolean): boolean {
  switch (kind) {
    case 'rma.create':
      return live
    case 'rma.update':
      return live && agrees
    case 'rma.delete':
      return !live
    case 'process':
    case 'flag':
    case 'note':
      return false
  }
}
