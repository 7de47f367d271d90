import assert from 'node:assert/strict'
import fc from 'fast-check'
import { type Decision, decide, type PastResolutions, receiptDigest } from '../../../src/core/refunds/decide.ts'
import { decidePartial } from '../../../src/core/refunds/decide-partial.ts'
import { announcedLineItems } from '../../../src/core/returns/units.ts'
import { aLine, anRma, aPolicy, aReturn, aSituation, aUnit, codesOf, now, received } from '../build.ts'
import { pairs } from '../generate.ts'

const loopReturn = aReturn({
  units: [aUnit({ lineItemId: '501', sku: 'SHIRT' }), aUnit({ lineItemId: '502', sku: 'CAP' })],
})
const rma = anRma({
  lines: [aLine({ sku: 'SHIRT' }, received('available', 1)), aLine({ sku: 'CAP' }, received('short', 1))],
})
const noPast: PastResolutions = { process: 'none', flags: [] }
const pasts = [
  'pending',
  'confirmed',
  'paid by somebody',
  'refused',
  'parked',
  'claimed elsewhere',
  'unclaimed',
  'ended elsewhere',
] as const

function decisionOn(past: PastResolutions = noPast, special: Partial<Parameters<typeof aSituation>[0]> = {}) {
  const situation = aSituation({ loopReturn, rma, past, explicitRefund: true, ...special })
  const input = {
    loopReturn,
    rma,
    policy: aPolicy(),
    announced: announcedLineItems(loopReturn),
    chosen: null,
    bagSeenAt: null,
    now,
  }
  return decidePartial(decide(situation), past, input)
}

const said = (past?: PastResolutions, special?: Parameters<typeof decisionOn>[1]) => {
  const { decision, refused, partial } = decisionOn(past, special)
  return `${refused ? 'refused' : decision.action} ${codesOf(decision.reasons).join(' ')} ${partial === null ? '' : 'partial'}`.trim()
}

describe('whether only what arrived is refunded', () => {
  it('is decided after a person has asked for it, and only where units are missing', () => {
    assert.equal(said(), 'refund ONLY_ARRIVED MISSING partial')
    assert.match(
      decisionOn().decision.reasons[0]?.message ?? '',
      /^Refunds only what arrived \(1 × SHIRT \(501\)\)\. Not paid, and removed from the return: 1 × CAP \(502\)\.$/,
    )
  })

  it('is no whenever a refund of either kind was sent, or may have been (F1, G1, G16)', () => {
    for (const process of pasts) {
      const { refused, partial } = decisionOn({ process, flags: [] })
      assert.deepEqual([refused, partial], [true, null], process)
    }
    assert.equal(said({ process: 'planned', flags: [] }), 'refund ONLY_ARRIVED MISSING partial')
  })

  it('is no while the outcome of a flag is unknown, and yes when a person has set the flagged return back to open', () => {
    const flag = (state: PastResolutions['flags'][number]['state'], receipt = rma) =>
      ({ process: 'none', flags: [{ receipt: receiptDigest(receipt), state }] }) as const
    assert.match(said(flag('unsettled')), /^refused FLAG_PENDING/)
    assert.match(said(flag('accepted')), /^refused FLAG_PENDING/)
    assert.match(said({ process: 'none', flags: [{ receipt: 'another', state: 'accepted' }] }), /^refused FLAG_PENDING/)
    assert.match(said(flag('parked')), /^refused FLAG_PARKED/)
    assert.equal(said(flag('confirmed')), 'refund ONLY_ARRIVED MISSING partial')
  })

  it('is no for an RMA that is not ours, whatever its units say (F34)', () => {
    const foreign: Decision = { action: 'wait', reasons: [{ code: 'RMA_FOREIGN', message: 'm' }] }
    const input = {
      loopReturn,
      rma,
      policy: aPolicy(),
      announced: announcedLineItems(loopReturn),
      chosen: null,
      bagSeenAt: null,
      now,
    }
    assert.equal(decidePartial(foreign, noPast, input).refused, true)
  })

  it('never comes out of the rules, and is never possible where they refund, wait, or call it over', () => {
    fc.assert(
      fc.property(pairs, ({ loopReturn, rma }) => {
        const decision = decide(aSituation({ loopReturn, rma }))
        assert.ok(!codesOf(decision.reasons).includes('ONLY_ARRIVED'))
        const input = {
          loopReturn,
          rma,
          policy: aPolicy(),
          announced: announcedLineItems(loopReturn),
          chosen: null,
          bagSeenAt: null,
          now,
        }
        const { refused, partial } = decidePartial(decision, noPast, input)
        assert.equal(refused, partial === null)
        if (!refused) assert.equal(decision.action, 'flag')
      }),
      { numRuns: 1_000 },
    )
  })
})
