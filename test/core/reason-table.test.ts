import assert from 'node:assert/strict'
import fc from 'fast-check'
import { csv } from '../../src/cli/output/listing.ts'
import { exportedReasons } from '../../src/cli/views/reasons.ts'
import type { ReasonRule } from '../../src/core/policy.ts'
import { mergeRules, readReasonTable, ruleKey, splitReason, withoutRule } from '../../src/core/reason-table.ts'
import { reasonCodes } from '../../src/core/rma.ts'

const rule = (parentReason: string | null, reason: string, code: ReasonRule['code']): ReasonRule => ({
  parentReason,
  reason,
  code,
})

describe('reason tables', () => {
  it('reads one-level and two-level reasons (masonhub.md §12.5)', () => {
    assert.deepEqual(readReasonTable('Loop reason,MasonHub code\nToo big,tooBig\nSize › Arms,tooSmall\n'), {
      rules: [rule(null, 'Too big', 'tooBig'), rule('Size', 'Arms', 'tooSmall')],
      problems: [],
    })
  })

  it('takes the parent from a column of its own, and then splits nothing', () => {
    const text = 'Loop parent reason,MasonHub code,Loop reason\nSize,tooSmall,Arms › both\n,other,Else\n'
    assert.deepEqual(readReasonTable(text).rules, [
      rule('Size', 'Arms › both', 'tooSmall'),
      rule(null, 'Else', 'other'),
    ])
  })

  for (const [name, text] of [
    ['semicolons', 'Loop reason;MasonHub code\nToo big, really;tooBig'],
    ['tabs', 'Loop reason\tMasonHub code\nToo big, really\ttooBig'],
    ['any case', '"loop REASON","MASONHUB code"\n"Too big, really",TOOBIG'],
  ]) {
    it(`takes ${name}`, () => {
      assert.deepEqual(readReasonTable(text ?? '').rules, [rule(null, 'Too big, really', 'tooBig')])
    })
  }

  it('tells every problem, with its line', () => {
    const text =
      'Loop reason,MasonHub code\nToo big,tooBigg\n,other\nFine,other\nNo code,\n"fine ",damaged\nA › ,other\n'
    const { problems } = readReasonTable(text)
    assert.deepEqual(
      problems.map(({ line }) => line),
      [2, 3, 5, 6, 7],
    )
    assert.match(problems[0]?.message ?? '', /"tooBigg" is no MasonHub code.*Did you mean "tooBig"/)
    assert.match(problems[3]?.message ?? '', /already on line 4/)
  })

  it('wants the header', () => {
    for (const text of ['', 'Too big,tooBig\n', 'Reason,Code\n']) {
      assert.match(readReasonTable(text).problems[0]?.message ?? '', /Loop reason,MasonHub code/)
    }
  })

  it('refuses a text whose quote never ends', () => {
    assert.equal(readReasonTable('Loop reason,MasonHub code\n"Too big,tooBig').problems.length, 1)
  })

  it('what export writes, import reads: also formulas, separators and quotes (F57)', () => {
    const word = fc
      .oneof(
        fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 20 }),
        fc.constantFrom('=1+1', '-5', '@x', '+', 'a › b', 'x,y', 'x;y', '"', '""', 'Größe', '＝x'),
      )
      .map((text) => text.trim())
      .filter((text) => text !== '' && !/^'\s*[=+\-@＝＋－＠]/u.test(text))
    const rules = fc.uniqueArray(
      fc.record(
        { parentReason: fc.option(word), reason: word, code: fc.constantFrom(...reasonCodes) },
        { noNullPrototype: true },
      ),
      { selector: ruleKey, maxLength: 8 },
    )
    fc.assert(
      fc.property(rules, (wanted) => {
        assert.deepEqual(readReasonTable(csv(exportedReasons(wanted))), { rules: wanted, problems: [] })
      }),
    )
  })
})

describe('merging reason rules', () => {
  const before = [rule(null, 'Too big', 'tooBig'), rule('Size', 'Arms', 'tooSmall')]

  it('adds, changes and leaves alone; case and spacing make no new rule', () => {
    const { rules, changes, unchanged } = mergeRules(
      before,
      [rule(null, 'too  BIG', 'other'), rule('size', 'arms', 'tooSmall'), rule(null, 'Arms', 'damaged')],
      false,
    )
    assert.deepEqual(changes, [
      { parentReason: null, reason: 'too  BIG', before: 'tooBig', after: 'other' },
      { parentReason: null, reason: 'Arms', before: null, after: 'damaged' },
    ])
    assert.equal(unchanged, 1)
    assert.equal(rules.length, 3)
  })

  it('removes what is not wanted only when asked', () => {
    const wanted = [rule(null, 'Too big', 'tooBig')]
    assert.deepEqual(mergeRules(before, wanted, false), { rules: before, changes: [], unchanged: 1 })
    const pruned = mergeRules(before, wanted, true)
    assert.deepEqual(pruned.rules, wanted)
    assert.deepEqual(pruned.changes, [{ parentReason: 'Size', reason: 'Arms', before: 'tooSmall', after: null }])
  })

  it('merging twice changes nothing the second time', () => {
    const code = fc.constantFrom(...reasonCodes)
    const some = fc.uniqueArray(
      fc.record({ parentReason: fc.option(fc.string()), reason: fc.string(), code }, { noNullPrototype: true }),
      {
        selector: ruleKey,
      },
    )
    fc.assert(
      fc.property(some, some, fc.boolean(), (rules, wanted, prune) => {
        const once = mergeRules(rules, wanted, prune)
        assert.deepEqual(mergeRules(once.rules, wanted, prune).changes, [])
      }),
    )
  })

  it('removes one rule, and knows when there is none', () => {
    assert.deepEqual(withoutRule(before, { parentReason: 'SIZE', reason: ' arms' })?.rules, [before[0]])
    assert.equal(withoutRule(before, { parentReason: null, reason: 'Arms' }), null)
  })

  it('splits at the first separator', () => {
    assert.deepEqual(splitReason('Size › Arms › both'), { parentReason: 'Size', reason: 'Arms › both' })
    assert.deepEqual(splitReason(' Arms '), { parentReason: null, reason: 'Arms' })
  })
})
