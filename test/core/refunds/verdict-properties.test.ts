import assert from 'node:assert/strict'
import fc from 'fast-check'
import { verdictOf } from '../../../src/core/refunds/verdict.ts'
import { announcedLineItems } from '../../../src/core/returns/units.ts'
import { anRma, aPolicy, codesOf, now, received } from '../build.ts'
import { allAvailable, pairs, requestedStatus } from '../generate.ts'

describe('the verdict, over all receipts (F13, F15, F16)', () => {
  it('is good exactly when an independent oracle says that all units are available', () => {
    let good = 0
    let bad = 0
    fc.assert(
      fc.property(pairs, ({ loopReturn, rma }) => {
        const verdict = verdictOf({
          loopReturn,
          rma,
          policy: aPolicy(),
          announced: announcedLineItems(loopReturn),
          now,
        })
        const oracle = allAvailable(loopReturn, rma)
        if (oracle) good += 1
        else bad += 1
        assert.equal(verdict.kind === 'good', oracle)
        assert.ok(verdict.reasons.length > 0)
      }),
      { numRuns: 3000 },
    )
    assert.ok(good > 200 && bad > 200, `${good} good, ${bad} bad: the receipts must be a mixture`)
  })

  it('does not depend on what had been asked for (F13)', () => {
    fc.assert(
      fc.property(pairs, requestedStatus, ({ loopReturn, rma }, requested) => {
        const input = { loopReturn, policy: aPolicy(), announced: null, now }
        const other = { ...rma, lines: rma.lines.map((one) => ({ ...one, requestedStatus: requested })) }
        assert.deepEqual(verdictOf({ ...input, rma: other }), verdictOf({ ...input, rma }))
      }),
    )
  })

  it('is certainly bad whenever an announced unit is damaged or called short', () => {
    fc.assert(
      fc.property(pairs, fc.constantFrom('damaged', 'short'), fc.nat(), ({ loopReturn, rma }, word, which) => {
        fc.pre(rma.lines.length > 0)
        const spoilt = rma.lines.map((one, index) =>
          index === which % rma.lines.length ? { ...one, received: [...(one.received ?? []), received(word, 1)] } : one,
        )
        const verdict = verdictOf({
          loopReturn,
          rma: anRma({ lines: spoilt }),
          policy: aPolicy(),
          announced: null,
          now,
        })
        assert.ok(verdict.kind === 'bad' && verdict.certain)
      }),
    )
  })

  it('does not depend on the order of units, lines or details', () => {
    fc.assert(
      fc.property(pairs, ({ loopReturn, rma }) => {
        const input = { policy: aPolicy(), announced: announcedLineItems(loopReturn), now }
        const turned = {
          loopReturn: { ...loopReturn, units: [...loopReturn.units].reverse() },
          rma: {
            ...rma,
            lines: [...rma.lines]
              .reverse()
              .map((one) => ({ ...one, received: one.received && [...one.received].reverse() })),
          },
        }
        const [verdict, other] = [verdictOf({ ...input, loopReturn, rma }), verdictOf({ ...input, ...turned })]
        assert.deepEqual(codesOf(other.reasons).sort(), codesOf(verdict.reasons).sort())
        assert.equal(other.kind, verdict.kind)
      }),
    )
  })
})
