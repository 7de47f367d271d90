import { randomBytes } from 'node:crypto'
import type { Selectable } from 'kysely'
import { type Engine, inTransaction, type Writing } from '../database/engine.ts'
import { timestamp } from '../database/timestamp.ts'
import type { Effect } from '../effects/effect.ts'
import { effectBy, lockedRows } from '../effects/effect-rows.ts'
import { settleEffects } from '../effects/settle-effects.ts'
import type { Schema } from '../schema/schema.ts'
import { haltOf, refused } from './refund-checks.ts'
import type { RefundClaim, RefundClaims } from './refund-claims.ts'
import { unseenAmong } from './unseen-claims.ts'

/** 128 random bits, drawn by the run that claims: no other run, and no copy of this journal, can have the same (G1). */
export const newNonce = (): string => randomBytes(16).toString('hex')

export function claimsOf(engine: Engine): RefundClaims {
  const { store } = engine
  return {
    async of(returnId) {
      const rows = await store
        .selectFrom('claims')
        .selectAll()
        .where('return_id', '=', returnId)
        .orderBy('at')
        .execute()
      return rows.map(claimOf)
    },
    unseen: (effectIds) => unseenAmong(store, effectIds),
    win: (nonce, at, limits) =>
      inTransaction(store, (writing) => win(engine, writing, { nonce, at: timestamp(at) }, limits)),
    giveUp: (nonce, how) =>
      inTransaction(store, (writing) => giveUp(writing, nonce, { ...how, at: timestamp(how.at) })),
  }
}

function claimOf(row: Selectable<Schema['claims']>): RefundClaim {
  return {
    nonce: row.nonce,
    merchant: row.merchant,
    returnId: row.return_id,
    effectId: row.effect_id,
    at: row.at,
    posted: row.posted !== 0,
    seenAt: row.seen_at,
    givenUpAt: row.given_up_at,
  }
}

/** Runs in the transaction that claims the refund. */
export async function insertClaim(
  writing: Writing,
  { nonce, at }: { nonce: string; at: string },
  effect: Pick<Effect, 'merchant' | 'returnId' | 'effectId'>,
): Promise<void> {
  const { merchant, returnId, effectId } = effect
  await writing
    .insertInto('claims')
    .values({ nonce, merchant, return_id: returnId, effect_id: effectId, at, posted: 1 })
    .execute()
}

/** The refund of a claim that still stands, locked until the transaction ends; null when either was settled since. */
async function openClaim(writing: Writing, nonce: string) {
  const claim = await writing.selectFrom('claims').selectAll().where('nonce', '=', nonce).executeTakeFirst()
  if (claim === undefined || claim.given_up_at !== null) return null
  const effect = (await lockedRows(writing, [claim.effect_id])).get(claim.effect_id)
  return effect?.state === 'sent' ? effect : null
}

async function win(
  engine: Engine,
  writing: Writing,
  { nonce, at }: { nonce: string; at: string },
  limits: Parameters<RefundClaims['win']>[2],
): ReturnType<RefundClaims['win']> {
  const effect = await openClaim(writing, nonce)
  if (effect === null) return refused('NOT_PLANNED', 'The refund was settled while its claim was being checked.')
  await engine.takeLocks(writing, [`refunds of ${effect.merchant}`])
  const halted = await haltOf(engine, writing, effect, limits)
  if (halted !== null) return halted
  await writing.updateTable('claims').set({ seen_at: at }).where('nonce', '=', nonce).execute()
  return null
}

async function giveUp(
  writing: Writing,
  nonce: string,
  { posted, evidence, park, at, actor }: Parameters<RefundClaims['giveUp']>[1],
): Promise<Effect | null> {
  const effect = await openClaim(writing, nonce)
  if (effect === null) return null
  await writing
    .updateTable('claims')
    .set({ given_up_at: at, posted: posted ? 1 : 0 })
    .where('nonce', '=', nonce)
    .execute()
  const { effect_id: effectId } = effect
  const by = { at, actor }
  await settleEffects(writing, [{ effectId, from: ['sent'], to: 'planned', evidence, notSent: true }], by)
  if (park) await settleEffects(writing, [{ effectId, from: ['planned'], to: 'parked', ...park }], by)
  return await effectBy(writing, effectId)
}
