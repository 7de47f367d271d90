import { printable } from '../../core/text/printable.ts'
import { type Engine, inTransaction } from '../database/engine.ts'
import { timestamp } from '../database/timestamp.ts'
import { actorText, appendChanges, whoOf } from '../records/changes.ts'
import type { Who } from '../records/setting-changes.ts'
import { hasAccount, isJoined, otherAccount, rememberAccount, sharedAccount } from './accounts.ts'
import { type PreviewRefunds, previewRefunds } from './preview-refunds.ts'
import { countExplicit, sentSince } from './refund-checks.ts'
import { type Quarantine, quarantine, quarantineOf, release } from './refund-quarantine.ts'

export type Refunds = {
  pauses(): Promise<Pause[]>
  /** `merchant: null` pauses all merchants. Pausing and resuming are both recorded in `changes` (G11). */
  pause(merchant: string | null, reason: string, actor: string | Who, at: string): Promise<void>
  resume(merchant: string | null, actor: string | Who, at: string): Promise<boolean>
  /** Remembers that a merchant works with a Loop account (a digest of its key). `anew`: since now, even if known. */
  joinAccount(merchant: string, account: string, at: string, options?: { anew: boolean }): Promise<void>
  /**
   * The other names of the account that a merchant had last worked with at this time, if it is not the given account;
   * null when it is the given one, under whichever key, or unknown.
   */
  otherAccount(merchant: string, account: string, at: string): Promise<string[] | null>
  /** Whether the journal knows an account of this merchant. */
  hasAccount(merchant: string): Promise<boolean>
  /** Every other name under which its account has worked; without `account`, the account that the journal knows. */
  namesBeside(merchant: string, account?: string): Promise<string[]>
  /** How many refunds of its account were sent after this time, under all names, to show the budget. */
  sentSince(merchant: string, since: string, account?: string): Promise<number>
  /** How many explicit refunds of its account Loop accepted: what `firstByHand` counts. */
  countExplicit(merchant: string, account?: string): Promise<number>
  /** Why each of these refunds would not go out now, by the checks of the claim (G12). */
  refusals: PreviewRefunds
  /** The quarantine of this merchant now, its own or that of all; null: none. */
  quarantineOf(merchant: string): Promise<Quarantine | null>
  /** `merchant: null` quarantines all merchants, even those that the journal does not know. */
  quarantine(merchant: string | null, reason: string, actor: string, at: string): Promise<void>
  /** Releases this merchant only; false when it was not in quarantine. */
  release(merchant: string, actor: string, at: string): Promise<boolean>
}

export type Pause = { merchant: string | null; reason: string; actor: string; at: string }

export function refundsOf(engine: Engine): Refunds {
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
