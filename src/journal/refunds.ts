import { shown } from '../core/text.ts'
import { doneByHand, sentSince } from './claim-effects.ts'
import { type Store, written } from './engine.ts'
import type { Journal } from './journal.ts'
import { moment } from './moment.ts'

export function refundsOf(store: Store): Journal['refunds'] {
  return {
    pauses: async () => {
      const rows = await store.selectFrom('pauses').selectAll().orderBy('merchant').execute()
      return rows.map(({ merchant, ...pause }) => ({ merchant: merchant === '' ? null : merchant, ...pause }))
    },

    pause: async (merchant, reason, actor, at) => {
      const pause = { reason: shown(reason), actor, at: moment(at) }
      await written(store, (writing) =>
        writing
          .insertInto('pauses')
          .values({ merchant: merchant ?? '', ...pause })
          .onConflict((conflict) => conflict.column('merchant').doUpdateSet(pause))
          .execute(),
      )
    },

    resume: async (merchant) => {
      const gone = await written(store, (writing) =>
        writing
          .deleteFrom('pauses')
          .where('merchant', '=', merchant ?? '')
          .returning('merchant')
          .executeTakeFirst(),
      )
      return gone !== undefined
    },

    quarantines: async () => {
      const rows = await store.selectFrom('quarantines').selectAll().orderBy('merchant').execute()
      return rows.map((row) => ({ ...row }))
    },

    quarantine: async (merchant, reason, actor, at) => {
      const row = { reason: shown(reason), actor, since: moment(at) }
      await written(store, (writing) =>
        writing
          .insertInto('quarantines')
          .values({ merchant, ...row })
          .onConflict((conflict) => conflict.column('merchant').doUpdateSet(row))
          .execute(),
      )
    },

    release: async (merchant) => {
      const gone = await written(store, (writing) =>
        writing.deleteFrom('quarantines').where('merchant', '=', merchant).returning('merchant').executeTakeFirst(),
      )
      return gone !== undefined
    },

    sentSince: (merchant, since) => sentSince(store, merchant, moment(since)),

    doneByHand: (merchant) => doneByHand(store, merchant),
  }
}
