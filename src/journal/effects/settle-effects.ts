import { sql } from 'kysely'
import { Fault } from '../../core/errors/fault.ts'
import { pieces, valuesOf } from '../database/bulk.ts'
import type { Writing } from '../database/engine.ts'
import { appendHistory } from '../records/history.ts'
import { unseenAmong } from '../refunds/unseen-claims.ts'
import type { EffectState, ParkedBecause } from './effect.ts'
import { type EffectRow, entryOf, evidenceText, lockedRows } from './effect-rows.ts'
import { isSurelyUnsent, refusal } from './transitions.ts'

export type Change = {
  effectId: string
  from: readonly EffectState[]
  to: EffectState
  evidence: string
  /** A refund goes back to planned, because surely no byte has left. Only `claims.giveUp` may say so (G1). */
  notSent?: true | undefined
  /** A refund was not sent. In state `sent`, this is accepted only while its claim was never seen (G1). */
  because?: ParkedBecause | undefined
  /** The try that this change is about, if it rests on an earlier reading: one sent again since is left alone (F9). */
  attempts?: number | undefined
}

/**
 * Settles each effect that is in one of its `from` states, and leaves the others alone. A change that would break a
 * rule of money throws, and the whole transaction is rolled back. Returns the ids of the effects that changed.
 */
export async function settleEffects(
  writing: Writing,
  changes: readonly Change[],
  by: { at: string; actor: string },
): Promise<Set<string>> {
  const changed = new Set<string>()
  for (const piece of pieces(changes, ({ effectId }) => effectId)) {
    const ids = piece.map(({ effectId }) => effectId)
    const rows = await lockedRows(writing, ids)
    const unseen = await unseenAmong(writing, calledUnsent(piece))
    const due = piece.flatMap((change) => {
      const row = rows.get(change.effectId)
      if (!row) return []
      const reason = refusal({ ...row, parkedBecause: row.parked_because }, { ...change, actor: by.actor })
      if (reason !== null) throw forbidden(row, reason)
      // The run of the refund has gone on meanwhile.
      if (isCalledUnsent(change) && row.state === 'sent' && !unseen.has(row.effect_id)) return []
      if (change.attempts !== undefined && change.attempts !== row.attempts) return []
      return change.from.includes(row.state) ? [{ row, change }] : []
    })
    if (due.length === 0) continue
    await write(writing, due, by.at)
    await appendHistory(
      writing,
      due.map(({ row, change }) =>
        entryOf(row, { ...by, what: change.to, message: `${row.kind} ${words[change.to]}: ${change.evidence}` }),
      ),
    )
    for (const { row } of due) changed.add(row.effect_id)
  }
  return changed
}

function isCalledUnsent({ because }: Change): boolean {
  return isSurelyUnsent({ parkedBecause: because ?? null })
}

function calledUnsent(changes: readonly Change[]): string[] {
  return changes.filter(isCalledUnsent).map(({ effectId }) => effectId)
}

const words: Record<EffectState, string> = {
  planned: 'back to planned',
  sent: 'sent',
  accepted: 'accepted',
  confirmed: 'confirmed',
  refused: 'refused',
  in_doubt: 'in doubt',
  parked: 'parked for a person',
  abandoned: 'abandoned',
}

function forbidden(row: EffectRow, reason: string): Fault {
  return new Fault(`The journal refuses to settle this effect: ${reason}.`, {
    code: 'JOURNAL_FORBIDDEN',
    merchant: row.merchant,
    returnId: row.return_id,
  })
}

/** Compare-and-set by the state that was read. Back to planned, an effect has no owner and no time of sending. */
async function write(writing: Writing, due: readonly { row: EffectRow; change: Change }[], at: string): Promise<void> {
  const values = due.map(({ row, change }) => [
    row.effect_id,
    row.state,
    change.to,
    evidenceText(change.evidence),
    change.because ?? row.parked_because,
  ])
  await sql`
    with change (effect_id, was, becomes, evidence, because) as (${valuesOf(values)})
    update effects
    set state = change.becomes,
      evidence = change.evidence,
      parked_because = change.because,
      owner = case change.becomes when 'planned' then null else effects.owner end,
      sent_at = case change.becomes when 'planned' then null else effects.sent_at end,
      by_hand = case change.becomes when 'planned' then null else effects.by_hand end,
      settled_at = case change.becomes when 'planned' then null else ${at} end
    from change
    where effects.effect_id = change.effect_id and effects.state = change.was
  `.execute(writing)
}
