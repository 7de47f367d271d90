import assert from 'node:assert/strict'
import fc from 'fast-check'
import { decide } from '../../../src/core/refunds/decide.ts'
import { verdictOf } from '../../../src/core/refunds/verdict.ts'
import type { LoopReturn, ReturnLabel } from '../../../src/core/returns/return.ts'
import { announcedLineItems } from '../../../src/core/returns/units.ts'
import type { RmaLine } from '../../../src/core/rmas/rma.ts'
import { aLabel, aLine, anRma, aPolicy, aReturn, aSituation, received, unitsOf } from '../build.ts'

const day = 86_400_000
const receivedAt = '2026-11-10T10:00:00.000Z'
const after = (days: number) => new Date(Date.parse(receivedAt) + days * day).toISOString()

const numbers = ['PACKAGE', 'SECOND', 'THIRD']
const coming = ['in_transit', 'out_for_delivery', 'Out for delivery', 'delivered']
const staying = ['new', 'pre_transit', 'pending', 'error', 'cancelled', 'return_to_sender', 'lost?', null]

/** Up to six units of two SKUs, some of them missing, and labels that name some of the units. */
const cases = fc
  .record({
    skus: fc.array(fc.constantFrom('A', 'B'), { minLength: 1, maxLength: 6 }),
    missing: fc.array(
      fc.integer({ min: 0, max: 3 }).map((die) => die === 0),
      { minLength: 6, maxLength: 6 },
    ),
    labels: fc.array(
      fc.record({
        trackingNumber: fc.constantFrom(...numbers, null),
        status: fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...coming) }, fc.constantFrom(...staying)),
        updatedAt: fc.option(fc.integer({ min: -20, max: 20 }).map(after)),
        items: fc.subarray([501, 502, 503, 504, 505, 506]),
      }),
      { maxLength: 4 },
    ),
    packageId: fc.constantFrom('PACKAGE', 'PACKAGE', 'PACKAGE', 'OTHER', null),
    days: fc.integer({ min: 0, max: 20 }),
    age: fc.integer({ min: -3, max: 20 }),
  })
  .map(({ skus, missing, labels, packageId, days, age }) => {
    const units = unitsOf(...skus)
    const made = labels.map(({ items, ...label }) =>
      aLabel({ ...label, lineItemIds: items.map(String).filter((id) => units.some((unit) => unit.lineItemId === id)) }),
    )
    const count = (sku: string, which: (index: number) => boolean) =>
      units.filter((unit, index) => unit.sku === sku && which(index)).length
    const lines = [...new Set(skus)].map((sku) => {
      const short = count(sku, (index) => missing[index] === true)
      const there = count(sku, (index) => missing[index] === false)
      return aLine({ sku, quantity: short + there }, received('available', there), received('short', short))
    })
    return {
      loopReturn: aReturn({ units, labels: made }),
      rma: anRma({ packageId, receivedAt, lines }),
      short: new Map(lines.map(({ sku }) => [sku, count(sku, (index) => missing[index] === true)])),
      days,
      age,
    }
  })

type Case = typeof cases extends fc.Arbitrary<infer One> ? One : never

function verdictOn({ loopReturn, rma, days, age }: Case, lines: RmaLine[] = rma.lines) {
  const policy = aPolicy({ waits: { ...aPolicy().waits, otherBox: days } })
  const input = { loopReturn, rma: { ...rma, lines }, policy, now: after(age) }
  const announced = announcedLineItems(loopReturn)
  return { ...verdictOf({ ...input, announced }), decision: decide(aSituation({ ...input, announced })) }
}

/** Units of a SKU that a label names which moves, or was delivered; a second time, and without looking at packages. */
function nameable({ units, labels }: LoopReturn, sku: string): number {
  const isComing = ({ status, trackingNumber }: ReturnLabel) =>
    trackingNumber !== null && status !== null && coming.includes(status)
  return units.filter(
    (unit) =>
      unit.sku === sku && labels.some((label) => isComing(label) && label.lineItemIds.includes(unit.lineItemId)),
  ).length
}

describe('the wait for another box, over all labels and receipts (loop.md §14.5)', () => {
  it('no wait without a named label that moves, and none that lasts longer than its bound (H37, H38)', () => {
    let waits = 0
    fc.assert(
      fc.property(cases, (one) => {
        const { kind, decision } = verdictOn(one)
        assert.equal(kind === 'incomplete', decision.reasons[0]?.code === 'BOX_ON_ITS_WAY')
        if (kind !== 'incomplete') return
        waits += 1
        assert.equal(decision.action, 'wait')
        assert.ok(one.age >= -1 && one.age < one.days, 'within its bound')
        assert.equal(one.rma.packageId, 'PACKAGE')
        for (const [sku, short] of one.short) assert.ok(short <= nameable(one.loopReturn, sku), sku)
        assert.ok([...one.short.values()].some((short) => short > 0))
      }),
      { numRuns: 20_000 },
    )
    assert.ok(waits > 50, `only ${waits} waits: the cases must be a mixture`)
  })

  it('nothing is waited for while only one parcel has a label', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const labels = one.loopReturn.labels.map((label) => ({ ...label, trackingNumber: 'PACKAGE' }))
        assert.notEqual(verdictOn({ ...one, loopReturn: { ...one.loopReturn, labels } }).kind, 'incomplete')
      }),
      { numRuns: 3000 },
    )
  })

  it('anything damaged, extra or contradictory is a flag at once', () => {
    const spoil: [string, (line: RmaLine) => RmaLine[]][] = [
      ['damaged', (line) => [{ ...line, received: [...(line.received ?? []), received('damaged', 1)] }]],
      ['in quality control', (line) => [{ ...line, received: [...(line.received ?? []), received('qc', 1)] }]],
      ['extra', (line) => [line, aLine({ sku: 'C', quantity: 0, notOnOriginalRma: true }, received('available', 1))]],
      ['contradictory', (line) => [{ ...line, quantityReceived: (line.quantityReceived ?? 0) + 7 }]],
    ]
    fc.assert(
      fc.property(cases, fc.constantFrom(...spoil), fc.nat(), (one, [what, change], which) => {
        const { lines } = one.rma
        const spoilt = lines.flatMap((line, index) => (index === which % lines.length ? change(line) : [line]))
        const { kind, decision } = verdictOn(one, spoilt)
        assert.equal(kind, 'bad', what)
        assert.equal(decision.action, 'flag', what)
      }),
      { numRuns: 3000 },
    )
  })

  it('a longer bound only turns flags into waits, and never into a refund', () => {
    fc.assert(
      fc.property(cases, (one) => {
        const [shorter, longer] = [verdictOn(one), verdictOn({ ...one, days: one.days + 5 })]
        if (shorter.kind !== 'bad') assert.equal(longer.kind, shorter.kind)
        else assert.notEqual(longer.decision.action, 'refund')
        assert.equal(longer.kind === 'good', shorter.kind === 'good')
      }),
      { numRuns: 3000 },
    )
  })
})
