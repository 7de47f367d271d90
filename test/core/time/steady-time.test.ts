import assert from 'node:assert/strict'
import fc from 'fast-check'
import { steadyTime } from '../../../src/core/time/steady-time.ts'

describe('time for what is due, by a clock that jumps (C5)', () => {
  it('C5 property: it never runs backwards, and counts every step forwards, whatever the clock is set to', () => {
    const steps = fc.array(fc.integer({ min: -10_000_000, max: 10_000_000 }))
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2e12 }), steps, (start, moves) => {
        let clock = start
        let forwards = 0
        const time = steadyTime(() => clock)
        for (const move of moves) {
          clock += move
          forwards += Math.max(0, move)
          assert.equal(time(), forwards)
        }
      }),
    )
  })

  it('C5 what is due in two minutes comes two minutes later, though the clock was set back by a day', () => {
    let clock = Date.parse('2026-11-02T09:00:00.000Z')
    const time = steadyTime(() => clock)
    const due = time() + 120_000
    clock -= 86_400_000
    assert.ok(time() < due)
    clock += 119_999
    assert.ok(time() < due)
    clock += 1
    assert.ok(time() >= due)
  })
})
