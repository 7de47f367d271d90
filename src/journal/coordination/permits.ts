import { grant, noPermits, type PermitState, pauseBegun, permitLifetime } from '../../core/rate-limit/grant-permits.ts'
import type { RateLimitStore } from '../../core/rate-limit/rate-limit-store.ts'
import { type Engine, inTransaction, type Writing } from '../database/engine.ts'
import { before } from '../database/timestamp.ts'
/**
 * Permits, one row per credential, which is locked while a process reads and writes it, so that all processes on all
 * machines together keep a vendor's limit (F44). The journal's own clock dates them.
 */
export function permitsOf(engine: Engine): RateLimitStore {
  const within = <Result>(credential: string, work: (state: PermitState, now: number) => [PermitState, Result]) =>
    inTransaction(engine.store, async (writing) => {
      const state = await locked(writing, credential)
      const [next, result] = work(state, Date.parse(await engine.now(writing)))
      if (next !== state) await write(writing, credential, next)
      return result
    })
  return {
    lifetime: permitLifetime,
    take: (credential, rate, request) =>
      within(credential, (state, now) => {
        const { state: next, permits, wait } = grant(state, rate, request, now)
        return [next, { permits, wait }]
      }),
    pause: async (credential, milliseconds) => {
      await within(credential, (state, now) => [pauseBegun(state, now + milliseconds), null])
    },
  }
}

async function locked(writing: Writing, credential: string): Promise<PermitState> {
  const row = await rowOf(writing, credential)
  if (row) return row
  await writing
    .insertInto('turns')
    .values({ credential, given: '[]', paused_until: null })
    .onConflict((conflict) => conflict.column('credential').doNothing())
    .execute()
  return (await rowOf(writing, credential)) ?? noPermits
}

async function rowOf(writing: Writing, credential: string): Promise<PermitState | null> {
  const row = await writing
    .selectFrom('turns')
    .selectAll()
    .where('credential', '=', credential)
    .forUpdate()
    .executeTakeFirst()
  if (!row) return null
  const pausedUntil = row.paused_until === null ? Number.NEGATIVE_INFINITY : Date.parse(row.paused_until)
  return { granted: JSON.parse(row.given), pausedUntil }
}

async function write(writing: Writing, credential: string, { granted, pausedUntil }: PermitState): Promise<void> {
  const isPaused = Number.isFinite(pausedUntil)
  await writing
    .updateTable('turns')
    .set({
      given: JSON.stringify(granted),
      paused_until: isPaused ? before(new Date(pausedUntil).toISOString(), 0) : null,
    })
    .where('credential', '=', credential)
    .execute()
}
