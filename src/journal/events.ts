import { randomBytes } from 'node:crypto'
import type { Selectable } from 'kysely'
import { type Store, written } from './engine.ts'
import type { Journal, JournalEvent } from './journal.ts'
import { moment } from './moment.ts'
import type { Schema } from './schema.ts'

export function eventsOf(store: Store): Journal['events'] {
  return {
    store: async (event) => {
      const stored = await written(store, (writing) =>
        writing
          .insertInto('events')
          .values({
            event_id: randomBytes(8).toString('hex'),
            merchant: event.merchant,
            source: event.source,
            digest: event.digest,
            topic: event.topic,
            return_id: event.returnId,
            body: event.body,
            state: 'new',
            tries: 0,
            received_at: moment(event.receivedAt),
          })
          .onConflict((conflict) => conflict.columns(['merchant', 'source', 'digest']).doNothing())
          .returning('event_id')
          .executeTakeFirst(),
      )
      return stored !== undefined
    },

    find: async ({ merchant, state, limit }) => {
      let query = store.selectFrom('events').selectAll().orderBy('seq')
      if (merchant !== undefined) query = query.where('merchant', '=', merchant)
      if (state !== undefined) query = query.where('state', '=', state)
      if (limit !== undefined) query = query.limit(limit)
      return (await query.execute()).map(eventOf)
    },

    settle: async (eventId, state, tries) => {
      await written(store, (writing) =>
        writing.updateTable('events').set({ state, tries }).where('event_id', '=', eventId).execute(),
      )
    },
  }
}

function eventOf(row: Selectable<Schema['events']>): JournalEvent {
  return {
    eventId: row.event_id,
    merchant: row.merchant,
    source: row.source,
    digest: row.digest,
    topic: row.topic,
    returnId: row.return_id,
    body: row.body,
    state: row.state,
    tries: row.tries,
    receivedAt: row.received_at,
  }
}
