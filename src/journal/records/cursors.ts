import { inTransaction, type Store } from '../database/engine.ts'
import { timestamp } from '../database/timestamp.ts'

/**
 * A cursor is a vendor's timestamp. It is stored only after its page is committed, and never moved back (F40). One
 * that is more than 5 minutes ahead of our clock is stored as now.
 */
export type Cursors = {
  get(merchant: string, name: string): Promise<string | null>
  advance(merchant: string, name: string, to: string): Promise<void>
}

/** Milliseconds by which a vendor's clock may be ahead of ours (F40). */
const skew = 5 * 60_000

export function cursorsOf(store: Store, clock: { now(): Date }): Cursors {
  return {
    get: async (merchant, name) => {
      const row = await store
        .selectFrom('cursors')
        .select('position')
        .where('merchant', '=', merchant)
        .where('name', '=', name)
        .executeTakeFirst()
      return row?.position ?? null
    },

    advance: async (merchant, name, to) => {
      const position = notInFuture(timestamp(to), clock.now())
      await inTransaction(store, (writing) =>
        writing
          .insertInto('cursors')
          .values({ merchant, name, position })
          .onConflict((conflict) =>
            conflict
              .columns(['merchant', 'name'])
              .doUpdateSet((column) => ({ position: column.ref('excluded.position') }))
              // Compared in the database: another process may have advanced it further meanwhile.
              .whereRef('excluded.position', '>', 'cursors.position'),
          )
          .execute(),
      )
    },
  }
}

/** A record with a time far ahead must not make mhloop skip everything until then; reading twice is harmless (F40). */
function notInFuture(position: string, now: Date): string {
  return Date.parse(position) > now.getTime() + skew ? now.toISOString() : position
}
