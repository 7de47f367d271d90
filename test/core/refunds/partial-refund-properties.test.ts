import assert from 'node:assert/strict'
import fc from 'fast-check'
import { decide } from '../../../src/core/refunds/decide.ts'
import { type PartialInput, partialOf } from '../../../src/core/refunds/partial-refund.ts'
import type { LoopReturn, ReturnUnit } from '../../../src/core/returns/return.ts'
import { announcedLineItems } from '../../../src/core/returns/units.ts'
import type { Rma } from '../../../src/core/rmas/rma.ts'
import { aLine, anRma, aPolicy, aReturn, aSituation, aUnit, now, received } from '../build.ts'
import { pairs } from '../generate.ts'

type Pair = { loopReturn: LoopReturn; rma: Rma }

/** Per SKU: its units' prices, and how many of them arrived. */
const short = fc.record({
  prices: fc.array(fc.constantFrom('10.00', '10.00', '10.00', '20.00'), { minLength: 1, maxLength: 3 }),
  arrived: fc.nat({ max: 3 }),
  saysShort: fc.boolean(),
})

/** Returns of which some units are missing, and nothing else is wrong. */
const shortPairs: fc.Arbitrary<Pair> = fc.array(short, { minLength: 1, maxLength: 3 }).map((skus) => {
  const units = skus.flatMap(({ prices }, sku) =>
    prices.map((price, index) => {
      const lineItemId = String(1_000 - sku * 10 + index)
      return aUnit({ lineItemId, sku: `SKU-${sku}`, price, refund: price })
    }),
  )
  const lines = skus.map(({ prices, arrived, saysShort }, sku) => {
    const there = Math.min(arrived, prices.length)
    const gone = prices.length - there
    const entries = saysShort && gone > 0 ? [received('available', there), received('short', gone)] : []
    return aLine(
      { sku: `SKU-${sku}`, quantity: prices.length },
      ...(entries.length > 0 ? entries : [received('available', there)]),
    )
  })
  return { loopReturn: aReturn({ units }), rma: anRma({ lines }) }
})

const anyPair = fc.oneof(shortPairs, pairs)

function inputOf({ loopReturn, rma }: Pair, chosen: PartialInput['chosen'] = null): PartialInput {
  return { loopReturn, rma, policy: aPolicy(), announced: announcedLineItems(loopReturn), chosen, bagSeenAt: null, now }
}

const idsOf = (units: readonly ReturnUnit[]) => units.map(({ lineItemId }) => lineItemId)

function perSku(skus: readonly (string | null)[]): Record<string, number> {
  const counts: Record<string, number> = Object.create(null)
  for (const sku of skus) counts[sku ?? ''] = (counts[sku ?? ''] ?? 0) + 1
  return counts
}

describe('a refund of what arrived, over all receipts', () => {
  it('G18 pays for exactly the units that the warehouse calls available, and removes the others, of which there are some', () => {
    let possible = 0
    fc.assert(
      fc.property(anyPair, (pair) => {
        const found = partialOf(inputOf(pair))
        if (found.kind === 'impossible') return
        possible += 1
        const { paid, removed } = found
        const all = [...idsOf(paid), ...idsOf(removed)]
        assert.deepEqual(all.toSorted(), idsOf(pair.loopReturn.units).toSorted())
        assert.equal(new Set(all).size, all.length)
        assert.ok(paid.length > 0 && removed.length > 0)
        const available = pair.rma.lines.flatMap(({ sku, received: entries }) =>
          (entries ?? []).flatMap(({ disposition, quantity }) => {
            assert.ok(disposition === 'available' || disposition === 'short' || quantity === 0)
            return disposition === 'available' ? Array<string>(quantity).fill(sku) : []
          }),
        )
        assert.deepEqual(perSku(paid.map(({ sku }) => sku)), perSku(available))
      }),
      { numRuns: 2_000 },
    )
    assert.ok(possible > 200, `${possible} were possible`)
  })

  it('is never what would be refunded whole, or flagged for anything but missing units', () => {
    fc.assert(
      fc.property(anyPair, ({ loopReturn, rma }) => {
        if (partialOf(inputOf({ loopReturn, rma })).kind === 'impossible') return
        const { action, reasons } = decide(aSituation({ loopReturn, rma }))
        assert.equal(action, 'flag')
        assert.ok(reasons.every(({ code }) => code === 'MISSING'))
      }),
    )
  })

  it('does not depend on the order of units, lines or details', () => {
    fc.assert(
      fc.property(anyPair, ({ loopReturn, rma }) => {
        const units = loopReturn.units.toReversed()
        const lines = rma.lines.map((line) => ({ ...line, received: line.received?.toReversed() ?? null })).toReversed()
        const found = partialOf(inputOf({ loopReturn, rma }))
        const turned = partialOf(inputOf({ loopReturn: { ...loopReturn, units }, rma: { ...rma, lines } }))
        assert.equal(turned.kind, found.kind)
        if (found.kind === 'possible') assert.deepEqual(turned, found)
      }),
    )
  })

  it('takes from a person no more and no other than is missing', () => {
    fc.assert(
      fc.property(shortPairs, fc.infiniteStream(fc.boolean()), (pair, random) => {
        const chosen = idsOf(pair.loopReturn.units).filter(() => random.next().value)
        const named = partialOf(inputOf(pair, chosen))
        if (named.kind === 'impossible') return
        assert.deepEqual(idsOf(named.removed).toSorted(), chosen.toSorted())
        const found = partialOf(inputOf(pair))
        if (found.kind === 'possible')
          assert.deepEqual(perSku(found.removed.map(({ sku }) => sku)), perSku(named.removed.map(({ sku }) => sku)))
      }),
    )
  })

  it('is shown by another digest whenever it removes something else, or rests on another receipt', () => {
    fc.assert(
      fc.property(shortPairs, shortPairs, (one, other) => {
        const [first, second] = [partialOf(inputOf(one)), partialOf(inputOf(other))]
        if (first.kind === 'impossible' || second.kind === 'impossible') return
        const isSame =
          JSON.stringify([idsOf(first.paid), idsOf(first.removed), one.rma.lines]) ===
          JSON.stringify([idsOf(second.paid), idsOf(second.removed), other.rma.lines])
        if (!isSame) assert.notEqual(first.digest, second.digest)
      }),
    )
  })

  it('is impossible as soon as anything else is wrong', () => {
    const spoils: Record<string, (pair: Pair) => Pair> = {
      'a unit is damaged': ({ loopReturn, rma }) => ({
        loopReturn,
        rma: {
          ...rma,
          lines: rma.lines.map((line) => ({ ...line, received: [received('damaged', 1)], quantityReceived: 1 })),
        },
      }),
      'a stranger arrived': ({ loopReturn, rma }) => ({
        loopReturn,
        rma: {
          ...rma,
          lines: [...rma.lines, aLine({ sku: 'MUG', quantity: 0, notOnOriginalRma: true }, received('available', 1))],
        },
      }),
      'the return is in review': ({ loopReturn, rma }) => ({ loopReturn: { ...loopReturn, state: 'review' }, rma }),
      'Loop has paid': ({ loopReturn, rma }) => ({
        loopReturn: { ...loopReturn, money: { ...loopReturn.money, refunds: 1 } },
        rma,
      }),
      'it is an exchange': ({ loopReturn, rma }) => ({ loopReturn: { ...loopReturn, outcome: 'exchange' }, rma }),
      'the RMA is of another return': ({ loopReturn, rma }) => ({
        loopReturn,
        rma: { ...rma, customerIdentifier: '1' },
      }),
      'the parcel is not received': ({ loopReturn, rma }) => ({ loopReturn, rma: { ...rma, status: 'in-receiving' } }),
      'a unit was added': ({ loopReturn, rma }) => ({
        loopReturn: { ...loopReturn, units: [...loopReturn.units, aUnit({ lineItemId: '1', sku: 'SKU-0' })] },
        rma,
      }),
    }
    fc.assert(
      fc.property(shortPairs, fc.constantFrom(...Object.keys(spoils)), (pair, name) => {
        const spoilt = spoils[name]?.(pair) ?? pair
        assert.equal(partialOf(inputOf(spoilt)).kind, 'impossible', name)
      }),
    )
  })
})
