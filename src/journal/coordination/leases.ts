import { type Engine, inTransaction } from '../database/engine.ts'
import { before } from '../database/timestamp.ts'

/**
 * Leases only save work; correctness rests on the compare-and-set of effects (F8). They expire by the journal's own
 * clock, whatever the clocks of the machines that share it say.
 */
export type Leases = {
  /** Also renews: the owner of the lease gets it again. */
  acquire(merchant: string, subject: string, owner: string, milliseconds: number): Promise<boolean>
  release(merchant: string, subject: string, owner: string): Promise<void>
}

export function leasesOf(engine: Engine): Leases {
  const { store } = engine
  return {
    acquire: async (merchant, subject, owner, milliseconds) => {
      const taken = await inTransaction(store, async (writing) => {
        const now = await engine.now(writing)
        const until = before(now, -milliseconds)
        return await writing
          .insertInto('leases')
          .values({ merchant, subject, owner, expires_at: until })
          .onConflict((conflict) =>
            conflict
              .columns(['merchant', 'subject'])
              .doUpdateSet((column) => ({
                owner: column.ref('excluded.owner'),
                expires_at: column.ref('excluded.expires_at'),
              }))
              .where((column) =>
                column.or([
                  column('leases.expires_at', '<=', now),
                  // Written by a clock that was far ahead (C5): it would block everybody until then.
                  column('leases.expires_at', '>', before(until, -milliseconds)),
                  column('leases.owner', '=', owner),
                ]),
              ),
          )
          .returning('owner')
          .executeTakeFirst()
      })
      return taken !== undefined
    },

    release: async (merchant, subject, owner) => {
      await inTransaction(store, (writing) =>
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
