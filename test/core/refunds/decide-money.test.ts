import assert from 'node:assert/strict'
import { alreadyPaid, decide } from '../../../src/core/refunds/decide.ts'
import type { ReturnMoney } from '../../../src/core/returns/return.ts'
import { anOpenRma, anRma, aPolicy, aReturn, aSituation, damagedRma, decided, unclearRma } from '../build.ts'

const aMoney = (special: Partial<ReturnMoney>): ReturnMoney => ({ ...aReturn().money, ...special })

describe("what is older than the merchant's cutoff is left alone", () => {
  const policy = aPolicy({ cutoff: '2026-11-01T12:00:00.000Z' })

  it('neither refunded nor flagged: what ran before us may still do both', () => {
    for (const rma of [anRma(), damagedRma, anOpenRma(), null])
      assert.equal(decided({ policy, rma }), 'none BEFORE_CUTOFF')
  })

  it('unless an operator asks explicitly', () => {
    assert.equal(decided({ policy, explicitRefund: true }), 'refund ALL_AVAILABLE')
  })

  it('and what is younger is not', () => {
    assert.equal(
      decided({ policy, loopReturn: aReturn({ createdAt: '2026-11-01T12:00:00Z' }) }),
      'refund ALL_AVAILABLE',
    )
  })

  it('waits when a date can not be read', () => {
    assert.equal(decided({ policy, loopReturn: aReturn({ createdAt: null }) }), 'wait CREATED_UNKNOWN')
    assert.equal(decided({ policy: aPolicy({ cutoff: 'yesterday' }) }), 'wait CREATED_UNKNOWN')
  })
})

describe('what Loop has paid already is not paid again (F19)', () => {
  for (const money of [{ wasProcessed: true }, { refunds: 1 }, { refundBeforeInspection: true }]) {
    it(`${JSON.stringify(money)}: nothing, even explicitly`, () => {
      const loopReturn = aReturn({ money: aMoney(money) })
      assert.equal(decided({ loopReturn }), 'none ALREADY_PROCESSED')
      assert.equal(decided({ loopReturn, explicitRefund: true }), 'none ALREADY_PROCESSED')
      assert.equal(decided({ loopReturn, policy: aPolicy({ refunds: false }) }), 'none ALREADY_PROCESSED')
      assert.equal(alreadyPaid(loopReturn)?.action, 'none')
    })

    it(`${JSON.stringify(money)}: damage is flagged all the same`, () => {
      assert.equal(decided({ loopReturn: aReturn({ money: aMoney(money) }), rma: damagedRma }), 'flag DAMAGED')
    })
  }

  it('distinguishes what Loop processed from what it refunded early', () => {
    const message = (money: Partial<ReturnMoney>) => alreadyPaid(aReturn({ money: aMoney(money) }))?.reasons[0]?.message
    assert.equal(message({ wasProcessed: true, refundBeforeInspection: true }), 'Loop has already processed it.')
    assert.equal(message({ refunds: 2 }), 'Loop has already processed it.')
    assert.equal(message({ refundBeforeInspection: true }), 'Loop refunded it before the inspection.')
  })

  it('silence is not payment', () => {
    const loopReturn = aReturn({ money: aMoney({ wasProcessed: null, refundBeforeInspection: null }) })
    assert.equal(decided({ loopReturn }), 'refund ALL_AVAILABLE')
    assert.equal(alreadyPaid(loopReturn), null)
  })
})

describe('the largest refund without a person (F23)', () => {
  const policy = aPolicy({}, { largestRefund: '50.00' })
  const paying = (money: Partial<ReturnMoney>, outcome = 'refund') => ({
    policy,
    loopReturn: aReturn({ outcome, money: aMoney(money) }),
  })

  it('is included in what may be paid', () => {
    assert.equal(decided(paying({ refund: '50.00' })), 'refund ALL_AVAILABLE')
    assert.equal(decided(paying({ refund: '50.01' })), 'wait REFUND_TOO_LARGE ALL_AVAILABLE')
  })

  it('is not known to be kept when an amount can not be read', () => {
    assert.equal(decided(paying({ refund: null })), 'wait REFUND_TOO_LARGE ALL_AVAILABLE')
    assert.equal(decided(paying({ refund: '1e1' })), 'wait REFUND_TOO_LARGE ALL_AVAILABLE')
    assert.equal(decided({ policy: aPolicy({}, { largestRefund: 'lots' }) }), 'wait REFUND_TOO_LARGE ALL_AVAILABLE')
  })

  it('counts store credit too, which Loop does not count as refund', () => {
    assert.equal(decided(paying({ refund: '0.00', giftCard: '50.00' }, 'credit')), 'refund ALL_AVAILABLE')
    assert.equal(
      decided(paying({ refund: '0.00', giftCard: '50.01' }, 'credit')),
      'wait REFUND_TOO_LARGE ALL_AVAILABLE',
    )
    assert.equal(
      decided(paying({ refund: '30.00', giftCard: '20.01' }, 'exchange+refund')),
      'wait REFUND_TOO_LARGE ALL_AVAILABLE',
    )
    assert.equal(decided(paying({ refund: null, giftCard: '1.00' }, 'credit')), 'wait REFUND_TOO_LARGE ALL_AVAILABLE')
    assert.equal(decided(paying({ refund: '1.00', giftCard: 'x' }, 'refund')), 'wait REFUND_TOO_LARGE ALL_AVAILABLE')
  })

  it('is not known to be kept when credit is given and Loop does not say how much', () => {
    for (const outcome of ['credit', 'exchange+credit', 'credit+refund', 'Refund + Credit']) {
      assert.equal(decided(paying({ refund: '0.00' }, outcome)), 'wait REFUND_TOO_LARGE ALL_AVAILABLE')
      assert.equal(decided(paying({ refund: '0.00', giftCard: null }, outcome)), 'wait REFUND_TOO_LARGE ALL_AVAILABLE')
    }
    assert.equal(decided(paying({ refund: '0.00', giftCard: null }, 'exchange')), 'refund ALL_AVAILABLE')
  })

  it('does not bind an operator who asks explicitly; nor does the refund switch', () => {
    assert.equal(decided({ ...paying({ refund: '5000.00' }), explicitRefund: true }), 'refund ALL_AVAILABLE')
    assert.equal(decided({ policy: aPolicy({ refunds: false }), explicitRefund: true }), 'refund ALL_AVAILABLE')
  })

  it('names the limit', () => {
    assert.match(decide(aSituation(paying({ refund: '51' }))).reasons[0]?.message ?? '', /limit of 50\.00:/)
  })

  it('is asked about after the switch', () => {
    const off = aPolicy({ refunds: false }, { largestRefund: '1.00' })
    assert.equal(decided({ policy: off }), 'wait REFUNDS_OFF ALL_AVAILABLE')
  })
})

describe('an operator who asks explicitly', () => {
  it('does not get a refund for a receipt that is not all right', () => {
    assert.equal(decided({ rma: damagedRma, explicitRefund: true }), 'flag DAMAGED')
    assert.equal(
      decided({ rma: unclearRma, policy: aPolicy({ onUnclear: 'wait' }), explicitRefund: true }),
      'wait NOT_AVAILABLE',
    )
    assert.equal(decided({ rma: anOpenRma(), explicitRefund: true }), 'wait NOT_RECEIVED')
  })
})
