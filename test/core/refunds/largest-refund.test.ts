import assert from 'node:assert/strict'
import fc from 'fast-check'
import { decide } from '../../../src/core/refunds/decide.ts'
import {
  bothLargest,
  isLargerRefund,
  isReadable,
  isWithinLargest,
  type LargestRefund,
  largestText,
  someCurrency,
} from '../../../src/core/refunds/largest-refund.ts'
import type { ReturnMoney } from '../../../src/core/returns/return.ts'
import { aPolicy, aReturn, aSituation } from '../build.ts'

const aMoney = (special: Partial<ReturnMoney>): ReturnMoney => ({ ...aReturn().money, ...special })

const amount = fc.oneof(
  fc.constantFrom('many', '', '1'),
  fc.nat(9_999).map((cents) => (cents / 100).toFixed(2)),
)
const currency = fc.constantFrom('USD', 'JPY', 'EUR')
const largest: fc.Arbitrary<LargestRefund> = fc.oneof(fc.constant(null), amount, fc.dictionary(currency, amount))
const size = fc.option(fc.nat(9_999).map((cents) => (cents / 100).toFixed(2)))
const refund = fc.tuple(size, fc.constantFrom('USD', 'JPY', 'EUR', 'GBP', null))

describe('limits per currency (F23, G9)', () => {
  const perCurrency = { JPY: '30000', USD: '200' }
  const action = (money: { refund: string; currency: string | null }) => {
    const loopReturn = aReturn({ money: aMoney(money) })
    return decide(aSituation({ loopReturn, policy: aPolicy({}, { largestRefund: perCurrency }) })).action
  }

  it('hold each in its currency; any other, or none, is left to a person', () => {
    assert.equal(action({ refund: '200.00', currency: 'USD' }), 'refund')
    assert.equal(action({ refund: '200.01', currency: 'USD' }), 'wait')
    assert.equal(action({ refund: '30000', currency: 'jpy' }), 'refund')
    assert.equal(action({ refund: '201', currency: 'JPY' }), 'refund')
    for (const other of ['EUR', '', null, 'constructor', '__proto__'])
      assert.equal(action({ refund: '0.00', currency: other }), 'wait', String(other))
  })

  it('one amount holds whatever the currency, as before', () => {
    for (const other of ['USD', 'EUR', null]) {
      assert.equal(isWithinLargest('5', '5.00', other), true)
      assert.equal(isWithinLargest('5.01', '5.00', other), false)
      assert.equal(isWithinLargest(null, null, other), true)
    }
  })

  it('are named', () => {
    assert.equal(largestText(perCurrency), 'JPY 30000, USD 200')
    assert.equal(largestText('250.00'), '250.00')
    assert.equal(largestText(bothLargest({ USD: '1' }, { EUR: '1' }) ?? ''), 'nothing in any currency')
    assert.deepEqual([someCurrency(perCurrency), someCurrency({ USD: 'x' }), someCurrency('1')], ['JPY', null, null])
    assert.equal(isReadable({ USD: '1', EUR: 'x' }), false)
  })

  it('property: two limits together let out exactly what each would', () => {
    fc.assert(
      fc.property(largest, largest, refund, (one, other, [paid, code]) => {
        const expected = isWithinLargest(paid, one, code) && isWithinLargest(paid, other, code)
        assert.equal(isWithinLargest(paid, bothLargest(one, other), code), expected)
        assert.equal(isWithinLargest(paid, bothLargest(other, one), code), expected)
      }),
      { numRuns: 3_000 },
    )
  })

  it('property: whatever lets a refund out that was held back, in any currency, is asked about (G9)', () => {
    fc.assert(
      fc.property(largest, largest, refund, (before, after, [paid, code]) => {
        const letsOut = !isWithinLargest(paid, before, code) && isWithinLargest(paid, after, code)
        if (letsOut) assert.ok(isLargerRefund(before, after))
      }),
      { numRuns: 3_000 },
    )
  })

  it('to leave a currency to a person, or to name currencies at all, is no loosening (G9)', () => {
    assert.equal(isLargerRefund(perCurrency, { USD: '200' }), false)
    assert.equal(isLargerRefund('200', { USD: '200', JPY: '100' }), false)
    assert.equal(isLargerRefund(null, perCurrency), false)
    assert.equal(isLargerRefund({ USD: '200' }, perCurrency), true)
    assert.equal(isLargerRefund(perCurrency, { ...perCurrency, USD: '200.01' }), true)
    assert.equal(isLargerRefund(perCurrency, '1'), true)
    assert.equal(isLargerRefund(perCurrency, perCurrency), false)
  })
})
