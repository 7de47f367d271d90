import { shown } from '../core/text.ts'
import { isJoined, rememberAccount, sharedAccount } from './accounts.ts'
import { type Engine, written } from './engine.ts'
import type { Journal } from './journal.ts'
import { moment } from './moment.ts'
import { previewRefunds } from './preview-refunds.ts'
import { quarantine, quarantineOf, release } from './quarantine.ts'
import { doneByHand, sentSince } from './refund-gates.ts'

export function refundsOf(engine: Engine): Journal['refunds'] {
  const { store } = engine
  return {
    refusals: previewRefunds(engine),

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

    quarantineOf: (merchant) => quarantineOf(store, merchant),

    quarantine: (merchant, reason, actor, at) =>
      written(store, (writing) => quarantine(writing, merchant, { reason, actor, since: at })),

    release: (merchant, actor, at) => release(store, merchant, actor, at),

    joinAccount: async (merchant, account, at) => {
      // Known already, as nearly always: nothing is written.
      if (await isJoined(store, merchant, account)) return
      await written(store, (writing) => rememberAccount(writing, { merchant, account, since: moment(at) }))
    },

    namesBeside: async (merchant, account) => {
      const { names } = await sharedAccount(store, merchant, account ?? null)
      return names.filter((name) => name !== merchant)
    },

    sentSince: async (merchant, since, account) => {
      const { names } = await sharedAccount(store, merchant, account ?? null)
      return await sentSince(store, names, moment(since))
    },

    doneByHand: async (merchant, account) => {
      const { names } = await sharedAccount(store, merchant, account ?? null)
      return await doneByHand(store, names)
    },
  }
}
