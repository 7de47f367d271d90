import { piecesOf } from '../database/bulk.ts'
import { type Engine, inTransaction, type Store } from '../database/engine.ts'
import type { NewId } from '../database/new-id.ts'
import { timestamp } from '../database/timestamp.ts'
import type { Claim, RefundLimits } from '../refunds/refund-claims.ts'
import { claimEffects, claimRefund } from './claim-effects.ts'
import type {
  Effect,
  EffectFilter,
  EffectKind,
  EffectOutline,
  EffectState,
  NewEffect,
  OutlineFilter,
  ParkedBecause,
} from './effect.ts'
import { type EffectRow, effectBy, effectOf } from './effect-rows.ts'
import { planEffects } from './plan-effects.ts'
import { settleEffects } from './settle-effects.ts'

export type Effects = {
  /**
   * Inserts the effect, or returns the one that exists for (merchant, return, kind, generation): two planners agree
   * on one effect. A refund that was never sent (planned or abandoned) takes the new digest and payload, and is planned
   * again. A return has one slot for refunds of all kinds: while another one holds it, what is returned is abandoned.
   */
  plan(effect: NewEffect, at: string): Promise<Effect>
  planMany(effects: readonly NewEffect[], at: string): Promise<Effect[]>
  /** planned → sent, by compare-and-set; null when another run has claimed it. Not for refunds. */
  claim(effectId: string, owner: string, at: string): Promise<Effect | null>
  claimMany(effectIds: readonly string[], owner: string, at: string): Promise<Effect[]>
  /**
   * planned → sent for a refund. The same transaction reads pause switch and budget, and stores the claim that this run
   * is about to post to Loop.
   */
  claimRefund(effectId: string, owner: string, at: string, limits: RefundLimits): Promise<Claim>
  /**
   * Compare-and-set from one of `from` to `to`, with the evidence; null when the effect was in none of them. Only
   * `RefundClaims.giveUp` puts a refund back to planned. `because`: the refund was not sent; in state `sent`, this is accepted only while its claim was never seen, else null. `attempts`: the try that this is about;
   * null is returned when it was sent again since, whatever its state is now (F9). A step that transitions.ts does
   * not allow throws JOURNAL_FORBIDDEN. The history entry is written with it.
   */
  settle(
    effectId: string,
    change: {
      from: readonly EffectState[]
      to: EffectState
      evidence: string
      at: string
      actor: string
      because?: ParkedBecause
      attempts?: number
    },
  ): Promise<Effect | null>
  settleMany(
    changes: readonly {
      effectId: string
      from: readonly EffectState[]
      to: EffectState
      evidence: string
      because?: ParkedBecause
      attempts?: number
    }[],
    by: { at: string; actor: string },
  ): Promise<void>
  find(filter: EffectFilter): Promise<Effect[]>
  /** Like `find`, for filters that may match many: page by page, state by state, each in the order of planning. */
  outline(filter: OutlineFilter): AsyncIterable<EffectOutline[]>
  get(effectId: string): Promise<Effect | null>
  /** Highest generation used for (merchant, return, kind), or -1. */
  lastGeneration(merchant: string, returnId: string, kind: EffectKind): Promise<number>
}

export function effectsOf(engine: Engine, newId: NewId): Effects {
  const { store } = engine
  return {
    plan: async (effect, at) => {
      const [planned] = await planEffects(store, [effect], at, newId)
      if (!planned) throw new Error('an effect that was just planned is not there')
      return planned
    },
    planMany: (effects, at) => planEffects(store, effects, at, newId),
    claim: async (effectId, owner, at) => (await claimEffects(store, [effectId], owner, at))[0] ?? null,
    claimMany: (effectIds, owner, at) => claimEffects(store, effectIds, owner, at),
    claimRefund: (effectId, owner, at, limits) => claimRefund(engine, effectId, owner, at, limits),

    settle: async (effectId, { at, actor, ...rest }) =>
      await inTransaction(store, async (writing) => {
        const changed = await settleEffects(writing, [{ effectId, ...rest }], { at: timestamp(at), actor })
        return changed.has(effectId) ? await effectBy(writing, effectId) : null
      }),

    settleMany: async (changes, { at, actor }) => {
      if (changes.length === 0) return
      await inTransaction(store, (writing) => settleEffects(writing, changes, { at: timestamp(at), actor }))
    },

    find: (filter) => findEffects(store, filter),
    outline: (filter) => outlines(store, filter),
    get: (effectId) => effectBy(store, effectId),

    lastGeneration: async (merchant, returnId, kind) => {
      const row = await store
        .selectFrom('effects')
        .select((column) => column.fn.max('generation').as('last'))
        .where('merchant', '=', merchant)
        .where('return_id', '=', returnId)
        .where('kind', '=', kind)
        .executeTakeFirst()
      return row?.last ?? -1
    },
  }
}

/** In the order of planning. */
async function findEffects(store: Store, filter: EffectFilter): Promise<Effect[]> {
  if (filter.kinds?.length === 0 || filter.states?.length === 0) return []
  const rows = filter.returnIds
    ? await rowsOfReturns(store, filter.returnIds, filter)
    : await inStates(store, filter).selectAll().execute()
  return rows.sort((one, other) => one.seq - other.seq).map(effectOf)
}

const pageSize = 1_000

/** One state at a time, because the index yields the rows of one state by `seq`, from whatever row a page begins. */
async function* outlines(store: Store, { merchant, kinds, states }: OutlineFilter): AsyncGenerator<EffectOutline[]> {
  for (const state of states) {
    let last = -1
    for (;;) {
      const rows = await inStates(store, { merchant, states: [state] })
        .select(['seq', 'effect_id', 'return_id', 'kind', 'sent_at'])
        .where('seq', '>', last)
        .orderBy('seq')
        .limit(pageSize)
        .execute()
      const selected = rows.filter(({ kind }) => kinds.includes(kind))
      if (selected.length > 0) yield selected.map((row) => outlineOf(row, state))
      if (rows.length < pageSize) break
      last = rows.at(-1)?.seq ?? last
    }
  }
}

function outlineOf(
  row: Pick<EffectRow, 'effect_id' | 'return_id' | 'kind' | 'sent_at'>,
  state: EffectOutline['state'],
): EffectOutline {
  return { effectId: row.effect_id, returnId: row.return_id, kind: row.kind, state, sentAt: row.sent_at }
}

function inStates(store: Store, { merchant, kinds, states }: EffectFilter) {
  let query = store.selectFrom('effects')
  if (merchant !== undefined) query = query.where('merchant', '=', merchant)
  if (kinds) query = query.where('kind', 'in', kinds)
  if (states) query = query.where('state', 'in', states)
  return query
}

/** Selects by return only: with a state in the condition, SQLite would scan that whole state for each piece. */
async function rowsOfReturns(
  store: Store,
  returnIds: readonly string[],
  { merchant, kinds, states }: EffectFilter,
): Promise<EffectRow[]> {
  const rows: EffectRow[] = []
  for (const ids of piecesOf(returnIds)) {
    const query = store.selectFrom('effects').selectAll().where('return_id', 'in', ids)
    rows.push(...(await (merchant === undefined ? query : query.where('merchant', '=', merchant)).execute()))
  }
  return rows.filter(({ kind, state }) => (kinds?.includes(kind) ?? true) && (states?.includes(state) ?? true))
}
