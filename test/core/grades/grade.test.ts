import assert from 'node:assert/strict'
import fc from 'fast-check'
import { dueGrades, gradeSettlement } from '../../../src/core/grades/due-grades.ts'
import {
  type Condition,
  type Displayed,
  dispositionDisplayed,
  gradeDisplayed,
  gradeRules,
  gradesOf,
  isPublished,
  type OwnGradeRule,
  type UnitGrade,
} from '../../../src/core/grades/grade.ts'
import type { InspectedUnit } from '../../../src/core/grades/inspection.ts'
import { inspectionResults } from '../../../src/core/grades/inspection.ts'
import { aUnit } from '../build.ts'

const anInspectedUnit = (special: Partial<InspectedUnit> = {}): InspectedUnit => ({
  lineItemId: '501',
  sku: 'SHIRT-M',
  result: 'available',
  count: 1,
  among: 1,
  certain: true,
  ...special,
})
const noNotes = { receipt: { lines: [] }, receivedAt: '2026-11-10T10:00:00.000Z' }
const gradeA: Condition = { subject: 'Item condition grade', title: 'Grade A', grade: 'grade_a' }

describe('grades by the shipped rules (loop.md §6, §14.1)', () => {
  const rows: [InspectedUnit['result'], string | null, string | null, string | null][] = [
    ['available', 'Grade A', 'grade_a', 'back_to_stock'],
    ['refurbishing', null, null, 'resale_hold'],
    ['quality-control', null, null, 'resale_hold'],
    ['under-investigation', null, null, 'resale_hold'],
    ['damaged', 'Grade D', 'grade_d', null],
    ['missing', null, 'missing', 'missing'],
    ['wrong item', null, 'incorrect_item', null],
  ]
  for (const [result, title, word, disposition] of rows) {
    it(`${result}: ${title ?? 'no condition'}, ${word ?? 'no grade'}, ${disposition ?? 'no disposition'}`, () => {
      const { grades, dispositions } = gradesOf([anInspectedUnit({ result })], gradeRules([]), noNotes)
      const sent = grades.map((grade) => [grade.condition?.title ?? null, grade.word])
      assert.deepEqual(sent, word === null ? [] : [[title, word]])
      assert.deepEqual(
        dispositions.map((one) => one.disposition),
        disposition === null ? [] : [disposition],
      )
    })
  }

  it('out of the box no condition is sent that Loop has not published (H42)', () => {
    const conditions = gradesOf(
      inspectionResults.map((result) => anInspectedUnit({ result })),
      gradeRules([]),
      noNotes,
    ).grades.flatMap(({ condition }) => condition ?? [])
    assert.ok(conditions.length > 0 && conditions.every(isPublished))
  })

  it('a description is never empty, never over 255 characters, and doubts what the receipt leaves open (H45)', () => {
    const result = fc.record({
      result: fc.constantFrom(...inspectionResults),
      among: fc.integer({ min: 1, max: 1e6 }),
      part: fc.nat(),
    })
    fc.assert(
      fc.property(result, ({ result, among, part }) => {
        const count = 1 + (part % among)
        const certain = count === among
        const { grades } = gradesOf([anInspectedUnit({ result, among, count, certain })], gradeRules([]), noNotes)
        for (const { description } of grades) {
          assert.ok(description.length > 0 && description.length <= 255)
          assert.equal(description.includes(`${count} of ${among} units`), !certain)
        }
      }),
    )
  })

  it("the warehouse's notes go along, safe to print and cut", () => {
    const lines = [
      {
        sku: 'SHIRT-M',
        expected: 1,
        received: 1,
        byDisposition: new Map(),
        reported: 1,
        notes: ['Stain\u001b[31m on the collar', 'x'.repeat(2_000)],
        unannounced: false,
      },
    ]
    const { grades } = gradesOf([anInspectedUnit({ result: 'damaged' })], gradeRules([]), {
      ...noNotes,
      receipt: { lines },
    })
    assert.match(grades[0]?.note ?? '', /^Stain\[31m on the collar; x+…$/)
    assert.equal(grades[0]?.note?.length, 1_000)
  })

  it('a unit whose id is no number of JavaScript is left out: it would become another unit', () => {
    assert.deepEqual(gradesOf([anInspectedUnit({ lineItemId: '9007199254740993' })], gradeRules([]), noNotes), {
      grades: [],
      dispositions: [],
    })
  })

  it("a merchant's own rule replaces the shipped one of its result, and no other", () => {
    const own: OwnGradeRule = {
      result: 'damaged',
      condition: { subject: 'Warehouse', title: 'Broken', grade: null },
      disposition: 'recycle',
    }
    const rules = gradeRules([own])
    assert.deepEqual(
      rules.find(({ result }) => result === 'damaged'),
      { ...own, word: null },
    )
    assert.deepEqual(
      rules.filter(({ result }) => result !== 'damaged'),
      gradeRules([]).filter(({ result }) => result !== 'damaged'),
    )
  })
})

describe('what Loop shows of a grade (A-58)', () => {
  const desired = { condition: gradeA, word: 'grade_a', description: 'It arrived.' } as const
  const bare = { subject: null, title: null, grade: null, description: null }
  const conditions: [string, ReturnType<typeof aUnit>['condition'], Displayed][] = [
    ['an answer without the field', undefined, 'not said'],
    ['nothing yet', null, 'absent'],
    ['the word of older versions', { ...bare, grade: 'grade_a' }, 'shown'],
    ['subject and title, in other letters', { ...bare, subject: 'item condition grade', title: 'GRADE A' }, 'shown'],
    ['another word', { ...bare, grade: 'grade_b' }, 'other'],
    ['the title under another subject', { ...bare, subject: 'Mine', title: 'Grade A' }, 'other'],
  ]
  for (const [about, condition, displayed] of conditions) {
    it(`${about}: ${displayed}`, () => assert.equal(gradeDisplayed(aUnit({ condition }), desired), displayed))
  }

  it('without a condition of its own, a grade shows by its description', () => {
    const missing = { condition: null, word: 'missing', description: 'It is not there.' } as const
    assert.equal(gradeDisplayed(aUnit({ condition: { ...bare, description: 'It is not there.' } }), missing), 'shown')
    assert.equal(gradeDisplayed(aUnit({ condition: { ...bare, description: 'Fine.' } }), missing), 'other')
  })

  it('dispositions are compared as words', () => {
    const sent = { disposition: 'back_to_stock' } as const
    const displayed = [undefined, null, 'Back_to_stock', 'donate'].map((disposition) =>
      dispositionDisplayed(aUnit({ disposition }), sent),
    )
    assert.deepEqual(displayed, ['not said', 'absent', 'shown', 'other'])
  })
})

describe('which grades are due (H44)', () => {
  type Item = Pick<UnitGrade, 'lineItemId' | 'word'>
  const item: Item = { lineItemId: '501', word: 'grade_a' }
  const before: Item = { lineItemId: '501', word: 'grade_d' }
  const write = (special: Partial<Parameters<typeof dueGrades<Item>>[2][number]> = {}) =>
    ({ state: 'confirmed', digest: 'this receipt', explicit: false, items: [item], ...special }) as const
  const due = (now: Item['word'] | null | undefined, past: Parameters<typeof dueGrades<Item>>[2] = []) => {
    const displayed = ({ word }: Item): Displayed =>
      now === undefined ? 'not said' : now === null ? 'absent' : now === word ? 'shown' : 'other'
    return dueGrades([item], displayed, past, 'this receipt').length > 0
  }
  const older = write({ digest: 'an earlier receipt', items: [before] })
  const cases: [string, boolean, boolean][] = [
    ['a unit without a grade', due(null), true],
    ['a unit whose grade the answer does not say (A-58)', due(undefined), false],
    ['a unit that we graded for an earlier receipt, where the answer says nothing', due(undefined, [older]), false],
    ['a unit that shows it already', due('grade_a'), false],
    ["somebody else's grade", due('grade_d'), false],
    ['our grade for an earlier receipt, still shown', due('grade_d', [older]), true],
    ['our earlier grade, which a person has changed', due('junk', [older]), false],
    ['a grade that we wrote by hand', due('grade_d', [{ ...older, explicit: true }]), false],
    ['a grade that was told, and that a person has taken away', due(null, [write()]), false],
    ['a grade that was told, where the answer says nothing', due(undefined, [write()]), false],
    ['a grade that Loop refused', due(null, [write({ state: 'refused' })]), true],
    ['a grade that was told of another unit', due(null, [write({ items: [{ ...item, lineItemId: '502' }] })]), true],
  ]
  for (const [about, is, expected] of cases) {
    it(`${about}: ${expected ? 'due' : 'not due'}`, () => assert.equal(is, expected))
  }
})

describe('how a write of grades ended', () => {
  const sentAt = '2026-11-10T10:00:00.000Z'
  const minutesLater = (minutes: number) => new Date(Date.parse(sentAt) + minutes * 60_000).toISOString()
  const ended = (state: 'sent' | 'accepted' | 'in_doubt', displayed: Displayed[], minutes: number) =>
    gradeSettlement({ state, sentAt }, displayed, {
      now: minutesLater(minutes),
      seenAt: minutesLater(minutes),
    }).to

  it('a reading from before it was sent says nothing', () => assert.equal(ended('accepted', ['shown'], -1), 'wait'))
  it('all units show it: confirmed', () => assert.equal(ended('in_doubt', ['shown', 'shown'], 0), 'confirmed'))
  it('accepted, and no answer shows grades: confirmed', () => {
    assert.equal(ended('accepted', ['not said', 'shown'], 0), 'confirmed')
  })
  it('a unit does not show it: refused, but only after 15 minutes', () => {
    assert.equal(ended('accepted', ['shown', 'absent'], 14), 'wait')
    assert.equal(ended('accepted', ['shown', 'absent'], 16), 'refused')
    assert.equal(ended('in_doubt', ['other'], 16), 'refused')
  })
  it('accepted, and somebody has written another one since: confirmed', () => {
    assert.equal(ended('accepted', ['shown', 'other'], 16), 'confirmed')
  })
  it('nobody knows: not sent again, because somebody may have written since (H44)', () => {
    assert.equal(ended('in_doubt', ['not said'], 14), 'wait')
    assert.equal(ended('sent', ['not said'], 16), 'refused')
    assert.equal(ended('in_doubt', ['not said', 'shown'], 16), 'refused')
  })
})
