import assert from 'node:assert/strict'
import { auditReturn } from '../../../src/core/audit/audit-return.ts'
import { planRma } from '../../../src/core/rmas/plan-rma.ts'
import {
  aLine,
  anOpenRma,
  anRma,
  aPlanInput,
  aPolicy,
  aReturn,
  aUnit,
  damagedRma,
  tracking,
  unitsOf,
} from '../build.ts'
import { audited, closedReturn, codesFound, finding } from './audited.ts'

const sync = 'mhloop asn sync 99904598'

describe('a return on which both systems agree', () => {
  it('has no finding: under way, in review, paid, or cancelled without RMA', () => {
    assert.deepEqual(codesFound(), [])
    assert.deepEqual(
      codesFound({ loopReturn: aReturn({ state: 'review' }), rmas: [damagedRma], flaggedByUs: true }),
      [],
    )
    assert.deepEqual(codesFound({ loopReturn: closedReturn(), rmas: [anRma()] }), [])
    assert.deepEqual(codesFound({ loopReturn: aReturn({ state: 'cancelled' }), rmas: [] }), [])
    assert.deepEqual(codesFound({ loopReturn: closedReturn(), rmas: [] }), [])
    assert.deepEqual(codesFound({ rmas: [anRma({ status: 'in-receiving', lines: [aLine()] })] }), [])
  })

  it('a finding names the return and its RMA number', () => {
    const [first] = auditReturn(audited({ loopReturn: aReturn({ returnId: '1673' }), rmas: [] }))
    assert.deepEqual([first?.returnId, first?.customerIdentifier], ['1673', 'loop-1673'])
  })
})

describe('RMA_MISSING, LINES_DIFFER, TRACKING_DIFFERS', () => {
  it('no RMA', () => {
    assert.deepEqual(finding({ rmas: [] }), {
      code: 'RMA_MISSING',
      severity: 'error',
      message: 'MasonHub has no RMA for this return.',
      fix: sync,
    })
  })

  it('other units, or other reasons', () => {
    assert.deepEqual(finding({ rmas: [anOpenRma({ lines: [aLine({ reasonCode: 'tooBig' })] })] }), {
      code: 'LINES_DIFFER',
      severity: 'warning',
      message: 'reasons: MasonHub has “1 × SHIRT-M tooBig”, Loop wants “1 × SHIRT-M other”.',
      fix: sync,
    })
    assert.deepEqual(codesFound({ rmas: [anOpenRma({ lines: [aLine({ quantity: 2 })] })] }), [
      'LINES_DIFFER',
      'LINES_DIFFER',
    ])
  })

  it('another parcel, or other words about the parcels', () => {
    assert.deepEqual(finding({ rmas: [anOpenRma({ packageId: 'OTHER\u001b' })] }), {
      code: 'TRACKING_DIFFERS',
      severity: 'warning',
      message: `package_id: MasonHub has “OTHER”, Loop wants “${tracking}”.`,
      fix: sync,
    })
    assert.deepEqual(codesFound({ rmas: [anOpenRma({ instructions: 'x' })] }), ['TRACKING_DIFFERS'])
  })

  it('in harmless words, each cut to 100 characters (F55)', () => {
    const there = `\u001b${'t'.repeat(150)}`
    const loopReturn = aReturn({ trackingNumbers: ['w'.repeat(100)] })
    assert.equal(
      finding({ loopReturn, rmas: [anOpenRma({ packageId: there })] }).message,
      `package_id: MasonHub has “${'t'.repeat(99)}…”, Loop wants “${'w'.repeat(100)}”.`,
    )
    const hostile = aReturn({ trackingNumbers: [`\u001b${'w'.repeat(120)}`] })
    const unsendable = finding({ loopReturn: hostile, rmas: [] })
    assert.deepEqual([unsendable.code, unsendable.severity], ['TRACKING_UNSENDABLE', 'warning'])
    assert.match(unsendable.message, /^[^\u001b]+“w{59}… with the invisible character U\+001B”/)
    assert.ok(!codesFound({ loopReturn: hostile, rmas: [anRma()] }).includes('TRACKING_UNSENDABLE'))
    const many = Array.from({ length: 20 }, (_, index) => `PARCEL-${index + 10}`)
    const { message } = finding({ loopReturn: aReturn({ trackingNumbers: [tracking, ...many] }) })
    assert.match(
      message,
      /^customer_instructions: MasonHub has “”, Loop wants “Other parcels of this return: .{69}…”\.$/,
    )
  })

  it('other units, too late to change', () => {
    const rmas = [anRma({ status: 'in-receiving', rawStatus: 'in-receiving', lines: [aLine({ quantity: 2 })] })]
    assert.deepEqual(finding({ rmas }), {
      code: 'LINES_DIFFER',
      severity: 'warning',
      message: 'The return was edited in Loop, but MasonHub no longer accepts changes (in-receiving).',
      fix: null,
    })
  })
})

describe('RMA_FOREIGN, RMA_DUPLICATE', () => {
  it('the identifier is taken by something else', () => {
    const { code, severity, fix } = finding({ rmas: [anOpenRma({ returnType: 'returned_to_sender' })] })
    assert.deepEqual([code, severity, fix], ['RMA_FOREIGN', 'error', null])
  })

  it('or twice', () => {
    const { code, severity, fix } = finding({ rmas: [anOpenRma(), anOpenRma()] })
    assert.deepEqual([code, severity, fix], ['RMA_DUPLICATE', 'error', null])
  })
})

describe('CANCELLED_RMA_OPEN, EXPIRED_RMA_OPEN', () => {
  it('cancelled, and MasonHub still expects the parcel (F38)', () => {
    assert.deepEqual(finding({ loopReturn: aReturn({ state: 'cancelled' }) }), {
      code: 'CANCELLED_RMA_OPEN',
      severity: 'warning',
      message: 'Cancelled in Loop, but MasonHub still expects the parcel.',
      fix: sync,
    })
  })

  it('cancelled, and the parcel arrived all the same', () => {
    assert.deepEqual(finding({ loopReturn: aReturn({ state: 'cancelled' }), rmas: [anRma()] }), {
      code: 'CANCELLED_RMA_OPEN',
      severity: 'warning',
      message: 'Cancelled in Loop. But the warehouse already has it (received).',
      fix: null,
    })
  })

  it('expired, and MasonHub still expects the parcel', () => {
    const loopReturn = aReturn({ state: 'expired' })
    assert.deepEqual(finding({ loopReturn }), {
      code: 'EXPIRED_RMA_OPEN',
      severity: 'info',
      message: 'Expired in Loop, but MasonHub still expects the parcel.',
      fix: null,
    })
    // Received all the same: only the audit reports it (loop.md §8.2).
    assert.deepEqual(codesFound({ loopReturn, rmas: [anRma()] }), ['RECEIVED_UNRESOLVED'])
    const paid = aReturn({ ...loopReturn, money: { ...loopReturn.money, wasProcessed: true } })
    assert.deepEqual(codesFound({ loopReturn: paid, rmas: [anRma()] }), [])
    assert.deepEqual(codesFound({ loopReturn, rmas: [] }), [])
    assert.deepEqual(codesFound({ loopReturn, rmas: [anOpenRma({ status: 'deleted' })] }), [])
  })
})

describe('WAITING_FOR_TRACKING (F30, RMA-007)', () => {
  const waiting = (createdAt: string | null, at = '2026-11-12T00:00:00.000Z') =>
    finding({ loopReturn: aReturn({ trackingNumbers: [], createdAt }), rmas: [], now: at })
  const words = 'Loop has no tracking number yet; MasonHub needs one.'

  it('is normal at first', () => {
    assert.deepEqual(waiting('2026-11-10T00:00:00.000Z'), {
      code: 'WAITING_FOR_TRACKING',
      severity: 'info',
      message: words,
      fix: null,
    })
  })

  it('is a warning after 48 hours, with the command that asks Loop for a label', () => {
    assert.deepEqual(waiting('2026-11-09T23:59:59.999Z'), {
      code: 'WAITING_FOR_TRACKING',
      severity: 'warning',
      message: `${words} Waiting for 2 days.`,
      fix: 'mhloop rma label 99904598',
    })
    const inReview = aReturn({ trackingNumbers: [], state: 'review', createdAt: '2026-11-02T12:00:00Z' })
    assert.equal(finding({ loopReturn: inReview, rmas: [] }).fix, null)
    assert.match(waiting('2026-11-02T12:00:00Z').message, /9 days\.$/)
  })

  it('is a warning when its beginning is unknown', () => {
    for (const createdAt of [null, 'N/A']) {
      const { severity, message } = waiting(createdAt)
      assert.deepEqual([severity, message], ['warning', `${words} It is unknown since when.`])
    }
  })
})

describe('DESTINATION_UNKNOWN, SKU_UNKNOWN, SKU_EMPTY, REASON_UNMAPPED', () => {
  it('a destination that Loop does not name', () => {
    const found = finding({
      loopReturn: aReturn({ destinationId: null }),
      policy: aPolicy({ destinations: ['77'] }),
      rmas: [],
    })
    assert.deepEqual(found, {
      code: 'DESTINATION_UNKNOWN',
      severity: 'warning',
      message: 'Loop does not say where this return goes.',
      fix: null,
    })
  })

  it('a hold for another reason is not the audit’s business', () => {
    assert.deepEqual(codesFound({ loopReturn: aReturn({ state: 'unknown' }), rmas: [] }), [])
  })

  it('a SKU that MasonHub does not have', () => {
    const plan = planRma(aPlanInput({ knownSkus: new Set() }))
    assert.deepEqual(finding({ plan, rmas: [] }), {
      code: 'SKU_UNKNOWN',
      severity: 'error',
      message: 'MasonHub has no SKU SHIRT-M.',
      fix: null,
    })
  })

  it('units without SKU, counted once, whether the rest is announced, held, or nothing', () => {
    const message = (count: string) =>
      `${count} no SKU and can't be announced; the return will be flagged after its receipt.`
    const one = aReturn({ units: unitsOf('SHIRT-M', null) })
    assert.deepEqual(finding({ loopReturn: one }), {
      code: 'SKU_EMPTY',
      severity: 'warning',
      message: message('One unit has'),
      fix: null,
    })
    const two = aReturn({ units: unitsOf('', null) })
    assert.equal(finding({ loopReturn: two, rmas: [] }).message, message('2 units have'))
    assert.deepEqual(codesFound({ loopReturn: { ...one, labels: [], trackingNumbers: [] }, rmas: [] }), [
      'WAITING_FOR_TRACKING',
      'SKU_EMPTY',
    ])
  })

  it('but not of a return that needs no RMA', () => {
    const units = unitsOf('SHIRT-M', null)
    assert.deepEqual(codesFound({ loopReturn: aReturn({ state: 'closed', units }), rmas: [] }), [])
    assert.deepEqual(codesFound({ loopReturn: aReturn({ state: 'cancelled', units }), rmas: [] }), [])
    assert.deepEqual(codesFound({ loopReturn: aReturn({ units: [aUnit({ outcome: 'keep' })] }), rmas: [] }), [])
  })

  it('a reason too long to print is shortened', () => {
    const units = [aUnit({ reason: 'r'.repeat(81), parentReason: null })]
    assert.equal(
      finding({ loopReturn: aReturn({ units }) }).message,
      `The reason “${'r'.repeat(79)}…” is sent as “other”.`,
    )
  })

  it('a reason that the mapping does not cover, once per reason', () => {
    const units = [aUnit({ reason: 'Mo\u0000ths' }), aUnit({ lineItemId: '502', reason: 'Mo\u0000ths' })]
    const rmas = [anOpenRma({ lines: [aLine({ quantity: 2 })] })]
    assert.deepEqual(finding({ loopReturn: aReturn({ units }), rmas }), {
      code: 'REASON_UNMAPPED',
      severity: 'info',
      message: 'The reason “Moths” is sent as “other”.',
      fix: 'mhloop mapping reasons suggest',
    })
  })
})

describe('UNDELIVERABLE: the carrier gave up (RCV-006)', () => {
  const undeliverableAt = '2026-11-10T08:00:00.000Z'

  it('is a warning while the parcel is awaited', () => {
    assert.deepEqual(finding({ undeliverableAt }), {
      code: 'UNDELIVERABLE',
      severity: 'warning',
      message:
        'The carrier could not deliver the parcel, MasonHub said on 2026-11-10: ask the shopper or the carrier where it is.',
      fix: null,
    })
  })

  it('is none once it was received, or when nothing waits for it any more', () => {
    assert.ok(
      !codesFound({ undeliverableAt, rmas: [{ ...anOpenRma(), status: 'received' }] }).includes('UNDELIVERABLE'),
    )
    assert.deepEqual(codesFound({ undeliverableAt, rmas: [] }), ['RMA_MISSING'])
    assert.ok(!codesFound({ undeliverableAt, loopReturn: aReturn({ state: 'expired' }) }).includes('UNDELIVERABLE'))
  })
})
