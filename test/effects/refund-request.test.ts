import assert from 'node:assert/strict'
import fc from 'fast-check'
import { removedBy, requestOf } from '../../src/effects/refund-request.ts'
import { anRma, aReturn, aUnit } from '../core/build.ts'

const ids = fc.uniqueArray(fc.integer({ min: 1, max: 99 }).map(String), { minLength: 2, maxLength: 6 })
const loopReturnOf = (units: readonly string[]) => aReturn({ units: units.map((lineItemId) => aUnit({ lineItemId })) })

describe('what is asked of Loop for a refund', () => {
  it('is the whole return, or the units that were displayed, by the receipt that was read', () => {
    const rma = anRma()
    const whole = requestOf({ rma, partial: null })
    assert.equal(whole.kind, 'process')
    const partial = { removed: ['2'], paid: ['1'] }
    const { kind, payload, digest } = requestOf({ rma, partial })
    assert.equal(kind, 'remove')
    assert.deepEqual(payload, { ...(whole.payload as object), ...partial })
    assert.notEqual(digest, requestOf({ rma, partial: { removed: ['1'], paid: ['2'] } }).digest)
    assert.notEqual(digest, requestOf({ rma: anRma({ lines: [] }), partial }).digest)
  })

  it('G20 G21 removes what the claimed row names, and only if the row divides exactly the units that were shown', () => {
    fc.assert(
      fc.property(ids, fc.nat(), (units, number) => {
        const cut = 1 + (number % (units.length - 1))
        const [removed, paid] = [units.slice(0, cut), units.slice(cut)]
        const payload = { removed, paid, receipt: 'r' }
        assert.deepEqual(removedBy({ payload }, loopReturnOf(units.toReversed())), removed)
        for (const others of [units.slice(1), [...units, '100'], ['100', ...units.slice(1)], [...units, '1']])
          assert.equal(removedBy({ payload }, loopReturnOf(others)), null, JSON.stringify(others))
        assert.equal(removedBy({ payload: { ...payload, removed: units, paid: [] } }, loopReturnOf(units)), null, 'all')
        assert.equal(
          removedBy({ payload: { ...payload, removed: [], paid: units } }, loopReturnOf(units)),
          null,
          'none',
        )
      }),
    )
  })

  it('G21 removes nothing when the row says anything else', () => {
    const units = loopReturnOf(['1', '2'])
    const wrong = [null, undefined, 7, 'x', [], {}, { removed: ['1'] }, { removed: '1', paid: ['2'], receipt: 'r' }]
    for (const payload of [...wrong, { removed: [1], paid: [2], receipt: 'r' }, { removed: ['1'], paid: ['2'] }])
      assert.equal(removedBy({ payload }, units), null, JSON.stringify(payload))
  })
})
