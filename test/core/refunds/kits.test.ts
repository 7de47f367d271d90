import assert from 'node:assert/strict'
import { foldKits, type Kits, perhapsKits } from '../../../src/core/refunds/kits.ts'
import { receiptOf } from '../../../src/core/refunds/receipt.ts'
import { verdictOf } from '../../../src/core/refunds/verdict.ts'
import type { RmaLine } from '../../../src/core/rmas/rma.ts'
import { aLine, anRma, aPolicy, aReturn, codesOf, now, received, unitsOf } from '../build.ts'

const set: Kits = new Map([
  [
    'SET',
    new Map([
      ['MUG', 1],
      ['CAP', 2],
    ]),
  ],
])
/** A line as the dock leaves it when the unit was not in the parcel under its own SKU. */
const absent = (sku: string, quantity = 1) => aLine({ sku, quantity, quantityReceived: 0, received: null })
const extra = (sku: string, ...details: Parameters<typeof aLine>[1][]) =>
  aLine({ sku, quantity: 0, notOnOriginalRma: true }, ...details)

/** The verdict on a return of these units by these lines. */
function verdict(skus: string[], lines: RmaLine[], kits: Kits = set) {
  return verdictOf({
    loopReturn: aReturn({ units: unitsOf(...skus) }),
    rma: anRma({ lines }),
    policy: aPolicy(),
    announced: null,
    now,
    kits,
  })
}
const kindOf = (...input: Parameters<typeof verdict>) => {
  const found = verdict(...input)
  return found.kind === 'good' ? 'good' : `${found.kind} ${[...new Set(codesOf(found.reasons))].sort().join(' ')}`
}

describe('a kit that was booked as its parts (H47)', () => {
  const parts = (sets: number) => [
    extra('MUG', received('available', sets)),
    extra('CAP', received('available', 2 * sets)),
  ]

  it('is received when exactly its parts came, all of them available', () => {
    assert.equal(kindOf(['SET'], [absent('SET'), ...parts(1)]), 'good')
    assert.equal(kindOf(['SET', 'SET'], [absent('SET', 2), ...parts(2)]), 'good')
    assert.equal(kindOf(['SET'], [aLine({ sku: 'SET' }, received('short', 1)), ...parts(1)]), 'good')
    assert.equal(kindOf(['SET'], [aLine({ sku: 'SET', quantityReceived: null }), ...parts(1)]), 'good')
  })

  it('says so', () => {
    assert.deepEqual(verdict(['SET'], [absent('SET'), ...parts(1)]).reasons, [
      { code: 'ALL_AVAILABLE', message: 'The unit arrived and is available. SET came as its parts: 1 × MUG, 2 × CAP.' },
    ])
  })

  it('beside units that were announced by themselves, parts among them', () => {
    const mug = aLine({ sku: 'MUG' }, received('available', 1))
    assert.equal(kindOf(['SET', 'MUG'], [absent('SET'), mug, ...parts(1)]), 'good')
    // The dock may count both on the announced line.
    const both = aLine({ sku: 'MUG' }, received('available', 2))
    const caps = extra('CAP', received('available', 2))
    assert.equal(kindOf(['SET', 'MUG'], [absent('SET'), both, caps]), 'good')
  })

  it('one as itself and one as its parts', () => {
    const one = aLine({ sku: 'SET', quantity: 2 }, received('available', 1))
    assert.equal(kindOf(['SET', 'SET'], [one, ...parts(1)]), 'good')
  })

  it('two kits that share a part, when both are complete', () => {
    const kits: Kits = new Map([
      ...set,
      [
        'DUO',
        new Map([
          ['CAP', 1],
          ['PEN', 1],
        ]),
      ],
    ])
    const came = [
      extra('MUG', received('available', 1)),
      extra('CAP', received('available', 3)),
      extra('PEN', received('available', 1)),
    ]
    assert.equal(kindOf(['SET', 'DUO'], [absent('SET'), absent('DUO'), ...came], kits), 'good')
    assert.equal(
      kindOf(['SET', 'DUO'], [absent('SET'), absent('DUO'), ...came.slice(0, 2)], kits),
      'bad KIT_AMBIGUOUS MISSING UNANNOUNCED_ITEM',
    )
  })
})

describe('G23 an incomplete kit is never paid', () => {
  const [mug, caps] = [extra('MUG', received('available', 1)), extra('CAP', received('available', 2))]
  const bad = 'bad MISSING UNANNOUNCED_ITEM'

  it('a part is missing, or more came than belong to it', () => {
    assert.equal(kindOf(['SET'], [absent('SET'), mug]), bad)
    assert.equal(kindOf(['SET'], [absent('SET'), mug, extra('CAP', received('available', 1))]), bad)
    assert.equal(kindOf(['SET'], [absent('SET'), mug, extra('CAP', received('available', 3))]), bad)
    assert.equal(
      kindOf(['SET'], [absent('SET'), mug, caps, extra('PEN', received('available', 1))]),
      'bad UNANNOUNCED_ITEM',
    )
    assert.equal(kindOf(['SET', 'SET'], [absent('SET', 2), mug, caps]), bad)
  })

  it('a part is damaged, or in any other disposition', () => {
    for (const disposition of ['damaged', 'quality-control', 'under-investigation', 'refurbishing', 'short', 'odd']) {
      const found = verdict(
        ['SET'],
        [absent('SET'), mug, extra('CAP', received('available', 1), received(disposition, 1))],
      )
      assert.ok(found.kind === 'bad' && found.certain, disposition)
    }
  })

  it('a count is missing or contradicts itself', () => {
    const uncounted = { ...caps, quantityReceived: null }
    assert.equal(kindOf(['SET'], [absent('SET'), mug, uncounted]), bad)
    const contradictory = { ...caps, quantityReceived: 3 }
    assert.equal(verdict(['SET'], [absent('SET'), mug, contradictory]).kind, 'bad')
    const uneven = [1, 0].map((more) => ({ ...extra('CAP', received('available', 1)), quantityReceived: 2 * more }))
    const pooled = verdict(['SET'], [absent('SET'), mug, ...uneven])
    assert.ok(pooled.kind === 'bad' && pooled.certain)
    const ofKit = aLine({ sku: 'SET', quantityReceived: 1, received: null })
    assert.equal(verdict(['SET'], [ofKit, mug, caps]).kind, 'bad')
  })

  it('the kit itself is damaged, and its parts came as well', () => {
    const damaged = aLine({ sku: 'SET', quantity: 2 }, received('damaged', 1))
    assert.equal(kindOf(['SET', 'SET'], [damaged, mug, caps]), 'bad DAMAGED')
  })

  it('a kit that is made of a kit, of nothing, or of no number of units is none that can be counted', () => {
    const odd: Record<string, Kits> = {
      nested: new Map([...set, ['BOX', new Map([['SET', 1]])]]),
      empty: new Map([['SET', new Map()]]),
      zero: new Map([
        [
          'SET',
          new Map([
            ['MUG', 0],
            ['CAP', 2],
          ]),
        ],
      ]),
      half: new Map([
        [
          'SET',
          new Map([
            ['MUG', 0.5],
            ['CAP', 2],
          ]),
        ],
      ]),
    }
    for (const [name, kits] of Object.entries(odd)) {
      const sku = name === 'nested' ? 'BOX' : 'SET'
      assert.equal(
        verdict([sku], [absent(sku), extra('SET', received('available', 1)), mug, caps], kits).kind,
        'bad',
        name,
      )
    }
  })

  it('is flagged with what the kit is made of, and with the part that may be another’s', () => {
    const { reasons } = verdict(['SET'], [absent('SET'), mug])
    assert.equal(
      reasons.find(({ code }) => code === 'MISSING')?.message,
      '1 of 1 × SET missing. It is a kit of 1 × MUG, 2 × CAP, which did not all arrive available.',
    )
    const announced = aLine({ sku: 'MUG' }, received('available', 1))
    const unsure = verdict(['SET', 'MUG'], [absent('SET'), announced, caps])
    assert.deepEqual(
      unsure.reasons.find(({ code }) => code === 'KIT_AMBIGUOUS'),
      {
        code: 'KIT_AMBIGUOUS',
        sku: 'SET',
        message: "It can't be told which units of MUG belong to the kit SET.",
      },
    )
  })

  it('without the kit’s parts, the receipt is read as it is booked', () => {
    const lines = [absent('SET'), mug, caps]
    assert.equal(kindOf(['SET'], lines, new Map()), bad)
    const receipt = receiptOf(anRma({ lines }))
    assert.ok(receipt)
    assert.equal(foldKits(receipt, new Map()).receipt, receipt)
  })
})

describe('which SKUs are looked up as kits', () => {
  const perhaps = (...lines: RmaLine[]) => {
    const receipt = receiptOf(anRma({ lines }))
    return receipt === null ? null : perhapsKits(receipt)
  }

  it('only those that are missing where something else is too many', () => {
    const mug = extra('MUG', received('available', 1))
    assert.deepEqual(perhaps(absent('SET'), mug), ['SET'])
    assert.deepEqual(perhaps(absent('SET'), aLine({ sku: 'MUG' }, received('available', 2))), ['SET'])
    assert.deepEqual(perhaps(absent('SET')), [])
    assert.deepEqual(perhaps(absent('SET'), aLine({ sku: 'MUG' }, received('damaged', 1))), [])
    assert.deepEqual(perhaps(aLine({ sku: 'SET' }, received('available', 1)), mug), [])
    assert.deepEqual(perhaps(aLine({ sku: 'SET' }, received('available', 1))), [])
  })
})
