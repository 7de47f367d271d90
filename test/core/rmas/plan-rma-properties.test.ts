import assert from 'node:assert/strict'
import fc from 'fast-check'
import { type PlanInput, planRma } from '../../../src/core/rmas/plan-rma.ts'
import { reasonCodes } from '../../../src/core/rmas/rma.ts'
import { aPlanInput, aPolicy, aReturn, aUnit } from '../build.ts'

function plan(special: Partial<PlanInput>) {
  return planRma(aPlanInput(special))
}

describe('every plan, over all Unicode and all lengths (F35)', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({ unit: 'grapheme', minLength: 40, maxLength: 130 }),
    fc.constantFrom('', ' ', '\u200b', '👍'.repeat(60)),
  )
  const unit = fc.record({
    lineItemId: fc.nat().map(String),
    sku: fc.option(fc.oneof(text, fc.constantFrom('A1', 'B2'))),
    reason: fc.option(text),
    parentReason: fc.option(text),
    outcome: fc.constantFrom('default', null, 'keep'),
  })
  const returns = fc.record({
    returnId: fc.nat().map(String),
    orderName: fc.option(text),
    providerOrderId: fc.option(text),
    trackingNumbers: fc.uniqueArray(text, { maxLength: 8 }),
    units: fc.array(unit.map(aUnit), { maxLength: 8 }),
  })
  const orderReference = fc.constantFrom('none' as const, 'order-name' as const, 'provider-order-id' as const)
  const inputs = fc.record({
    loopReturn: returns.map(aReturn),
    policy: orderReference.map((one) => aPolicy({ orderReference: one })),
    ordinal: fc.integer({ min: 1, max: 99_999 }),
  })

  const within = (value: string | null, shortest: number, longest: number) => {
    if (value === null) return
    assert.ok(
      value.length >= shortest && value.length <= longest,
      `${JSON.stringify(value)}: not ${shortest}–${longest}`,
    )
    assert.ok(value.isWellFormed(), 'half a character')
  }

  it('keeps the limits of every field, splits no character, and sends nothing empty', () => {
    let made = 0
    fc.assert(
      fc.property(inputs, (input) => {
        const one = plan(input)
        if (one.kind !== 'wanted') return
        made += 1
        within(one.rma.customerIdentifier, 5, 100)
        within(one.rma.packageId, 5, 100)
        within(one.rma.manifestId, 1, 20)
        within(one.rma.instructions, 1, 250)
        assert.ok(one.rma.lines.length > 0)
        for (const line of one.rma.lines) {
          within(line.sku, 2, 100)
          within(line.notes, 2, 50)
          within(line.orderId, 2, 100)
          assert.ok(Number.isSafeInteger(line.quantity) && line.quantity > 0)
          assert.ok(reasonCodes.includes(line.reasonCode))
        }
      }),
      { numRuns: 2000 },
    )
    assert.ok(made > 100, `only ${made} RMAs`)
  })

  it('announces every unit exactly once, or says why not', () => {
    fc.assert(
      fc.property(inputs, ({ loopReturn, ...input }) => {
        const one = plan({ ...input, loopReturn })
        if (one.kind !== 'wanted') return
        const ids = loopReturn.units.map(({ lineItemId }) => lineItemId)
        assert.deepEqual([...one.announced, ...one.excluded.map(({ lineItemId }) => lineItemId)].sort(), ids.sort())
        const there = one.rma.lines.flatMap(({ sku, quantity }) => Array<string>(quantity).fill(sku))
        const excluded = new Set(one.excluded.map(({ lineItemId }) => lineItemId))
        fc.pre(new Set(ids).size === ids.length)
        const units = loopReturn.units
          .filter(({ lineItemId }) => !excluded.has(lineItemId))
          .map(({ sku }) => sku?.trim())
        assert.deepEqual(there.sort(), units.sort())
      }),
      { numRuns: 1000 },
    )
  })

  it('is the same for the same input', () => {
    fc.assert(fc.property(inputs, (input) => assert.deepEqual(plan(input), plan(structuredClone(input)))))
  })
})
