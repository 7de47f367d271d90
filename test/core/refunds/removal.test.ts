import assert from 'node:assert/strict'
import { receiptDigest } from '../../../src/core/refunds/decide.ts'
import { isPaidByRemoval, isShortByRemoval, removalIn } from '../../../src/core/refunds/removal.ts'
import { aLine, anRma, aReturn, aUnit, received } from '../build.ts'

const rma = anRma({ lines: [aLine({ quantity: 2 }, received('available', 1))] })
const removal = { removed: ['2'], paid: ['1', '3'], receipt: receiptDigest(rma) }
const returned = (...ids: string[]) => aReturn({ units: ids.map((lineItemId) => aUnit({ lineItemId })) })

describe('what a removal explains (A-65)', () => {
  it('is that exactly the removed units are gone', () => {
    assert.equal(isShortByRemoval(removal, returned('3', '1')), true)
    for (const ids of [['1', '2', '3'], ['1'], ['1', '2'], ['1', '3', '4'], []])
      assert.equal(isShortByRemoval(removal, returned(...ids)), false, ids.join())
  })

  it('is a refund in spite of missing units, by the same receipt and of the same units', () => {
    for (const ids of [
      ['1', '3'],
      ['1', '2', '3'],
    ])
      assert.equal(isPaidByRemoval(removal, returned(...ids), rma), true)
    for (const ids of [['1'], ['1', '2', '3', '4']])
      assert.equal(isPaidByRemoval(removal, returned(...ids), rma), false, ids.join())
    const corrected = anRma({ lines: [aLine({ quantity: 2 }, received('damaged', 1))] })
    assert.equal(isPaidByRemoval(removal, returned('1', '3'), corrected), false)
  })

  it('is nothing when the row of the journal says anything else', () => {
    assert.deepEqual(removalIn({ ...removal, rmaId: 'r', version: 2 }), removal)
    for (const payload of [null, 'x', {}, { ...removal, paid: '1' }, { ...removal, removed: [2] }, { removed: ['2'] }])
      assert.equal(removalIn(payload), null, JSON.stringify(payload))
  })
})
