import assert from 'node:assert/strict'
import fc from 'fast-check'
import { loosenedMoney, type MoneySettings } from '../../../src/core/merchants/money-change.ts'
import { defaultPolicy, type Policy } from '../../../src/core/merchants/policy.ts'
import { isWithinLargest } from '../../../src/core/refunds/largest-refund.ts'

const realLoop = { baseUrl: 'https://api.loopreturns.com/api/2026-10' }
const localLoop = { baseUrl: 'http://127.0.0.1:4010/api/2026-10' }
type Change = Omit<Partial<Policy>, 'limits'> & { limits?: Partial<Policy['limits']> }

function side(change: Change = {}, more: Partial<MoneySettings> = {}): MoneySettings {
  const limits = { ...defaultPolicy.limits, ...change.limits }
  return {
    environment: 'production',
    loop: realLoop,
    masonhub: { baseUrl: 'https://app.masonhub.co/acme/api/v1' },
    policy: { ...defaultPolicy, ...change, limits },
    ...more,
  }
}
const on = (change: Change = {}, more: Partial<MoneySettings> = {}) => side({ refunds: true, ...change }, more)

describe('what lets more real money out (G9)', () => {
  it('refunds that were off and are on, however it comes about, open (G9)', () => {
    const local: Partial<MoneySettings> = { environment: 'sandbox', loop: localLoop }
    const openings: [string, MoneySettings | null, MoneySettings][] = [
      ['a new merchant', null, on()],
      ['the switch', side(), on()],
      [
        'production for an environment that was the sandbox, the switch being on',
        on({}, local),
        on({}, { loop: localLoop }),
      ],
      ['both in one call', side({}, local), on({}, { loop: localLoop })],
      ['a Loop that is not on this machine', on({}, local), on({}, { environment: 'sandbox' })],
      [
        'the switch of a "sandbox" whose Loop is the real one',
        side({}, { environment: 'sandbox' }),
        on({}, { environment: 'sandbox' }),
      ],
    ]
    for (const [what, before, after] of openings) assert.equal(loosenedMoney(before, after)?.opens, true, what)
  })

  it('each setting that allows more, by its name; the same the other way round allows less (G9)', () => {
    const pairs: [string, MoneySettings, MoneySettings][] = [
      ['refunds-per-hour', on(), on({ limits: { refundsPerHour: 61 } })],
      ['refunds-per-day', on(), on({ limits: { refundsPerDay: 501 } })],
      ['claim-settle', on({ claimSettle: 60 }), on({ claimSettle: 59 })],
      ['largest-refund', on({ limits: { largestRefund: '250.00' } }), on({ limits: { largestRefund: '250.0001' } })],
      ['largest-refund', on({ limits: { largestRefund: '250.00' } }), on()],
      [
        'largest-refund',
        on({ limits: { largestRefund: { USD: '1' } } }),
        on({ limits: { largestRefund: { USD: '1', JPY: '9' } } }),
      ],
      ['first-by-hand', on({ limits: { firstByHand: 10 } }), on({ limits: { firstByHand: 9 } })],
      ['outcomes', on({ outcomes: ['exchange'] }), on({ outcomes: ['exchange', 'refund'] })],
      ['outcomes', on({ outcomes: ['refund', 'exchange+refund'] }), on({ outcomes: ['refund', 'exchange'] })],
      ['on-unclear', on(), on({ onUnclear: 'wait' })],
      ['other-box-days', on(), on({ waits: { ...defaultPolicy.waits, otherBox: 11 } })],
      ['destinations', on({ destinations: ['1'] }), on({ destinations: ['1', '2'] })],
      ['destinations', on({ destinations: ['1'] }), on()],
      ['cutoff', on({ cutoff: '2026-10-01T00:00:00.000Z' }), on({ cutoff: '2026-09-30T00:00:00.000Z' })],
      ['cutoff', on({ cutoff: '2026-10-01T00:00:00.000Z' }), on()],
    ]
    for (const [key, less, more] of pairs) {
      assert.deepEqual(loosenedMoney(less, more), { opens: false, what: [key] }, key)
      assert.equal(loosenedMoney(more, less), null, `${key}, tightened`)
    }
  })

  it('other accounts under open refunds: whose money it is, and whose receipts decide (G9)', () => {
    const other = { baseUrl: 'https://api.loopreturns.com/api/2027-01' }
    assert.deepEqual(loosenedMoney(on(), on({}, { loop: other }))?.what, ['loop-base-url'])
    const house = { baseUrl: 'https://app.masonhub.co/other/api/v1' }
    assert.deepEqual(loosenedMoney(on(), on({}, { masonhub: house }))?.what, ['masonhub-base-url'])
    assert.deepEqual(loosenedMoney(on({}, { environment: 'sandbox' }), on())?.what, ['environment'])
    assert.equal(loosenedMoney(side(), side({}, { masonhub: house })), null)
  })

  it('the budgets and the wait for claims hold for explicit refunds too, so they are asked about with the switch off; the rest is not (G9)', () => {
    assert.deepEqual(loosenedMoney(side(), side({ limits: { refundsPerHour: 1000 } }))?.what, ['refunds-per-hour'])
    assert.deepEqual(loosenedMoney(side({ claimSettle: 60 }), side())?.what, ['claim-settle'])
    assert.equal(loosenedMoney(side({ destinations: ['1'] }), side()), null)
    assert.equal(loosenedMoney(null, side({ limits: { refundsPerHour: 1000 } })), null)
  })

  it('the sandbox on this machine asks nothing, whatever changes (G9)', () => {
    const local: Partial<MoneySettings> = { environment: 'sandbox', loop: localLoop }
    assert.equal(loosenedMoney(side({}, local), on({ limits: { refundsPerHour: 9999 } }, local)), null)
  })

  it('a limit that is no number counts as none (G9)', () => {
    assert.deepEqual(loosenedMoney(on(), on({ limits: { refundsPerHour: Number.NaN } }))?.what, ['refunds-per-hour'])
    const large = on({ limits: { largestRefund: 'much' } })
    assert.deepEqual(loosenedMoney(on({ limits: { largestRefund: '1' } }), large)?.what, ['largest-refund'])
  })

  it('a largest refund that can not be read lets nothing out: to replace it is asked about, to keep it is not (G9)', () => {
    const at = (largestRefund: string | null) => on({ limits: { largestRefund } })
    for (const unreadable of ['100.12345', 'much', ''])
      for (const after of ['0', '1', '100000', '100.12346', null])
        assert.deepEqual(loosenedMoney(at(unreadable), at(after))?.what, ['largest-refund'], `${unreadable} → ${after}`)
    assert.equal(loosenedMoney(at('100.12345'), at('100.12345')), null)
    assert.equal(loosenedMoney(at(null), at('100.12345')), null)
  })

  it('property: whatever lets a refund out that was held back before is asked about (G9)', () => {
    const amounts = fc.oneof(
      fc.constantFrom(null, '100.12345', 'much', '', '1'),
      fc.nat(9_999).map((cents) => (cents / 100).toFixed(2)),
    )
    const sizes = fc.nat(9_999).map((cents) => (cents / 100).toFixed(2))
    fc.assert(
      fc.property(amounts, amounts, sizes, (before, after, size) => {
        const letsOut = !isWithinLargest(size, before) && isWithinLargest(size, after)
        const requested = loosenedMoney(
          on({ limits: { largestRefund: before } }),
          on({ limits: { largestRefund: after } }),
        )
        return !letsOut || requested?.what.includes('largest-refund') === true
      }),
      { numRuns: 2_000 },
    )
  })

  const limits = fc.record({
    refundsPerHour: fc.nat(5),
    refundsPerDay: fc.nat(5),
    largestRefund: fc.constantFrom(null, '1', '2.50', '100'),
    firstByHand: fc.nat(3),
  })
  const policies = fc.record({
    refunds: fc.boolean(),
    outcomes: fc.subarray(['refund', 'credit', 'exchange', 'exchange+refund']),
    onUnclear: fc.constantFrom('flag' as const, 'wait' as const),
    destinations: fc.subarray(['1', '2', '3']),
    cutoff: fc.constantFrom(null, '2026-01-01T00:00:00.000Z', '2026-06-01T00:00:00.000Z'),
    limits,
  })
  const sides = fc
    .tuple(policies, fc.boolean(), fc.boolean())
    .map(([policy, isProduction, isLocal]) =>
      side(policy, { environment: isProduction ? 'production' : 'sandbox', loop: isLocal ? localLoop : realLoop }),
    )

  it('property: no way round of several steps lets more out than was asked about (G9)', () => {
    fc.assert(
      fc.property(fc.array(sides, { minLength: 2, maxLength: 5 }), (steps) => {
        const [first, last] = [steps[0], steps.at(-1)]
        if (first === undefined || last === undefined || loosenedMoney(first, last)?.opens !== true) return true
        // Any sequence of steps from closed to open contains at least one step that is asked about.
        return steps.slice(1).some((step, index) => loosenedMoney(steps[index] ?? null, step) !== null)
      }),
      { numRuns: 2_000 },
    )
  })

  it('property: nothing changed, nothing asked; refunds off and budgets as they were, nothing asked (G9)', () => {
    fc.assert(fc.property(sides, (one) => loosenedMoney(one, one) === null))
    fc.assert(
      fc.property(sides, sides, (one, other) => {
        const off = { ...other, policy: { ...other.policy, refunds: false, limits: one.policy.limits } }
        return loosenedMoney(one, off) === null
      }),
    )
  })
})
