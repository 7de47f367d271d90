import assert from 'node:assert/strict'
import fc from 'fast-check'
import { leastMessages, silenceOf } from '../../../src/core/doctor/silence.ts'

const hour = 3_600_000
/** Times of enough messages, oldest first, as gaps between them. */
const gaps = fc.array(fc.integer({ min: 1, max: 72 * hour }), { minLength: leastMessages, maxLength: 60 })
const timestampsOf = (between: readonly number[]) => {
  let timestamp = 1_700_000_000_000
  return [timestamp, ...between.map((gap) => (timestamp += gap))]
}

describe('silence', () => {
  it('is not reported for few messages', () => {
    assert.deepEqual(silenceOf([1, 2, 3], 10 * hour), { kind: 'unknown' })
    assert.deepEqual(silenceOf([], 10 * hour), { kind: 'unknown' })
  })

  it('is longer than twice the longest pause, and than an hour', () => {
    const every = (step: number) => Array.from({ length: 30 }, (_, index) => index * step)
    const last = (step: number) => 29 * step
    assert.equal(silenceOf(every(60_000), last(60_000) + hour).kind, 'usual')
    assert.equal(silenceOf(every(60_000), last(60_000) + hour + 1).kind, 'silent')
    assert.equal(silenceOf(every(10 * hour), last(10 * hour) + 20 * hour).kind, 'usual')
    assert.equal(silenceOf(every(10 * hour), last(10 * hour) + 20 * hour + 1).kind, 'silent')
  })

  it('never ends by waiting longer', () => {
    fc.assert(
      fc.property(gaps, fc.nat(200 * hour), fc.nat(200 * hour), (between, one, more) => {
        const timestamps = timestampsOf(between)
        const last = timestamps.at(-1) ?? 0
        if (silenceOf(timestamps, last + one).kind === 'silent')
          assert.equal(silenceOf(timestamps, last + one + more).kind, 'silent')
      }),
    )
  })

  it('is never reported while the pause is no longer than an earlier one', () => {
    fc.assert(
      fc.property(gaps, fc.nat(), (between, part) => {
        const timestamps = timestampsOf(between)
        const pause = part % (Math.max(...between) + 1)
        assert.equal(silenceOf(timestamps, (timestamps.at(-1) ?? 0) + pause).kind, 'usual')
      }),
    )
  })

  it('is always reported in the end', () => {
    fc.assert(
      fc.property(gaps, (between) => {
        const timestamps = timestampsOf(between)
        const end = (timestamps.at(-1) ?? 0) + 2 * Math.max(...between) + hour + 1
        assert.equal(silenceOf(timestamps, end).kind, 'silent')
      }),
    )
  })

  it('does not depend on the order of the messages, nor on when it all was', () => {
    fc.assert(
      fc.property(gaps, fc.nat(300 * hour), fc.integer({ min: -1e12, max: 1e12 }), (between, later, shift) => {
        const timestamps = timestampsOf(between)
        const now = (timestamps.at(-1) ?? 0) + later
        const silence = silenceOf(timestamps, now)
        assert.deepEqual(silenceOf(timestamps.toReversed(), now), silence)
        assert.deepEqual(
          silenceOf(
            timestamps.map((timestamp) => timestamp + shift),
            now + shift,
          ),
          silence,
        )
      }),
    )
  })
})
