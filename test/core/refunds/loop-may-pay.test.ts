import assert from 'node:assert/strict'
import { decide } from '../../../src/core/refunds/decide.ts'
import { methodUnsaid } from '../../../src/core/returns/return.ts'
import { aBoxFreeReturn, anRma, aPolicy, aReturn, aSituation, bag, decided, now } from '../build.ts'

const early = '2026-11-10T10:00:01.000Z'
const late = '2026-11-10T10:00:00.000Z'
const loopReturn = aBoxFreeReturn()
/** Received a day before now, to the second. */
const rma = anRma({ packageId: bag })

describe('an open return without a box, all of it available (G22)', () => {
  it('is left to Loop’s own job for 24 hours after its bag was seen, then refunded', () => {
    assert.equal(decided({ loopReturn, rma, bagSeenAt: early }), 'wait LOOP_MAY_PAY ALL_AVAILABLE')
    assert.equal(decided({ loopReturn, rma, bagSeenAt: late }), 'refund ALL_AVAILABLE')
    const { reasons } = decide(aSituation({ loopReturn, rma, bagSeenAt: early, now }))
    assert.match(reasons[0]?.message ?? '', /: it is left alone until 2026-11-11 10:00 UTC\.$/)
  })

  it('counts from the receipt where no bag was seen, and waits for a person where neither time is known', () => {
    const since = (receivedAt: string | null) => decided({ loopReturn, rma: { ...rma, receivedAt } })
    assert.equal(since(early), 'wait LOOP_MAY_PAY ALL_AVAILABLE')
    assert.equal(since(late), 'refund ALL_AVAILABLE')
    assert.equal(since(null), 'wait LOOP_MAY_PAY ALL_AVAILABLE')
    assert.equal(since('yesterday'), 'wait LOOP_MAY_PAY ALL_AVAILABLE')
  })

  it('is refunded at once if a person asks for it, who is told of Loop’s job', () => {
    const explicit = { loopReturn, rma, bagSeenAt: early, explicitRefund: true }
    assert.equal(decided(explicit), 'refund ALL_AVAILABLE LOOP_MAY_PAY')
    assert.equal(decided({ ...explicit, bagSeenAt: late }), 'refund ALL_AVAILABLE')
  })

  it('is not refunded after the wait by a policy that leaves refunds to people', () => {
    const off = aPolicy({ refunds: false })
    assert.equal(decided({ loopReturn, rma, bagSeenAt: late, policy: off }), 'wait REFUNDS_OFF ALL_AVAILABLE')
  })

  it('is waited for also where nothing says how it is handed in, and it has no label (A-45)', () => {
    const unsaid = { loopReturn: { ...loopReturn, method: methodUnsaid }, rma }
    assert.equal(decided({ ...unsaid, bagSeenAt: early }), 'wait LOOP_MAY_PAY ALL_AVAILABLE')
    const isNull = { loopReturn: { ...loopReturn, method: { ...methodUnsaid, known: true } }, rma }
    assert.equal(decided({ ...isNull, bagSeenAt: early }), 'wait LOOP_MAY_PAY ALL_AVAILABLE', 'return_method: null')
    const labelled = aReturn({ method: methodUnsaid })
    assert.equal(decided({ loopReturn: labelled, bagSeenAt: early }), 'refund ALL_AVAILABLE')
  })

  it('is never waited for by mail', () => {
    assert.equal(decided({ bagSeenAt: early }), 'refund ALL_AVAILABLE')
  })
})
