import { type Store, written } from './engine.ts'
import type { Journal } from './journal.ts'
import { moment } from './moment.ts'

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
                column.or([column('leases.expires_at', '<=', moment(now)), column('leases.owner', '=', owner)]),
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
