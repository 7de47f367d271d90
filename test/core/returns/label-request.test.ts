import assert from 'node:assert/strict'
import fc from 'fast-check'
import { labelRefusal, labelSettlement, type PastRequest } from '../../../src/core/returns/label-request.ts'
import type { LoopReturn, ReturnState } from '../../../src/core/returns/return.ts'
import { aLabel, aReturn, aUnit } from '../build.ts'

const now = '2026-11-30T12:00:00.000Z'
const ago = (minutes: number) => new Date(Date.parse(now) - minutes * 60_000).toISOString()
const waiting = (special: Partial<LoopReturn> = {}) =>
  aReturn({ trackingNumbers: [], createdAt: ago(3 * 24 * 60), ...special })
const refused = (loopReturn: LoopReturn | null, past: readonly PastRequest[] = []) =>
  labelRefusal(loopReturn, past, now)?.code ?? null

describe('whether Loop is asked for a label', () => {
  it('only for an open return without a tracking number', () => {
    assert.equal(refused(waiting()), null)
    assert.equal(refused(null), 'RETURN_UNKNOWN')
    assert.equal(refused(aReturn()), 'LABEL_EXISTS')
    for (const state of ['review', 'closed', 'cancelled', 'expired', 'unknown'] satisfies ReturnState[])
      assert.equal(refused(waiting({ state })), 'NO_LABEL_WANTED', state)
  })

  it('not for what is handed in without a box, or is kept', () => {
    for (const provider of ['happyreturns', 'happy_returns', 'Happy Returns']) {
      const { method } = waiting()
      assert.equal(refused(waiting({ method: { ...method, provider } })), 'NO_LABEL_WANTED')
    }
    assert.equal(refused(waiting({ units: [aUnit({ outcome: 'keep' })] })), 'NO_LABEL_WANTED')
    assert.equal(refused(waiting({ units: [] })), 'NO_LABEL_WANTED')
    assert.equal(refused(waiting({ units: [aUnit({ outcome: 'keep' }), aUnit({ lineItemId: '2', sku: null })] })), null)
  })

  it('not while Loop may still be making the one of a new return, or of a pending label', () => {
    const pending = (minutes: number) => [aLabel({ trackingNumber: null, status: 'pending', updatedAt: ago(minutes) })]
    assert.equal(refused(waiting({ createdAt: ago(9) })), 'LABEL_REQUESTED')
    assert.equal(refused(waiting({ createdAt: ago(10) })), null)
    assert.equal(refused(waiting({ labels: pending(9) })), 'LABEL_REQUESTED')
    assert.equal(refused(waiting({ labels: pending(10) })), null)
    assert.equal(refused(waiting({ createdAt: null })), null)
  })

  it('not within an hour of a request that may bring one; a refused or unsent one brings none (H39)', () => {
    const past = (state: PastRequest['state'], minutes: number) => refused(waiting(), [{ state, sentAt: ago(minutes) }])
    for (const state of ['sent', 'accepted', 'confirmed', 'in_doubt', 'parked'] as const) {
      assert.equal(past(state, 59), 'LABEL_REQUESTED', state)
      assert.equal(past(state, 60), null, state)
      // A clock that was set back since (C5).
      assert.equal(past(state, -5), 'LABEL_REQUESTED', state)
    }
    for (const state of ['planned', 'refused', 'abandoned'] as const) assert.equal(past(state, 1), null, state)
    assert.equal(refused(waiting(), [{ state: 'planned', sentAt: null }]), null)
  })

  it('says since when, and when to ask again', () => {
    const { message } = labelRefusal(waiting(), [{ state: 'accepted', sentAt: ago(20) }], now) ?? { message: '' }
    assert.equal(
      message,
      'Loop was asked for its label at 11:40 UTC, and Loop may still be making it: ask an hour after that.',
    )
  })
})

describe('what a reading proves about a request for a label', () => {
  const settled = (
    state: 'sent' | 'accepted' | 'in_doubt' | 'parked',
    minutes: number,
    loopReturn: LoopReturn | null,
  ) => labelSettlement({ state, sentAt: ago(minutes) }, loopReturn, now).to

  it('a tracking number confirms it, however late', () => {
    for (const state of ['sent', 'accepted', 'in_doubt', 'parked'] as const)
      for (const minutes of [0, 61, 9999]) assert.equal(settled(state, minutes, aReturn()), 'confirmed')
  })

  it('without one, it is left to a person after an hour, and ends with the return', () => {
    for (const state of ['sent', 'accepted', 'in_doubt'] as const) {
      assert.equal(settled(state, 59, waiting()), 'wait')
      assert.equal(settled(state, 60, waiting()), 'parked')
    }
    assert.equal(settled('parked', 9999, waiting()), 'wait')
    for (const over of [null, ...(['closed', 'cancelled', 'expired'] as const).map((state) => waiting({ state }))]) {
      assert.equal(settled('accepted', 59, over), 'wait')
      assert.equal(settled('parked', 60, over), 'refused')
    }
  })

  it('a reading from before it was sent proves nothing but a number', () => {
    assert.equal(settled('accepted', -120, waiting()), 'wait')
    assert.equal(settled('accepted', -120, aReturn()), 'confirmed')
  })

  it('never is that it may be sent again by itself', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('sent' as const, 'accepted' as const, 'in_doubt' as const, 'parked' as const),
        fc.integer({ min: -10_000, max: 10_000 }),
        fc.constantFrom<ReturnState>('open', 'review', 'closed', 'cancelled', 'expired', 'unknown'),
        fc.boolean(),
        (state, minutes, loopState, labelled) => {
          const loopReturn = labelled ? aReturn({ state: loopState }) : waiting({ state: loopState })
          assert.ok(['wait', 'confirmed', 'refused', 'parked'].includes(settled(state, minutes, loopReturn)))
        },
      ),
    )
  })
})
