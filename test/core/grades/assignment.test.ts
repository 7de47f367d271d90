import assert from 'node:assert/strict'
import fc from 'fast-check'
import { assign } from '../../../src/core/grades/assignment.ts'
import { inspectionResults } from '../../../src/core/grades/inspection.ts'
import { receiptOf } from '../../../src/core/refunds/receipt.ts'
import { announcedLineItems } from '../../../src/core/returns/units.ts'
import type { RmaLine } from '../../../src/core/rmas/rma.ts'
import { aLine, anRma, aReturn, aUnit, received, unitsOf } from '../build.ts'
import { pairs } from '../generate.ts'

function assigned(skus: (string | null)[], lines: RmaLine[], announced: string[] | null = null) {
  const receipt = receiptOf(anRma({ lines }))
  assert.ok(receipt)
  return assign({ loopReturn: aReturn({ units: unitsOf(...skus) }), receipt, announced })
}

const short = (units: ReturnType<typeof assigned>) =>
  units.map(({ lineItemId, result, certain }) => `${lineItemId} ${result}${certain ? '' : '?'}`)

describe('which unit has which result (H45)', () => {
  it('all units of a SKU that share one result have it for certain', () => {
    const lines = [
      aLine({ sku: 'A', quantity: 2 }, received('available', 2)),
      aLine({ sku: 'B', quantity: 1 }, received('damaged', 1)),
    ]
    assert.deepEqual(short(assigned(['A', 'B', 'A'], lines)), ['501 available', '503 available', '502 damaged'])
  })

  it('with different results in one SKU, the units by their ids get them in one order, and none for certain', () => {
    const line = aLine(
      { sku: 'A', quantity: 4 },
      received('damaged', 1),
      received('quality-control', 1),
      received('available', 1),
    )
    assert.deepEqual(short(assigned(['A', 'A', 'A', 'A'], [line])), [
      '501 available?',
      '502 quality-control?',
      '503 damaged?',
      '504 missing?',
    ])
  })

  it('ids are compared as numbers, however long they are', () => {
    const units = ['9', '10', '18446744073709551616', '18446744073709551615'].map((lineItemId) =>
      aUnit({ sku: 'A', lineItemId }),
    )
    const receipt = receiptOf(
      anRma({ lines: [aLine({ sku: 'A', quantity: 4 }, received('available', 3), received('damaged', 1))] }),
    )
    assert.ok(receipt)
    const order = assign({ loopReturn: aReturn({ units }), receipt, announced: null })
    assert.deepEqual(
      order.map(({ lineItemId }) => lineItemId),
      ['9', '10', '18446744073709551615', '18446744073709551616'],
    )
  })

  it('what is called short is missing, and so is what nobody mentions', () => {
    const lines = [
      aLine({ sku: 'A', quantity: 1 }, received('short', 1)),
      aLine({ sku: 'B', quantity: 1, quantityReceived: 0, received: [] }),
    ]
    assert.deepEqual(short(assigned(['A', 'B'], lines)), ['501 missing', '502 missing'])
  })

  it('as many unannounced units as missing ones: the wrong item was sent', () => {
    const lines = [
      aLine({ sku: 'A', quantity: 2 }, received('available', 1)),
      aLine({ sku: 'X', quantity: 0, notOnOriginalRma: true }, received('available', 1)),
    ]
    assert.deepEqual(short(assigned(['A', 'A'], lines)), ['501 available?', '502 wrong item?'])
  })

  it('more or fewer unannounced units than missing ones: missing, without a guess', () => {
    const lines = [
      aLine({ sku: 'A', quantity: 1, quantityReceived: 0, received: [] }),
      aLine({ sku: 'X', quantity: 0, notOnOriginalRma: true }, received('available', 2)),
    ]
    assert.deepEqual(short(assigned(['A'], lines)), ['501 missing'])
  })

  it('a SKU whose counts leave room for doubt gets none, and then nothing counts as replaced', () => {
    const doubtful = [
      aLine({ sku: 'A', quantity: 1 }, received('lost at sea', 1)),
      aLine({ sku: 'A', quantity: 1 }, received('available', 2)),
      aLine({ sku: 'A', quantity: 2 }, received('available', 1), received('short', 2)),
      { ...aLine({ sku: 'A', quantity: 1 }, received('available', 1)), quantityReceived: null },
    ]
    for (const line of doubtful) {
      const others = [
        aLine({ sku: 'B', quantity: 1, quantityReceived: 0, received: [] }),
        aLine({ sku: 'X', quantity: 0, notOnOriginalRma: true }, received('available', 1)),
      ]
      const skus = [...Array<string>(line.quantity).fill('A'), 'B']
      assert.deepEqual(short(assigned(skus, [line, ...others])), [`${500 + skus.length} missing`])
    }
  })

  const fine = aLine({ sku: 'A', quantity: 1 }, received('available', 1))
  const withoutAny: [string, () => unknown[]][] = [
    ['the receipt contradicts itself', () => assigned(['A'], [{ ...fine, quantityReceived: 2 }])],
    ['the return has other units than the RMA', () => assigned(['A', 'A'], [fine])],
    ['the units have other ids than those announced', () => assigned(['A'], [fine], ['999'])],
    ['a unit has no SKU', () => assigned(['A', null], [fine])],
  ]
  for (const [about, units] of withoutAny) {
    it(`no unit gets a result when ${about}`, () => assert.deepEqual(units(), []))
  }
})

describe('which unit has which result, over all receipts', () => {
  const check = (
    holds: (input: { loopReturn: ReturnType<typeof aReturn>; rma: ReturnType<typeof anRma> }) => boolean,
  ) => {
    let some = 0
    fc.assert(
      fc.property(pairs, (input) => {
        if (holds(input)) some += 1
      }),
      { numRuns: 2000 },
    )
    assert.ok(some > 200, `only ${some} receipts gave any result`)
  }
  const resultsOf = ({
    loopReturn,
    rma,
  }: {
    loopReturn: ReturnType<typeof aReturn>
    rma: ReturnType<typeof anRma>
  }) => {
    const receipt = receiptOf(rma)
    return receipt === null ? [] : assign({ loopReturn, receipt, announced: announcedLineItems(loopReturn) })
  }

  it('each unit at most once, and only units of the return', () =>
    check((input) => {
      const ids = resultsOf(input).map(({ lineItemId }) => lineItemId)
      assert.equal(new Set(ids).size, ids.length)
      assert.ok(ids.every((id) => input.loopReturn.units.some(({ lineItemId }) => lineItemId === id)))
      return ids.length > 0
    }))

  it('counts equal the receipt', () =>
    check((input) => {
      const units = resultsOf(input)
      const receipt = receiptOf(input.rma)
      for (const [sku, some] of Map.groupBy(units, (unit) => unit.sku)) {
        const line = receipt?.lines.find((one) => one.sku === sku)
        assert.equal(some.length, line?.expected)
        for (const result of inspectionResults.slice(0, 5)) {
          assert.equal(some.filter((unit) => unit.result === result).length, line?.byDisposition.get(result) ?? 0)
        }
      }
      return units.length > 0
    }))

  it('certain only if uniform', () =>
    check((input) => {
      const units = resultsOf(input)
      for (const some of Map.groupBy(units, ({ sku }) => sku).values()) {
        const isUniform = new Set(some.map(({ result }) => result)).size === 1
        assert.ok(some.every(({ certain }) => certain === isUniform))
      }
      return units.length > 0
    }))

  it('the order of lines and units is irrelevant', () =>
    check(({ loopReturn, rma }) => {
      const turned = {
        loopReturn: { ...loopReturn, units: loopReturn.units.toReversed() },
        rma: { ...rma, lines: rma.lines.toReversed() },
      }
      const byId = (units: ReturnType<typeof resultsOf>) =>
        units.toSorted((one, other) => Number(one.lineItemId) - Number(other.lineItemId))
      assert.deepEqual(byId(resultsOf(turned)), byId(resultsOf({ loopReturn, rma })))
      return resultsOf({ loopReturn, rma }).length > 0
    }))
})
