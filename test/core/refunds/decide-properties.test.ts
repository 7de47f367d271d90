import assert from 'node:assert/strict'
import fc from 'fast-check'
import { decide, type PastResolutions, receiptDigest, type Situation } from '../../../src/core/refunds/decide.ts'
import { aPolicy, aSituation } from '../build.ts'
import { allAvailable, pairs } from '../generate.ts'

const states = ['open', 'review', 'closed', 'cancelled', 'expired', 'unknown'] as const

/** Every condition of a refund (design.md, rules of money 3), written a second time. */
function mayRefund({ loopReturn, rma, policy, announced, past, explicitRefund }: Situation): boolean {
  if (loopReturn === null || rma === null) return false
  const { money, outcome, state } = loopReturn
  const { largestRefund } = policy.limits
  const paid = money.wasProcessed || money.refundBeforeInspection || money.refunds > 0
  const small = largestRefund === null || (largestRefund === '100.00' && Number(money.refund ?? 'x') <= 100)
  const young = policy.cutoff === null || policy.cutoff.startsWith('2020')
  return [
    explicitRefund || (policy.refunds && small && young),
    ['none', 'planned'].includes(past.process),
    state === 'open' && !paid,
    ['refund', 'exchange', 'Refund+exchange'].includes(outcome ?? ''),
    announced?.[0] !== '1',
    rma.customerIdentifier === loopReturn.returnId,
    allAvailable(loopReturn, rma),
  ].every(Boolean)
}

describe('decisions, over everything', () => {
  const money = fc.record({
    refund: fc.constantFrom('10.00', '99.99', '100.00', '100.01', null, 'x'),
    currency: fc.constant('USD'),
    wasProcessed: fc.constantFrom(false, false, null, true),
    refundBeforeInspection: fc.constantFrom(false, false, null, true),
    refunds: fc.constantFrom(0, 0, 0, 1),
  })
  const mostly = <T>(usual: T, ...others: T[]) =>
    fc.oneof({ weight: 30, arbitrary: fc.constant(usual) }, { weight: 2, arbitrary: fc.constantFrom(usual, ...others) })
  const situations: fc.Arbitrary<Situation> = fc
    .record({
      pair: pairs,
      state: mostly<(typeof states)[number]>('open', ...states),
      money,
      refunds: mostly<boolean>(true, false),
      onUnclear: fc.constantFrom('flag' as const, 'wait' as const),
      largestRefund: fc.constantFrom(null, '100.00', 'x'),
      outcome: mostly<string | null>('refund', 'exchange', 'Refund+exchange', 'refund+credit', 'gift', null),
      cutoff: mostly<string | null>(null, '2026-12-01T00:00:00Z', '2020-01-01T00:00:00Z', 'x'),
      process: mostly<PastResolutions['process']>('none', 'planned', 'pending', 'confirmed', 'refused', 'parked'),
      flagged: fc.constantFrom(
        null,
        null,
        'unsettled' as const,
        'accepted' as const,
        'confirmed' as const,
        'parked' as const,
      ),
      announced: mostly<'same' | 'unknown' | 'other'>('same', 'unknown', 'other'),
      explicitRefund: mostly<boolean>(false, true),
      present: mostly<'both' | 'no return' | 'no RMA'>('both', 'no return', 'no RMA'),
      customerIdentifier: mostly<string | null>('99904598', '12345', null),
    })
    .map((one) => {
      const loopReturn = { ...one.pair.loopReturn, state: one.state, money: one.money, outcome: one.outcome }
      const rma = { ...one.pair.rma, customerIdentifier: one.customerIdentifier }
      const announced = one.announced === 'same' ? loopReturn.units.map(({ lineItemId }) => lineItemId) : null
      return aSituation({
        loopReturn: one.present === 'no return' ? null : loopReturn,
        rma: one.present === 'no RMA' ? null : rma,
        policy: aPolicy(
          { refunds: one.refunds, onUnclear: one.onUnclear, outcomes: ['refund', 'exchange'], cutoff: one.cutoff },
          { largestRefund: one.largestRefund },
        ),
        announced: one.announced === 'other' ? ['1'] : announced,
        past: {
          process: one.process,
          flags: one.flagged === null ? [] : [{ receipt: receiptDigest(rma), state: one.flagged }],
        },
        explicitRefund: one.explicitRefund,
      })
    })

  it('refund exactly when every condition holds, and give a reason always', () => {
    let refunds = 0
    fc.assert(
      fc.property(situations, (situation) => {
        const { action, reasons } = decide(situation)
        if (action === 'refund') refunds += 1
        assert.equal(action === 'refund', mayRefund(situation))
        assert.ok(reasons.length > 0 && reasons.every(({ code, message }) => /^[A-Z_]+$/.test(code) && message !== ''))
      }),
      { numRuns: 10_000 },
    )
    // About 130 occur by chance.
    assert.ok(refunds > 50, `only ${refunds} refunds: the situations must be a mixture`)
  })

  it('flag only what is open or unknown in Loop, received at MasonHub, and not flagged or processed before', () => {
    fc.assert(
      fc.property(situations, (situation) => {
        if (decide(situation).action !== 'flag') return
        const { loopReturn, rma, past } = situation
        assert.ok(loopReturn?.state === 'open' || loopReturn?.state === 'unknown')
        assert.equal(rma?.status, 'received')
        assert.ok(past.flags.every(({ state }) => state === 'unsettled'))
        assert.ok(past.process === 'none' || past.process === 'planned')
      }),
      { numRuns: 3000 },
    )
  })
})
