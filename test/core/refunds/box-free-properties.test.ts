import assert from 'node:assert/strict'
import fc from 'fast-check'
import { decide, type PastResolutions } from '../../../src/core/refunds/decide.ts'
import { methodUnsaid } from '../../../src/core/returns/return.ts'
import { aPolicy, aSituation, now } from '../build.ts'
import { pairs } from '../generate.ts'

const provider = fc.constantFrom('happyreturns', 'happy_returns', 'Happy Returns', 'HAPPY-RETURNS')
const time = fc.constantFrom(
  null,
  now,
  '2026-11-10T09:00:00.000Z',
  '2026-11-08T09:00:00.000Z',
  '2026-11-10T11:00:00.000Z',
  'soon',
)
const process: fc.Arbitrary<PastResolutions['process']> = fc.constantFrom('none', 'planned')
const policies = fc.record({
  refunds: fc.constantFrom(true, true, true, false),
  onUnclear: fc.constantFrom('flag' as const, 'wait' as const),
  boxFree: fc.constantFrom('off' as const, 'bag' as const, 'return-id' as const),
})
const situations = fc
  .record({
    pair: pairs,
    provider,
    policy: policies,
    explicitRefund: fc.constantFrom(false, false, false, true),
    bagSeenAt: time,
    process,
  })
  .map(({ pair, provider: word, policy, process: past, ...rest }) => {
    const method = { ...methodUnsaid, provider: word, known: true }
    return aSituation({
      ...rest,
      rma: pair.rma,
      loopReturn: { ...pair.loopReturn, method, labels: [], trackingNumbers: [], bags: ['HR200250DB9E'] },
      policy: aPolicy(policy),
      past: { process: past, flags: [] },
    })
  })

describe('every return without a box, over all receipts and settings', () => {
  it('no closed box-free return is ever refunded or flagged (loop.md §14.4, point 2)', () => {
    fc.assert(
      fc.property(situations, (situation) => {
        assert.ok(situation.loopReturn !== null)
        const loopReturn = { ...situation.loopReturn, state: 'closed' as const }
        assert.deepEqual(decide({ ...situation, loopReturn }), {
          action: 'none',
          reasons: [{ code: 'CLOSED', message: 'Already closed in Loop.' }],
        })
      }),
      { numRuns: 1000 },
    )
  })

  it('an open one is refunded within a day after its bag was seen only if a person asks (G22)', () => {
    const seen = { early: 0, late: 0 }
    fc.assert(
      fc.property(situations, (situation) => {
        const { action } = decide(situation)
        if (action !== 'refund' || situation.explicitRefund) return
        const since = Date.parse(situation.bagSeenAt ?? situation.rma?.receivedAt ?? '')
        const isLate = Date.parse(now) - since >= 24 * 3_600_000
        seen[isLate ? 'late' : 'early'] += 1
      }),
      { numRuns: 3000 },
    )
    assert.equal(seen.early, 0)
    assert.ok(seen.late > 10, `only ${seen.late} were refunded at all`)
  })
})
