import assert from 'node:assert/strict'
import fc from 'fast-check'
import { outcomesVerdict, unknownWordsText } from '../../../src/core/doctor/outcomes.ts'
import { defaultPolicy } from '../../../src/core/merchants/policy.ts'
import { decide } from '../../../src/core/refunds/decide.ts'
import {
  allowsMoreOutcomes,
  countOutcomes,
  flaggedOutcomes,
  isOutcomeAllowed,
  outcomeParts,
  partsOf,
} from '../../../src/core/returns/outcomes.ts'
import { aPolicy, aReturn, aSituation } from '../build.ts'

const known = fc.subarray([...outcomeParts], { minLength: 1 })
/** One outcome in any order, case and spacing, possibly with repeated parts. */
const spelled = (parts: readonly string[]) =>
  fc
    .tuple(
      fc.shuffledSubarray([...parts], { minLength: parts.length }),
      fc.array(fc.constantFrom(...parts), { maxLength: 2 }),
      fc.array(fc.tuple(fc.constantFrom('', ' ', '  '), fc.boolean()), { minLength: 6, maxLength: 6 }),
    )
    .map(([all, again, styles]) =>
      [...all, ...again]
        .map((part, index) => {
          const [space = '', upper = false] = styles[index] ?? []
          return `${space}${upper ? part.toUpperCase() : part}${space}`
        })
        .join('+'),
    )
const unknownWord = fc.constantFrom(
  '',
  'gift',
  'refunds',
  'store_credit',
  'none',
  'refund credit',
  'réfund',
  'constructor',
)
/** Settings as they may be stored: parts, combinations, and unknown words. */
const settings = fc.array(
  fc.oneof(
    fc.constantFrom<string>(...outcomeParts),
    known.map((parts) => parts.join('+')),
    fc.constantFrom('gift', 'no', 'refund+gift'),
  ),
  { maxLength: 4 },
)
const decided = (outcome: string | null, outcomes: readonly string[]) =>
  decide(aSituation({ loopReturn: aReturn({ outcome }), policy: aPolicy({ outcomes: [...outcomes] }) })).action

describe('F19 outcomes are sets of parts (loop.md §14.2)', () => {
  it('all seven that Loop documents are processed by default, in any order', () => {
    for (const outcome of [
      ...['exchange', 'upsell', 'refund', 'credit', 'exchange+refund', 'exchange+credit', 'credit+refund'],
      ...['refund+exchange', 'credit+exchange', 'refund+credit', 'refund+credit+exchange'],
    ]) {
      assert.equal(decided(outcome, defaultPolicy.outcomes), 'refund', outcome)
    }
  })

  it('a merchant that allows only refund processes no credit beside it', () => {
    assert.equal(decided('refund', ['refund']), 'refund')
    for (const outcome of ['credit+refund', 'refund+credit', 'credit', 'exchange+refund'])
      assert.equal(decided(outcome, ['refund']), 'flag', outcome)
  })

  it('a combination in the setting allows itself in any order, and none of its parts', () => {
    const only = ['exchange+refund']
    assert.deepEqual(
      ['exchange+refund', 'refund+exchange', 'exchange', 'refund', 'exchange+refund+credit'].filter((outcome) =>
        isOutcomeAllowed(outcome, only),
      ),
      ['exchange+refund', 'refund+exchange'],
    )
  })

  it('the six that older profiles list mean what they list, and their parts together', () => {
    const older = ['refund', 'credit', 'exchange', 'upsell', 'exchange+refund', 'exchange+credit']
    assert.equal(allowsMoreOutcomes(older, defaultPolicy.outcomes), false)
    assert.equal(allowsMoreOutcomes(defaultPolicy.outcomes, older), false)
  })

  it('property: neither order nor spelling of known parts changes the decision', () => {
    const cases = known.chain((parts) => fc.tuple(fc.constant(parts.join('+')), spelled(parts), settings))
    let refunds = 0
    fc.assert(
      fc.property(cases, ([plain, outcome, allowed]) => {
        const action = decided(outcome, allowed)
        if (action === 'refund') refunds += 1
        assert.equal(action, decided(plain, allowed), `${outcome} by ${allowed.join()}`)
      }),
      { numRuns: 2_000 },
    )
    assert.ok(refunds > 100, `only ${refunds} refunds: the cases must be a mixture`)
  })

  it('property: processed exactly when every part is allowed, or the whole combination is', () => {
    fc.assert(
      fc.property(known, settings, (parts, allowed) => {
        const same = (one: string) => one.split('+').toSorted().join('+') === parts.toSorted().join('+')
        const expected = parts.every((part) => allowed.includes(part)) || allowed.some(same)
        assert.equal(decided(parts.join('+'), allowed), expected ? 'refund' : 'flag')
      }),
      { numRuns: 2_000 },
    )
  })

  it('property: an unknown part is flagged, and so is no outcome, whatever the merchant allows', () => {
    const outcomes = fc
      .tuple(fc.subarray([...outcomeParts]), unknownWord, fc.nat(4))
      .map(([parts, word, at]) => parts.toSpliced(at, 0, word as 'refund').join('+'))
    fc.assert(
      fc.property(fc.oneof(outcomes, fc.constant(null)), settings, (outcome, allowed) => {
        assert.equal(decided(outcome, outcome === null ? allowed : [...allowed, outcome, ...outcomeParts]), 'flag')
        assert.equal(partsOf(outcome), null)
      }),
      { numRuns: 2_000 },
    )
  })

  it('property: a setting allows more exactly when it lets an outcome through that was flagged (G9)', () => {
    const everyOutcome = fc.sample(known, 500).map((parts) => parts.join('+'))
    fc.assert(
      fc.property(settings, settings, (before, after) => {
        const letsOut = everyOutcome.some((one) => isOutcomeAllowed(one, after) && !isOutcomeAllowed(one, before))
        assert.equal(allowsMoreOutcomes(before, after), letsOut)
      }),
      { numRuns: 500 },
    )
  })
})

describe('F19 what a policy leaves to a person, among recent outcomes (loop.md §14.2)', () => {
  const counts = countOutcomes(
    ['refund', 'Refund+credit', 'credit+refund', 'gift', null, 'exchange'].map((outcome) => ({ outcome })),
  )

  it('is counted per outcome, spellings together, most frequent first', () => {
    assert.deepEqual(flaggedOutcomes(counts, ['refund', 'exchange']), [
      { outcome: 'refund+credit', returns: 2, known: true },
      { outcome: null, returns: 1, known: false },
      { outcome: 'gift', returns: 1, known: false },
    ])
  })

  const verdict = (outcomes: string[], onUnclear: 'flag' | 'wait' = 'flag', seen = counts) =>
    outcomesVerdict({ counts: seen, returns: 6 }, { outcomes, onUnclear }, 'acme')

  it('warns of what mhloop does not know, and only names what the merchant decided', () => {
    assert.equal(verdict(['refund']).status, 'warn')
    assert.match(verdict(['refund']).message, /mhloop does not know none named \(1\), “gift” \(1\)\.$/)
    const decided = verdict(['refund'], 'wait', countOutcomes([{ outcome: 'exchange' }, { outcome: 'refund' }]))
    assert.equal(decided.status, 'ok')
    assert.match(decided.message, /^Left waiting even if everything arrives, in 6 returns .*: “exchange” \(1\)\./)
    assert.match(verdict(['refund'], 'flag', new Map()).message, /^Every outcome in 6 returns .* is processed\.$/)
  })

  it('warns of a word in the setting that allows nothing', () => {
    assert.equal(unknownWordsText(['refund', 'exchange+credit']), null)
    assert.match(
      unknownWordsText(['refnud']) ?? '',
      /“refnud” is not an outcome .* allows nothing\. Did you mean "refund"\?/,
    )
    assert.equal(
      verdict(['refund', 'gift']).remedy,
      'mhloop merchant set outcomes refund,credit,exchange,upsell -m acme',
    )
  })
})
