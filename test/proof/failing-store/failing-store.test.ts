/** A sample of `npm run prove -- --only failing-store`. */
import assert from 'node:assert/strict'
import { sized } from '../../size.ts'
import { failingStore } from './part.ts'
import { runRound } from './round.ts'
import type { Trouble } from './trouble.ts'

/** Each way in which the disk fails occurs at least once. */
const size = sized(6, 12)

describe('a journal whose disk fails (F46)', () => {
  it('whichever operation fails, nothing is sent without a claim, nothing is lost, and all goes on afterwards', async () => {
    const { violations, figures } = await failingStore.prove({
      size,
      seed: 1,
      progress: () => undefined,
      found: () => undefined,
      signal: new AbortController().signal,
    })
    assert.deepEqual(violations, [])
    assert.ok(Number(figures['operations that failed']) >= size)
  }).timeout(1_800_000)

  it('while the disk stays full every sender hears 503, and no refund goes out', async () => {
    const trouble: Trouble = { saying: 'full', how: 'on', at: 1 }
    const { turnedAway, failed, violations } = await runRound(trouble)
    assert.deepEqual(violations, [])
    assert.ok(turnedAway > 0 && failed > 0)
  }).timeout(1_800_000)
})
