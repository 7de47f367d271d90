import assert from 'node:assert/strict'
import fc from 'fast-check'
import { assign } from '../../../src/core/grades/assignment.ts'
import { evidenceOf, reportComment } from '../../../src/core/refunds/evidence.ts'
import { receiptOf } from '../../../src/core/refunds/receipt.ts'
import type { Verdict } from '../../../src/core/refunds/verdict.ts'
import { announcedLineItems } from '../../../src/core/returns/units.ts'
import type { RmaLine } from '../../../src/core/rmas/rma.ts'
import { aLine, anRma, aReturn, received, unitsOf } from '../build.ts'
import { pairs } from '../generate.ts'

const bad: Verdict = { kind: 'bad', certain: true, reasons: [{ code: 'MISSING', message: 'x' }] }
const nothing = (sku: string, quantity = 1) => aLine({ sku, quantity, quantityReceived: 0, received: [] })

function evidence(skus: string[], lines: RmaLine[], more: { verdict?: Verdict; boxFree?: boolean } = {}) {
  const receipt = receiptOf(anRma({ lines }))
  assert.ok(receipt)
  const units = assign({ loopReturn: aReturn({ units: unitsOf(...skus) }), receipt, announced: null })
  return evidenceOf({ units, receipt, verdict: bad, boxFree: false, ...more })
}

describe('what a receipt is evidence of (loop.md §5.7, H46)', () => {
  it('nothing arrived: an empty package', () => {
    const found = evidence(['A', 'B'], [nothing('A'), nothing('B')])
    assert.deepEqual(found, { category: 'package-is-empty', missing: 2, announced: 2 })
  })

  it('some units are missing: missing items, even if others arrived in their place', () => {
    const some = evidence(['A', 'A'], [aLine({ sku: 'A', quantity: 2 }, received('damaged', 1))])
    assert.deepEqual(some, { category: 'package-is-missing-items', missing: 1, announced: 2 })
    const others = aLine({ sku: 'X', quantity: 0, notOnOriginalRma: true }, received('available', 1))
    assert.deepEqual(evidence(['A'], [nothing('A'), others]), {
      category: 'package-is-missing-items',
      missing: 1,
      announced: 1,
    })
  })

  const waiting: Verdict = {
    kind: 'incomplete',
    until: '2026-12-10',
    reasons: [{ code: 'BOX_ON_ITS_WAY', message: 'y' }],
  }
  const harmless: [string, () => unknown][] = [
    ['everything arrived', () => evidence(['A'], [aLine({ sku: 'A' }, received('available', 1))])],
    ['it arrived damaged', () => evidence(['A'], [aLine({ sku: 'A' }, received('damaged', 1))])],
    ['another box is on its way', () => evidence(['A'], [nothing('A')], { verdict: waiting })],
    ['it was handed in at a bar', () => evidence(['A'], [nothing('A')], { boxFree: true })],
    ['the receipt contradicts itself', () => evidence(['A'], [{ ...nothing('A'), quantityReceived: 1 }])],
    ['the return has changed since', () => evidence(['A', 'B'], [nothing('A')])],
    [
      'the counts of one SKU leave room for doubt',
      () => evidence(['A', 'B'], [nothing('A'), aLine({ sku: 'B' }, received('lost at sea', 1))]),
    ],
  ]
  for (const [about, found] of harmless) {
    it(`${about}: nothing`, () => assert.equal((found() as { code?: string }).code, 'NO_EVIDENCE'))
  }

  it('over all receipts: only if fewer units arrived than were announced', () => {
    let accused = 0
    fc.assert(
      fc.property(pairs, ({ loopReturn, rma }) => {
        const receipt = receiptOf(rma)
        if (receipt === null) return
        const units = assign({ loopReturn, receipt, announced: announcedLineItems(loopReturn) })
        const found = evidenceOf({ units, receipt, verdict: bad, boxFree: false })
        if ('code' in found) return
        accused += 1
        const arrived = receipt.lines.reduce((sum, line) => sum + (line.expected > 0 ? line.received : 0), 0)
        assert.equal(found.missing, found.announced - arrived)
        assert.ok(found.missing > 0 && found.announced === loopReturn.units.length)
        if (found.category === 'package-is-empty') assert.equal(arrived, 0)
      }),
      { numRuns: 3000 },
    )
    assert.ok(accused > 20, `only ${accused} receipts accused anybody`)
  })

  it('the comment says what was counted, and nothing else', () => {
    const rma = { customerIdentifier: '99904598', receivedAt: '2026-11-10T10:00:00.000Z' }
    assert.equal(
      reportComment({ category: 'package-is-empty', missing: 2, announced: 2 }, rma),
      'MasonHub received RMA 99904598 on 2026-11-10: none of 2 units arrived.',
    )
    assert.equal(
      reportComment({ category: 'package-is-missing-items', missing: 1, announced: 3 }, { ...rma, receivedAt: null }),
      'MasonHub received RMA 99904598: 2 of 3 units arrived.',
    )
  })
})
