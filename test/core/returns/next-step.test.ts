import assert from 'node:assert/strict'
import { findingCodes } from '../../../src/core/audit/finding-codes.ts'
import type { Severity } from '../../../src/core/explain/reason.ts'
import { decide } from '../../../src/core/refunds/decide.ts'
import { isHeldByPolicy } from '../../../src/core/refunds/held-by-policy.ts'
import { nextStep, type Standpoint } from '../../../src/core/returns/next-step.ts'
import { parcelsOf } from '../../../src/core/returns/parcels.ts'
import { planRma } from '../../../src/core/rmas/plan-rma.ts'
import { rmaDifference } from '../../../src/core/rmas/rma-difference.ts'
import {
  anOpenRma,
  anRma,
  aPlanInput,
  aPolicy,
  aReturn,
  aSituation,
  damagedRma,
  returnId,
  unclearRma,
  unitsOf,
} from '../build.ts'

/** The next step for a return; plan, difference and decision follow from the rules. */
function next(special: Partial<Standpoint> = {}, policy = aPolicy(), knownSkus: ReadonlySet<string> | null = null) {
  const { loopReturn = aReturn(), rma = anRma() } = special
  const plan = loopReturn && planRma(aPlanInput({ loopReturn, policy, knownSkus }))
  const there = rma ? [rma] : []
  const difference =
    plan && rmaDifference({ plan, there, parcels: loopReturn ? parcelsOf(loopReturn, 'bag') : [], ours: false })
  const decision = decide(aSituation({ loopReturn, rma, policy, announced: null }))
  const { text, command } = nextStep({
    returnId,
    loopReturn,
    rma,
    plan,
    difference,
    decision,
    findings: [],
    heldBy: decision.action === 'wait' && isHeldByPolicy(decision.reasons) ? (decision.reasons[0] ?? null) : null,
    unknownWrite: null,
    ...special,
  })
  return [text, command]
}

const closed = aReturn({ state: 'closed' })
const history = 'mhloop rma history 99904598'
const sync = 'mhloop asn sync 99904598'
const resolve = 'mhloop rma resolve 99904598'
const decided = (action: 'wait' | 'none', ...codes: string[]) => ({
  decision: { action, reasons: codes.map((code) => ({ code, message: `About ${code}.` })) },
})

describe('what an operator should do now', () => {
  it('about an id that Loop does not know', () => {
    assert.deepEqual(next({ loopReturn: null, rma: null }), [
      'Neither Loop nor MasonHub has it: check the id in the Loop admin.',
      null,
    ])
    assert.deepEqual(next({ loopReturn: null }), ['Only MasonHub has it: check the id in the Loop admin.', null])
  })

  it('about an RMA that is missing, differs, should go, or is not ours', () => {
    assert.deepEqual(next({ rma: null }), ['MasonHub has no RMA yet: create one.', sync])
    assert.deepEqual(next({ rma: anOpenRma({ packageId: 'OTHER' }) }), [
      'The RMA differs from the return: update it.',
      sync,
    ])
    assert.deepEqual(next({ loopReturn: aReturn({ state: 'cancelled' }), rma: anOpenRma() }), [
      'The return is cancelled: delete its RMA.',
      sync,
    ])
    assert.deepEqual(next({ rma: anOpenRma({ returnType: 'returned_to_sender' }) }), [
      'Ask MasonHub who made this RMA; mhloop leaves it alone.',
      null,
    ])
  })

  it('about a SKU that MasonHub lacks', () => {
    assert.deepEqual(next({ rma: null }, aPolicy(), new Set()), [
      'MasonHub has no SKU SHIRT-M. Add it there, then sync.',
      sync,
    ])
  })

  it('H25 about a SKU that only resembles one that MasonHub has', () => {
    const loopReturn = aReturn({ units: unitsOf('\u200bSHIRT-M') })
    assert.deepEqual(next({ loopReturn, rma: null }, aPolicy(), new Set(['SHIRT-M'])), [
      'MasonHub has no SKU SHIRT-M with the invisible character U+200B. Correct it in the shop, or add it there, then sync.',
      sync,
    ])
  })

  it('about a return that is held', () => {
    const loopReturn = aReturn({ trackingNumbers: [] })
    assert.deepEqual(next({ loopReturn, rma: null }), [
      'Loop has no tracking number yet; MasonHub needs one. The next sync checks again.',
      sync,
    ])
    assert.deepEqual(next({ loopReturn, rma: anOpenRma() }), ['The parcel has not been received yet.', null])
  })

  it('about a tracking number that MasonHub can’t take, unless its parcel is there (H41)', () => {
    const loopReturn = aReturn({ trackingNumbers: ['123'] })
    const why = "Loop's tracking number “123” can't be announced: it has 3 characters, and MasonHub allows 5 to 100."
    const correct = [`${why} Correct the label in the Loop admin, then sync.`, sync]
    assert.deepEqual(next({ loopReturn, rma: null }), correct)
    assert.deepEqual(next({ loopReturn, rma: anOpenRma() }), correct)
    assert.deepEqual(next({ loopReturn }), ['Everything arrived: tell Loop to process the refund.', resolve])
  })

  it('about a return that needs no RMA and has none', () => {
    assert.deepEqual(next({ loopReturn: aReturn({ state: 'closed' }), rma: null }), ['Nothing: it is done.', null])
  })

  it('about a receipt', () => {
    assert.deepEqual(next(), ['Everything arrived: tell Loop to process the refund.', resolve])
    assert.deepEqual(next({ rma: damagedRma }), ['Something is wrong with the receipt: flag it in Loop.', resolve])
  })

  it('about a refund that only a person may ask for', () => {
    const explicit = ['Everything arrived: a person may request the refund explicitly.', `${resolve} --refund`]
    assert.deepEqual(next({}, aPolicy({ refunds: false })), explicit)
    assert.deepEqual(next({}, aPolicy({}, { largestRefund: '1' })), explicit)
  })

  it('G12 about a refund that waits: with --refund, where that passes; never where it does not', () => {
    const heldBy = (code: string) => ({ heldBy: { code, message: `About ${code}.` } })
    for (const code of ['REFUNDS_OFF', 'REFUND_TOO_LARGE', 'FIRST_BY_HAND'])
      assert.equal(next(heldBy(code))[1], `${resolve} --refund`, code)
    for (const code of ['REFUNDS_PAUSED', 'QUARANTINED', 'HOURLY_LIMIT', 'DAILY_LIMIT']) {
      assert.deepEqual(next(heldBy(code)), [`Everything arrived. About ${code}.`, 'mhloop refunds status'], code)
    }
    for (const code of ['MAYBE_SENT', 'NOT_PLANNED']) {
      assert.deepEqual(next(heldBy(code)), [`About ${code}. Check it in the Loop admin.`, history], code)
    }
  })

  it('G13 about an RMA whose write is in doubt: when to sync, not that it is missing', () => {
    const unknownWrite = { message: 'A create was sent.' }
    assert.deepEqual(next({ rma: null, unknownWrite }), ['A create was sent.', sync])
  })

  it('about what is under way', () => {
    for (const code of ['PROCESS_PENDING', 'FLAG_PENDING']) {
      assert.deepEqual(next(decided('wait', code)), ['Check again in a minute.', 'mhloop rma show 99904598'])
    }
  })

  it('about waiting for anything else', () => {
    assert.deepEqual(next({ rma: unclearRma }, aPolicy({ onUnclear: 'wait' })), [
      '1 of 1 × SHIRT-M in quality control.',
      null,
    ])
    assert.deepEqual(next(decided('wait')), ['Nothing to do yet.', null])
  })

  for (const code of ['IN_REVIEW', 'FLAGGED_BEFORE', 'FLAG_PARKED', 'PROCESS_REFUSED', 'PROCESS_PARKED']) {
    it(`about ${code}: a person decides`, () => {
      assert.deepEqual(next(decided('none', code)), [
        'A person must decide in the Loop admin: process or reject it there.',
        null,
      ])
    })
  }

  for (const code of ['CANCELLED', 'EXPIRED']) {
    it(`about ${code}: Loop offers no way back`, () => {
      assert.deepEqual(next(decided('none', code)), [
        "Loop can't undo that: if the parcel arrived, settle it with the shopper outside mhloop.",
        null,
      ])
    })
  }

  it('about what is older than the cut-off', () => {
    assert.deepEqual(next({}, aPolicy({ cutoff: '2026-12-01T00:00:00Z' })), [
      'Nothing: it is older than the cut-off, so mhloop ignores it.',
      null,
    ])
  })

  const held = (code: string, severity: Severity = 'error') => ({
    findings: [{ code, severity, returnId, customerIdentifier: returnId, message: `${code}.`, fix: null }],
  })

  it('G15 about a refund that the receipt no longer bears out: never “it is done”', () => {
    const paid = aReturn({ state: 'closed', money: { ...aReturn().money, wasProcessed: true } })
    for (const code of ['PROCESS_CONFIRMED', 'CLOSED', 'ALREADY_PROCESSED']) {
      assert.deepEqual(next({ loopReturn: paid, ...decided('none', code), ...held('RESOLUTION_MISMATCH') }), [
        "The refund was paid and can't be taken back: ask MasonHub to confirm the receipt, then settle it with the shopper outside mhloop.",
        history,
      ])
    }
    const flagged = { ...decided('none', 'IN_REVIEW'), ...held('RESOLUTION_MISMATCH') }
    assert.deepEqual(next({ loopReturn: aReturn({ state: 'review' }), ...flagged }), [
      'It was flagged, but every unit is available: process it in the Loop admin.',
      null,
    ])
  })

  it('G15 about a return that was deleted in Loop while its RMA is there', () => {
    const who = 'Find out in the Loop admin who deleted the return, and why.'
    assert.deepEqual(next({ loopReturn: null, ...held('RETURN_GONE', 'warning') }), [
      `${who} If no parcel is on its way, ask MasonHub to delete the RMA.`,
      history,
    ])
    assert.deepEqual(next({ loopReturn: null, ...held('RETURN_GONE') }), [
      `${who} Its parcel is at the warehouse: settle it with the shopper outside mhloop.`,
      history,
    ])
    assert.deepEqual(next({ loopReturn: null, rma: null, ...held('PARKED') }), ['PARKED.', history])
  })

  it('G15 nothing is called done beside a finding that wants a person', () => {
    for (const code of findingCodes) {
      for (const severity of ['error', 'warning'] as const) {
        const [text] = next({ loopReturn: closed, ...decided('none', 'CLOSED'), ...held(code, severity) })
        assert.notEqual(text, 'Nothing: it is done.', code)
      }
    }
    const [text] = next({ loopReturn: closed, ...decided('none', 'CLOSED'), ...held('REASON_UNMAPPED', 'info') })
    assert.equal(text, 'Nothing: it is done.')
  })

  it('about what is done', () => {
    for (const codes of [['CLOSED'], ['PROCESS_CONFIRMED'], []])
      assert.deepEqual(next(decided('none', ...codes)), ['Nothing: it is done.', null])
  })
})
