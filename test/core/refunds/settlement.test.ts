import assert from 'node:assert/strict'
import fc from 'fast-check'
import { type Sent, settlement, settlementLimit } from '../../../src/core/refunds/settlement.ts'
import type { LoopReturn, ReturnState } from '../../../src/core/returns/return.ts'
import { aReturn } from '../build.ts'

const sentAt = '2026-11-12T00:00:00.000Z'
const soon = new Date(Date.parse(sentAt) + settlementLimit).toISOString()
const late = new Date(Date.parse(sentAt) + settlementLimit + 1).toISOString()

function settle(kind: Sent['kind'], state: Sent['state'], loopReturn: LoopReturn | null, now = soon) {
  return settlement({ kind, state, sentAt }, loopReturn, now)
}
const inState = (state: ReturnState, money: Partial<LoopReturn['money']> = {}) =>
  aReturn({ state, money: { ...aReturn().money, ...money } })
const sendStates = ['sent', 'accepted', 'in_doubt'] as const

describe('a refund that was sent is settled by reading alone (F1, F7)', () => {
  it('right after sending, `open` proves nothing (loop.md §5.1)', () => {
    for (const state of sendStates) {
      assert.deepEqual(settle('process', state, inState('open')), { to: 'wait' })
      assert.deepEqual(settle('process', state, inState('unknown')), { to: 'wait' })
      assert.deepEqual(settle('process', state, inState('open', { wasProcessed: true })), { to: 'wait' })
    }
  })

  it('after a quarter of an hour it is a question for a person (F2)', () => {
    assert.equal(settlementLimit, 15 * 60_000)
    for (const state of sendStates) {
      assert.deepEqual(settle('process', state, inState('open'), late), {
        to: 'parked',
        evidence: 'Loop still shows it open long after the refund was sent.',
      })
    }
  })

  it('closed with a trace of money, or after Loop accepted it: confirmed', () => {
    const processed = { to: 'confirmed', evidence: 'Loop shows it closed and processed.' }
    for (const state of sendStates) {
      assert.deepEqual(settle('process', state, inState('closed', { wasProcessed: true })), processed)
      assert.deepEqual(settle('process', state, inState('closed', { refunds: 1 })), processed)
    }
    for (const silent of [inState('closed', { wasProcessed: null }), { ...inState('closed'), outcome: 'exchange' }]) {
      assert.deepEqual(settle('process', 'accepted', silent), {
        to: 'confirmed',
        evidence: 'Loop accepted it and shows it closed.',
      })
    }
  })

  it('accepted and closed, while Loop says that no money has moved: read again, and then a question (F4, F6)', () => {
    assert.deepEqual(settle('process', 'accepted', inState('closed')), { to: 'wait' })
    assert.equal(settle('process', 'accepted', inState('closed'), late).to, 'parked')
    assert.equal(settle('process', 'parked', inState('closed', { refunds: 1 }), late).to, 'confirmed')
  })

  it('closed without a trace of money, when it is unknown whether Loop got it: parked (F4)', () => {
    for (const state of ['sent', 'in_doubt'] as const) {
      assert.equal(settle('process', state, inState('closed', { wasProcessed: null })).to, 'parked')
    }
  })

  for (const state of ['review', 'cancelled', 'expired'] as const) {
    it(`${state} after it was sent: parked, never again (F6)`, () => {
      for (const sent of sendStates) assert.equal(settle('process', sent, inState(state)).to, 'parked')
    })
  }

  it('a parked one comes with the evidence, harmless to print (F55)', () => {
    assert.deepEqual(settle('process', 'sent', inState('closed')), {
      to: 'parked',
      evidence: 'Loop shows it closed, but not that it was processed: someone may have closed it manually.',
    })
    assert.deepEqual(settle('process', 'accepted', inState('review')), {
      to: 'parked',
      evidence:
        'The return went to review after the refund was sent: Loop could not complete it, or completed only a part.',
    })
    assert.deepEqual(settle('process', 'sent', inState('expired')), {
      to: 'parked',
      evidence: 'The return is expired after the refund was sent.',
    })
    const odd = aReturn({ state: 'unknown', rawState: `\u001b${'z'.repeat(100)}` })
    assert.deepEqual(settle('process', 'sent', odd, late), {
      to: 'parked',
      evidence: `Loop still shows it ${'z'.repeat(39)}… long after the refund was sent.`,
    })
  })

  it('a return that Loop no longer shows: wait, then a person', () => {
    assert.deepEqual(settle('process', 'sent', null), { to: 'wait' })
    assert.deepEqual(settle('process', 'sent', null, late), {
      to: 'parked',
      evidence: 'Loop no longer shows this return.',
    })
  })

  it('a parked one is confirmed once Loop shows it closed and processed, and is moved by nothing else', () => {
    assert.equal(settle('process', 'parked', inState('closed', { wasProcessed: true }), late).to, 'confirmed')
    assert.equal(settle('flag', 'parked', inState('review'), late).to, 'confirmed')
    for (const kind of ['process', 'flag'] as const) {
      for (const state of ['open', 'closed', 'cancelled', 'expired', 'unknown'] as const)
        assert.deepEqual(settle(kind, 'parked', inState(state), late), { to: 'wait' })
      assert.deepEqual(settle(kind, 'parked', null, late), { to: 'wait' })
    }
    assert.deepEqual(settle('process', 'parked', inState('review'), late), { to: 'wait' })
  })

  it('is never called refused, whatever is read: it must never be sent again (design.md, rules of money 1)', () => {
    const state = fc.constantFrom(
      'open',
      'review',
      'closed',
      'cancelled',
      'expired',
      'unknown',
    ) as fc.Arbitrary<ReturnState>
    fc.assert(
      fc.property(
        state,
        fc.constantFrom(...sendStates),
        fc.constantFrom(true, false, null),
        fc.nat({ max: 1 }),
        fc.boolean(),
        (loop, sent, wasProcessed, refunds, isLate) => {
          const { to } = settle('process', sent, inState(loop, { wasProcessed, refunds }), isLate ? late : soon)
          assert.notEqual(to, 'refused')
          if (to === 'confirmed') assert.equal(loop, 'closed')
        },
      ),
    )
  })
})

describe('a refund of what arrived (remove)', () => {
  it('is settled as any other refund: that units are gone from the return proves nothing (G17, loop.md §5.5)', () => {
    const states = ['open', 'review', 'closed', 'cancelled', 'expired', 'unknown'] as const
    fc.assert(
      fc.property(
        fc.option(fc.constantFrom<ReturnState>(...states), { nil: null }),
        fc.constantFrom(...sendStates, 'parked' as const),
        fc.constantFrom(true, false, null),
        fc.nat({ max: 1 }),
        fc.boolean(),
        fc.boolean(),
        (loop, state, wasProcessed, refunds, unitsGone, isLate) => {
          const seen = loop === null ? null : inState(loop, { wasProcessed, refunds })
          const removed = seen === null ? null : { ...seen, units: unitsGone ? seen.units.slice(1) : seen.units }
          const now = isLate ? late : soon
          assert.deepEqual(settle('remove', state, removed, now), settle('process', state, seen, now))
        },
      ),
    )
  })
})

describe('a refund whose run was killed before its claim was seen (G1)', () => {
  const unseen = (loopReturn: LoopReturn | null, now = late) =>
    settlement({ kind: 'process', state: 'sent', sentAt, unseen: true }, loopReturn, now)
  const because = 'CLAIM_UNSEEN'

  it('is left alone while that run may still read for its claim', () => {
    for (const state of ['open', 'review', 'closed', 'cancelled'] as const)
      assert.deepEqual(unseen(inState(state, { refunds: 1 }), soon), { to: 'wait' })
  })

  it('is a question for a person while the return is open, and says that nothing was sent', () => {
    const evidence =
      "Nothing was sent: a run of this installation stopped before its claim appeared on Loop's timeline."
    for (const seen of [inState('open'), inState('review'), inState('unknown'), null])
      assert.deepEqual(unseen(seen), { to: 'parked', evidence, because })
  })

  it('ends by what others did, and never as ours', () => {
    assert.deepEqual(unseen(inState('closed', { wasProcessed: true })), {
      to: 'refused',
      evidence: 'Paid, but by no request that this journal knows of.',
      because,
    })
    assert.deepEqual(unseen(inState('expired')), {
      to: 'refused',
      evidence: 'The return is expired; nothing was sent.',
      because,
    })
  })

  it('whatever is read: never confirmed, and called not sent only while its state is sent', () => {
    const states = ['open', 'review', 'closed', 'cancelled', 'expired', 'unknown'] as const
    fc.assert(
      fc.property(
        fc.option(fc.constantFrom<ReturnState>(...states), { nil: null }),
        fc.constantFrom(...sendStates, 'parked' as const),
        fc.constantFrom(true, false, null),
        fc.boolean(),
        fc.nat({ max: 2 * settlementLimit }),
        (loop, state, wasProcessed, isUnseen, age) => {
          const now = new Date(Date.parse(sentAt) + age).toISOString()
          const seen = loop === null ? null : inState(loop, { wasProcessed })
          const found = settlement({ kind: 'process', state, sentAt, unseen: isUnseen }, seen, now)
          const isSurelyUnsent = isUnseen && state === 'sent'
          assert.equal('because' in found, isSurelyUnsent && age > settlementLimit)
          if (isSurelyUnsent) assert.notEqual(found.to, 'confirmed')
          else assert.deepEqual(found, settlement({ kind: 'process', state, sentAt }, seen, now))
        },
      ),
    )
  })
})

describe('a flag that was sent is settled by reading alone (F20, F21)', () => {
  it('in review: confirmed', () => {
    for (const state of sendStates)
      assert.deepEqual(settle('flag', state, inState('review')), {
        to: 'confirmed',
        evidence: 'Loop shows it in review.',
      })
  })

  for (const state of ['closed', 'cancelled', 'expired'] as const) {
    it(`${state}: done if Loop had accepted it, else it came too late`, () => {
      assert.deepEqual(settle('flag', 'accepted', inState(state)), {
        to: 'confirmed',
        evidence: `Loop accepted the flag; the return has been ${state} since.`,
      })
      for (const sent of ['sent', 'in_doubt'] as const) {
        assert.deepEqual(settle('flag', sent, inState(state)), {
          to: 'refused',
          evidence: `The flag came too late: the return is ${state}.`,
        })
      }
    })
  }

  for (const state of ['open', 'unknown'] as const) {
    it(`${state}: wait at first; later a lost one may be sent again, an accepted one is for a person`, () => {
      for (const sent of sendStates) assert.deepEqual(settle('flag', sent, inState(state)), { to: 'wait' })
      assert.deepEqual(settle('flag', 'accepted', inState(state), late), {
        to: 'parked',
        evidence: 'Loop accepted the flag but never showed the return in review.',
      })
      for (const sent of ['sent', 'in_doubt'] as const) {
        assert.deepEqual(settle('flag', sent, inState(state), late), {
          to: 'refused',
          evidence: 'Loop never showed the return in review.',
        })
      }
    })
  }
})
