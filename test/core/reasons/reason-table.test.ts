import assert from 'node:assert/strict'
import fc from 'fast-check'
import { csv } from '../../../src/cli/output/listing.ts'
import { exportedReasons } from '../../../src/cli/views/merchants/reasons.ts'
import type { ReasonRule } from '../../../src/core/merchants/policy.ts'
import { mapReason } from '../../../src/core/reasons/reason-mapping.ts'
import {
  mergeRules,
  readReasonTable,
  ruleKey,
  splitReason,
  withoutRule,
} from '../../../src/core/reasons/reason-table.ts'
import { reasonCodes } from '../../../src/core/rmas/rma.ts'

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

  it('reports every problem, with its line', () => {
    const text =
      'Loop reason,MasonHub code\nToo big,tooBigg\n,other\nFine,other\nNo code,\n"fine ",damaged\nA › ,other\n'
    const { problems } = readReasonTable(text)
    assert.deepEqual(
      problems.map(({ line }) => line),
      [2, 3, 5, 6, 7],
    )
    assert.match(problems[0]?.message ?? '', /Unknown MasonHub code "tooBigg".*Did you mean "tooBig"/)
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
      fc.property(rules, (desired) => {
        assert.deepEqual(readReasonTable([...csv(exportedReasons(desired))].join('')), { rules: desired, problems: [] })
      }),
    )
  })
})

describe('a reason sheet that went through a spreadsheet', () => {
  const word = fc.constantFrom('Too small', '=1+1', 'a › b', 'x,y', 'x;y', 'say "hi"', 'Größe', 'tab or space')
  const rules = fc.uniqueArray(
    fc.record(
      { parentReason: fc.option(word), reason: word, code: fc.constantFrom(...reasonCodes) },
      { noNullPrototype: true },
    ),
    { selector: ruleKey, minLength: 1, maxLength: 8 },
  )
  const habits = fc.record({
    bom: fc.boolean(),
    delimiter: fc.constantFrom(',', ';', '\t'),
    lineBreak: fc.constantFrom('\n', '\r\n', '\r'),
    quoteAll: fc.boolean(),
    emptyColumns: fc.nat(3),
    emptyRows: fc.nat(2),
    order: fc.constantFrom([0, 1, 2], [2, 0, 1], [1, 2, 0]),
    lostApostrophes: fc.boolean(),
  })
  it('is read as it was exported: mark, separators, quotes, empty columns and rows, another order', () => {
    fc.assert(
      fc.property(rules, habits, (desired, habit) => {
        const quoted = (cell: string) =>
          habit.quoteAll || /[",;\t\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
        const table = [
          ['Loop reason', 'MasonHub code', 'Loop parent reason'],
          ...desired.map(({ parentReason, reason, code }) => [reason, code, parentReason ?? '']),
          ...Array.from({ length: habit.emptyRows }, () => ['', '', '']),
        ]
        const lines = table.map((cells) =>
          [...habit.order.map((column) => cells[column] ?? ''), ...Array.from({ length: habit.emptyColumns }, () => '')]
            .map((cell) => quoted(!habit.lostApostrophes && cell.startsWith('=') ? `'${cell}` : cell))
            .join(habit.delimiter),
        )
        const text = (habit.bom ? '\ufeff' : '') + lines.join(habit.lineBreak) + habit.lineBreak
        assert.deepEqual(readReasonTable(text), { rules: desired, problems: [] })
      }),
    )
  })
  it('and was not saved as UTF-8 is refused with the row, not stored as rubbish', () => {
    const latin = Buffer.from(
      'Loop reason,MasonHub code\nToo big,tooBig\nGr\u00f6\u00dfe,tooSmall\n',
      'latin1',
    ).toString('utf8')
    assert.deepEqual(
      readReasonTable(latin).problems.map(({ line, message }) => [line, /CSV UTF-8/.test(message)]),
      [[3, true]],
    )
    const unicode = Buffer.from('\ufeffLoop reason\tMasonHub code\n', 'utf16le').toString('utf8')
    assert.match(readReasonTable(unicode).problems[0]?.message ?? '', /CSV UTF-8/)
  })
  it('keeps the rule of a reason whose own characters can’t be shown', () => {
    const reason = 'Other \u001b[31m\u202eevil\u200b'
    const table = readReasonTable([...csv(exportedReasons([rule(null, reason, 'damaged')]))].join(''))
    assert.deepEqual(mapReason(table.rules, null, reason), { code: 'damaged', mapped: true })
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
    const desired = [rule(null, 'Too big', 'tooBig')]
    assert.deepEqual(mergeRules(before, desired, false), { rules: before, changes: [], unchanged: 1 })
    const pruned = mergeRules(before, desired, true)
    assert.deepEqual(pruned.rules, desired)
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
      fc.property(some, some, fc.boolean(), (rules, desired, prune) => {
        const once = mergeRules(rules, desired, prune)
        assert.deepEqual(mergeRules(once.rules, desired, prune).changes, [])
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
