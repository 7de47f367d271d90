import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Rma, RmaLine } from '../../../src/core/rmas/rma.ts'
import { createRmaBuffer } from '../../../src/usecases/audit/rma-buffer.ts'
import { aLine, anRma } from '../../core/build.ts'

/** Every field of both, so that a field that the buffer loses is noticed. */
const words = fc.oneof(fc.constant(null), fc.string({ unit: 'binary' }), fc.constant('Size › “too small” 😀'))
const counts = fc.oneof(fc.constant(null), fc.nat(), fc.constant(Number.NaN))
const lines: fc.Arbitrary<RmaLine> = fc
  .record({ reasonCode: words, requestedStatus: words, notes: words, orderId: words, quantityReceived: counts })
  .map((one) => aLine(one, { disposition: 'available', quantity: one.quantityReceived ?? 0, notes: one.notes }))
const rmas: fc.Arbitrary<Rma> = fc
  .record({
    rmaId: words,
    manifestId: words,
    packageId: words,
    returnType: words,
    version: fc.oneof(fc.constant(null), fc.nat()),
    notes: words,
    instructions: words,
    labelUrl: words,
    deletedAt: words,
    lines: fc.array(lines, { maxLength: 3 }),
  })
  .map((one) => anRma({ customerIdentifier: '7', ...one }))

describe('the shelf on which RMAs wait for their returns', () => {
  it('gives back what was put there, once, whatever it says', () => {
    fc.assert(
      fc.property(fc.array(rmas, { minLength: 1, maxLength: 3 }), (some) => {
        const buffer = createRmaBuffer()
        for (const rma of some) buffer.put(rma)
        assert.deepEqual(buffer.take('7'), some)
        assert.deepEqual(buffer.take('7'), [])
      }),
    )
  })

  it('yields in the end what was not taken, and what belongs to no return', () => {
    const buffer = createRmaBuffer()
    const nameless = anRma({ customerIdentifier: null })
    for (const rma of [anRma({ customerIdentifier: '7' }), nameless, anRma({ customerIdentifier: '8' })])
      buffer.put(rma)
    buffer.take('7')
    assert.deepEqual([...buffer.rest()], [nameless, anRma({ customerIdentifier: '8' })])
  })
})
