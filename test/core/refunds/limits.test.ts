import assert from 'node:assert/strict'
import fc from 'fast-check'
import { isWithinLargest } from '../../../src/core/refunds/largest-refund.ts'
import { type Limits, limitsInForce } from '../../../src/core/refunds/limits.ts'

const number = fc.oneof(fc.nat(600), fc.constant(Number.NaN))
const amount = fc.oneof(
  fc.constantFrom(null, 'many', '-1', ''),
  fc.nat(99_999).map((cents) => (cents / 100).toFixed(2)),
)
const limits: fc.Arbitrary<Limits> = fc.record({
  refundsPerHour: number,
  refundsPerDay: number,
  firstByHand: number,
  largestRefund: amount,
})
const names = ['acme', 'twin', 'env', 'old'] as const
const account = fc.array(limits, { minLength: 1, maxLength: names.length }).map((all) => {
  return all.map((one, index) => ({ name: names[index] ?? '', limits: one }))
})

/** The refunds that these limits allow without a person after `sent` refunds. */
function allows(one: Limits, { sent, explicit, size }: { sent: number; explicit: number; size: string }): boolean {
  return (
    sent < one.refundsPerHour &&
    sent < one.refundsPerDay &&
    explicit >= one.firstByHand &&
    isWithinLargest(size, one.largestRefund)
  )
}

const timestamp = fc.record({
  sent: fc.nat(600),
  explicit: fc.nat(600),
  size: fc.nat(99_999).map((cents) => (cents / 100).toFixed(2)),
})

describe('the limits of a Loop account under several names (G10)', () => {
  it('let a refund out exactly when those of each name would, under whichever name it goes out (G10)', () => {
    fc.assert(
      fc.property(account, timestamp, (all, now) => {
        const expected = all.every((one) => allows(one.limits, now))
        for (const own of all) {
          const others = all.filter((one) => one !== own)
          assert.equal(allows(limitsInForce(own, others).limits, now), expected, own.name)
        }
      }),
    )
  })

  it('name whose each of them is, the own one first', () => {
    fc.assert(
      fc.property(account, ([own, ...others]) => {
        assert.ok(own)
        const { limits: held, setBy } = limitsInForce(own, others)
        for (const key of ['refundsPerHour', 'refundsPerDay', 'firstByHand', 'largestRefund'] as const) {
          const whose = [own, ...others].find(({ name }) => name === setBy[key])
          assert.ok(Object.is(whose?.limits[key], held[key]), key)
          if (Object.is(own.limits[key], held[key])) assert.equal(setBy[key], own.name)
        }
      }),
    )
  })

  it('of limits per currency the tighter of each; what one name leaves to a person stays with a person (G10)', () => {
    const named = (name: string, largestRefund: Limits['largestRefund']) => {
      return { name, limits: { refundsPerHour: 60, refundsPerDay: 500, firstByHand: 0, largestRefund } }
    }
    const acme = named('acme', { USD: '200', JPY: '30000' })
    const held = limitsInForce(acme, [named('twin', { USD: '100', EUR: '50' }), named('old', null)])
    assert.deepEqual(held.limits.largestRefund, { USD: '100' })
    assert.equal(held.setBy.largestRefund, 'twin')
    assert.equal(limitsInForce(acme, [named('old', '500000')]).setBy.largestRefund, 'acme')
    assert.deepEqual(limitsInForce(acme, [named('old', '150')]).limits.largestRefund, { USD: '150', JPY: '150' })
  })

  it('a limit that can not be read lets nothing out, and no limit lets everything out', () => {
    const own = { refundsPerHour: 60, refundsPerDay: 500, firstByHand: 0, largestRefund: null }
    const strange = { refundsPerHour: Number.NaN, refundsPerDay: 500, firstByHand: 0, largestRefund: 'many' }
    const { limits: held } = limitsInForce({ name: 'acme', limits: own }, [{ name: 'twin', limits: strange }])
    assert.deepEqual(held, { ...strange })
    assert.equal(isWithinLargest('1.00', 'many'), false)
    assert.equal(isWithinLargest(null, null), true)
    assert.equal(isWithinLargest(null, '1.00'), false)
    assert.equal(isWithinLargest('1.0001', '1.00'), false)
    assert.equal(isWithinLargest('1', '1.00'), true)
  })
})
