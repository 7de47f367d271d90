import { digestOf } from '../../core/digest.ts'
import { noteTag, noteText } from '../../core/note.ts'
import type { Reason } from '../../core/reason.ts'
import type { Effect } from '../../journal/journal.ts'
import { nowOf, type Workplace } from '../workplace.ts'

/**
 * One note that says why, after its flag (F21). Its generation is the flag's, so a flag never gets two. A note that
 * may have been written is looked for by its tag before anything is written again.
 */
export async function addReasonNote(
  workplace: Workplace,
  flag: Effect,
  reasons: readonly Reason[],
  operatorNote: string | null,
): Promise<Effect | null> {
  const { journal, merchant, actor, loop } = workplace
  const { returnId, generation } = flag
  const tag = noteTag(flag.effectId)
  const content = noteText(reasons, operatorNote, tag)
  const at = nowOf(workplace)
  const identity = { merchant: merchant.name, returnId, kind: 'note', generation } as const
  const planned = await journal.effects.plan({ ...identity, digest: digestOf(content), payload: { tag }, actor }, at)
  if (planned.state !== 'planned') return await settleNote(workplace, planned, tag)
  const claimed = await journal.effects.claim(planned.effectId, actor, at)
  if (claimed === null) return null
  const answer = await loop.addNote(returnId, content)
  const settle = async (to: Effect['state'], evidence: string) =>
    await journal.effects.settle(claimed.effectId, { from: ['sent'], to, evidence, at: nowOf(workplace), actor })
  switch (answer.kind) {
    case 'accepted':
      return await settle('confirmed', 'Loop answered true.')
    case 'refused':
      return await settle('refused', `Loop refused the note: ${answer.text}`)
    case 'not_sent':
      return await settle('planned', `Not sent: ${answer.detail}`)
    case 'in_doubt':
      return await settle('in_doubt', answer.detail)
  }
}

/** Finds out by reading whether a note that was sent is there. A missing one stays in doubt: two notes are worse than none. */
async function settleNote(workplace: Workplace, note: Effect, tag: string): Promise<Effect> {
  if (note.state !== 'sent' && note.state !== 'in_doubt') return note
  const notes = await workplace.loop.notes(note.returnId)
  if (!notes.some(({ content }) => content.includes(tag))) return note
  const change = {
    from: ['sent', 'in_doubt'] as const,
    to: 'confirmed' as const,
    evidence: 'Found among the notes.',
    at: nowOf(workplace),
    actor: workplace.actor,
  }
  return (await workplace.journal.effects.settle(note.effectId, change)) ?? note
}
