import assert from 'node:assert/strict'
import fc from 'fast-check'
import { foldKits, type Kits } from '../../../src/core/refunds/kits.ts'
import { receiptOf } from '../../../src/core/refunds/receipt.ts'
import { verdictOf } from '../../../src/core/refunds/verdict.ts'
import type { Rma, RmaLine } from '../../../src/core/rmas/rma.ts'
import { aLine, anRma, aPolicy, aReturn, now, received, unitsOf } from '../build.ts'

const skus = ['SET', 'DUO', 'MUG', 'CAP', 'PEN'] as const
const kit = fc
  .array(fc.tuple(fc.constantFrom('MUG', 'CAP', 'PEN'), fc.integer({ min: 1, max: 2 })), { minLength: 1, maxLength: 3 })
  .map((parts) => new Map(parts))
const kitsOf = fc.record({ SET: kit, DUO: kit }).map(
  ({ SET, DUO }): Kits =>
    new Map([
      ['SET', SET],
      ['DUO', DUO],
    ]),
)
const disposition = fc.constantFrom('available', 'available', 'available', 'available', 'available', 'damaged', 'short')

/** What came of each SKU; half of the time exactly what complete kits would leave, with one thing changed at most. */
const worlds = fc
  .record({
    kits: kitsOf,
    announced: fc.record({ SET: fc.nat(2), DUO: fc.nat(1), MUG: fc.nat(1), CAP: fc.nat(1), PEN: fc.nat(1) }),
    asParts: fc.record({ SET: fc.nat(2), DUO: fc.nat(1) }),
    spoilt: fc.option(
      fc.record({ sku: fc.constantFrom(...skus), by: fc.integer({ min: -1, max: 1 }), how: disposition }),
      {
        nil: null,
      },
    ),
    pooled: fc.boolean(),
    unreported: fc.option(fc.constantFrom(...skus), { nil: null, freq: 8 }),
  })
  .map(({ kits, announced, asParts, spoilt, pooled, unreported }) => {
    const came = new Map<string, number>(Object.entries(announced))
    const more = new Map<string, number>()
    for (const sku of ['SET', 'DUO'] as const) {
      const count = Math.min(asParts[sku], announced[sku])
      came.set(sku, announced[sku] - count)
      for (const [part, quantity] of kits.get(sku) ?? []) more.set(part, (more.get(part) ?? 0) + quantity * count)
    }
    const lines: RmaLine[] = []
    const entry = (sku: string, count: number, line: Partial<RmaLine>) => {
      const total = Math.max(0, count + (spoilt?.sku === sku ? spoilt.by : 0))
      const odd = spoilt?.sku === sku && total > 0 ? 1 : 0
      const details = [received('available', total - odd), ...(odd ? [received(spoilt?.how ?? 'available', 1)] : [])]
      const made = aLine({ sku, ...line }, ...details)
      lines.push(unreported === sku ? { ...made, quantityReceived: null } : made)
    }
    for (const sku of skus) {
      const own = came.get(sku) ?? 0
      const parts = more.get(sku) ?? 0
      if (announced[sku] > 0) entry(sku, pooled ? own + parts : own, { quantity: announced[sku] })
      if (parts > 0 && !(pooled && announced[sku] > 0)) entry(sku, parts, { quantity: 0, notOnOriginalRma: true })
    }
    const units = unitsOf(...skus.flatMap((sku) => Array<string>(announced[sku]).fill(sku)))
    return { kits, announced, loopReturn: aReturn({ units }), rma: anRma({ lines }) }
  })
  .filter(({ rma }) => rma.lines.some(({ quantity }) => quantity > 0))

/** Independent of the fold: whether everything that came is available and counted, and is just what was returned. */
function isComplete({ lines }: Rma, announced: Record<string, number>, kits: Kits): boolean {
  const came = new Map<string, number>()
  for (const line of lines) {
    const count = countOf(line, announced[line.sku] ?? 0, kits)
    if (count === null) return false
    came.set(line.sku, (came.get(line.sku) ?? 0) + count)
  }
  const rest = new Map(came)
  const take = (sku: string, count: number) => rest.set(sku, (rest.get(sku) ?? 0) - count)
  for (const [sku, count] of Object.entries(announced)) {
    const parts = kits.get(sku)
    const whole = parts === undefined ? count : Math.min(count, came.get(sku) ?? 0)
    take(sku, whole)
    for (const [part, quantity] of parts ?? []) take(part, quantity * (count - whole))
  }
  return [...rest.values()].every((count) => count === 0)
}

/** null: something of it is not available, or not counted. A kit that came as its parts may be short of itself. */
function countOf({ sku, received: details, quantityReceived }: RmaLine, announced: number, kits: Kits): number | null {
  const unitsIn = (names: string[]) =>
    (details ?? []).filter((one) => names.includes(one.disposition)).reduce((sum, { quantity }) => sum + quantity, 0)
  const count = unitsIn(['available'])
  const short = unitsIn(['short'])
  const isShortRightly = short === 0 || (kits.has(sku) && short <= announced - count)
  return unitsIn(['damaged']) === 0 && isShortRightly && quantityReceived === count ? count : null
}

describe('kits, over all receipts', () => {
  it('G23 a receipt is good only if all units, or all parts in their place, are there and available', () => {
    let good = 0
    let bad = 0
    let folded = 0
    fc.assert(
      fc.property(worlds, ({ kits, announced, loopReturn, rma }) => {
        const input = { loopReturn, rma, policy: aPolicy(), announced: null, now }
        const verdict = verdictOf({ ...input, kits })
        const complete = isComplete(rma, announced, kits)
        if (verdict.kind === 'good') {
          good += 1
          if (verdictOf(input).kind !== 'good') folded += 1
          assert.ok(complete, JSON.stringify(rma.lines))
        } else bad += 1
      }),
      { numRuns: 4000 },
    )
    assert.ok(good > 300 && bad > 300 && folded > 200, `${good} good, ${folded} of them by parts, ${bad} bad`)
  })

  it('what is good without kits stays good, and the announced units stay what they are', () => {
    fc.assert(
      fc.property(worlds, ({ kits, loopReturn, rma }) => {
        const input = { loopReturn, rma, policy: aPolicy(), announced: null, now }
        if (verdictOf(input).kind === 'good') assert.equal(verdictOf({ ...input, kits }).kind, 'good')
        const receipt = receiptOf(rma)
        assert.ok(receipt)
        const expected = (lines: typeof receipt.lines) =>
          lines.filter((line) => line.expected > 0).map((line) => [line.sku, line.expected])
        assert.deepEqual(expected(foldKits(receipt, kits).receipt.lines), expected(receipt.lines))
      }),
      { numRuns: 2000 },
    )
  })

  it('complete kits as their parts are good, whatever is announced beside them (H47)', () => {
    let good = 0
    fc.assert(
      fc.property(worlds, ({ kits, announced, loopReturn, rma }) => {
        if (!isComplete(rma, announced, kits)) return
        good += 1
        const verdict = verdictOf({ loopReturn, rma, policy: aPolicy(), announced: null, now, kits })
        assert.equal(verdict.kind, 'good', JSON.stringify([verdict.reasons, rma.lines]))
      }),
      { numRuns: 3000 },
    )
    assert.ok(good > 300, `${good}`)
  })
})
