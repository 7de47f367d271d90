import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { ReasonRule } from '../../../src/core/merchants/policy.ts'
import { countReasons } from '../../../src/core/reasons/reason-counts.ts'
import { acceptProposals, coverReasons, unmappedOf } from '../../../src/core/reasons/reason-coverage.ts'
import { mapReason } from '../../../src/core/reasons/reason-mapping.ts'
import { reasonCodes } from '../../../src/core/rmas/rma.ts'
import { aReturn, aUnit } from '../build.ts'

const returnOf = (returnId: string, reasons: [string | null, string | null][], destinationId: string | null = null) =>
  aReturn({
    returnId,
    destinationId,
    units: reasons.map(([parentReason, reason], index) =>
      aUnit({ lineItemId: `${returnId}-${index}`, parentReason, reason }),
    ),
  })

describe('counting the reasons of returns', () => {
  it('counts units and returns, in the spelling that came most often, most units first', () => {
    const counts = countReasons([
      returnOf('1', [
        ['Size', 'Too small'],
        ['SIZE', 'too  small'],
        ['Size', 'Too small'],
      ]),
      returnOf('2', [
        [null, 'Too small'],
        [null, null],
        ['Size', ' '],
      ]),
    ])
    assert.deepEqual(counts, {
      reasons: [
        { parentReason: 'Size', reason: 'Too small', units: 3, returns: 1 },
        { parentReason: null, reason: 'Too small', units: 1, returns: 1 },
      ],
      returns: 2,
      openReturns: 2,
      units: 6,
      unitsWithoutReason: 2,
    })
  })
  it('leaves out returns that go elsewhere, but not those without a destination', () => {
    const returns = [
      returnOf('1', [[null, 'A']], '501'),
      returnOf('2', [[null, 'B']], '777'),
      returnOf('3', [[null, 'C']]),
    ]
    assert.deepEqual(
      countReasons(returns, ['501']).reasons.map(({ reason }) => reason),
      ['A', 'C'],
    )
    assert.equal(countReasons(returns).returns, 3)
  })

  const word = fc.constantFrom('Too small', 'too small', 'TOO  small', 'Hole', 'Arms', '', ' ')
  const reason = fc.tuple(fc.option(word), fc.option(word))
  const returns = fc.array(fc.array(reason, { maxLength: 4 }), { maxLength: 6 })
  const built = (all: [string | null, string | null][][]) => all.map((reasons, index) => returnOf(`${index}`, reasons))
  it('loses no unit, and does not depend on the order of the returns', () => {
    fc.assert(
      fc.property(returns, (all) => {
        const counts = countReasons(built(all))
        const counted = counts.reasons.reduce((sum, { units }) => sum + units, counts.unitsWithoutReason)
        assert.equal(counted, all.flat().length)
        const keyed = (of: typeof counts) => of.reasons.map(({ reason, units }) => [reason.toLowerCase(), units])
        assert.deepEqual(keyed(countReasons(built(all).toReversed())).length, keyed(counts).length)
        assert.deepEqual(countReasons(built(all).toReversed()).reasons, counts.reasons)
      }),
    )
  })

  const rules = fc.array(
    fc.record(
      { parentReason: fc.option(word), reason: word, code: fc.constantFrom(...reasonCodes) },
      { noNullPrototype: true },
    ),
    { maxLength: 5 },
  )
  it('coverage is what an RMA would be sent with: a reason is mapped there exactly if it is here', () => {
    fc.assert(
      fc.property(rules, returns, (stored: ReasonRule[], all) => {
        const covered = coverReasons(stored, countReasons(built(all)).reasons)
        for (const { parentReason, reason, code, standing } of covered) {
          if (standing === 'unseen') continue
          const sent = mapReason(stored, parentReason, reason)
          assert.equal(standing === 'mapped', sent.mapped)
          if (sent.mapped) assert.equal(code, sent.code)
        }
      }),
    )
  })
  it('accepting proposals changes no rule, maps all but the guesses, and a second time nothing', () => {
    fc.assert(
      fc.property(rules, returns, (stored: ReasonRule[], all) => {
        const seen = countReasons(built(all)).reasons
        const once = acceptProposals(stored, seen)
        for (const { before } of once.changes) assert.equal(before, null)
        const remaining = unmappedOf(coverReasons(once.rules, seen))
        assert.ok(remaining.every(({ standing }) => standing === 'guess'))
        assert.equal(remaining.length, once.guesses)
        assert.deepEqual(acceptProposals(once.rules, seen).changes, [])
      }),
    )
  })
  it('lists rules that no return used, last', () => {
    const stored: ReasonRule[] = [
      { parentReason: 'Size', reason: 'Arms', code: 'tooSmall' },
      { parentReason: null, reason: 'Hole', code: 'damaged' },
    ]
    const seen = countReasons([returnOf('1', [['Quality', 'Hole']])]).reasons
    assert.deepEqual(
      coverReasons(stored, seen).map(({ reason, standing, why }) => [reason, standing, why]),
      [
        ['Hole', 'mapped', 'by the rule for any parent'],
        ['Arms', 'unseen', 'not used by any return'],
      ],
    )
  })
})
