import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { ReasonRule } from '../../../src/core/merchants/policy.ts'
import { mapReason, reasonText } from '../../../src/core/reasons/reason-mapping.ts'
import { reasonCodes } from '../../../src/core/rmas/rma.ts'

const rules: ReasonRule[] = [
  { parentReason: null, reason: 'Too small', code: 'tooSmall' },
  { parentReason: null, reason: 'Too big', code: 'tooBig' },
  { parentReason: 'Quality', reason: 'Other', code: 'damaged' },
  { parentReason: 'Fit', reason: 'Arms', code: 'tooSmall' },
  { parentReason: null, reason: 'Arms', code: 'tooBig' },
]

describe("a merchant's reason mapping (RMA-009, masonhub.md §12.5)", () => {
  it("turns Loop's reason into MasonHub's code", () => {
    assert.deepEqual(mapReason(rules, null, 'Too small'), { code: 'tooSmall', mapped: true })
    assert.deepEqual(mapReason(rules, 'Sizing', 'Too big'), { code: 'tooBig', mapped: true })
  })

  it('does not mind case, width and spacing', () => {
    assert.equal(mapReason(rules, null, 'Toosmall').mapped, false)
    for (const spelled of ['too small', ' TOO  SMALL ', 'Too\u00a0small', 'Too\n small', 'Ｔｏｏ small']) {
      assert.equal(mapReason(rules, null, spelled).code, 'tooSmall', JSON.stringify(spelled))
    }
    assert.equal(
      mapReason([{ parentReason: ' quality ', reason: 'OTHER', code: 'wrongItem' }], 'Quality', 'other').code,
      'wrongItem',
    )
  })

  it('prefers a rule with the parent, wherever it is in the list', () => {
    assert.equal(mapReason(rules, 'Fit', 'Arms').code, 'tooSmall')
    assert.equal(mapReason([...rules].reverse(), 'fit', 'arms').code, 'tooSmall')
    assert.equal(mapReason(rules, 'Sizing', 'Arms').code, 'tooBig')
    assert.equal(mapReason(rules, null, 'Arms').code, 'tooBig')
  })

  it('does not use a rule under one parent for a reason under another, or under none', () => {
    assert.deepEqual(mapReason(rules, 'Changed my mind', 'Other'), { code: 'other', mapped: false })
    assert.deepEqual(mapReason(rules, null, 'Other'), { code: 'other', mapped: false })
  })

  it('lets the first of two equal rules win', () => {
    const twice: ReasonRule[] = [
      { parentReason: null, reason: 'x', code: 'tooBig' },
      { parentReason: null, reason: 'X', code: 'tooSmall' },
    ]
    assert.equal(mapReason(twice, null, 'x').code, 'tooBig')
  })

  it('sends “other” for what no rule covers and marks it; no reason at all is nothing to map', () => {
    assert.deepEqual(mapReason(rules, null, 'Moths'), { code: 'other', mapped: false })
    assert.deepEqual(mapReason(rules, 'Quality', null), { code: 'other', mapped: true })
  })

  it('only ever gives one of the five codes that MasonHub takes, for all text', () => {
    const text = fc.option(fc.string({ unit: 'binary' }))
    fc.assert(
      fc.property(text, text, (parent, reason) => {
        assert.ok(reasonCodes.includes(mapReason(rules, parent, reason).code))
      }),
    )
    assert.deepEqual(reasonCodes, ['tooBig', 'tooSmall', 'damaged', 'wrongItem', 'other'])
  })
})

describe('a reason in words', () => {
  it('names the parent first when there is one', () => {
    assert.equal(reasonText('Too small', 'Arms'), 'Too small › Arms')
    assert.equal(reasonText(null, 'Arms'), 'Arms')
    assert.equal(reasonText('Too small', null), 'Too small')
    assert.equal(reasonText(null, null), null)
  })
})
