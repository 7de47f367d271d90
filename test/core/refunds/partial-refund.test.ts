import assert from 'node:assert/strict'
import type { PartialInput } from '../../../src/core/refunds/partial-refund.ts'
import { partialOf } from '../../../src/core/refunds/partial-refund.ts'
import type { LoopReturn, ReturnUnit } from '../../../src/core/returns/return.ts'
import { announcedLineItems } from '../../../src/core/returns/units.ts'
import type { Rma, RmaLine } from '../../../src/core/rmas/rma.ts'
import { aLine, anRma, aPolicy, aReturn, aUnit, now, received } from '../build.ts'

/** Two caps of one order line, and a shirt; of the caps, one arrived. */
const caps = [aUnit({ lineItemId: '502', sku: 'CAP' }), aUnit({ lineItemId: '503', sku: 'CAP' })]
const shirt = aUnit({ lineItemId: '501', sku: 'SHIRT', price: '40.00', refund: '40.00' })
const oneCap = aLine({ sku: 'CAP', quantity: 2 }, received('available', 1))
const theShirt = aLine({ sku: 'SHIRT' }, received('available', 1))

function partial({
  units = [shirt, ...caps],
  lines = [theShirt, oneCap],
  loop = {},
  rma = {},
  ...input
}: Partial<Pick<PartialInput, 'announced' | 'chosen' | 'policy' | 'now' | 'bagSeenAt'>> & {
  units?: ReturnUnit[]
  lines?: RmaLine[]
  loop?: Partial<LoopReturn>
  rma?: Partial<Rma>
} = {}) {
  const loopReturn = aReturn({ units, ...loop })
  const known = {
    announced: announcedLineItems(loopReturn),
    chosen: null,
    policy: aPolicy(),
    bagSeenAt: null,
    now,
    ...input,
  }
  return partialOf({ ...known, loopReturn, rma: anRma({ ...rma, lines }) })
}

function said(options: Parameters<typeof partial>[0] = {}): string {
  const found = partial(options)
  if (found.kind === 'impossible') return found.reason.code
  const ids = (units: ReturnUnit[]) => units.map(({ lineItemId }) => lineItemId).join(',')
  return `pay ${ids(found.paid)}; remove ${ids(found.removed)}`
}

describe('a refund of what arrived', () => {
  it('removes the last of units that are alike, whatever order Loop lists them in', () => {
    assert.equal(said(), 'pay 501,502; remove 503')
    assert.equal(said({ units: [...caps, shirt].toReversed() }), 'pay 501,502; remove 503')
    const tens = [aUnit({ lineItemId: '9', sku: 'CAP' }), aUnit({ lineItemId: '10', sku: 'CAP' })]
    assert.equal(said({ units: [...tens, shirt] }), 'pay 9,501; remove 10', 'by number, not by text')
  })

  it('removes all units of a SKU that is missing entirely, alike or not', () => {
    const lines = [theShirt, aLine({ sku: 'CAP', quantity: 2 }, received('short', 2))]
    const [one, other] = caps as [ReturnUnit, ReturnUnit]
    assert.equal(said({ lines, units: [shirt, one, { ...other, price: '99.00' }] }), 'pay 501; remove 502,503')
  })

  it('G18 asks a person which unit it is when they are not known to be alike', () => {
    const [one, other] = caps as [ReturnUnit, ReturnUnit]
    for (const change of [
      { price: '99.00' },
      { refund: '1.00' },
      { providerLineItemId: '7002' },
      { price: null },
      { refund: null },
      { providerLineItemId: null },
    ])
      assert.equal(said({ units: [shirt, one, { ...other, ...change }] }), 'WHICH_UNIT_UNKNOWN', JSON.stringify(change))
    const unknown = caps.map((unit) => ({ ...unit, price: null }))
    assert.equal(said({ units: [shirt, ...unknown] }), 'WHICH_UNIT_UNKNOWN', 'what Loop does not say is not the same')
    const found = partial({ units: [shirt, one, { ...other, refund: '1.00' }] })
    assert.ok(found.kind === 'impossible')
    assert.match(found.reason.message, /^1 of 2 × CAP is missing, .* --unit: 502 \(47\.50\), 503 \(1\.00\)\.$/)
  })

  it('takes the units that a person names, if they are as many of each SKU as are missing', () => {
    assert.equal(said({ chosen: ['502'] }), 'pay 501,503; remove 502')
    for (const chosen of [[], ['501'], ['502', '503'], ['502', '502'], ['501', '502'], ['999'], ['502', '999']])
      assert.equal(said({ chosen }), 'WHICH_UNIT_UNKNOWN', chosen.join())
  })

  it('G19 never pays for a unit that is not available', () => {
    for (const disposition of ['damaged', 'quality-control', 'under-investigation', 'refurbishing', 'somewhere'])
      assert.equal(said({ lines: [aLine({ sku: 'SHIRT' }, received(disposition, 1)), oneCap] }), 'UNITS_NOT_AVAILABLE')
  })

  it('G20 never removes every unit, because that would cancel the return', () => {
    const nothing = [
      aLine({ sku: 'SHIRT' }, received('short', 1)),
      aLine({ sku: 'CAP', quantity: 2 }, received('short', 2)),
    ]
    assert.equal(said({ lines: nothing }), 'NOTHING_ARRIVED')
    const neverShipped = aUnit({ lineItemId: '504', sku: 'BOX', outcome: 'keep' })
    assert.equal(said({ lines: nothing, units: [shirt, ...caps, neverShipped] }), 'NOTHING_ARRIVED')
  })

  it('removes nothing while another box moves that may hold it, by its label or because Loop does not say (loop.md §14.5)', () => {
    const label = (trackingNumber: string, status: string, lineItemIds: string[]) =>
      ({ trackingNumber, carrier: 'UPS', status, updatedAt: null, lineItemIds }) as const
    const there = anRma().packageId ?? ''
    const of = (...labels: ReturnType<typeof label>[]) => ({
      loop: { labels: labels.map((one) => ({ ...one, lineItemIds: [...one.lineItemIds] })) },
      rma: { packageId: there, receivedAt: '2026-11-10T10:00:00.000Z' },
    })
    const packed = label(there, 'delivered', ['501', '502'])
    assert.equal(said(of(packed, label('1Z9', 'in_transit', ['503']))), 'BOX_ON_ITS_WAY')
    assert.equal(said(of(label(there, 'delivered', []), label('1Z9', 'in_transit', []))), 'BOX_ON_ITS_WAY')
    assert.equal(said(of(label(there, 'delivered', []), label('1Z9', 'new', []))), 'pay 501,502; remove 503')
    assert.equal(said(of(label(there, 'in_transit', []))), 'pay 501,502; remove 503', 'the package itself')
    const late = { ...of(packed, label('1Z9', 'in_transit', [])), now: '2026-11-20T10:00:00.000Z' }
    assert.equal(said(late), 'pay 501,502; remove 503', 'no longer waited for')
    const unknown = of(packed, label('1Z9', 'in_transit', []))
    assert.equal(said({ ...unknown, rma: { ...unknown.rma, receivedAt: null } }), 'BOX_ON_ITS_WAY')
  })

  it('pays for kept units, as any refund does', () => {
    const neverShipped = aUnit({ lineItemId: '504', sku: 'BOX', outcome: 'keep' })
    assert.equal(said({ units: [shirt, ...caps, neverShipped] }), 'pay 501,502,504; remove 503')
  })

  it('is not for a return that arrived whole, nor for one whose receipt says something else', () => {
    const cap = (special: Partial<RmaLine>, ...entries: Parameters<typeof aLine>[1][]) =>
      aLine({ sku: 'CAP', quantity: 2, ...special }, ...entries)
    const lines = (line: RmaLine) => ({ lines: [theShirt, line] })
    assert.equal(said(lines(cap({}, received('available', 2)))), 'ALL_ARRIVED')
    assert.equal(said(lines(cap({ quantityReceived: 2 }, received('available', 1)))), 'COUNTS_CONTRADICT')
    assert.equal(said(lines(cap({}))), 'COUNTS_UNREADABLE', 'no count is not a count of 0')
    assert.equal(said(lines(cap({}, received('available', 2), received('short', 1)))), 'COUNTS_UNREADABLE')
    assert.equal(said(lines(cap({}, received('available', 1), received('short', 2)))), 'COUNTS_UNREADABLE')
    assert.equal(said(lines(cap({}, received('available', 1), received('short', 1)))), 'pay 501,502; remove 503')
    const extra = aLine({ sku: 'MUG', quantity: 0, notOnOriginalRma: true }, received('available', 1))
    assert.equal(said({ lines: [theShirt, oneCap, extra] }), 'UNANNOUNCED_ITEM')
    assert.equal(said({ announced: ['501', '502'] }), 'UNITS_CHANGED')
    assert.equal(said({ units: [shirt, ...caps, aUnit({ lineItemId: '504', sku: null })] }), 'UNIT_WITHOUT_SKU')
    assert.equal(said({ units: [shirt, ...caps, shirt] }), 'UNITS_REPEATED')
  })

  it('is for refunds and credits, and for units without an outcome of their own (loop.md §5.5)', () => {
    for (const outcome of ['refund', 'credit', 'credit+refund', 'Refund+Credit'])
      assert.equal(said({ loop: { outcome } }), 'pay 501,502; remove 503', outcome)
    for (const outcome of ['exchange', 'exchange+refund', 'refund+upsell'])
      assert.equal(said({ loop: { outcome } }), 'NOT_REMOVABLE', outcome)
    for (const outcome of ['voucher', null])
      assert.equal(said({ loop: { outcome } }), 'OUTCOME_NOT_ALLOWED', String(outcome))
    const policy = aPolicy({ outcomes: ['refund'] })
    assert.equal(
      said({ policy, loop: { outcome: 'credit' } }),
      'OUTCOME_NOT_ALLOWED',
      'left to a person by the merchant',
    )
    const own = caps.map((unit) => ({ ...unit, outcome: 'exchange' }))
    assert.equal(said({ units: [shirt, ...own] }), 'NOT_REMOVABLE')
  })

  it('G22 waits for the job by which Loop pays a return without a box', () => {
    const aMethod = { ...aReturn().method, provider: 'happyreturns', known: true }
    const loop = { method: aMethod, returnMethod: 'happyreturns', bags: ['BAG-1'], labels: [], trackingNumbers: [] }
    const seen = (hours: number) => new Date(Date.parse(now) - hours * 3_600_000).toISOString()
    assert.equal(said({ loop, bagSeenAt: seen(23) }), 'LOOP_MAY_PAY')
    assert.equal(said({ loop, bagSeenAt: seen(25) }), 'BOX_ON_ITS_WAY', 'Loop may not show every bag yet')
    const policy = aPolicy({ waits: { ...aPolicy().waits, otherBox: 0 } })
    assert.equal(said({ loop, bagSeenAt: seen(25), policy }), 'pay 501,502; remove 503')
  })

  it('is for an open return that nobody has paid, with our RMA, received', () => {
    const states = { review: 'IN_REVIEW', closed: 'CLOSED', cancelled: 'CANCELLED', expired: 'EXPIRED' } as const
    for (const [state, code] of Object.entries(states))
      assert.equal(said({ loop: { state: state as keyof typeof states } }), code)
    assert.equal(said({ loop: { state: 'unknown', rawState: 'paused' } }), 'STATE_UNKNOWN')
    const money = aReturn().money
    for (const paid of [{ wasProcessed: true }, { refunds: 1 }, { refundBeforeInspection: true }])
      assert.equal(said({ loop: { money: { ...money, ...paid } } }), 'ALREADY_PROCESSED')
    assert.equal(said({ rma: { customerIdentifier: '1' } }), 'RMA_FOREIGN')
    assert.equal(said({ rma: { deletedAt: '2026-11-10T10:00:00.000Z' } }), 'RMA_DELETED')
    assert.equal(said({ rma: { status: 'in-receiving' } }), 'NOT_RECEIVED')
    assert.equal(
      partialOf({
        loopReturn: aReturn(),
        rma: null,
        policy: aPolicy(),
        announced: null,
        chosen: null,
        bagSeenAt: null,
        now,
      }).kind,
      'impossible',
    )
  })
})
