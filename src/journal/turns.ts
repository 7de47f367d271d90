import { type Engine, type Writing, written } from './engine.ts'
import type { Journal, TurnRate, TurnWish } from './journal.ts'
import { before } from './moment.ts'
import { give, noTurns, pauseBegun, type TurnState, turnLife } from './turn-book.ts'

/**
 * The book of turns: one row per credential, locked while somebody reads and writes it, so that all processes of all
 * machines together keep a vendor's limit (F44). The journal's own clock dates what is given.
 */
export function turnsOf(engine: Engine): Journal['turns'] {
  // What a power cut takes of it is a few seconds of a limit that the vendor keeps as well.
  const within = <Result>(credential: string, work: (state: TurnState, now: number) => [TurnState, Result]) =>
    engine.lightly((store) =>
      written(store, async (writing) => {
        const state = await locked(writing, credential)
        const [next, result] = work(state, Date.parse(await engine.now(writing)))
        if (next !== state) await write(writing, credential, next)
        return result
      }),
    )
  return {
    lifetime: turnLife,
    take: (credential: string, rate: TurnRate, wish: TurnWish) =>
      within(credential, (state, now) => {
        const { state: next, turns, wait } = give(state, rate, wish, now)
        return [next, { turns, wait }]
      }),
    pause: async (credential: string, milliseconds: number) => {
      await within(credential, (state, now) => [pauseBegun(state, now + milliseconds), null])
    },
  }
}

async function locked(writing: Writing, credential: string): Promise<TurnState> {
  const row = await rowOf(writing, credential)
  if (row) return row
  await writing
    .insertInto('turns')
    .values({ credential, given: '[]', paused_until: null })
    .onConflict((conflict) => conflict.column('credential').doNothing())
    .execute()
  return (await rowOf(writing, credential)) ?? noTurns
}

async function rowOf(writing: Writing, credential: string): Promise<TurnState | null> {
  const row = await writing
    .selectFrom('turns')
    .selectAll()
    .where('credential', '=', credential)
    .forUpdate()
    .executeTakeFirst()
  if (!row) return null
  const pausedUntil = row.paused_until === null ? Number.NEGATIVE_INFINITY : Date.parse(row.paused_until)
  return { given: JSON.parse(row.given), pausedUntil }
}

async function write(writing: Writing, credential: string, { given, pausedUntil }: TurnState): Promise<void> {
  const isPaused = Number.isFinite(pausedUntil)
  await writing
    .updateTable('turns')
    .set({
      given: JSON.stringify(given),
      paused_until: isPaused ? before(new Date(pausedUntil).toISOString(), 0) : null,
    })
    .where('credential', '=', credential)
    .execute()
}
