import assert from 'node:assert/strict'
import fc from 'fast-check'
import { nextWrite, type PastWrite, visibleWithin } from '../../../src/core/rmas/write-check.ts'

const sentAt = '2026-11-12T00:00:00.000Z'
const at = (milliseconds: number) => new Date(Date.parse(sentAt) + milliseconds).toISOString()
const fresh = at(visibleWithin - 1)
const old = at(visibleWithin)

function aWrite(state: PastWrite['state'], special: Partial<PastWrite> = {}): PastWrite {
  return { generation: 0, state, digest: 'same', sentAt: state === 'planned' ? null : sentAt, ...special }
}
const write = (generation: number, supersede: number[] = [], reuse = false) => ({
  kind: 'write',
  generation,
  reuse,
  supersede,
})
const wait = { kind: 'wait' }

describe('whether to send a write that a fresh read says is needed (masonhub.md §3.3, C9)', () => {
  it('the first time: yes', () => {
    assert.deepEqual(nextWrite([], 'same', fresh), write(0))
  })

  it('planned and never sent: as that one, unless it says something else now', () => {
    assert.deepEqual(nextWrite([aWrite('planned')], 'same', fresh), write(0, [], true))
    assert.deepEqual(nextWrite([aWrite('planned')], 'other', fresh), write(1, [0]))
  })

  for (const state of ['sent', 'in_doubt', 'accepted'] as const) {
    it(`${state}: not while the same may yet become visible, afterwards again (RMA-006)`, () => {
      assert.equal(visibleWithin, 120_000)
      assert.deepEqual(nextWrite([aWrite(state)], 'same', fresh), wait)
      assert.deepEqual(nextWrite([aWrite(state)], 'same', old), write(1, [0]))
      assert.deepEqual(nextWrite([aWrite(state)], 'other', fresh), write(1, [0]))
      assert.deepEqual(nextWrite([aWrite(state, { sentAt: null })], 'same', fresh), write(1, [0]))
    })
  }

  it('confirmed: not while a read may still be stale, afterwards again, and nothing is undone', () => {
    assert.deepEqual(nextWrite([aWrite('confirmed')], 'same', fresh), wait)
    assert.deepEqual(nextWrite([aWrite('confirmed')], 'same', old), write(1))
    assert.deepEqual(nextWrite([aWrite('confirmed')], 'other', fresh), write(1))
  })

  for (const state of ['refused', 'abandoned'] as const) {
    it(`${state}: again, at once`, () => {
      assert.deepEqual(nextWrite([aWrite(state)], 'same', fresh), write(1))
    })
  }

  it('parked: a person first', () => {
    assert.deepEqual(nextWrite([aWrite('parked')], 'other', old), { kind: 'parked' })
  })

  it('goes by the latest generation, in whatever order they come', () => {
    const past = [
      aWrite('refused', { generation: 1, digest: 'other' }),
      aWrite('accepted', { generation: 2 }),
      aWrite('parked'),
    ]
    assert.deepEqual(nextWrite(past, 'same', old), write(3, [2]))
    assert.deepEqual(nextWrite(past, 'same', fresh), wait)
  })

  it('an opposite write since then makes an earlier success no reason to wait (RMA-013)', () => {
    assert.deepEqual(nextWrite([aWrite('accepted')], 'same', fresh, at(1)), write(1, [0]))
    assert.deepEqual(nextWrite([aWrite('confirmed')], 'same', fresh, sentAt), write(1))
    assert.deepEqual(nextWrite([aWrite('confirmed')], 'same', fresh, at(-1)), wait)
    assert.deepEqual(nextWrite([aWrite('confirmed', { sentAt: null })], 'same', fresh, at(1)), write(1))
  })

  it('never uses a generation twice, but for one that was only planned', () => {
    const past = fc.uniqueArray(
      fc.record({
        generation: fc.nat({ max: 9 }),
        state: fc.constantFrom<PastWrite['state']>(
          'planned',
          'sent',
          'accepted',
          'confirmed',
          'refused',
          'in_doubt',
          'parked',
          'abandoned',
        ),
        digest: fc.constantFrom('same', 'other'),
        sentAt: fc.constantFrom(null, sentAt),
      }),
      { selector: ({ generation }) => generation, maxLength: 5 },
    )
    fc.assert(
      fc.property(past, fc.constantFrom(fresh, old), (writes, now) => {
        const next = nextWrite(writes, 'same', now)
        if (next.kind !== 'write') return
        const there = writes.find(({ generation }) => generation === next.generation)
        assert.equal(next.reuse, there !== undefined)
        if (there) assert.deepEqual([there.state, there.digest], ['planned', 'same'])
      }),
    )
  })
})
