import assert from 'node:assert/strict'
import fc from 'fast-check'
import { isRefundKind, refundKinds } from '../../../src/core/refunds/refund-kinds.ts'
import { isLegal, isRenewable, refusal } from '../../../src/journal/effects/transitions.ts'
import { type EffectState, effectKinds, effectStates } from '../../../src/journal/journal.ts'

const otherKinds = effectKinds.filter((kind) => !isRefundKind(kind))
/** A label is bought only because a person asks for it. */
const singleRequests = ['label'] as const
const repeatable = otherKinds.filter((kind) => !singleRequests.some((one) => one === kind))
const targets = (kind: (typeof effectKinds)[number], from: EffectState) =>
  effectStates.filter((to) => isLegal(kind, from, to))

describe('the legal steps of an effect', () => {
  it('never leave confirmed, refused or abandoned', () => {
    for (const kind of effectKinds) {
      for (const from of ['confirmed', 'refused', 'abandoned'] as const) assert.deepEqual(targets(kind, from), [])
    }
  })

  it('leave parked only for what a later observation proves', () => {
    for (const kind of effectKinds) assert.deepEqual(targets(kind, 'parked'), ['confirmed', 'refused'])
  })

  it('reach abandoned only from planned', () => {
    for (const kind of effectKinds) {
      assert.deepEqual(
        effectStates.filter((from) => isLegal(kind, from, 'abandoned')),
        ['planned'],
      )
    }
  })

  it('take a refund from planned to nothing but sent, abandoned and parked (F4: nothing unsent is called paid)', () => {
    for (const kind of refundKinds) assert.deepEqual(targets(kind, 'planned'), ['sent', 'parked', 'abandoned'])
  })

  it('take a refund in doubt, accepted or parked never back to planned (F1)', () => {
    for (const kind of refundKinds) {
      assert.deepEqual(
        effectStates.filter((from) => isLegal(kind, from, 'planned')),
        ['sent'],
      )
    }
  })

  it('let every other kind be repeated while nothing final is known (design.md, rules of money 2)', () => {
    for (const kind of repeatable) {
      assert.deepEqual(
        effectStates.filter((from) => isLegal(kind, from, 'planned')),
        ['sent', 'in_doubt'],
      )
    }
  })

  it('repeat no label because its outcome is unknown (loop.md §5.7)', () => {
    for (const kind of singleRequests) {
      assert.deepEqual(
        effectStates.filter((from) => isLegal(kind, from, 'planned')),
        ['sent'],
      )
    }
  })

  it('reach sent from planned only', () => {
    for (const kind of effectKinds) {
      assert.deepEqual(
        effectStates.filter((from) => isLegal(kind, from, 'sent')),
        ['planned'],
      )
    }
  })

  it('never stay where they are', () => {
    for (const kind of effectKinds) for (const state of effectStates) assert.equal(isLegal(kind, state, state), false)
  })
})

describe('what settling refuses', () => {
  it('a refund going back to planned, unless its owner says from sent that nothing was sent', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.constant('sent' as const), fc.constantFrom(...effectStates)),
        fc.oneof(fc.constant(['sent' as const]), fc.subarray([...effectStates], { minLength: 1 })),
        fc.constantFrom('ann', 'bob'),
        fc.constantFrom('ann', 'bob'),
        fc.option(fc.constant(true as const), { nil: undefined }),
        fc.constantFrom(...refundKinds),
        (state, from, owner, actor, notSent, kind) => {
          const allowed = refusal({ kind, state, owner }, { from, to: 'planned', actor, notSent }) === null
          const surelyNotSent = notSent === true && from.every((one) => one === 'sent')
          assert.equal(allowed, surelyNotSent && (state !== 'sent' || owner === actor))
        },
      ),
    )
  })

  it('settling anything to sent', () => {
    for (const kind of effectKinds) {
      assert.match(
        refusal({ kind, state: 'planned', owner: null }, { from: ['planned'], to: 'sent', actor: 'ann' }) ?? '',
        /claimed/,
      )
    }
  })
})

describe('planning a refund again', () => {
  it('renews only what was never sent', () => {
    const sentAt = '2026-03-01T12:00:00.000Z'
    for (const kind of refundKinds) {
      assert.deepEqual(
        effectStates.filter((state) => isRenewable({ kind, state, sentAt: null })),
        ['planned', 'abandoned'],
      )
      assert.ok(effectStates.every((state) => !isRenewable({ kind, state, sentAt })))
    }
    assert.ok(otherKinds.every((kind) => !isRenewable({ kind, state: 'abandoned', sentAt: null })))
  })
})
