import assert from 'node:assert/strict'
import { repeatEvery } from '../../../src/cli/command/watch.ts'

describe('rounds of a command that watches', () => {
  it('C5 a clock that is set back by an hour during a round does not put off the next one', async () => {
    let clock = Date.parse('2026-11-02T09:00:00.000Z')
    const stopping = new AbortController()
    const rounds: number[] = []
    const options = { milliseconds: 5, signal: stopping.signal, now: () => new Date(clock) }
    await repeatEvery(options, async (count) => {
      rounds.push(count)
      clock -= 3_600_000
      if (count === 3) stopping.abort()
    })
    assert.deepEqual(rounds, [1, 2, 3])
  })
})
