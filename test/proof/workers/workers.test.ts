/**
 * The workers' day in the size of a normal test run; `npm run prove -- --only workers` runs all of it. Needs `npm run
 * build`.
 */
import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { needsPostgres } from '../../postgres/needs-postgres.ts'
import { runDay } from './day.ts'

const program = [process.execPath, fileURLToPath(new URL('../../../bin/run.js', import.meta.url))]

describe('several workers on one journal', () => {
  needsPostgres()

  it('share the work and the rate limit, while one is killed, one freezes and the database goes away: nothing is paid twice, nothing lost (F8, F9, F44)', async () => {
    const { violations, figures } = await runDay({
      program,
      seed: 1,
      returns: 24,
      workers: 2,
      operators: 1,
      limits: { loopPerMinute: 3_000, masonhubPerSecond: 40 },
      troubleEvery: 3_000,
      database: true,
      stall: 600_000,
      progress: () => undefined,
      signal: new AbortController().signal,
    })
    assert.deepEqual(violations, [], JSON.stringify(figures))
  }).timeout(1_800_000)
})
