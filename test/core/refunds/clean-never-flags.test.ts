import assert from 'node:assert/strict'
import fc from 'fast-check'
import { decide } from '../../../src/core/refunds/decide.ts'
import { outcomeParts } from '../../../src/core/returns/outcomes.ts'
import type { LoopReturn } from '../../../src/core/returns/return.ts'
import type { ReceivedUnits, Rma, RmaLine } from '../../../src/core/rmas/rma.ts'
import { aLine, anRma, aPolicy, aReturn, aSituation, aUnit, received } from '../build.ts'

const statuses = [
  'new',
  'pre_transit',
  'in_transit',
  'delivered',
  'error',
  'return_to_sender',
  'no_label',
  'lost?',
  null,
]
const times = fc.constantFrom(null, 'N/A', '2026-11-02T10:00:00Z', '2026-11-10T09:00:00+00:00')

const method = fc.record({
  provider: fc.constantFrom(null, 'happyreturns', 'happy_returns', 'Happy Returns', 'keepsake', 'mail'),
  type: fc.constantFrom(null, 'mail', 'box_free', 'HappyReturns', 'drop_off', 'label?'),
  state: fc.constantFrom(null, 'needs_scheduled', 'canceled', 'new?'),
  rmaId: fc.constantFrom(null, 'HRJYTQ5J'),
  scannableId: fc.constantFrom(null, 'S-1'),
  known: fc.boolean(),
})

/** Any outcome of known parts, in any order, case and repetition. */
const outcome = fc
  .array(fc.constantFrom(...outcomeParts), { minLength: 1, maxLength: 4 })
  .chain((parts) => fc.constantFrom(parts.join('+'), parts.join(' + '), parts.join('+').toUpperCase()))

const skus = ['CAP', 'MUG', 'TEE', 'TEE ', ' MUG', 'tee']

const units = fc
  .array(fc.record({ sku: fc.constantFrom(...skus), outcome: fc.constantFrom(null, 'default', 'refund') }), {
    minLength: 1,
    maxLength: 6,
  })
  .map((list) => list.map((unit, index) => aUnit({ ...unit, lineItemId: String(501 + index) })))

const labels = fc.array(
  fc.record({
    trackingNumber: fc.constantFrom(null, '9400111899223197428490', '1Z999AA10123454321', '123', 'T'.repeat(120)),
    carrier: fc.constantFrom(null, 'USPS', 'UPS'),
    status: fc.constantFrom(...statuses),
    updatedAt: times,
    lineItemIds: fc.subarray(['501', '502', '503', '504', '505', '506']),
  }),
  { maxLength: 4 },
)

const bags = fc.uniqueArray(fc.constantFrom('HR200250DB9E', 'HR200250DB9F', 'HR3'), { maxLength: 3 })

/** One line or more per SKU, and each line's units in any split of entries: all of them available. */
const splits = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 12, maxLength: 12 })

function receiptOf(loopReturn: LoopReturn, cuts: readonly number[]): RmaLine[] {
  const counts = Map.groupBy(loopReturn.units, ({ sku }) => (sku ?? '').trim())
  let cut = 0
  const next = () => cuts[cut++ % cuts.length] ?? 0
  return [...counts].flatMap(([sku, list]) => {
    const perLine = next() === 0 && list.length > 1 ? [1, list.length - 1] : [list.length]
    return perLine.map((quantity) => {
      const first = Math.min(quantity, next())
      const entries = [received('available', first), received('available', quantity - first)]
      return aLine({ sku, quantity }, ...entries, ...(next() === 0 ? [received('damaged', 0)] : []))
    })
  })
}

const returns = fc
  .record({
    method,
    outcome,
    units,
    labels,
    bags,
    cuts: splits,
    packageId: fc.constantFrom(null, 'HR200250DB9E', 'X1234'),
  })
  .map(({ cuts, packageId, ...parts }) => {
    const loopReturn = aReturn({ ...parts, returnMethod: parts.method.provider ?? parts.method.type })
    const rma = anRma({ lines: receiptOf(loopReturn, cuts), packageId: packageId ?? anRma().packageId })
    return { loopReturn, rma }
  })

/** By what the merchant's policy says, and not by what the records look like. */
const held = new Set(['REFUNDS_OFF', 'REFUND_TOO_LARGE', 'LOOP_MAY_PAY'])

const policies = fc.record({
  refunds: fc.boolean(),
  onUnclear: fc.constantFrom('flag' as const, 'wait' as const),
  largestRefund: fc.constantFrom(null, '10.00', '1000.00'),
  explicitRefund: fc.boolean(),
  now: fc.constantFrom('2026-11-10T10:00:01.000Z', '2026-11-12T10:00:00.000Z', '2027-11-10T10:00:00.000Z'),
  state: fc.constantFrom('open' as const, 'open' as const, 'closed' as const),
})
type Held = typeof policies extends fc.Arbitrary<infer One> ? One : never

function situationOf({ loopReturn, rma }: { loopReturn: LoopReturn; rma: Rma }, one: Held) {
  const policy = aPolicy({ refunds: one.refunds, onUnclear: one.onUnclear }, { largestRefund: one.largestRefund })
  return aSituation({
    loopReturn: { ...loopReturn, state: one.state },
    rma,
    policy,
    explicitRefund: one.explicitRefund,
    now: one.now,
  })
}

describe('a return that arrived complete and clean (issue 17)', () => {
  it('is never flagged: it is refunded, or held back by policy, or Loop has closed it', () => {
    const seen = new Map<string, number>()
    fc.assert(
      fc.property(returns, policies, (clean, how) => {
        const { action, reasons } = decide(situationOf(clean, how))
        const code = reasons[0]?.code ?? ''
        seen.set(`${action} ${code}`, (seen.get(`${action} ${code}`) ?? 0) + 1)
        if (how.state === 'closed') assert.deepEqual([action, code], ['none', 'CLOSED'])
        else assert.ok(action === 'refund' || (action === 'wait' && held.has(code)), `${action} ${code}`)
      }),
      { numRuns: 5000 },
    )
    for (const how of ['refund ALL_AVAILABLE', 'wait REFUNDS_OFF', 'wait REFUND_TOO_LARGE', 'none CLOSED'])
      assert.ok((seen.get(how) ?? 0) > 50, `${how}: ${seen.get(how) ?? 0}`)
  })

  it('with any one unit spoilt is never refunded, whatever its labels say', () => {
    const spoils: ((line: RmaLine) => RmaLine[])[] = [
      (line) => [instead(line, 'damaged')],
      (line) => [instead(line, 'short')],
      (line) => [instead(line, 'quality-control')],
      (line) => [instead(line, 'teleported')],
      (line) => [lessOne(line)],
      (line) => [{ ...line, received: [...(line.received ?? []), received('available', 1)] }],
      (line) => [{ ...line, quantityReceived: (line.quantityReceived ?? 0) - 1 }],
      (line) => [{ ...line, received: null, quantityReceived: null }],
      (line) => [line, aLine({ sku: 'HOODIE', quantity: 0, notOnOriginalRma: true }, received('available', 1))],
      () => [],
    ]
    fc.assert(
      fc.property(returns, policies, fc.nat(), fc.constantFrom(...spoils), (clean, how, which, spoil) => {
        const { lines } = clean.rma
        const spoilt = lines.flatMap((line, index) => (index === which % lines.length ? spoil(line) : [line]))
        const { action } = decide(situationOf({ ...clean, rma: { ...clean.rma, lines: spoilt } }, how))
        assert.notEqual(action, 'refund')
      }),
      { numRuns: 5000 },
    )
  })
})

/** One available unit of the line is something else. */
function instead(line: RmaLine, word: string): RmaLine {
  const { entries } = without(line)
  const total = (line.quantityReceived ?? 0) - (word === 'short' ? 1 : 0)
  return { ...line, received: [...entries, received(word, 1)], quantityReceived: total }
}

function lessOne(line: RmaLine): RmaLine {
  return { ...line, received: without(line).entries, quantityReceived: (line.quantityReceived ?? 0) - 1 }
}

function without({ received: list }: RmaLine): { entries: ReceivedUnits[] } {
  const at = (list ?? []).findIndex(({ disposition, quantity }) => disposition === 'available' && quantity > 0)
  const entries = (list ?? []).map((one, index) => (index === at ? { ...one, quantity: one.quantity - 1 } : one))
  return { entries }
}
