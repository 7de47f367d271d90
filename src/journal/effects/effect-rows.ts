import type { Selectable } from 'kysely'
import { printable } from '../../core/text/printable.ts'
import type { Store, Writing } from '../database/engine.ts'
import type { HistoryEntry } from '../records/history.ts'
import type { Schema } from '../schema/schema.ts'
import type { Effect } from './effect.ts'

export type EffectRow = Selectable<Schema['effects']>

export function effectOf(row: EffectRow): Effect {
  return {
    effectId: row.effect_id,
    merchant: row.merchant,
    returnId: row.return_id,
    kind: row.kind,
    generation: row.generation,
    state: row.state,
    digest: row.digest,
    payload: JSON.parse(row.payload),
    evidence: row.evidence,
    actor: row.actor,
    owner: row.owner,
    attempts: row.attempts,
    plannedAt: row.planned_at,
    sentAt: row.sent_at,
    settledAt: row.settled_at,
    parkedBecause: row.parked_because,
  }
}

export async function effectBy(store: Store, effectId: string): Promise<Effect | null> {
  const row = await store.selectFrom('effects').selectAll().where('effect_id', '=', effectId).executeTakeFirst()
  return row ? effectOf(row) : null
}

/** The effects with these ids, locked in the order of planning until the transaction ends. */
export async function lockedRows(writing: Writing, effectIds: readonly string[]): Promise<Map<string, EffectRow>> {
  const query = writing.selectFrom('effects').selectAll().where('effect_id', 'in', effectIds).orderBy('seq')
  const rows = await query.forUpdate().execute()
  return new Map(rows.map((row) => [row.effect_id, row]))
}

/** The key that identifies an effect (design.md, Identity). */
export function keyOf(effect: Pick<Effect, 'merchant' | 'returnId' | 'kind' | 'generation'>): string {
  return JSON.stringify([effect.merchant, effect.returnId, effect.kind, effect.generation])
}

export function payloadText(payload: unknown): string {
  return JSON.stringify(payload) ?? 'null'
}

/** Several commands print evidence, and it quotes vendors: it is made printable once, when it is stored (F55). */
export function evidenceText(evidence: string): string {
  return printable(evidence, 500)
}

/** The history entry of one step of an effect. */
export function entryOf(
  row: Pick<EffectRow, 'effect_id' | 'merchant' | 'return_id' | 'kind'>,
  step: { at: string; actor: string; what: string; message: string },
): HistoryEntry {
  return { ...step, merchant: row.merchant, returnId: row.return_id, kind: row.kind, effectId: row.effect_id }
}
