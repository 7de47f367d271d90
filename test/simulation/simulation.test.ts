/**
 * The real use cases, rules, clients and journal against both vendors at their worst. To examine a failing seed, run
 * `node test/simulation/tool.ts SEED --shrink`, and keep the result in seeds.ts.
 */
import assert from 'node:assert/strict'
import { boxes, several } from './kinds-of-worlds.ts'
import { seeds } from './seeds.ts'
import { simulate } from './simulate.ts'
import { addOutcome, emptyTally } from './tally.ts'

describe('simulation: both vendors at their worst, and processes that are killed', () => {
  it('one seed is one run, to the last step', async () => {
    const [one, other] = [await simulate(4711), await simulate(4711)]
    assert.equal(one.trace, other.trace)
    assert.deepEqual(one.counts, other.counts)
    assert.notEqual(one.trace, (await simulate(4712)).trace)
  })

  it('money never moves twice or wrongly, and no return is lost (F1–F9, F13–F21, F25–F41, F45–F47, F49–F51)', async () => {
    const tally = emptyTally()
    for (let seed = 1; tally.histories < 250; seed += 1) addOutcome(tally, await simulate(seed))
    assert.deepEqual(tally.violations, [])
    // A world in which nothing happens proves nothing.
    const least = { 'refunded by us': 25, 'flagged by us': 25, 'announced, and not arrived': 10, 'refund parked': 1 }
    for (const [how, count] of Object.entries(least)) assert.ok((tally.endings[how] ?? 0) >= count, how)
    for (const kind of ['answer lost', 'request lost', 'process killed', 'message lost', 'write shows late'])
      assert.ok((tally.faults[kind] ?? 0) > 0, kind)
  })

  it('installations that know nothing of each other pay a return once between them, and what is stored binds (G1, G3, G4)', async () => {
    const tally = emptyTally()
    for (let seed = several + 101; tally.histories < 200; seed += 1) addOutcome(tally, await simulate(seed))
    assert.deepEqual(tally.violations, [])
    const least = { 'refunded by us': 15, 'refund parked': 1, 'flagged by us': 15 }
    for (const [how, count] of Object.entries(least)) assert.ok((tally.endings[how] ?? 0) >= count, how)
    for (const kind of ['notes read late', 'journal copied', 'settings changed', 'same second'])
      assert.ok((tally.faults[kind] ?? 0) > 0, kind)
    assert.ok(tally.counts.claims >= 30 && tally.counts.journals > tally.worlds)
  })

  it('units in a box that moves are waited for, and never paid before they are received (H37, H38)', async () => {
    const tally = emptyTally()
    for (let seed = boxes + 431; tally.histories < 200; seed += 1) addOutcome(tally, await simulate(seed))
    assert.deepEqual(tally.violations, [])
    const least = { 'refunded by us': 10, 'flagged by us': 15, 'another box is awaited': 1 }
    for (const [how, count] of Object.entries(least)) assert.ok((tally.endings[how] ?? 0) >= count, how)
  })

  for (const { seed, without, found } of seeds) {
    it(`${found} (seed ${seed})`, async () => {
      assert.deepEqual((await simulate(seed, without)).violations, [])
    })
  }
})
