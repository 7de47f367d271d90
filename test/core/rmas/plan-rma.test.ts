import assert from 'node:assert/strict'
import { type PlanInput, planRma } from '../../../src/core/rmas/plan-rma.ts'
import { aDesiredLine, aDesiredRma, aLabel, aPlanInput, aPolicy, aReturn, aUnit, tracking, unitsOf } from '../build.ts'

function plan(special: Partial<PlanInput> = {}) {
  return planRma(aPlanInput(special))
}

/** The plan of a return that needs an RMA. */
function desired(special: Partial<PlanInput> = {}) {
  const made = plan(special)
  assert.ok(made.kind === 'wanted', JSON.stringify(made))
  return made
}

/** Kind and reason code of a plan without an RMA. */
function stopped(special: Partial<PlanInput> = {}): string {
  const made = plan(special)
  return made.kind === 'wanted' ? 'wanted' : `${made.kind} ${made.reason.code}`
}

describe('a return becomes an RMA (mission 2 and 3)', () => {
  it('RMA-001: one line, with the tracking number as package', () => {
    assert.deepEqual(plan(), {
      kind: 'wanted',
      rma: aDesiredRma(),
      announced: ['501'],
      excluded: [],
      unmapped: [],
      losses: [],
    })
  })

  it('RMA-002: units of one SKU and reason are one line, others are lines of their own', () => {
    const reasons = [{ parentReason: null, reason: 'Too big', code: 'tooBig' as const }]
    const units = [
      aUnit({ lineItemId: '3', sku: 'A-1', reason: 'Too big' }),
      aUnit({ lineItemId: '1', sku: 'A-1', reason: 'Moths' }),
      aUnit({ lineItemId: '2', sku: 'A-1', reason: 'Too big' }),
      aUnit({ lineItemId: '4', sku: 'B-1', reason: 'Too big' }),
    ]
    const { rma, announced } = desired({ loopReturn: aReturn({ units }), policy: aPolicy({ reasons }) })
    assert.deepEqual(rma.lines, [
      aDesiredLine({ sku: 'A-1', quantity: 2, reasonCode: 'tooBig', notes: 'Too big' }),
      aDesiredLine({ sku: 'A-1', quantity: 1, reasonCode: 'other', notes: 'Moths' }),
      aDesiredLine({ sku: 'B-1', quantity: 1, reasonCode: 'tooBig', notes: 'Too big' }),
    ])
    assert.deepEqual(announced, ['1', '2', '3', '4'])
  })

  it('RMA-002: other words or another code make another line of the same SKU', () => {
    const long = 'w'.repeat(50)
    const reasons = [{ parentReason: null, reason: `${long} big`, code: 'tooBig' as const }]
    const units = ['Moths', 'Rust', `${long} big`, `${long} odd`].map((reason, index) =>
      aUnit({ lineItemId: String(index), reason }),
    )
    const { rma } = desired({ loopReturn: aReturn({ units }), policy: aPolicy({ reasons }) })
    assert.deepEqual(
      rma.lines.map(({ reasonCode, notes, quantity }) => [reasonCode, notes, quantity]),
      [
        ['other', 'Moths', 1],
        ['other', 'Rust', 1],
        ['tooBig', long, 1],
        ['other', long, 1],
      ],
    )
  })

  it('asks for the disposition that the merchant wants', () => {
    assert.equal(desired({ policy: aPolicy({ requestedStatus: 'qc' }) }).rma.lines[0]?.requestedStatus, 'qc')
  })

  it('of a review too: the parcel travels all the same', () => {
    assert.equal(stopped({ loopReturn: aReturn({ state: 'review' }) }), 'wanted')
  })

  it('lists the other parcels for the dock', () => {
    const { rma } = desired({ loopReturn: aReturn({ trackingNumbers: ['AAAAA1', 'BBBBB2', 'CCCCC3'] }) })
    assert.deepEqual([rma.packageId, rma.instructions], ['AAAAA1', 'Other parcels of this return: BBBBB2, CCCCC3'])
  })

  it('is announced under the label that moves, and never under one that failed if there is another (loop.md §14.5)', () => {
    const labels = [
      aLabel({ trackingNumber: 'AAAAA1', status: 'error' }),
      aLabel({ trackingNumber: 'BBBBB2', status: 'new' }),
      aLabel({ trackingNumber: 'CCCCC3', status: 'in_transit' }),
    ]
    const { rma } = desired({ loopReturn: aReturn({ labels }) })
    assert.deepEqual([rma.packageId, rma.instructions], ['CCCCC3', 'Other parcels of this return: AAAAA1, BBBBB2'])
    assert.equal(desired({ loopReturn: aReturn({ labels: labels.slice(0, 2) }) }).rma.packageId, 'BBBBB2')
  })

  it('carries the number of a short return id (F35)', () => {
    assert.equal(desired({ loopReturn: aReturn({ returnId: '1673' }) }).rma.customerIdentifier, 'loop-1673')
  })
})

describe('RMA-007: without a tracking number the return is held', () => {
  it('until Loop has one', () => {
    assert.equal(stopped({ loopReturn: aReturn({ trackingNumbers: [] }) }), 'hold WAITING_FOR_TRACKING')
  })

  for (const [number, why] of [
    ['123', 'it has 3 characters, and MasonHub allows 5 to 100.'],
    ['T'.repeat(101), 'it has 101 characters, and MasonHub allows 5 to 100.'],
    ['12345\u200b', 'no scanner reads all of its characters.'],
  ] as const) {
    it(`and says so when the only one can't be announced: ${number.slice(0, 6)} (H41)`, () => {
      const made = plan({ loopReturn: aReturn({ trackingNumbers: [number] }) })
      assert.ok(made.kind === 'blocked')
      assert.equal(made.reason.code, 'TRACKING_UNSENDABLE')
      assert.match(made.reason.message, /^Loop's tracking number “/)
      assert.ok(made.reason.message.endsWith(why), made.reason.message)
      const both = desired({ loopReturn: aReturn({ trackingNumbers: [number, tracking] }) })
      assert.deepEqual([both.rma.packageId, both.losses], [tracking, []])
    })
  }

  it('five characters are enough, and a useless first number does not hide a good second one', () => {
    assert.equal(desired({ loopReturn: aReturn({ trackingNumbers: ['12345'] }) }).rma.packageId, '12345')
    const { rma } = desired({ loopReturn: aReturn({ trackingNumbers: ['N/A', tracking] }) })
    assert.deepEqual([rma.packageId, rma.instructions], [tracking, null])
  })

  it('says what is wrong with the units first', () => {
    const loopReturn = aReturn({ trackingNumbers: [], units: unitsOf(null) })
    assert.equal(stopped({ loopReturn }), 'skip SKU_EMPTY')
  })
})

describe('RMA-009: reasons and long texts', () => {
  it('sends Loop’s words, parent first, and lists what the mapping does not cover once', () => {
    const unit = { reason: 'Arms', parentReason: 'Too small' }
    const units = [
      aUnit(unit),
      aUnit({ ...unit, lineItemId: '502' }),
      aUnit({ lineItemId: '503', reason: 'Arms', sku: 'B-1' }),
    ]
    const { rma, unmapped } = desired({ loopReturn: aReturn({ units }) })
    assert.deepEqual(
      rma.lines.map(({ notes, quantity }) => [notes, quantity]),
      [
        ['Too small › Arms', 2],
        ['Arms', 1],
      ],
    )
    assert.deepEqual(unmapped, [
      { parentReason: 'Too small', reason: 'Arms' },
      { parentReason: null, reason: 'Arms' },
    ])
  })

  it('lists every unmapped reason of one parent', () => {
    const units = ['Arms', 'Legs'].map((reason, index) =>
      aUnit({ lineItemId: String(index), parentReason: 'Too small', reason }),
    )
    assert.equal(desired({ loopReturn: aReturn({ units }) }).unmapped.length, 2)
  })

  it('does not list a reason that is mapped, or none at all', () => {
    const reasons = [{ parentReason: null, reason: 'arms', code: 'tooSmall' as const }]
    const units = [aUnit({ reason: 'Arms' }), aUnit({ lineItemId: '502', reason: null, parentReason: 'Other' })]
    const { rma, unmapped } = desired({ loopReturn: aReturn({ units }), policy: aPolicy({ reasons }) })
    assert.deepEqual(unmapped, [])
    assert.deepEqual(
      rma.lines.map(({ reasonCode, notes }) => [reasonCode, notes]),
      [
        ['tooSmall', 'Arms'],
        ['other', 'Other'],
      ],
    )
  })

  const notesOf = (reason: string) =>
    desired({ loopReturn: aReturn({ units: [aUnit({ reason })] }) }).rma.lines[0]?.notes

  it('takes 2 to 50 characters of them, and nothing rather than less (F35)', () => {
    assert.equal(notesOf(''), null)
    assert.equal(notesOf('x'), null)
    assert.equal(notesOf(' x '), null)
    assert.equal(notesOf('xy'), 'xy')
    assert.equal(notesOf('x'.repeat(50)), 'x'.repeat(50))
    assert.equal(notesOf('x'.repeat(51)), 'x'.repeat(50))
  })

  it('counts what is left after invisible characters are gone (F55)', () => {
    assert.equal(notesOf('\u200b\u200b\u200b'), null)
    assert.equal(notesOf('\u0000x\u0000'), null)
    assert.equal(notesOf('\u202exy'), 'xy')
  })

  it('reports what had to be shortened', () => {
    const loopReturn = aReturn({
      orderName: `#${'9'.repeat(30)}`,
      units: [aUnit({ reason: 'r'.repeat(60) })],
      trackingNumbers: ['T'.repeat(100), ...Array.from({ length: 20 }, (_, index) => `OTHER-PARCEL-${index}`)],
    })
    const { rma, losses } = desired({ loopReturn, ordinal: 12 })
    assert.deepEqual(losses, [
      { field: 'return_notes', limit: 50, length: 60 },
      { field: 'manifest_id', limit: 20, length: 35 },
      {
        field: 'customer_instructions',
        limit: 250,
        length: rma.instructions === null ? 0 : 30 + 10 * 14 + 10 * 15 + 19 * 2,
      },
    ])
    assert.match(
      rma.instructions ?? '',
      /^Other parcels of this return: OTHER-PARCEL-0, .*, OTHER-PARCEL-12 and 7 more$/,
    )
    assert.equal(rma.packageId, 'T'.repeat(100))
    assert.equal(rma.manifestId, `#${'9'.repeat(15)}-R12`)
  })

  it('and nothing else', () => {
    const loopReturn = aReturn({
      orderName: `#${'9'.repeat(16)}`,
      units: [aUnit({ reason: 'r'.repeat(50) })],
      trackingNumbers: ['T'.repeat(100)],
    })
    const { rma, losses } = desired({ loopReturn })
    assert.deepEqual(losses, [])
    assert.equal(rma.manifestId, `#${'9'.repeat(16)}-R1`)
  })
})

describe('the manifest id that people search by', () => {
  const manifest = (orderName: string | null, ordinal = 1) =>
    desired({ loopReturn: aReturn({ orderName }), ordinal }).rma.manifestId

  it('is the order name and which of its returns this is', () => {
    assert.equal(manifest('#1001', 2), '#1001-R2')
    assert.equal(manifest(' #1001 '), '#1001-R1')
  })

  it('is none without an order name, or with an invisible one', () => {
    assert.equal(manifest(null), null)
    assert.equal(manifest('  '), null)
    assert.equal(manifest('\u200b \u0000'), null)
  })

  it('never splits a character', () => {
    assert.equal(manifest(`${'x'.repeat(16)}👍`), `${'x'.repeat(16)}-R1`)
  })
})

describe('which order id goes on the lines', () => {
  const orderId = (orderReference: 'none' | 'order-name' | 'provider-order-id', special = {}) =>
    desired({ loopReturn: aReturn(special), policy: aPolicy({ orderReference }) }).rma.lines[0]?.orderId

  it('none, the order name, or Shopify’s id', () => {
    assert.equal(orderId('none'), null)
    assert.equal(orderId('order-name'), '#1001')
    assert.equal(orderId('provider-order-id'), '5550001')
    assert.equal(orderId('provider-order-id', { providerOrderId: null }), null)
  })

  it('none rather than a shortened one, which would name another order', () => {
    assert.equal(orderId('order-name', { orderName: '#' }), null)
    assert.equal(orderId('order-name', { orderName: '#1' }), '#1')
    assert.equal(orderId('order-name', { orderName: ' 1 ' }), null)
    assert.equal(orderId('order-name', { orderName: '1'.repeat(100) }), '1'.repeat(100))
    assert.equal(orderId('order-name', { orderName: '1'.repeat(101) }), null)
  })
})

describe('RMA-014: units that are not announced', () => {
  it('are named with the reason', () => {
    const units = [
      aUnit({ lineItemId: '1', sku: null }),
      aUnit({ lineItemId: '2', outcome: 'keep' }),
      aUnit({ lineItemId: '3' }),
      aUnit({ lineItemId: '4', sku: ' ' }),
    ]
    const { rma, announced, excluded } = desired({ loopReturn: aReturn({ units }) })
    assert.deepEqual(rma.lines, [aDesiredLine()])
    assert.deepEqual(announced, ['3'])
    assert.deepEqual(excluded, [
      { lineItemId: '1', code: 'SKU_EMPTY' },
      { lineItemId: '4', code: 'SKU_EMPTY' },
      { lineItemId: '2', code: 'KEPT' },
    ])
  })

  it('if none is left, there is no RMA; H25 none at all has another reason', () => {
    const stoppedBy = (...units: ReturnType<typeof aUnit>[]) => {
      const made = plan({ loopReturn: aReturn({ units }) })
      return made.kind === 'skip' ? [made.reason.code, made.reason.message] : made.kind
    }
    const retained = aUnit({ outcome: 'keep' })
    const bare = aUnit({ lineItemId: '502', sku: null })
    const noSku = ['SKU_EMPTY', 'None of the units has a SKU, so nothing can be announced.']
    assert.deepEqual(stoppedBy(retained), ['KEPT', 'The shopper keeps every item: nothing will arrive.'])
    assert.deepEqual(stoppedBy(bare), noSku)
    assert.deepEqual(stoppedBy(retained, bare), noSku)
    assert.deepEqual(stoppedBy(), ['NO_UNITS', 'Loop lists no units for this return, so nothing can be announced.'])
  })
})

describe('a SKU that MasonHub can not take blocks the return until a person corrects it', () => {
  const blocked = (sku: string, knownSkus: PlanInput['knownSkus'] = null) =>
    stopped({ loopReturn: aReturn({ units: unitsOf('GOOD', sku) }), knownSkus })

  it('unknown to MasonHub, if it was asked (RMA-005)', () => {
    assert.equal(blocked('NEW', new Set(['GOOD'])), 'blocked SKU_UNKNOWN')
    assert.equal(blocked('good', new Set(['GOOD'])), 'blocked SKU_UNKNOWN')
    assert.equal(blocked('NEW', new Set(['GOOD', 'NEW'])), 'wanted')
    assert.equal(blocked('NEW', null), 'wanted')
  })

  it('shorter than 2 or longer than 100 characters (masonhub.md §4.1)', () => {
    assert.equal(blocked('X'), 'blocked SKU_UNSENDABLE')
    assert.equal(blocked('XY'), 'wanted')
    assert.equal(blocked('X'.repeat(100)), 'wanted')
    assert.equal(blocked('X'.repeat(101)), 'blocked SKU_UNSENDABLE')
  })

  it('says which', () => {
    const made = plan({ loopReturn: aReturn({ units: unitsOf('GOOD', 'N\u001bEW') }), knownSkus: new Set(['GOOD']) })
    assert.ok(made.kind === 'blocked')
    assert.deepEqual(made.reason, {
      code: 'SKU_UNKNOWN',
      sku: 'N\u001bEW',
      message: 'MasonHub has no SKU NEW with the invisible character U+001B.',
    })
    const long = plan({ loopReturn: aReturn({ units: unitsOf('X') }) })
    assert.ok(long.kind === 'blocked')
    assert.equal(long.reason.message, 'SKU X has 1 characters; MasonHub allows 2 to 100.')
  })
})

describe("Loop's state", () => {
  it('RMA-012: a cancelled return’s RMA should go', () => {
    const units = [...unitsOf('A', null, ' B ', ' '), aUnit({ sku: 'C', outcome: 'keep' })]
    assert.deepEqual(plan({ loopReturn: aReturn({ state: 'cancelled', units }) }), {
      kind: 'retire',
      reason: { code: 'CANCELLED', message: 'Cancelled in Loop.' },
      skus: ['A', 'B', 'C'],
    })
  })

  it('a closed or expired one needs none; what is there is left alone', () => {
    assert.equal(stopped({ loopReturn: aReturn({ state: 'closed' }) }), 'skip CLOSED')
    assert.equal(stopped({ loopReturn: aReturn({ state: 'expired' }) }), 'skip EXPIRED')
  })

  it('an unknown one is held', () => {
    const made = plan({ loopReturn: aReturn({ state: 'unknown', rawState: 'lost\n' }) })
    assert.ok(made.kind === 'hold')
    assert.deepEqual(made.reason, {
      code: 'STATE_UNKNOWN',
      message: 'Loop reports the state “lost⏎”, which mhloop does not know.',
    })
  })
})

describe("MasonHub's destinations (mission: destination identification)", () => {
  const policy = aPolicy({ destinations: ['77', '78'] })

  it('only returns that go there become RMAs', () => {
    assert.equal(stopped({ policy }), 'wanted')
    assert.equal(stopped({ policy, loopReturn: aReturn({ destinationId: '78' }) }), 'wanted')
    assert.equal(stopped({ policy, loopReturn: aReturn({ destinationId: '7' }) }), 'skip OTHER_DESTINATION')
    assert.equal(stopped({ policy: aPolicy(), loopReturn: aReturn({ destinationId: '7' }) }), 'wanted')
  })

  it('hold a return of which Loop does not say where it goes', () => {
    assert.equal(stopped({ policy, loopReturn: aReturn({ destinationId: null }) }), 'hold DESTINATION_UNKNOWN')
    assert.equal(stopped({ loopReturn: aReturn({ destinationId: null }) }), 'wanted')
  })

  it('leave alone what goes elsewhere, cancelled or not', () => {
    assert.equal(
      stopped({ policy, loopReturn: aReturn({ state: 'cancelled', destinationId: '9' }) }),
      'skip OTHER_DESTINATION',
    )
    assert.equal(
      stopped({ policy, loopReturn: aReturn({ state: 'cancelled', destinationId: null }) }),
      'retire CANCELLED',
    )
  })
})

describe('the cut-off date (loop.md §12.3.11)', () => {
  const policy = aPolicy({ cutoff: '2026-11-01T12:00:00.000Z' })
  const created = (createdAt: string | null, special = {}) =>
    stopped({ policy, loopReturn: aReturn({ createdAt, ...special }) })

  it('leaves alone what is older', () => {
    assert.equal(created('2026-11-01T11:59:59Z'), 'skip BEFORE_CUTOFF')
    assert.equal(created('2026-11-01T12:00:00Z'), 'wanted')
    assert.equal(created('2026-11-01T11:59:59Z', { state: 'cancelled' }), 'skip BEFORE_CUTOFF')
  })

  it('holds what has no date, or an unreadable one: neither let through nor hidden', () => {
    assert.equal(created(null), 'hold CREATED_UNKNOWN')
    assert.equal(created('N/A'), 'hold CREATED_UNKNOWN')
    assert.equal(stopped({ policy: aPolicy({ cutoff: 'tomorrow' }) }), 'hold CREATED_UNKNOWN')
    assert.equal(stopped({ loopReturn: aReturn({ createdAt: null }) }), 'wanted')
  })

  it('is asked before the destination', () => {
    const both = aPolicy({ cutoff: '2026-12-01T00:00:00Z', destinations: ['1'] })
    assert.equal(stopped({ policy: both }), 'skip BEFORE_CUTOFF')
  })
})
