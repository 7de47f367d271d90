import assert from 'node:assert/strict'
import { announcedLineItems, countBySku, splitUnits } from '../../../src/core/returns/units.ts'
import { aReturn, aUnit, unitsOf } from '../build.ts'

const ids = (units: { lineItemId: string }[]) => units.map(({ lineItemId }) => lineItemId)

describe('units of a return (RMA-014)', () => {
  it('are announced when they have a SKU, without the spaces around it', () => {
    const split = splitUnits(aReturn({ units: unitsOf(' A ', 'B') }))
    assert.deepEqual(
      split.announced.map(({ sku }) => sku),
      ['A', 'B'],
    )
    assert.deepEqual([split.withoutSku, split.kept], [[], []])
  })

  it('cannot be announced without a SKU, or with an empty one', () => {
    const split = splitUnits(aReturn({ units: unitsOf('A', null, '', '  ') }))
    assert.deepEqual(ids(split.announced), ['501'])
    assert.deepEqual(ids(split.withoutSku), ['502', '503', '504'])
  })

  for (const word of [
    'keep',
    'keep_item',
    'keep-item',
    'donate',
    'donation',
    'green',
    'discard',
    'recycle',
    ' Keep_Item ',
    'DONATE',
  ]) {
    it(`stay with the shopper when their outcome is “${word}”`, () => {
      const units = [aUnit({ outcome: word }), aUnit({ lineItemId: '502', outcome: 'default' })]
      const split = splitUnits(aReturn({ units }))
      assert.deepEqual(ids(split.kept), ['501'])
      assert.deepEqual(ids(split.announced), ['502'])
    })

    it(`all stay with the shopper when the return method is “${word}”`, () => {
      assert.equal(splitUnits(aReturn({ returnMethod: word, units: unitsOf('A', 'B') })).kept.length, 2)
    })
  }

  for (const word of ['default', 'keeper', 'refund', '', 'happy_returns', 'not keep']) {
    it(`travel when outcome and method are “${word}”`, () => {
      const split = splitUnits(aReturn({ returnMethod: word, units: [aUnit({ outcome: word })] }))
      assert.equal(split.announced.length, 1)
    })
  }

  it('travel when Loop names neither outcome nor method', () => {
    assert.equal(splitUnits(aReturn({ units: [aUnit({ outcome: null })] })).announced.length, 1)
  })

  it('that are kept are not also missing a SKU', () => {
    const split = splitUnits(aReturn({ units: [aUnit({ sku: null, outcome: 'keep' })] }))
    assert.deepEqual([split.kept.length, split.withoutSku.length], [1, 0])
  })

  it('are listed by sorted line item id: the announced ones only', () => {
    const units = [
      aUnit({ lineItemId: '9' }),
      aUnit({ lineItemId: '10' }),
      aUnit({ lineItemId: '8', sku: null }),
      aUnit({ lineItemId: '7', outcome: 'keep' }),
    ]
    assert.deepEqual(announcedLineItems(aReturn({ units })), ['10', '9'])
  })

  it('are counted per SKU', () => {
    const counts = countBySku([
      { sku: 'A', quantity: 1 },
      { sku: 'B', quantity: 2 },
      { sku: 'A', quantity: 3 },
      { sku: '__proto__', quantity: 1 },
    ])
    assert.deepEqual(
      [...counts],
      [
        ['A', 4],
        ['B', 2],
        ['__proto__', 1],
      ],
    )
  })
})
