import { type Selectable, sql } from 'kysely'
import { pieces, piecesOf, valuesOf } from '../database/bulk.ts'
import { type Engine, inTransaction, type Store, type Writing } from '../database/engine.ts'
import type { NewId } from '../database/new-id.ts'
import { timestamp } from '../database/timestamp.ts'
import type { Schema } from '../schema/schema.ts'
import { rowOf } from './event-row.ts'
import type { EventClass, EventFilter, JournalEvent, NewEvent } from './journal-event.ts'
import { storeRepeated } from './repeated-events.ts'
import { dueIn, isOfKnownReturn, takeFree } from './take-events.ts'

export type Events = {
  /**
   * Stores all in one transaction with a full sync, except repetitions (merchant, source, digest). Returns for each,
   * in the order given, whether it was new. A webhook of Loop that repeats an earlier one after another event of its
   * return counts as new; see repeated-events.ts.
   */
  storeMany(events: readonly NewEvent[]): Promise<boolean[]>
  /**
   * Takes new events that are due, oldest first, for this worker alone: several workers on one inbox take different
   * returns. Other workers may take an event again once it is settled or given back, or the taker's {@link
   * workerLease} has expired.
   */
  take(merchant: string, worker: string, now: string, limit: number, only?: EventClass): Promise<JournalEvent[]>
  /** Lets other workers take what this worker has taken. */
  giveBack(merchant: string, worker: string): Promise<void>
  /** Calls back with a merchant that has new events from another process; null: any one. Some engines never do. */
  listen(heard: (merchant: string | null) => void): Promise<void>
  find(filter: EventFilter): Promise<JournalEvent[]>
  get(eventId: string): Promise<JournalEvent | null>
  settleMany(
    changes: readonly {
      eventId: string
      state: JournalEvent['state']
      tries: number
      nextTryAt: string | null
      reason: string | null
    }[],
    at: string,
  ): Promise<void>
  /** Makes events new again, as if they had just come. Returns how many. */
  replay(eventIds: readonly string[]): Promise<number>
  /**
   * When the oldest new event was received; null: there is none. Callbacks about returns that the journal does not
   * know are left out: they may wait, and anybody with a token can make them up (H2).
   */
  oldestNew(merchant?: string): Promise<string | null>
  /** Empties the bodies of events that were received before this time. Returns how many. */
  forgetBodies(before: string): Promise<number>
}

type EventRow = Selectable<Schema['events']>
type Settling = Parameters<Events['settleMany']>[0][number]

export function eventsOf(engine: Engine, newId: NewId): Events {
  const { store } = engine
  return {
    storeMany: async (events) => {
      if (events.length === 0) return []
      const fresh = await inTransaction(store, async (writing) => {
        const stored = await storeAll(writing, events, newId)
        const again = events.filter((event) => !stored.has(keyOf(event)))
        for (const event of await storeRepeated(writing, again, newId)) stored.add(keyOf(event))
        const merchants = events.filter((event) => stored.has(keyOf(event))).map(({ merchant }) => merchant)
        await engine.announce(writing, merchants)
        return stored
      })
      // Of two equal events in one call, only the first counts as new.
      return events.map((event) => fresh.delete(keyOf(event)))
    },

    take: async (merchant, worker, now, limit, only) => {
      const at = timestamp(now)
      if (limit < 1) return []
      // serve checks the inbox every second, and it is mostly empty; an empty inbox costs no write.
      const due = dueIn(store, { merchant, at, only }).select('event_id').limit(1)
      if ((await due.executeTakeFirst()) === undefined) return []
      return await inTransaction(store, async (writing) => {
        const judgedAt = await engine.now(writing)
        const rows = await takeFree(writing, { merchant, worker, at, limit, judgedAt, only })
        return rows.map(eventOf)
      })
    },

    giveBack: async (merchant, worker) => {
      await inTransaction(store, (writing) =>
        writing
          .updateTable('events')
          .set({ owner: null })
          .where('merchant', '=', merchant)
          .where('state', '=', 'new')
          .where('owner', '=', worker)
          .execute(),
      )
    },

    listen: (heard) => engine.listen(heard),

    find: async (filter) => (await found(store, filter)).map(eventOf),

    get: async (eventId) => {
      const row = await store.selectFrom('events').selectAll().where('event_id', '=', eventId).executeTakeFirst()
      return row === undefined ? null : eventOf(row)
    },

    settleMany: async (changes, at) => {
      if (changes.length === 0) return
      const settledAt = timestamp(at)
      await inTransaction(store, async (writing) => {
        for (const piece of pieces(changes, ({ eventId }) => eventId)) await settlePiece(writing, piece, settledAt)
      })
    },

    replay: async (eventIds) => {
      if (eventIds.length === 0) return 0
      return await inTransaction(store, async (writing) => {
        let count = 0
        for (const piece of piecesOf(eventIds)) {
          const rows = await writing
            .updateTable('events')
            .set({ state: 'new', tries: 0, next_try_at: null, reason: null, settled_at: null, owner: null })
            .where('event_id', 'in', piece)
            .returning('merchant')
            .execute()
          count += rows.length
          await engine.announce(
            writing,
            rows.map((row) => row.merchant),
          )
        }
        return count
      })
    },

    oldestNew: async (merchant) => {
      let query = store
        .selectFrom('events')
        .select('received_at')
        .where('state', '=', 'new')
        .where((where) => where.or([where('source', '=', 'loop'), isOfKnownReturn()]))
      if (merchant !== undefined) query = query.where('merchant', '=', merchant)
      const oldest = await query.orderBy('received_at').limit(1).executeTakeFirst()
      return oldest?.received_at ?? null
    },

    forgetBodies: async (before) => {
      const limit = timestamp(before)
      const rows = await inTransaction(store, (writing) =>
        writing
          .updateTable('events')
          .set({ body: '' })
          // Written as in the index on rows with a body, so that the database uses that index.
          .where(sql<boolean>`body <> ''`)
          .where('received_at', '<', limit)
          .returning('event_id')
          .execute(),
      )
      if (rows.length > 0) await engine.wipe()
      return rows.length
    },
  }
}

/** Inserts the events that are not stored yet; returns their keys. */
async function storeAll(writing: Writing, events: readonly NewEvent[], newId: NewId): Promise<Set<string>> {
  const fresh = new Set<string>()
  for (const piece of pieces(events, keyOf)) {
    const rows = await writing
      .insertInto('events')
      .values(piece.map((event) => rowOf(event, newId)))
      .onConflict((conflict) => conflict.columns(['merchant', 'source', 'digest']).doNothing())
      .returning(['merchant', 'source', 'digest'])
      .execute()
    for (const row of rows) fresh.add(keyOf(row))
  }
  return fresh
}

/** Two messages with the same key are the same message. */
function keyOf({ merchant, source, digest }: Pick<NewEvent, 'merchant' | 'source' | 'digest'>): string {
  return JSON.stringify([merchant, source, digest])
}

async function found(store: Store, filter: EventFilter): Promise<EventRow[]> {
  const { merchant, states, returnId, source, topics, since, until, newestFirst = false, limit } = filter
  if (states?.length === 0 || topics?.length === 0) return []
  const order = newestFirst ? 'desc' : 'asc'
  let query = store.selectFrom('events').selectAll().orderBy('received_at', order).orderBy('seq', order)
  if (merchant !== undefined) query = query.where('merchant', '=', merchant)
  if (states !== undefined) query = query.where('state', 'in', states)
  if (returnId !== undefined) query = query.where('return_id', '=', returnId)
  if (source !== undefined) query = query.where('source', '=', source)
  if (topics !== undefined) query = query.where('topic', 'in', topics)
  if (since !== undefined) query = query.where('received_at', '>=', timestamp(since))
  if (until !== undefined) query = query.where('received_at', '<=', timestamp(until))
  if (limit !== undefined) query = query.limit(limit)
  return await query.execute()
}

async function settlePiece(writing: Writing, changes: readonly Settling[], at: string): Promise<void> {
  const values = changes.map(({ eventId, state, tries, nextTryAt, reason }) => [
    eventId,
    state,
    String(tries),
    nextTryAt === null ? null : timestamp(nextTryAt),
    reason,
  ])
  await sql`
    with change (event_id, state, tries, next_try_at, reason) as (${valuesOf(values)})
    update events
    set state = change.state,
      tries = cast(change.tries as integer),
      next_try_at = change.next_try_at,
      reason = change.reason,
      settled_at = case change.state when 'new' then null else ${at} end,
      owner = null
    from change
    where events.event_id = change.event_id
  `.execute(writing)
}

function eventOf(row: EventRow): JournalEvent {
  return {
    eventId: row.event_id,
    merchant: row.merchant,
    source: row.source,
    digest: row.digest,
    topic: row.topic,
    returnId: row.return_id,
    body: row.body,
    state: row.state,
    reason: row.reason,
    tries: row.tries,
    nextTryAt: row.next_try_at,
    receivedAt: row.received_at,
    settledAt: row.settled_at,
  }
}
