/** For tests that need a PostgreSQL: where none can run they are skipped, and the end of the run tells so (skipped.ts). */
import { whyNoPostgres } from './server.ts'
import { noteSkipped } from './skipped.ts'

/** At the head of a `describe`: all of its tests need it. */
export function needsPostgres(): void {
  before(async function () {
    await skipWithoutPostgres(this, this.test?.parent?.total() ?? 0)
  })
}

/** In one test that needs it. */
export async function skipWithoutPostgres(context: Mocha.Context, count = 1): Promise<void> {
  const reason = await whyNoPostgres()
  if (reason === null) return
  noteSkipped(count, reason)
  context.skip()
}
