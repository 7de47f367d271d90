import { printable } from '../../core/text/printable.ts'
import { type Engine, inTransaction } from '../database/engine.ts'
import { timestamp } from '../database/timestamp.ts'
import type { Journal } from '../journal.ts'
import { actorText, appendChanges, whoOf } from '../records/changes.ts'
import { hasAccount, isJoined, otherAccount, rememberAccount, sharedAccount } from './accounts.ts'
import { previewRefunds } from './preview-refunds.ts'
import { quarantine, quarantineOf, release } from './quarantine.ts'
import { countExplicit, sentSince } from './refund-gates.ts'

export function refundsOf(engine: Engine): Journal['refunds'] {
  const { store } = engine
  return {
    refusals: previewRefunds(engine),

    pauses: async () => {
      const rows = await store.selectFrom('pauses').selectAll().orderBy('merchant').execute()
      return rows.map(({ merchant, ...pause }) => ({ merchant: merchant === '' ? null : merchant, ...pause }))
    },

    pause: async (merchant, reason, actor, at) => {
      const who = whoOf(actor)
      const pause = { reason: printable(reason), actor: actorText(who), at: timestamp(at) }
      await inTransaction(store, async (writing) => {
        const before = await writing
          .selectFrom('pauses')
          .select('reason')
          .where('merchant', '=', merchant ?? '')
          .executeTakeFirst()
        await writing
          .insertInto('pauses')
          .values({ merchant: merchant ?? '', ...pause })
          .onConflict((conflict) => conflict.column('merchant').doUpdateSet(pause))
          .execute()
        const values = { before: before === undefined ? 'off' : 'on', after: 'on' }
        await appendChanges(writing, [{ at, merchant, ...who, what: 'paused', setting: 'pause', ...values, reason }])
      })
    },

    resume: (merchant, actor, at) =>
      inTransaction(store, async (writing) => {
        const gone = await writing
          .deleteFrom('pauses')
          .where('merchant', '=', merchant ?? '')
          .returning('merchant')
          .executeTakeFirst()
        if (gone === undefined) return false
        const change = { at, merchant, ...whoOf(actor), what: 'resumed', setting: 'pause' } as const
        await appendChanges(writing, [{ ...change, before: 'on', after: 'off', reason: null }])
        return true
      }),

    quarantineOf: (merchant) => quarantineOf(store, merchant),

    quarantine: (merchant, reason, actor, at) =>
      inTransaction(store, (writing) => quarantine(writing, merchant, { reason, actor, since: at })),

    release: (merchant, actor, at) => release(store, merchant, actor, at),

    joinAccount: async (merchant, account, at, { anew } = { anew: false }) => {
      // It is nearly always known already; then nothing is written.
      if (!anew && (await isJoined(store, merchant, account))) return
      await inTransaction(store, (writing) =>
        rememberAccount(writing, { merchant, account, since: timestamp(at) }, anew),
      )
    },

    otherAccount: (merchant, account, at) => otherAccount(store, merchant, account, timestamp(at)),

    hasAccount: (merchant) => hasAccount(store, merchant),

    namesBeside: async (merchant, account) => {
      const { names } = await sharedAccount(store, merchant, account ?? null)
      return names.filter((name) => name !== merchant)
    },

    sentSince: async (merchant, since, account) => {
      const { names } = await sharedAccount(store, merchant, account ?? null)
      return await sentSince(store, names, timestamp(since))
    },

    countExplicit: async (merchant, account) => {
      const { names } = await sharedAccount(store, merchant, account ?? null)
      return await countExplicit(store, names)
    },
  }
}
