import assert from 'node:assert/strict'
import fc from 'fast-check'
import { receiptOf } from '../../../src/core/refunds/receipt.ts'
import type { RmaLine } from '../../../src/core/rmas/rma.ts'
import { aLine, anOpenRma, anRma, codesOf, received } from '../build.ts'

function receipt(...lines: RmaLine[]) {
  const read = receiptOf(anRma({ lines }))
  assert.ok(read)
  return read
}

function only(...lines: RmaLine[]) {
  const { lines: pooled } = receipt(...lines)
  assert.equal(pooled.length, 1)
  const [line] = pooled
  assert.ok(line)
  return { ...line, byDisposition: Object.fromEntries(line.byDisposition) }
}

describe('the receipt of an RMA (masonhub.md §4.6)', () => {
  it('says what arrived of a SKU, by disposition', () => {
    assert.deepEqual(only(aLine({ quantity: 3 }, received('available', 2), received('damaged', 1, 'Has a hole'))), {
      sku: 'SHIRT-M',
      expected: 3,
      received: 3,
      byDisposition: { available: 2, damaged: 1 },
      reported: 3,
      notes: ['Has a hole'],
      unannounced: false,
    })
  })

  it('adds up several entries of one disposition, and keeps every note', () => {
    const line = only(
      aLine({ quantity: 3 }, received('available', 1, 'a'), received('available', 2), received('available', 0, 'b')),
    )
    assert.deepEqual(line.byDisposition, { available: 3 })
    assert.deepEqual(line.notes, ['a', 'b'])
  })

  it('pools the lines of a SKU, because lines have no id', () => {
    const line = only(
      aLine({ quantity: 1, reasonCode: 'tooBig' }, received('available', 2)),
      aLine({ quantity: 1, reasonCode: 'other', quantityReceived: 0 }),
    )
    assert.deepEqual([line.expected, line.received, line.reported], [2, 2, 2])
  })

  it('keeps SKUs apart that differ only in case or spaces', () => {
    const { lines } = receipt(aLine({ sku: 'A' }), aLine({ sku: 'a' }), aLine({ sku: 'A ' }))
    assert.deepEqual(
      lines.map(({ sku }) => sku),
      ['A', 'a', 'A '],
    )
  })

  it('does not count `short` as arrived', () => {
    const line = only(aLine({ quantity: 2 }, received('available', 1), received('short', 1)))
    assert.deepEqual([line.received, line.reported], [1, 1])
    assert.deepEqual(line.byDisposition, { available: 1, short: 1 })
  })

  it('does not expect what was not on the original RMA, even if MasonHub gives it a quantity (RCV-004)', () => {
    const line = only(aLine({ quantity: 1, notOnOriginalRma: true }, received('available', 1)))
    assert.deepEqual([line.expected, line.received, line.unannounced], [0, 1, true])
  })

  it('marks a SKU of which only a part was announced', () => {
    const line = only(
      aLine({ quantity: 2 }, received('available', 2)),
      aLine({ quantity: 1, notOnOriginalRma: true }, received('available', 1)),
    )
    assert.deepEqual([line.expected, line.received, line.unannounced], [2, 3, true])
  })

  it("has no total of MasonHub's when no line gives one", () => {
    assert.equal(only(aLine({ quantityReceived: null }, received('available', 1))).reported, null)
    assert.equal(only(aLine({ quantityReceived: 0 })).reported, 0)
  })

  it('never reads the disposition that was asked for as one that happened (F13)', () => {
    assert.deepEqual(only(aLine({ requestedStatus: 'available' })).byDisposition, {})
  })

  for (const disposition of ['__proto__', 'constructor', 'toString']) {
    it(`takes a disposition called ${disposition} for a word like any other (F54)`, () => {
      const { lines } = receipt(aLine({}, received(disposition, 1)))
      assert.equal(lines[0]?.byDisposition.get(disposition), 1)
    })
  }
})

describe('whether there is a receipt', () => {
  it('there is none while nothing has been recorded', () => {
    assert.equal(receiptOf(anOpenRma()), null)
    assert.equal(receiptOf(anOpenRma({ status: 'in-receiving', lines: [aLine({ quantityReceived: 0 })] })), null)
    assert.equal(receiptOf(anOpenRma({ status: 'unknown' })), null)
  })

  it('there is one as soon as anything has, while receiving goes on', () => {
    assert.ok(receiptOf(anOpenRma({ status: 'in-receiving', lines: [aLine({ quantityReceived: 1 })] })))
    assert.ok(receiptOf(anOpenRma({ status: 'in-receiving', lines: [aLine(), aLine({ received: [] })] })))
  })

  it('there is one of a received RMA, even an empty one', () => {
    assert.deepEqual(receiptOf(anRma({ lines: [] })), { lines: [], contradictions: [] })
    assert.ok(receiptOf(anRma({ lines: [aLine()] })))
  })

  it('there is none of a deleted RMA, whatever it says', () => {
    assert.equal(receiptOf(anRma({ status: 'deleted' })), null)
  })
})

describe('a receipt that contradicts itself (RCV-005, F15)', () => {
  it('when MasonHub reports another total than its details, as in its own sample', () => {
    const { contradictions } = receipt(aLine({ quantityReceived: 0 }, received('available', 1)))
    assert.deepEqual(contradictions, [
      {
        code: 'COUNTS_CONTRADICT',
        sku: 'SHIRT-M',
        message: 'MasonHub reports 0 received, but its details add up to 1.',
      },
    ])
  })

  it('when it reports units of which it gives no details', () => {
    assert.deepEqual(codesOf(receipt(aLine({ quantityReceived: 1 })).contradictions), ['COUNTS_CONTRADICT'])
  })

  it('when two lines of a SKU each disagree, even if together they add up', () => {
    const { contradictions } = receipt(
      aLine({ quantityReceived: 0 }, received('available', 1)),
      aLine({ quantityReceived: 2 }, received('available', 1)),
    )
    assert.deepEqual(contradictions, [
      {
        code: 'COUNTS_CONTRADICT',
        sku: 'SHIRT-M',
        message: "MasonHub's line quantities do not match its details.",
      },
    ])
  })

  it('when only one of two lines gives a total', () => {
    const { contradictions } = receipt(
      aLine({}, received('available', 1)),
      aLine({ quantityReceived: null }, received('available', 1)),
    )
    assert.deepEqual(codesOf(contradictions), ['COUNTS_CONTRADICT'])
  })

  it('does not, when totals and details agree on every line, except for `short`', () => {
    const { contradictions } = receipt(
      aLine({ quantity: 2 }, received('available', 1), received('short', 1)),
      aLine({}, received('damaged', 1)),
      aLine({ sku: 'B', quantityReceived: 0 }),
      aLine({ sku: 'C' }),
    )
    assert.deepEqual(contradictions, [])
  })

  it('names the SKU that contradicts itself, and no other', () => {
    const { contradictions } = receipt(
      aLine({ sku: 'A' }, received('available', 1)),
      aLine({ sku: 'B', quantityReceived: 2 }, received('available', 1)),
    )
    assert.deepEqual(
      contradictions.map(({ sku }) => sku),
      ['B'],
    )
  })

  for (const quantity of [Number.NaN, -1, 0.5, Number.POSITIVE_INFINITY, 2 ** 53]) {
    it(`when a quantity is ${quantity}: announced, received, or in the details`, () => {
      const messages = (line: RmaLine) => receipt(line).contradictions.map(({ code, message }) => `${code}: ${message}`)
      assert.ok(
        messages(aLine({ quantity })).includes(
          "COUNTS_UNREADABLE: MasonHub's announced quantity is not a number of units.",
        ),
      )
      assert.ok(
        messages(aLine({ quantityReceived: quantity })).includes(
          "COUNTS_UNREADABLE: MasonHub's received quantity is not a number of units.",
        ),
      )
      assert.ok(
        messages(aLine({}, received('available', quantity))).includes(
          "COUNTS_UNREADABLE: MasonHub's quantity under “available” is not a number of units.",
        ),
      )
    })
  }

  it('does not add up what it can not read', () => {
    const line = only(aLine({ quantity: 2 }, received('available', Number.NaN), received('available', 2)))
    assert.deepEqual([line.received, line.byDisposition['available'], line.reported], [2, 2, null])
  })

  it('does not mind the announced quantity of what was never announced', () => {
    const { contradictions } = receipt(
      aLine({ quantity: Number.NaN, notOnOriginalRma: true }, received('available', 1)),
    )
    assert.deepEqual(contradictions, [])
  })

  it('shows a hostile disposition harmlessly (F55)', () => {
    const { contradictions } = receipt(aLine({ quantityReceived: 1 }, received(`\u001b[2Jx\n${'z'.repeat(50)}`, -1)))
    assert.match(contradictions[0]?.message ?? '', /under “\[2Jx⏎z{34}…”/)
  })
})

describe('the units of a receipt', () => {
  it('are exactly those of its lines, for every split over lines and dispositions', () => {
    const entry = fc.tuple(fc.constantFrom('available', 'damaged', 'short', 'x'), fc.nat({ max: 5 }))
    const line = fc.record({
      sku: fc.constantFrom('A', 'B'),
      quantity: fc.nat({ max: 5 }),
      entries: fc.array(entry, { maxLength: 4 }),
      extra: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), (drafts) => {
        const lines = drafts.map(({ sku, quantity, entries, extra }) =>
          aLine({ sku, quantity, notOnOriginalRma: extra }, ...entries.map(([word, count]) => received(word, count))),
        )
        const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)
        const pooled = receipt(...lines)
        assert.equal(
          sum(pooled.lines.map((one) => one.expected)),
          sum(drafts.filter(({ extra }) => !extra).map(({ quantity }) => quantity)),
        )
        const arrived = drafts.flatMap(({ entries }) =>
          entries.filter(([word]) => word !== 'short').map(([, count]) => count),
        )
        assert.equal(sum(pooled.lines.map((one) => one.received)), sum(arrived))
        assert.deepEqual(pooled.contradictions, [])
      }),
    )
  })
})
