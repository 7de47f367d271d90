import assert from 'node:assert/strict'
import { decide, type PastResolutions, receiptDigest, type Situation } from '../../../src/core/refunds/decide.ts'
import {
  aLine,
  anOpenRma,
  anRma,
  aPolicy,
  aReturn,
  aSituation,
  damagedRma,
  decided,
  received,
  unclearRma,
  unitsOf,
} from '../build.ts'

function process(state: PastResolutions['process']): { past: PastResolutions } {
  return { past: { process: state, flags: [] } }
}

const states = ['open', 'review', 'closed', 'cancelled', 'expired', 'unknown'] as const

describe('what to tell Loop about a return (design.md, rules of money 3 and 4)', () => {
  it('RCV-001: all available and refunds on: refund', () => {
    assert.deepEqual(decide(aSituation()), {
      action: 'refund',
      reasons: [{ code: 'ALL_AVAILABLE', message: 'The unit arrived and is available.' }],
    })
  })

  it('RCV-002: a partial receipt: flag, and the shortage is listed', () => {
    const loopReturn = aReturn({ units: unitsOf('A', 'A', 'B') })
    const rma = anRma({
      lines: [
        aLine({ sku: 'A', quantity: 2 }, received('available', 1)),
        aLine({ sku: 'B' }, received('available', 1)),
      ],
    })
    assert.deepEqual(decide(aSituation({ loopReturn, rma })), {
      action: 'flag',
      reasons: [{ code: 'MISSING', sku: 'A', message: '1 of 2 × A missing.' }],
    })
  })

  it('RCV-003: damaged, in quality control, refurbishing or under investigation: flag', () => {
    for (const disposition of ['damaged', 'quality-control', 'refurbishing', 'under-investigation']) {
      assert.match(
        decided({ rma: anRma({ lines: [aLine({}, received(disposition, 1))] }) }),
        /^flag (DAMAGED|NOT_AVAILABLE)$/,
      )
    }
  })

  it('RCV-004: an unexpected item: flag, and it is named', () => {
    const lines = [
      aLine({}, received('available', 1)),
      aLine({ sku: 'SOCK', quantity: 0, notOnOriginalRma: true }, received('available', 1)),
    ]
    const { action, reasons } = decide(aSituation({ rma: anRma({ lines }) }))
    assert.deepEqual([action, reasons[0]?.sku], ['flag', 'SOCK'])
  })

  it('RCV-005: more than announced, or totals that disagree: flag', () => {
    assert.equal(decided({ rma: anRma({ lines: [aLine({}, received('available', 2))] }) }), 'flag EXTRA_UNITS')
    assert.equal(
      decided({ rma: anRma({ lines: [aLine({ quantityReceived: 0 }, received('available', 1))] }) }),
      'flag COUNTS_CONTRADICT',
    )
  })

  it('RCV-006: nothing moves before the warehouse is done, even when its record is already perfect', () => {
    const { lines } = anRma()
    assert.equal(decided({ rma: anOpenRma({ lines }) }), 'wait NOT_RECEIVED')
    assert.equal(decided({ rma: anRma({ status: 'in-receiving', lines }) }), 'wait IN_RECEIVING')
    assert.equal(decided({ rma: anRma({ status: 'deleted', lines }) }), 'wait RMA_DELETED')
    assert.equal(decided({ rma: anRma({ lines, deletedAt: '2026-11-12T00:00:00Z' }) }), 'wait RMA_DELETED')
    assert.equal(decided({ rma: null }), 'wait NO_RMA')
  })

  it('waits, and says so, when MasonHub uses an unknown status', () => {
    const { action, reasons } = decide(
      aSituation({ rma: anRma({ status: 'unknown', rawStatus: 'received!\u001b[2J' }) }),
    )
    assert.deepEqual(
      [action, reasons],
      [
        'wait',
        [
          {
            code: 'RMA_STATUS_UNKNOWN',
            message: 'MasonHub reports the status “received![2J”, which mhloop does not know.',
          },
        ],
      ],
    )
  })

  it('RCV-007: an RMA that the dock made, or that came back to its sender, moves nothing', () => {
    for (const returnType of ['rma_created_by_distribution_center', 'returned_to_sender', 'something_else']) {
      assert.equal(decided({ rma: anRma({ returnType }) }), 'wait RMA_FOREIGN')
    }
    assert.equal(decided({ rma: anRma({ returnType: null }) }), 'refund ALL_AVAILABLE')
  })

  it('RCV-007: an RMA under no identifier, or another return’s, moves nothing', () => {
    assert.equal(decided({ rma: anRma({ customerIdentifier: null }) }), 'wait RMA_FOREIGN')
    assert.equal(decided({ rma: anRma({ customerIdentifier: '99904599' }) }), 'wait RMA_FOREIGN')
    assert.equal(decided({ rma: anRma({ customerIdentifier: '#1001' }) }), 'wait RMA_FOREIGN')
  })

  it('finds the RMA of a short id under its longer number (F35)', () => {
    const loopReturn = aReturn({ returnId: '1673' })
    assert.equal(decided({ loopReturn, rma: anRma({ customerIdentifier: 'loop-1673' }) }), 'refund ALL_AVAILABLE')
    assert.equal(decided({ loopReturn, rma: anRma({ customerIdentifier: '1673' }) }), 'wait RMA_FOREIGN')
  })

  it('says why nothing is done, in sentences that are safe to print (F55)', () => {
    const hostile = `\u001b${'z'.repeat(100)}`
    const message = (special: Partial<Situation>) => decide(aSituation(special)).reasons[0]?.message
    assert.equal(message({ rma: anRma({ returnType: hostile }) }), `The RMA was not announced (${'z'.repeat(59)}…).`)
    assert.equal(message({ rma: anRma({ deletedAt: '2026-11-12T00:00:00Z' }) }), 'The RMA was deleted at MasonHub.')
    assert.equal(
      message({ rma: anRma({ status: 'unknown', rawStatus: hostile }) }),
      `MasonHub reports the status “${'z'.repeat(39)}…”, which mhloop does not know.`,
    )
    assert.equal(
      message({ loopReturn: aReturn({ state: 'unknown', rawState: hostile }) }),
      `Loop reports the state “${'z'.repeat(39)}…”, which mhloop does not know.`,
    )
    const policy = aPolicy({ cutoff: '2026-12-01T00:00:00Z' })
    assert.equal(message({ policy }), "Created before the merchant's cut-off, 2026-12-01T00:00:00Z.")
  })

  it('RCV-008: refunds off: nothing is sent, and it is reported as ready', () => {
    assert.equal(decided({ policy: aPolicy({ refunds: false }) }), 'wait REFUNDS_OFF ALL_AVAILABLE')
    assert.equal(decided({ policy: aPolicy({ refunds: false }), rma: damagedRma }), 'flag DAMAGED')
  })

  it('knows nothing of a return that Loop does not know', () => {
    assert.equal(decided({ loopReturn: null }), 'none RETURN_UNKNOWN')
  })

  it('flags when Loop’s units are no longer those that the RMA was built from (F18)', () => {
    assert.equal(decided({ announced: ['999'] }), 'flag UNITS_CHANGED')
    assert.equal(decided({ announced: null }), 'refund ALL_AVAILABLE')
  })

  it('flags an outcome that the merchant does not let us process (F19)', () => {
    assert.equal(decided({ policy: aPolicy({ outcomes: ['exchange'] }) }), 'flag OUTCOME_NOT_ALLOWED')
  })
})

describe('policy may make us wait for a person instead of flagging what is unclear', () => {
  const policy = aPolicy({ onUnclear: 'wait' })

  it('but never for what is damaged or missing', () => {
    assert.equal(decided({ policy, rma: unclearRma }), 'wait NOT_AVAILABLE')
    assert.equal(decided({ policy, rma: damagedRma }), 'flag DAMAGED')
    assert.equal(decided({ policy, rma: anRma({ lines: [aLine({ quantityReceived: 0 })] }) }), 'flag MISSING')
  })

  it('nor when there is an unannounced unit besides a damaged one', () => {
    const lines = [
      aLine({ quantity: 1 }, received('damaged', 1)),
      aLine({ quantity: 0, notOnOriginalRma: true }, received('available', 1)),
    ]
    assert.equal(decided({ policy, rma: anRma({ lines }) }), 'flag UNANNOUNCED_ITEM DAMAGED')
  })
})

describe('a refund is sent at most once per return, ever (design.md, rules of money 1)', () => {
  for (const [state, expected] of [
    ['none', 'refund ALL_AVAILABLE'],
    ['planned', 'refund ALL_AVAILABLE'],
    ['pending', 'wait PROCESS_PENDING'],
    ['confirmed', 'none PROCESS_CONFIRMED'],
    ['paid by somebody', 'none PROCESS_MAYBE_OURS'],
    ['refused', 'none PROCESS_REFUSED'],
    ['parked', 'none PROCESS_PARKED'],
  ] as const) {
    it(`journal says ${state}: ${expected}`, () => {
      assert.equal(decided(process(state)), expected)
    })
  }

  it('after it was sent nothing else is sent either, whatever both sides say and however it is requested', () => {
    for (const state of ['pending', 'confirmed', 'paid by somebody', 'refused', 'parked'] as const) {
      for (const rma of [anRma(), damagedRma, null]) {
        for (const loopState of states) {
          const loopReturn = aReturn({ state: loopState })
          assert.match(decided({ ...process(state), loopReturn, rma, explicitRefund: true }), /^(wait|none) PROCESS_/)
        }
      }
    }
  })
})

describe("Loop's state decides first (loop.md §8.2)", () => {
  for (const [state, expected] of [
    ['review', 'none IN_REVIEW'],
    ['closed', 'none CLOSED'],
    ['cancelled', 'none CANCELLED'],
    ['expired', 'none EXPIRED'],
  ] as const) {
    it(`${state}: nothing is sent, good or bad, explicitly or not`, () => {
      for (const rma of [anRma(), damagedRma, anOpenRma(), null]) {
        assert.equal(decided({ loopReturn: aReturn({ state }), rma, explicitRefund: true }), expected)
      }
    })
  }

  it('says that the parcel of a cancelled or expired return arrived all the same (F38)', () => {
    const message = (state: 'cancelled' | 'expired', rma: Situation['rma']) =>
      decide(aSituation({ loopReturn: aReturn({ state }), rma })).reasons[0]?.message
    assert.equal(message('cancelled', anRma()), 'Cancelled in Loop, but the parcel arrived. A person must decide.')
    assert.equal(message('expired', anRma()), 'Expired in Loop, but the parcel arrived. A person must decide.')
    for (const rma of [null, anOpenRma()]) {
      assert.equal(message('cancelled', rma), 'Cancelled in Loop.')
      assert.equal(message('expired', rma), 'Expired in Loop.')
    }
  })

  describe('an unknown state', () => {
    const loopReturn = aReturn({ state: 'unknown', rawState: 'half-open\u202e' })

    it('never leads to a refund', () => {
      assert.equal(decided({ loopReturn }), 'flag STATE_UNKNOWN')
      assert.equal(decided({ loopReturn, explicitRefund: true }), 'flag STATE_UNKNOWN')
      assert.equal(
        decide(aSituation({ loopReturn })).reasons[0]?.message,
        'Loop reports the state “half-open”, which mhloop does not know.',
      )
    })

    it('is waited out while nothing has arrived', () => {
      assert.equal(decided({ loopReturn, rma: anOpenRma() }), 'wait STATE_UNKNOWN')
      assert.equal(decided({ loopReturn, rma: null }), 'wait STATE_UNKNOWN')
    })

    it('is unclear, not certain: policy may say wait, unless something is damaged', () => {
      const policy = aPolicy({ onUnclear: 'wait' })
      assert.equal(decided({ loopReturn, policy }), 'wait STATE_UNKNOWN')
      assert.equal(decided({ loopReturn, policy, rma: unclearRma }), 'wait STATE_UNKNOWN NOT_AVAILABLE')
      assert.equal(decided({ loopReturn, policy, rma: damagedRma }), 'flag STATE_UNKNOWN DAMAGED')
    })

    it('is not flagged again and again for the same receipt', () => {
      const past: PastResolutions = {
        process: 'none',
        flags: [{ receipt: receiptDigest(anRma()), state: 'confirmed' }],
      }
      assert.equal(decided({ loopReturn, past }), 'none FLAGGED_BEFORE STATE_UNKNOWN')
    })
  })
})
