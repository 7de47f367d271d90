import assert from 'node:assert/strict'
import { type VerdictInput, verdictOf } from '../../../src/core/refunds/verdict.ts'
import { announcedLineItems } from '../../../src/core/returns/units.ts'
import type { RmaLine } from '../../../src/core/rmas/rma.ts'
import { aLine, anOpenRma, anRma, aPolicy, aReturn, aUnit, codesOf, now, received, unitsOf } from '../build.ts'

/** The verdict on a return of these SKUs with these RMA lines. */
function judge(skus: (string | null)[], lines: RmaLine[], special: Partial<VerdictInput> = {}) {
  const loopReturn = aReturn({ units: unitsOf(...skus) })
  return verdictOf({
    loopReturn,
    rma: anRma({ lines }),
    policy: aPolicy(),
    announced: announcedLineItems(loopReturn),
    now,
    ...special,
  })
}

function messages({ reasons }: { reasons: { message: string }[] }) {
  return reasons.map(({ message }) => message)
}

describe('a receipt is good only if all of it arrived and is available (RCV-001, mission 4)', () => {
  it('one unit', () => {
    assert.deepEqual(judge(['A'], [aLine({ sku: 'A' }, received('available', 1))]), {
      kind: 'good',
      reasons: [{ code: 'ALL_AVAILABLE', message: 'The unit arrived and is available.' }],
    })
  })

  it('several units, over several lines and entries', () => {
    const lines = [
      aLine({ sku: 'A', quantity: 2 }, received('available', 1), received('available', 1), received('damaged', 0)),
      aLine({ sku: 'B' }, received('available', 1)),
      aLine({ sku: 'A' }, received('available', 1), received('short', 0)),
    ]
    const verdict = judge(['A', 'B', 'A', 'A'], lines)
    assert.deepEqual([verdict.kind, ...messages(verdict)], ['good', 'All 4 units arrived and are available.'])
  })

  it('also when everything was booked on one of two lines of a SKU', () => {
    const lines = [aLine({ sku: 'A' }, received('available', 2)), aLine({ sku: 'A', quantityReceived: 0 })]
    assert.equal(judge(['A', 'A'], lines).kind, 'good')
  })

  it('whatever had been asked for (F13)', () => {
    assert.equal(judge(['A'], [aLine({ sku: 'A', requestedStatus: 'damaged' }, received('available', 1))]).kind, 'good')
  })
})

describe('a receipt that is certainly bad: always a flag (RCV-002, RCV-003, mission 5)', () => {
  it('a damaged unit', () => {
    const verdict = judge(
      ['A', 'A'],
      [aLine({ sku: 'A', quantity: 2 }, received('available', 1), received('damaged', 1))],
    )
    assert.deepEqual(verdict, {
      kind: 'bad',
      certain: true,
      reasons: [{ code: 'DAMAGED', sku: 'A', message: '1 of 2 × A damaged.' }],
    })
  })

  it('a missing unit', () => {
    const verdict = judge(['A', 'A', 'A'], [aLine({ sku: 'A', quantity: 3 }, received('available', 1))])
    assert.deepEqual(verdict, {
      kind: 'bad',
      certain: true,
      reasons: [{ code: 'MISSING', sku: 'A', message: '2 of 3 × A missing.' }],
    })
  })

  it('a line of which nothing arrived, with or without empty details', () => {
    for (const lines of [
      [aLine({ sku: 'A', quantityReceived: 0 })],
      [aLine({ sku: 'A' })],
      [aLine({ sku: 'A', received: [], quantityReceived: 0 })],
    ]) {
      assert.deepEqual(codesOf(judge(['A'], lines).reasons), ['MISSING'])
    }
  })

  it('a unit that MasonHub calls short, whatever else it counts', () => {
    const verdict = judge(['A'], [aLine({ sku: 'A' }, received('available', 1), received('short', 1))])
    assert.deepEqual([verdict.kind === 'bad' && verdict.certain, ...messages(verdict)], [true, '1 of 1 × A missing.'])
  })

  it('damaged and missing at once: both are said', () => {
    const verdict = judge(
      ['A', 'A', 'A'],
      [aLine({ sku: 'A', quantity: 3 }, received('available', 1), received('damaged', 1))],
    )
    assert.deepEqual(messages(verdict), ['1 of 3 × A damaged.', '1 of 3 × A missing.'])
  })

  it('damaged, although damaged is what had been asked for (F13)', () => {
    const verdict = judge(['A'], [aLine({ sku: 'A', requestedStatus: 'damaged' }, received('damaged', 1))])
    assert.deepEqual(codesOf(verdict.reasons), ['DAMAGED'])
  })

  it('an extra unit of one SKU does not make up for a missing one of another (F16)', () => {
    const lines = [
      aLine({ sku: 'A' }, received('available', 2)),
      aLine({ sku: 'B', quantityReceived: 0, received: [] }),
    ]
    const verdict = judge(['A', 'B'], lines)
    assert.deepEqual(
      [verdict.kind === 'bad' && verdict.certain, ...messages(verdict)],
      [true, '1 more × A than announced.', '1 of 1 × B missing.'],
    )
  })

  it('an unannounced unit does not hide a damaged one of the same SKU', () => {
    const lines = [
      aLine({ sku: 'A', quantity: 2 }, received('available', 1), received('damaged', 1)),
      aLine({ sku: 'A', quantity: 0, notOnOriginalRma: true }, received('available', 1)),
    ]
    const verdict = judge(['A', 'A'], lines)
    assert.deepEqual(
      [verdict.kind === 'bad' && verdict.certain, ...messages(verdict)],
      [true, 'Unannounced units of A arrived.', '1 of 2 × A damaged.'],
    )
  })

  it('an unannounced unit does not hide a missing one of the same SKU', () => {
    const lines = [
      aLine({ sku: 'A', quantity: 3 }, received('available', 1)),
      aLine({ sku: 'A', quantity: 0, notOnOriginalRma: true }, received('available', 1)),
    ]
    const verdict = judge(['A', 'A', 'A'], lines)
    assert.deepEqual(
      [verdict.kind === 'bad' && verdict.certain, codesOf(verdict.reasons)],
      [true, ['UNANNOUNCED_ITEM', 'MISSING']],
    )
  })

  it('a damaged unit that was not announced', () => {
    const lines = [
      aLine({ sku: 'A' }, received('available', 1)),
      aLine({ sku: 'X', quantity: 0, notOnOriginalRma: true }, received('damaged', 1)),
    ]
    assert.deepEqual(messages(judge(['A'], lines)), ['X arrived (1 unit) but was not announced.', '1 × X damaged.'])
  })

  it('a shortage under an announced quantity that can not be read', () => {
    const lines = [aLine({ sku: 'A', quantity: Number.NaN }, received('available', 1), received('short', 1))]
    const verdict = judge(['A'], lines)
    assert.equal(verdict.kind === 'bad' && verdict.certain, true)
    assert.ok(messages(verdict).includes('1 × A missing.'))
  })
})

describe('a receipt that is bad, and policy may say wait', () => {
  const uncertain = (verdict: ReturnType<typeof judge>) => verdict.kind === 'bad' && !verdict.certain

  for (const [disposition, code, words] of [
    ['quality-control', 'NOT_AVAILABLE', 'in quality control'],
    ['under-investigation', 'NOT_AVAILABLE', 'under investigation'],
    ['refurbishing', 'NOT_AVAILABLE', 'in refurbishing'],
    ['quarantine', 'DISPOSITION_UNKNOWN', '“quarantine”'],
    ['qc', 'DISPOSITION_UNKNOWN', '“qc”'],
    ['AVAILABLE', 'DISPOSITION_UNKNOWN', '“AVAILABLE”'],
    ['available ', 'DISPOSITION_UNKNOWN', '“available ”'],
    ['', 'DISPOSITION_UNKNOWN', '“”'],
    ['__proto__', 'DISPOSITION_UNKNOWN', '“__proto__”'],
    ['constructor', 'DISPOSITION_UNKNOWN', '“constructor”'],
    ['\u001b[2J', 'DISPOSITION_UNKNOWN', '“[2J”'],
  ] as const) {
    it(`a unit in ${JSON.stringify(disposition)} (RCV-003)`, () => {
      const verdict = judge(
        ['A', 'A'],
        [aLine({ sku: 'A', quantity: 2 }, received('available', 1), received(disposition, 1))],
      )
      assert.deepEqual(verdict.reasons, [{ code, sku: 'A', message: `1 of 2 × A ${words}.` }])
      assert.ok(uncertain(verdict))
    })
  }

  it('a unit too many (RCV-005)', () => {
    const verdict = judge(['A'], [aLine({ sku: 'A' }, received('available', 3))])
    assert.deepEqual(verdict.reasons, [{ code: 'EXTRA_UNITS', sku: 'A', message: '2 more × A than announced.' }])
    assert.ok(uncertain(verdict))
  })

  it('an item that was not on the RMA, by mark or by quantity 0 (RCV-004)', () => {
    const announced = aLine({ sku: 'A' }, received('available', 1))
    for (const extra of [
      { notOnOriginalRma: true, quantity: 1 },
      { notOnOriginalRma: true, quantity: 0 },
      { notOnOriginalRma: false, quantity: 0 },
    ]) {
      const verdict = judge(['A'], [announced, aLine({ sku: 'X', ...extra }, received('available', 2))])
      assert.deepEqual(verdict.reasons, [
        { code: 'UNANNOUNCED_ITEM', sku: 'X', message: 'X arrived (2 units) but was not announced.' },
      ])
      assert.ok(uncertain(verdict))
    }
  })

  it('a unit booked as not announced, although one of its SKU was (F16)', () => {
    const lines = [
      aLine({ sku: 'A' }, received('available', 1)),
      aLine({ sku: 'A', quantity: 0, notOnOriginalRma: true }, received('available', 1)),
    ]
    assert.deepEqual(judge(['A'], lines).reasons, [
      { code: 'UNANNOUNCED_ITEM', sku: 'A', message: 'Unannounced units of A arrived.' },
    ])
  })

  it("a total that contradicts the details, as in MasonHub's own sample (F15, RCV-005)", () => {
    const verdict = judge(['A'], [aLine({ sku: 'A', quantityReceived: 0 }, received('available', 1))])
    assert.deepEqual(codesOf(verdict.reasons), ['COUNTS_CONTRADICT'])
    assert.ok(uncertain(verdict))
  })

  it('a SKU of which MasonHub gives no total', () => {
    const verdict = judge(['A'], [aLine({ sku: 'A', quantityReceived: null }, received('available', 1))])
    assert.deepEqual(verdict.reasons, [
      { code: 'COUNTS_UNREADABLE', sku: 'A', message: 'MasonHub reports no received quantity for A.' },
    ])
    assert.ok(uncertain(verdict))
  })

  it('a quantity that can not be read', () => {
    const verdict = judge(['A'], [aLine({ sku: 'A' }, received('available', 1), received('damaged', Number.NaN))])
    assert.ok(codesOf(verdict.reasons).includes('COUNTS_UNREADABLE'))
    assert.ok(uncertain(verdict))
  })

  it('an RMA without lines', () => {
    assert.deepEqual(codesOf(judge([], []).reasons), ['NO_RECEIPT'])
  })

  it('an unfinished receipt, however good it seems', () => {
    const lines = [aLine({ sku: 'A' }, received('available', 1))]
    for (const status of ['open', 'in-receiving', 'unknown', 'deleted'] as const) {
      const verdict = judge(['A'], lines, { rma: anOpenRma({ status, lines }) })
      assert.deepEqual(codesOf(verdict.reasons), ['NO_RECEIPT'], status)
      assert.ok(uncertain(verdict))
    }
  })

  it('several problems: each is said, receipt first', () => {
    const lines = [aLine({ sku: 'A', quantityReceived: 9 }, received('refurbishing', 1))]
    const verdict = judge(['A', 'B', null], lines, { policy: aPolicy({ outcomes: [] }), announced: ['501'] })
    assert.deepEqual(codesOf(verdict.reasons), [
      'NOT_AVAILABLE',
      'COUNTS_CONTRADICT',
      'UNIT_WITHOUT_SKU',
      'UNITS_CHANGED',
      'OUTCOME_NOT_ALLOWED',
    ])
  })
})

describe("Loop's units must still be those that the RMA was built from (F18)", () => {
  const lines = [aLine({ sku: 'A' }, received('available', 1)), aLine({ sku: 'B' }, received('available', 1))]
  const changed = ['UNITS_CHANGED']

  it('a unit was added, removed or exchanged for another SKU', () => {
    for (const skus of [['A', 'B', 'B'], ['A', 'B', 'C'], ['A'], ['A', 'C'], ['A', 'A']]) {
      assert.deepEqual(codesOf(judge(skus, lines, { announced: null }).reasons), changed, skus.join())
    }
  })

  it('the same SKUs, but other line items', () => {
    assert.deepEqual(codesOf(judge(['A', 'B'], lines, { announced: ['501', '999'] }).reasons), changed)
    assert.deepEqual(codesOf(judge(['A', 'B'], lines, { announced: ['501'] }).reasons), changed)
    assert.deepEqual(codesOf(judge(['A', 'B'], lines, { announced: ['501', '502', '503'] }).reasons), changed)
    assert.deepEqual(codesOf(judge(['A', 'B'], lines, { announced: [] }).reasons), changed)
    assert.deepEqual(codesOf(judge(['A', 'B'], lines, { announced: ['501","502'] }).reasons), changed)
  })

  it('the order in which the line items were noted does not matter', () => {
    assert.equal(judge(['A', 'B'], lines, { announced: ['502', '501'] }).kind, 'good')
  })

  it('without the journal, the SKUs and their counts must do', () => {
    assert.equal(judge(['B', 'A'], lines, { announced: null }).kind, 'good')
  })

  it('SKUs that differ only in case or spaces are different SKUs', () => {
    for (const sku of ['a', 'A\u00a0 ', 'А']) {
      const verdict = judge(['A'], [aLine({ sku }, received('available', 1))])
      assert.ok(codesOf(verdict.reasons).includes('UNITS_CHANGED'), JSON.stringify(sku))
    }
  })

  it('lines of one SKU spelled two ways do not count for each other', () => {
    const spelled = [aLine({ sku: 'A' }, received('available', 2)), aLine({ sku: 'a' }, received('available', 0))]
    const verdict = judge(['A', 'a'], spelled)
    assert.deepEqual(codesOf(verdict.reasons), ['EXTRA_UNITS', 'MISSING'])
  })

  it('a unit without SKU can never be found to have arrived', () => {
    const verdict = judge(['A', null], [aLine({ sku: 'A' }, received('available', 1))])
    assert.deepEqual(verdict.reasons, [
      { code: 'UNIT_WITHOUT_SKU', message: "Line item 502 has no SKU, so its arrival can't be checked." },
    ])
  })

  it('a unit that the shopper keeps is not expected', () => {
    const units = [aUnit({ sku: 'A' }), aUnit({ sku: 'B', lineItemId: '502', outcome: 'keep' })]
    const verdict = judge([], [aLine({ sku: 'A' }, received('available', 1))], {
      loopReturn: aReturn({ units }),
      announced: ['501'],
    })
    assert.equal(verdict.kind, 'good')
  })
})

describe('the outcome must be one that the merchant lets us process (F19)', () => {
  const lines = [aLine({ sku: 'SHIRT-M' }, received('available', 1))]
  const withOutcome = (outcome: string | null, outcomes: string[]) =>
    judge([], lines, { loopReturn: aReturn({ outcome }), policy: aPolicy({ outcomes }), announced: null })

  it('as a set of parts, each of them allowed, or all of them together (loop.md §14.2)', () => {
    assert.equal(withOutcome('exchange+refund', ['refund', 'exchange+refund']).kind, 'good')
    assert.equal(withOutcome('exchange+refund', ['refund', 'exchange']).kind, 'good')
    assert.equal(withOutcome('exchange+refund', ['refund', 'credit']).kind, 'bad')
    assert.equal(withOutcome('Refund', ['refund']).kind, 'good')
  })

  it('else it says which', () => {
    assert.deepEqual(withOutcome('store\u202e_credit', ['refund']).reasons, [
      {
        code: 'OUTCOME_NOT_ALLOWED',
        message: 'mhloop does not know the outcome “store_credit”.',
      },
    ])
    assert.deepEqual(withOutcome('credit+refund', ['refund']).reasons, [
      {
        code: 'OUTCOME_NOT_ALLOWED',
        message: 'This merchant does not process the outcome “credit+refund”.',
      },
    ])
  })

  it('and Loop must name one', () => {
    assert.deepEqual(withOutcome(null, ['refund']).reasons, [
      { code: 'OUTCOME_NOT_ALLOWED', message: 'Loop names no outcome.' },
    ])
  })
})

describe('reasons are for people', () => {
  it('each problem is a whole sentence', () => {
    assert.deepEqual(messages(judge([], [])), ['The RMA has no lines.'])
    assert.deepEqual(messages(judge([], [], { rma: anOpenRma() })), ['MasonHub shows no finished receipt.'])
    const lines = [aLine({ sku: 'A' }, received('available', 1))]
    assert.deepEqual(messages(judge(['A'], lines, { announced: [] })), [
      'The return in Loop no longer has the units that the RMA was built from.',
    ])
  })

  it('an announced quantity that can not be read is no unit too many', () => {
    const verdict = judge(['A'], [aLine({ sku: 'A', quantity: Number.NaN }, received('available', 1))])
    assert.deepEqual(codesOf(verdict.reasons), ['UNANNOUNCED_ITEM', 'COUNTS_UNREADABLE', 'UNITS_CHANGED'])
  })

  it('and show hostile text harmlessly, shortened (F55)', () => {
    const hostile = `\u001b${'z'.repeat(100)}`
    const [sku, word] = [`${'z'.repeat(59)}…`, `${'z'.repeat(39)}…`]
    const said = (...lines: Parameters<typeof aLine>[]) =>
      messages(
        judge(
          lines.map(() => hostile),
          lines.map(([special, ...rest]) => aLine({ sku: hostile, ...special }, ...rest)),
        ),
      )[0]
    assert.equal(
      said([{ quantityReceived: null }, received('available', 1)]),
      `MasonHub reports no received quantity for ${sku}.`,
    )
    assert.equal(said([{ quantity: 0 }, received('available', 1)]), `${sku} arrived (1 unit) but was not announced.`)
    assert.equal(
      said([{}, received('available', 1)], [{ notOnOriginalRma: true }, received('available', 1)]),
      `Unannounced units of ${sku} arrived.`,
    )
    assert.equal(said([{}, received(hostile, 1)]), `1 of 1 × ${sku} “${word}”.`)
    assert.equal(said([{ quantityReceived: 0 }]), `1 of 1 × ${sku} missing.`)
    assert.equal(said([{}, received('available', 2)]), `1 more × ${sku} than announced.`)
    const units = [aUnit(), aUnit({ lineItemId: hostile, sku: null })]
    const loopReturn = aReturn({ units, outcome: hostile })
    assert.deepEqual(messages(judge([], [aLine({}, received('available', 1))], { loopReturn, announced: null })), [
      `Line item ${word} has no SKU, so its arrival can't be checked.`,
      `mhloop does not know the outcome “${word}”.`,
    ])
  })
})
