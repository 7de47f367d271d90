import { sql } from 'kysely'
import { refundKinds } from '../../core/refunds/refund-kinds.ts'
import { type Engine, inTransaction, type Writing } from '../database/engine.ts'
import { timestamp } from '../database/timestamp.ts'
import { appendHistory } from '../records/history.ts'
import { type ForgetRequest, type Forgotten, type Key, over, sortOut } from './forgettable.ts'

const several = 200

/** What is never sent again for the same return, even if a person reopens it in Loop. */
const neverRepeated = [...refundKinds, 'flag', 'note', 'report'] as const

/**
 * Removes what identifies a shopper from returns that are over (F64): order names, the numbers of parcels, what was
 * written to the vendors, messages, history. Refunds stay unchanged for ever, and so does the return's id, because it is the key by which they
 * are never sent again. Flags, their notes and reports of fraud stay without what they said, for the same reason (F20,
 * F21). Tells which returns it keeps, and why.
 */
export async function forget(engine: Engine, request: ForgetRequest): Promise<Forgotten> {
  const limit = request.before === null ? null : timestamp(request.before)
  const { over: returns, kept: retained } = await sortOut(engine.store, { ...request, before: limit })
  const forgotten: Forgotten = { returns: returns.length, effects: 0, history: 0, events: 0, bodies: 0, kept: retained }
  if (request.dryRun) {
    const bodies = limit === null ? 0 : await countBodies(engine, limit, request.merchant)
    return { ...forgotten, bodies }
  }
  for (let start = 0; start < returns.length; start += several) {
    const some = returns.slice(start, start + several)
    const gone = await inTransaction(engine.store, (writing) => forgetSome(writing, some, request))
    forgotten.effects += gone.effects
    forgotten.history += gone.history
    forgotten.events += gone.events
  }
  if (limit !== null) forgotten.bodies = await forgetBodies(engine, limit, request.merchant)
  if (returns.length > 0 || forgotten.bodies > 0) await engine.wipe()
  return forgotten
}

async function forgetSome(writing: Writing, keys: readonly Key[], { at, actor }: ForgetRequest) {
  const gone = { effects: 0, history: 0, events: 0 }
  for (const [merchant, same] of Map.groupBy(keys, (key) => key.merchant)) {
    const ids = same.map((key) => key.return_id)
    await writing
      .updateTable('links')
      .set({ order_name: null, announced: null, forgotten_at: timestamp(at) })
      .where('merchant', '=', merchant)
      .where('return_id', 'in', ids)
      .execute()
    await writing.deleteFrom('parcels').where('merchant', '=', merchant).where('return_id', 'in', ids).execute()
    const effects = await writing
      .deleteFrom('effects')
      .where('merchant', '=', merchant)
      .where('return_id', 'in', ids)
      .where('kind', 'not in', neverRepeated)
      .where('state', 'in', over)
      .returning('effect_id')
      .execute()
    await emptySayings(writing, merchant, ids)
    const history = await writing
      .deleteFrom('history')
      .where('merchant', '=', merchant)
      .where('return_id', 'in', ids)
      .returning('seq')
      .execute()
    const events = await writing
      .deleteFrom('events')
      .where('merchant', '=', merchant)
      .where('return_id', 'in', ids)
      .where('state', '<>', 'new')
      .returning('event_id')
      .execute()
    const message = 'data that identifies the shopper was removed; refunds stay on record'
    await appendHistory(
      writing,
      ids.map((returnId) => ({
        at,
        merchant,
        returnId,
        actor,
        what: 'forgotten',
        kind: null,
        effectId: null,
        message,
      })),
    )
    gone.effects += effects.length
    gone.history += history.length
    gone.events += events.length
  }
  return gone
}

/** A note's payload is only its tag, by which it is found in Loop. */
async function emptySayings(writing: Writing, merchant: string, ids: readonly string[]): Promise<void> {
  const effects = writing.updateTable('effects').where('merchant', '=', merchant).where('return_id', 'in', ids)
  await effects
    .set({ payload: JSON.stringify({ reasons: [], operatorNote: null }), evidence: null })
    .where('kind', '=', 'flag')
    .where('state', 'in', over)
    .execute()
  await effects.set({ evidence: null }).where('kind', '=', 'note').where('state', 'in', over).execute()
  const nothing = { payload: JSON.stringify({}), evidence: null }
  await effects.set(nothing).where('kind', '=', 'report').where('state', 'in', over).execute()
}

/** How many bodies would be emptied. */
async function countBodies({ store }: Engine, before: string, merchant: string | undefined): Promise<number> {
  const query = store
    .selectFrom('events')
    .select((column) => column.fn.countAll().as('bodies'))
    .where(sql<boolean>`body <> ''`)
    .where('received_at', '<', before)
  const { bodies } = await (merchant === undefined
    ? query
    : query.where('merchant', '=', merchant)
  ).executeTakeFirstOrThrow()
  return Number(bodies)
}

/** Unreadable messages name no return, so their bodies are emptied by age. */
async function forgetBodies({ store }: Engine, before: string, merchant: string | undefined): Promise<number> {
  const rows = await inTransaction(store, (writing) => {
    const query = writing
      .updateTable('events')
      .set({ body: '' })
      .where(sql<boolean>`body <> ''`)
      .where('received_at', '<', before)
    return (merchant === undefined ? query : query.where('merchant', '=', merchant)).returning('event_id').execute()
  })
  return rows.length
}
