import { type Store, written } from './engine.ts'
import type { Journal } from './journal.ts'
import { before, moment } from './moment.ts'

/** Beyond this, a lease was dated by a clock far ahead (A5): it would block everybody until then. */
function absurd(now: string, until: string): string {
  return before(until, Date.parse(now) - Date.parse(until))
}

export function leasesOf(store: Store): Journal['leases'] {
  return {
    acquire: async (merchant, subject, owner, until, now) => {
      const taken = await written(store, (writing) =>
        writing
          .insertInto('leases')
          .values({ merchant, subject, owner, expires_at: moment(until) })
          .onConflict((conflict) =>
            conflict
              .columns(['merchant', 'subject'])
              .doUpdateSet((column) => ({
                owner: column.ref('excluded.owner'),
                expires_at: column.ref('excluded.expires_at'),
              }))
              .where((column) =>
                column.or([
                  column('leases.expires_at', '<=', moment(now)),
                  column('leases.expires_at', '>', absurd(now, until)),
                  column('leases.owner', '=', owner),
                ]),
              ),
          )
          .returning('owner')
          .executeTakeFirst(),
      )
      return taken !== undefined
    },

    release: async (merchant, subject, owner) => {
      await written(store, (writing) =>
        writing
          .deleteFrom('leases')
          .where('merchant', '=', merchant)
          .where('subject', '=', subject)
          .where('owner', '=', owner)
          .execute(),
      )
    },
  }
}
