import type { PlantedBug } from './planted-bug.ts'

const grade = 'src/core/grades/grade.ts'
const assignment = 'src/core/grades/assignment.ts'
const gradable = 'src/core/grades/gradable.ts'
const due = 'src/core/grades/due-grades.ts'
const onTheWire = 'src/loop/returns/grade.ts'
const gradeTests = { tests: 'test/core/grades/grade.test.ts' }
const assignmentTests = { tests: 'test/core/grades/assignment.test.ts' }
const wireTests = { tests: 'test/loop/returns/grade.test.ts' }
const endToEnd = (named: string) => ({ tests: 'test/acceptance/grades.test.ts', named })

/** Bugs about grades: each litters a shop, races with a refund, or says more than the receipt does. */
export const bugsOfGrades: readonly PlantedBug[] = [
  {
    name: 'a title is made up for what Loop has not published',
    rows: ['H42'],
    edits: [
      {
        file: onTheWire,
        from: `  if (condition === null) return {}\n`,
        to: `  if (condition === null) return { condition_category: { subject: 'Item condition grade', title: String(word) } }\n`,
      },
    ],
    caughtBy: endToEnd('no category is made in a shop'),
  },
  {
    name: 'a return is graded before its refund is settled',
    rows: ['H43'],
    edits: [
      {
        file: gradable,
        from: `if (refund === 'sent' || (refund !== null && !isOver)) {`,
        to: `if (refund === 'parked') {`,
      },
    ],
    caughtBy: { tests: 'test/core/grades/gradable.test.ts' },
  },
  {
    name: 'a return is graded that is about to be refunded',
    rows: ['H43'],
    edits: [{ file: gradable, from: `if (verdict.kind === 'good' && (`, to: `if (false && (` }],
    caughtBy: endToEnd('while a refund waits for a person'),
  },
  {
    name: "somebody else's grade is overwritten",
    rows: ['H44'],
    edits: [{ file: due, from: `if (now !== 'other') return now === 'absent'`, to: `return now !== 'shown'` }],
    caughtBy: endToEnd('what somebody else has written is left alone'),
  },
  {
    name: "somebody else's grade is overwritten where details show none",
    rows: ['H44'],
    edits: [{ file: due, from: `return now === 'absent'`, to: `return now !== 'shown'` }],
    caughtBy: endToEnd('where details show no grades, none is sent'),
  },
  {
    name: 'a grade that a person took away is sent again',
    rows: ['H44'],
    edits: [
      {
        file: due,
        from: `if (ofUnit.some((write) => write.digest === digest && write.items.length > 0)) return false\n`,
        to: '',
      },
    ],
    caughtBy: gradeTests,
  },
  {
    name: 'units are assigned in the order of the lines',
    rows: ['H45'],
    edits: [
      {
        file: assignment,
        from: `.toSorted((one, other) => byId(one.lineItemId, other.lineItemId))`,
        to: '',
      },
    ],
    caughtBy: assignmentTests,
  },
  {
    name: 'damaged and missing change places',
    rows: ['H45'],
    edits: [
      {
        file: 'src/core/grades/inspection.ts',
        from: `  'damaged',\n  'missing',\n`,
        to: `  'missing',\n  'damaged',\n`,
      },
    ],
    caughtBy: assignmentTests,
  },
  {
    name: 'a guess within a SKU is told as certain',
    rows: ['H45'],
    edits: [{ file: assignment, from: `certain: count === some.length`, to: `certain: true` }],
    caughtBy: assignmentTests,
  },
  {
    name: 'a condition under another subject counts as ours',
    rows: ['H44'],
    edits: [{ file: grade, from: `normal(one.subject) === normal(other.subject) && `, to: '' }],
    caughtBy: gradeTests,
  },
  {
    name: '31 units go in one request',
    rows: ['H42'],
    edits: [{ file: onTheWire, from: `const mostItems = 30`, to: `const mostItems = 31` }],
    caughtBy: wireTests,
  },
  {
    name: 'a word is sent under 2026-10',
    rows: ['H42'],
    edits: [{ file: onTheWire, from: `if (form === 'word') return`, to: `if (form !== null) return` }],
    caughtBy: { tests: 'test/contract/published-grades.test.ts' },
  },
  {
    name: 'an answer that lacks a unit is taken for all of them',
    rows: ['H45'],
    edits: [{ file: onTheWire, from: `sent.every(`, to: `sent.some(` }],
    caughtBy: wireTests,
  },
  {
    name: 'a return is reported without evidence',
    rows: ['H46'],
    edits: [
      {
        file: 'src/core/refunds/evidence.ts',
        from: `units.length === 0 || units.length < announced`,
        to: `units.length === 0`,
      },
    ],
    caughtBy: { tests: 'test/core/refunds/evidence.test.ts' },
  },
  {
    name: 'a return is reported while another box moves',
    rows: ['H46'],
    edits: [
      {
        file: 'src/core/refunds/evidence.ts',
        from: `if (verdict.kind === 'incomplete')`,
        to: `if (false && verdict.kind === 'incomplete')`,
      },
    ],
    caughtBy: { tests: 'test/core/refunds/evidence.test.ts' },
  },
]
