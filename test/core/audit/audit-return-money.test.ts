import assert from 'node:assert/strict'
import fc from 'fast-check'
import { auditReturn } from '../../../src/core/audit/audit-return.ts'
import { findingCodes } from '../../../src/core/audit/finding-codes.ts'
import type { Rma } from '../../../src/core/rmas/rma.ts'
import { aLine, anOpenRma, anRma, aPolicy, aReturn, damagedRma, received, unclearRma, unitsOf } from '../build.ts'
import { pairs } from '../generate.ts'
import { audited, closedReturn, codesFound, finding } from './audited.ts'

const resolve = 'mhloop rma resolve 99904598'

describe('RESOLUTION_MISMATCH: the two systems say opposite things about money', () => {
  for (const money of [{ wasProcessed: true }, { refunds: 1 }, { refundBeforeInspection: true }]) {
    it(`paid (${JSON.stringify(money)}) although damaged or missing`, () => {
      const found = finding({ loopReturn: closedReturn(money), rmas: [damagedRma] })
      assert.deepEqual(found, {
        code: 'RESOLUTION_MISMATCH',
        severity: 'error',
        message: 'Refunded in spite of the receipt: 1 of 1 × SHIRT-M damaged.',
        fix: 'mhloop rma show 99904598',
      })
      assert.deepEqual(
        codesFound({ loopReturn: aReturn({ money: { ...aReturn().money, ...money } }), rmas: [damagedRma] }),
        ['RESOLUTION_MISMATCH'],
      )
    })
  }

  it('says everything that is wrong', () => {
    const lines = [aLine({ quantity: 3 }, received('available', 1), received('damaged', 1))]
    const loopReturn = { ...closedReturn(), units: unitsOf('SHIRT-M', 'SHIRT-M', 'SHIRT-M') }
    assert.match(
      finding({ loopReturn, rmas: [anRma({ lines })] }).message,
      /1 of 3 × SHIRT-M damaged\. 1 of 3 × SHIRT-M missing\.$/,
    )
  })

  it('is not a matter of what is merely unclear, nor of a return that was not paid', () => {
    assert.deepEqual(codesFound({ loopReturn: closedReturn(), rmas: [unclearRma] }), [])
    assert.deepEqual(codesFound({ loopReturn: closedReturn({}), rmas: [damagedRma] }), [])
  })

  it('flagged by us although all is available', () => {
    const review = aReturn({ state: 'review' })
    assert.deepEqual(finding({ loopReturn: review, rmas: [anRma()], flaggedByUs: true }), {
      code: 'RESOLUTION_MISMATCH',
      severity: 'error',
      message: 'Flagged although every unit has arrived and is available.',
      fix: 'mhloop rma show 99904598',
    })
    assert.deepEqual(codesFound({ loopReturn: review, rmas: [anRma()] }), [])
    assert.deepEqual(codesFound({ loopReturn: closedReturn(), rmas: [anRma()], flaggedByUs: true }), [])
  })
})

describe('RECEIVED_UNRESOLVED', () => {
  it('a refund or a flag is due', () => {
    assert.deepEqual(finding({ rmas: [anRma()] }), {
      code: 'RECEIVED_UNRESOLVED',
      severity: 'warning',
      message: 'Received, but not resolved in Loop. The unit arrived and is available.',
      fix: resolve,
    })
    assert.deepEqual(
      finding({ rmas: [damagedRma] }).message,
      'Received, but not resolved in Loop. 1 of 1 × SHIRT-M damaged.',
    )
  })

  it('a person must ask for it: refunds off, or too large, or policy says wait', () => {
    for (const [rma, policy, words, command] of [
      [
        anRma(),
        aPolicy({ refunds: false }),
        'Ready to refund, but refunds are off for this merchant.',
        `${resolve} --refund`,
      ],
      [anRma(), aPolicy({}, { largestRefund: '1.00' }), 'Ready to refund, but not known', `${resolve} --refund`],
      [unclearRma, aPolicy({ onUnclear: 'wait' }), '1 of 1 × SHIRT-M in quality control.', 'mhloop rma show 99904598'],
    ] as const) {
      const { code, message, fix } = finding({ rmas: [rma], policy })
      assert.deepEqual([code, fix], ['RECEIVED_UNRESOLVED', command])
      assert.ok(message.startsWith(`Received, but not resolved in Loop. ${words}`))
    }
  })

  const past = (rma: Rma, code: string, action: 'wait' | 'none', loopReturn = aReturn()) =>
    codesFound({ loopReturn, rmas: [rma], decision: { action, reasons: [{ code, message: 'M.' }] } })

  it('not while what was sent is under way', () => {
    assert.deepEqual(past(anRma(), 'PROCESS_PENDING', 'wait'), [])
    assert.deepEqual(past(damagedRma, 'FLAG_PENDING', 'wait'), [])
  })

  it('but when mhloop will do nothing more, and Loop still shows it open', () => {
    const refused = { action: 'none' as const, reasons: [{ code: 'PROCESS_REFUSED', message: 'Loop refused.' }] }
    assert.deepEqual(finding({ rmas: [anRma()], decision: refused }), {
      code: 'RECEIVED_UNRESOLVED',
      severity: 'warning',
      message: 'Received, but not resolved in Loop. Loop refused.',
      fix: null,
    })
    assert.deepEqual(past(damagedRma, 'FLAGGED_BEFORE', 'none'), ['RECEIVED_UNRESOLVED'])
    assert.deepEqual(past(anRma(), 'PROCESS_REFUSED', 'none', closedReturn()), [])
    assert.deepEqual(past(anRma(), 'PROCESS_CONFIRMED', 'none'), [])
    assert.deepEqual(past(anRma(), 'BEFORE_CUTOFF', 'none'), [])
  })

  it('says at least that much when a decision has no reason', () => {
    assert.equal(
      finding({ rmas: [anRma()], decision: { action: 'flag', reasons: [] } }).message,
      'Received, but not resolved in Loop.',
    )
  })

  it('not before it is received, nor of a deleted RMA', () => {
    const decision = { action: 'flag', reasons: [] } as const
    assert.deepEqual(codesFound({ decision: { ...decision, reasons: [] } }), [])
    assert.deepEqual(
      codesFound({
        loopReturn: aReturn({ state: 'cancelled' }),
        rmas: [anRma({ status: 'deleted' })],
        decision: { ...decision, reasons: [] },
      }),
      [],
    )
  })
})

describe('CLOSED_BEFORE_RECEIPT: Loop processed it by itself (F19)', () => {
  it('closed while MasonHub is still waiting or receiving', () => {
    assert.deepEqual(finding({ loopReturn: closedReturn() }), {
      code: 'CLOSED_BEFORE_RECEIPT',
      severity: 'warning',
      message: 'Closed in Loop before the warehouse received it: Loop itself or a person processed it there.',
      fix: null,
    })
    assert.deepEqual(codesFound({ loopReturn: closedReturn(), rmas: [anOpenRma({ status: 'in-receiving' })] }), [
      'CLOSED_BEFORE_RECEIPT',
    ])
  })
})

describe('LABEL_BOUGHT (F36)', () => {
  it('MasonHub made a label although Loop has one', () => {
    assert.deepEqual(finding({ rmas: [anOpenRma({ labelUrl: 'https://label.example/1' })] }), {
      code: 'LABEL_BOUGHT',
      severity: 'error',
      message: 'MasonHub bought a return label although Loop supplies one.',
      fix: null,
    })
  })

  it('is said once of several RMAs, and not of a deleted one', () => {
    const labelled = anOpenRma({ labelUrl: 'x' })
    assert.deepEqual(codesFound({ rmas: [labelled, labelled] }), ['RMA_DUPLICATE', 'LABEL_BOUGHT'])
    assert.deepEqual(codesFound({ rmas: [anOpenRma(), anOpenRma({ status: 'deleted', labelUrl: 'x' })] }), [])
  })
})

describe('IN_DOUBT, PARKED: what can not be settled without a person', () => {
  it('with the evidence', () => {
    const open = [
      { kind: 'process', state: 'parked', evidence: 'Loop still shows it open.' },
      { kind: 'flag', state: 'in_doubt', evidence: null },
    ] as const
    const [parked, doubt, ...others] = auditReturn(audited({ open }))
    assert.deepEqual(others, [])
    assert.deepEqual(
      [parked?.code, parked?.severity, parked?.message, parked?.fix],
      [
        'PARKED',
        'error',
        'process was sent and its outcome could not be established: Loop still shows it open.',
        'mhloop rma show 99904598',
      ],
    )
    assert.deepEqual(
      [doubt?.code, doubt?.severity, doubt?.message, doubt?.fix],
      [
        'IN_DOUBT',
        'error',
        'flag was sent and its outcome is not yet known: no answer recorded',
        'mhloop rma show 99904598',
      ],
    )
  })
})

describe('an audit of one return, over all receipts', () => {
  it('says nothing twice, and only codes of the contract', () => {
    fc.assert(
      fc.property(
        pairs,
        fc.constantFrom(
          'open' as const,
          'review' as const,
          'closed' as const,
          'cancelled' as const,
          'expired' as const,
        ),
        fc.boolean(),
        ({ loopReturn, rma }, state, flaggedByUs) => {
          const findings = auditReturn(
            audited({
              loopReturn: { ...loopReturn, state },
              rmas: [rma, rma].slice(0, flaggedByUs ? 1 : 2),
              flaggedByUs,
            }),
          )
          assert.equal(new Set(findings.map(({ code, message }) => `${code} ${message}`)).size, findings.length)
          for (const { code } of findings) assert.ok(findingCodes.some((known) => known === code))
        },
      ),
    )
  })
})
