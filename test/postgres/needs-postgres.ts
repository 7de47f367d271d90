/** For tests that need PostgreSQL: where it can't run they are skipped, and the end of the run says so (skipped.ts). */
import { whyNoPostgres } from './server.ts'
import { noteSkipped } from './skipped.ts'

/** At the beginning of a `describe` whose tests all need it. */
export function needsPostgres(): void {
  before(async function () {
    await skipWithoutPostgres(this, this.test?.parent?.total() ?? 0)
  })
}

/** In a single test that needs it. */
export async function skipWithoutPostgres(context: Mocha.Context, count = 1): Promise<void> {
  const reason = await whyNoPostgres()
  if (reason === null) return
  noteSkipped(count, reason)
  context.skip()
}
