import { sql } from 'kysely'
import { pieces, valuesOf } from '../database/bulk.ts'
import { inTransaction, type Store, type Writing } from '../database/engine.ts'
import type { NewId } from '../database/new-id.ts'
import { timestamp } from '../database/timestamp.ts'
import { appendHistory } from '../records/history.ts'
import type { Effect, NewEffect } from './effect.ts'
import { type EffectRow, effectOf, entryOf, keyOf, payloadText } from './effect-rows.ts'
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
      for (const effect of await renew(writing, piece, await existing(writing, piece), when)) {
        found.set(keyOf(effect), effect)
      }
    }
    return effects.flatMap((effect) => found.get(keyOf(effect)) ?? [])
  })
}

async function insertNew(writing: Writing, effects: readonly NewEffect[], at: string, newId: NewId): Promise<void> {
  const rows = effects.map((effect) => ({
    effect_id: newId(),
    merchant: effect.merchant,
    return_id: effect.returnId,
    kind: effect.kind,
    generation: effect.generation,
    state: 'planned' as const,
    digest: effect.digest,
    payload: payloadText(effect.payload),
    actor: effect.actor,
    attempts: 0,
    planned_at: at,
  }))
  const inserted = await writing
    .insertInto('effects')
    .values(rows)
    .onConflict((conflict) => conflict.columns(['merchant', 'return_id', 'kind', 'generation']).doNothing())
    .returning('effect_id')
    .execute()
  const isNew = new Set(inserted.map((row) => row.effect_id))
  const entries = rows
    .filter((row) => isNew.has(row.effect_id))
    .map((row) =>
      entryOf(row, { at, actor: row.actor, what: 'planned', message: `${row.kind} planned${ordinal(row.generation)}` }),
    )
  await appendHistory(writing, entries)
}

function ordinal(generation: number): string {
  return generation === 0 ? '' : ` (number ${generation + 1} of its kind)`
}

async function existing(writing: Writing, effects: readonly NewEffect[]): Promise<EffectRow[]> {
  const wanted = new Set(effects.map(keyOf))
  const rows = await writing
    .selectFrom('effects')
    .selectAll()
    .where('merchant', 'in', [...new Set(effects.map(({ merchant }) => merchant))])
    .where('return_id', 'in', [...new Set(effects.map(({ returnId }) => returnId))])
    .execute()
  return rows.filter(({ merchant, return_id: returnId, kind, generation }) =>
    wanted.has(keyOf({ merchant, returnId, kind, generation })),
  )
}

/** Locks the refunds that may be renewed, so that no run claims them meanwhile, and rereads them; others as given. */
async function lockedRefunds(writing: Writing, rows: readonly EffectRow[]): Promise<EffectRow[]> {
  const ids = rows.filter((row) => isRenewable(effectOf(row))).map((row) => row.effect_id)
  if (ids.length === 0) return [...rows]
  const locked = await writing
    .selectFrom('effects')
    .selectAll()
    .where('effect_id', 'in', ids)
    .orderBy('seq')
    .forUpdate()
    .execute()
  const fresh = new Map(locked.map((row) => [row.effect_id, row]))
  return rows.map((row) => fresh.get(row.effect_id) ?? row)
}

/** A refund that was never sent, even an abandoned one, takes over what is planned now. */
async function renew(
  writing: Writing,
  effects: readonly NewEffect[],
  rows: readonly EffectRow[],
  at: string,
): Promise<Effect[]> {
  const wanted = new Map(effects.map((effect) => [keyOf(effect), effect]))
  const renewed: EffectRow[] = []
  const all = (await lockedRefunds(writing, rows)).map((row) => {
    const fresh = wanted.get(keyOf(effectOf(row)))
    const isSame = row.state === 'planned' && row.digest === fresh?.digest
    if (!fresh || isSame || !isRenewable(effectOf(row))) return row
    const payload = payloadText(fresh.payload)
    const changed = { ...row, state: 'planned' as const, digest: fresh.digest, payload, actor: fresh.actor }
    const next = { ...changed, evidence: null, planned_at: at, settled_at: null }
    renewed.push(next)
    return next
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
    const message = 'process planned again; nothing was sent before'
    await appendHistory(
      writing,
      renewed.map((row) => entryOf(row, { at, actor: row.actor, what: 'planned', message })),
    )
  }
  return all.map(effectOf)
}
