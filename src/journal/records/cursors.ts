import { inTransaction, type Store } from '../database/engine.ts'
import { timestamp } from '../database/timestamp.ts'
import type { Journal } from '../journal.ts'

/** Milliseconds by which a vendor's clock may be ahead of ours (F40). */
const skew = 5 * 60_000

export function cursorsOf(store: Store, clock: { now(): Date }): Journal['cursors'] {
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
