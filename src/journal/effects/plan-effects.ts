import { type Insertable, sql } from 'kysely'
import { isRefundKind } from '../../core/refunds/refund-kinds.ts'
import { pieces, valuesOf } from '../database/bulk.ts'
import { inTransaction, type Store, type Writing } from '../database/engine.ts'
import type { NewId } from '../database/new-id.ts'
import { timestamp } from '../database/timestamp.ts'
import { appendHistory } from '../records/history.ts'
import type { Schema } from '../schema/schema.ts'
import type { Effect, NewEffect } from './effect.ts'
import { type EffectRow, effectOf, entryOf, keyOf, lockedRows, payloadText } from './effect-rows.ts'
import { slotOf, slotsOf } from './refund-slots.ts'
import { isRenewable } from './transitions.ts'

/** Inserts the effects that are missing, and returns all of them in the order given, as they are afterwards. */
export async function planEffects(
  store: Store,
  effects: readonly NewEffect[],
  at: string,
  newId: NewId,
): Promise<Effect[]> {
  if (effects.length === 0) return []
  const when = timestamp(at)
  return await inTransaction(store, async (writing) => {
    const found = new Map<string, Effect>()
    for (const piece of pieces(effects, keyOf)) {
      await insertNew(writing, piece, when, newId)
      const rows = await existing(writing, piece)
      const slotless = withoutRow(piece, rows)
      if (slotless.length > 0) await insertAbandoned(writing, slotless, when, newId)
      const all = slotless.length > 0 ? await existing(writing, piece) : rows
      for (const effect of await renew(writing, piece, all, when)) found.set(keyOf(effect), effect)
    }
    return effects.flatMap((effect) => found.get(keyOf(effect)) ?? [])
  })
}

/** An effect that exists already, and a refund whose return has another one, conflict and are left out. */
async function insertNew(writing: Writing, effects: readonly NewEffect[], at: string, newId: NewId): Promise<void> {
  const rows = effects.map((effect) => ({ ...rowOf(effect, at, newId), state: 'planned' as const }))
  const inserted = await insert(writing, rows)
  const entries = inserted.map((row) =>
    entryOf(row, { at, actor: row.actor, what: 'planned', message: `${row.kind} planned${ordinal(row.generation)}` }),
  )
  await appendHistory(writing, entries)
}

/** Refunds that have no row yet, because their return has a refund of another kind. */
function withoutRow(effects: readonly NewEffect[], rows: readonly EffectRow[]): NewEffect[] {
  const known = new Set(rows.map((row) => keyOf(effectOf(row))))
  return effects.filter((effect) => isRefundKind(effect.kind) && !known.has(keyOf(effect)))
}

/** They are on record as abandoned, so that claiming them is refused like that of any refund that is not planned. */
async function insertAbandoned(
  writing: Writing,
  effects: readonly NewEffect[],
  at: string,
  newId: NewId,
): Promise<void> {
  const evidence = 'Not planned: the return already has another refund.'
  const abandoned = { state: 'abandoned' as const, evidence, settled_at: at }
  const inserted = await insert(
    writing,
    effects.map((effect) => ({ ...rowOf(effect, at, newId), ...abandoned })),
  )
  const message = (kind: string) => `${kind} not planned: the return already has another refund`
  await appendHistory(
    writing,
    inserted.map((row) => entryOf(row, { at, actor: row.actor, what: 'abandoned', message: message(row.kind) })),
  )
}

function rowOf(effect: NewEffect, at: string, newId: NewId) {
  return {
    effect_id: newId(),
    merchant: effect.merchant,
    return_id: effect.returnId,
    kind: effect.kind,
    generation: effect.generation,
    digest: effect.digest,
    payload: payloadText(effect.payload),
    actor: effect.actor,
    attempts: 0,
    planned_at: at,
  }
}

type InsertedRow = ReturnType<typeof rowOf> & Pick<Insertable<Schema['effects']>, 'state' | 'evidence' | 'settled_at'>

/** Returns the rows that were not there, in the order given. */
async function insert<Row extends InsertedRow>(writing: Writing, rows: readonly Row[]): Promise<Row[]> {
  const inserted = await writing
    .insertInto('effects')
    .values(rows)
    .onConflict((conflict) => conflict.doNothing())
    .returning('effect_id')
    .execute()
  const isNew = new Set(inserted.map((row) => row.effect_id))
  return rows.filter((row) => isNew.has(row.effect_id))
}

function ordinal(generation: number): string {
  return generation === 0 ? '' : ` (number ${generation + 1} of its kind)`
}

async function existing(writing: Writing, effects: readonly NewEffect[]): Promise<EffectRow[]> {
  const requested = new Set(effects.map(keyOf))
  const rows = await writing
    .selectFrom('effects')
    .selectAll()
    .where('merchant', 'in', [...new Set(effects.map(({ merchant }) => merchant))])
    .where('return_id', 'in', [...new Set(effects.map(({ returnId }) => returnId))])
    .execute()
  return rows.filter(({ merchant, return_id: returnId, kind, generation }) =>
    requested.has(keyOf({ merchant, returnId, kind, generation })),
  )
}

/** Locks the refunds that may be renewed, so that no run claims them meanwhile, and rereads them; others as given. */
async function lockedRefunds(writing: Writing, rows: readonly EffectRow[]): Promise<EffectRow[]> {
  const ids = rows.filter((row) => isRenewable(effectOf(row))).map((row) => row.effect_id)
  if (ids.length === 0) return [...rows]
  const fresh = await lockedRows(writing, ids)
  return rows.map((row) => fresh.get(row.effect_id) ?? row)
}

/**
 * A refund that was never sent, even an abandoned one, takes over what is planned now; but an abandoned one stays so
 * while the return has a refund of another kind.
 */
async function renew(
  writing: Writing,
  effects: readonly NewEffect[],
  rows: readonly EffectRow[],
  at: string,
): Promise<Effect[]> {
  const renewed: EffectRow[] = []
  const known = await lockedRefunds(writing, rows)
  const abandoned = known.filter((row) => row.state === 'abandoned' && isRenewable(effectOf(row)))
  const taken = new Set(abandoned.length === 0 ? [] : (await slotsOf(writing, abandoned)).keys())
  const byKey = new Map(known.map((row) => [keyOf(effectOf(row)), row]))
  // In the order given: of two that want the slot of one return, the first takes it.
  const all = effects.flatMap((next) => {
    const row = byKey.get(keyOf(next))
    if (row === undefined) return []
    const isSame = row.state === 'planned' && row.digest === next.digest
    if (isSame || !isRenewable(effectOf(row))) return row
    if (row.state === 'abandoned' && taken.has(slotOf(row))) return row
    taken.add(slotOf(row))
    const payload = payloadText(next.payload)
    const changed = { ...row, state: 'planned' as const, digest: next.digest, payload, actor: next.actor }
    const anew = { ...changed, evidence: null, planned_at: at, settled_at: null }
    renewed.push(anew)
    return anew
  })
  if (renewed.length > 0) {
    const values = renewed.map((row) => [row.effect_id, row.digest, row.payload, row.actor, at])
    await sql`
      with fresh (effect_id, digest, payload, actor, planned_at) as (${valuesOf(values)})
      update effects
      set state = 'planned', evidence = null, settled_at = null,
        digest = fresh.digest, payload = fresh.payload, actor = fresh.actor, planned_at = fresh.planned_at
      from fresh
      where effects.effect_id = fresh.effect_id
        and effects.state in ('planned', 'abandoned') and effects.sent_at is null
    `.execute(writing)
    const message = (kind: string) => `${kind} planned again; nothing was sent before`
    await appendHistory(
      writing,
      renewed.map((row) => entryOf(row, { at, actor: row.actor, what: 'planned', message: message(row.kind) })),
    )
  }
  return all.map(effectOf)
}
