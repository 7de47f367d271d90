/** What Loop is told about units: a grade, which Loop calls condition, and a disposition (loop.md §6, §14.1). */
import type { Receipt } from '../refunds/receipt.ts'
import type { ReturnUnit } from '../returns/return.ts'
import { printable } from '../text/printable.ts'
import type { InspectedUnit, InspectionResult } from './inspection.ts'

/** Loop finds a condition by subject and title, and creates it in the shop when there is none (H42). */
export type Condition = { subject: string; title: string; grade: string | null }

/** What versions of Loop before 2026-10 take in place of a condition. */
export const gradeWords = ['grade_a', 'grade_b', 'grade_c', 'grade_d', 'incorrect_item', 'missing', 'junk'] as const
export type GradeWord = (typeof gradeWords)[number]

export const dispositions = ['back_to_stock', 'resale_hold', 'recycle', 'donate', 'missing'] as const
export type Disposition = (typeof dispositions)[number]

/** The four conditions that every shop has by Loop's published list; the titles of others are not published. */
export const publishedConditions: ReadonlyMap<GradeWord, Condition> = new Map(
  (['grade_a', 'grade_b', 'grade_c', 'grade_d'] as const).map((word) => [
    word,
    { subject: 'Item condition grade', title: `Grade ${word.slice(-1).toUpperCase()}`, grade: word },
  ]),
)

export function isPublished(condition: Condition): boolean {
  return [...publishedConditions.values()].some((one) => isSameCondition(one, condition))
}

function isSameCondition(one: Pick<Condition, 'subject' | 'title'>, other: Pick<Condition, 'subject' | 'title'>) {
  return normal(one.subject) === normal(other.subject) && normal(one.title) === normal(other.title)
}

function normal(text: string): string {
  return text.trim().toLowerCase()
}

/** How one result is told to Loop; a rule without condition and word sends no grade. */
export type GradeRule = {
  result: InspectionResult
  condition: Condition | null
  word: GradeWord | null
  disposition: Disposition | null
}

/** A merchant's own choice for one result, which replaces the shipped rule. */
export type OwnGradeRule = Pick<GradeRule, 'result' | 'condition' | 'disposition'>

function shipped(result: InspectionResult, word: GradeWord | null, disposition: Disposition | null): GradeRule {
  return { result, condition: (word && publishedConditions.get(word)) ?? null, word, disposition }
}

export const shippedRules: readonly GradeRule[] = [
  shipped('available', 'grade_a', 'back_to_stock'),
  shipped('refurbishing', null, 'resale_hold'),
  shipped('quality-control', null, 'resale_hold'),
  shipped('under-investigation', null, 'resale_hold'),
  shipped('damaged', 'grade_d', null),
  shipped('missing', 'missing', 'missing'),
  shipped('wrong item', 'incorrect_item', null),
]

/** The rule of each result, in their order: the merchant's own, else the shipped one. */
export function gradeRules(own: readonly OwnGradeRule[]): GradeRule[] {
  return shippedRules.map((rule) => {
    const chosen = own.find(({ result }) => result === rule.result)
    if (chosen === undefined) return rule
    const word = gradeWords.find((one) => one === chosen.condition?.grade) ?? null
    // Without a condition of its own, the result keeps its word for older versions of Loop.
    return { ...chosen, word: chosen.condition === null ? rule.word : word }
  })
}

/** A grade as it is sent. Without condition and word, its description alone says what was found. */
export type UnitGrade = {
  lineItemId: string
  condition: Condition | null
  word: GradeWord | null
  description: string
  note: string | null
  /** RFC 3339. */
  inspectedAt: string | null
}

export type UnitDisposition = {
  lineItemId: string
  disposition: Disposition
  note: string | null
  inspectedAt: string | null
}

/** What Loop should say about the units of one return. */
export type Grades = { grades: UnitGrade[]; dispositions: UnitDisposition[] }

const longestNote = 1_000

/** The grades of a receipt. Pure: the same units and counts always give the same. */
export function gradesOf(
  units: readonly InspectedUnit[],
  rules: readonly GradeRule[],
  { receipt, receivedAt }: { receipt: Pick<Receipt, 'lines'>; receivedAt: string | null },
): Grades {
  const notes = new Map(receipt.lines.map(({ sku, notes: some }) => [sku, noteOf(some)]))
  const grades: UnitGrade[] = []
  const found: UnitDisposition[] = []
  for (const unit of units) {
    const rule = rules.find(({ result }) => result === unit.result)
    const lineItemId = unit.lineItemId
    if (rule === undefined || !isSendable(lineItemId)) continue
    const common = { lineItemId, note: notes.get(unit.sku) ?? null, inspectedAt: receivedAt }
    const { condition, word, disposition } = rule
    if (condition !== null || word !== null) grades.push({ ...common, condition, word, description: describe(unit) })
    if (disposition !== null) found.push({ ...common, disposition })
  }
  return { grades, dispositions: found }
}

/** Loop's ids are numbers in JSON; a longer one would become another unit's. */
export function isSendable(lineItemId: string): boolean {
  return /^[1-9]\d*$/.test(lineItemId) && Number.isSafeInteger(Number(lineItemId))
}

function noteOf(notes: readonly string[]): string | null {
  const text = notes.filter((note) => note.trim() !== '').join('; ')
  return text === '' ? null : printable(text, longestNote)
}

const sentences: Record<InspectionResult, string> = {
  available: 'It arrived, and the warehouse has made it available.',
  refurbishing: 'It arrived and is in refurbishing.',
  'quality-control': 'It arrived and is in quality control.',
  'under-investigation': 'It arrived and is under investigation.',
  damaged: 'It arrived damaged.',
  missing: 'It was not among what arrived.',
  'wrong item': 'It was not among what arrived; an item that nobody announced was.',
}

/** Never more certainty than the receipt gives (H45). */
function describe({ result, certain, count, among }: InspectedUnit): string {
  if (certain) return sentences[result]
  const some = `${count} of ${among} units of this SKU`
  return `${sentences[result]} This is so for ${some}: the warehouse counts by SKU and does not say for which.`
}

/**
 * What Loop shows of something we want it to show: exactly that, nothing, somebody's other value, or its answer does
 * not say.
 */
export type Displayed = 'shown' | 'absent' | 'other' | 'not said'

export function gradeDisplayed(
  { condition }: Pick<ReturnUnit, 'condition'>,
  desired: Pick<UnitGrade, 'condition' | 'word' | 'description'>,
): Displayed {
  if (condition === undefined) return 'not said'
  if (condition === null) return 'absent'
  const { subject, title, grade, description } = condition
  const isNamed = subject !== null || title !== null || grade !== null
  // Sent without a condition that exists in the shop: only the description is ours.
  if (!isNamed) return description === desired.description ? 'shown' : 'other'
  if (desired.word !== null && grade !== null && normal(grade) === desired.word) return 'shown'
  if (desired.condition === null || subject === null || title === null) return 'other'
  return isSameCondition({ subject, title }, desired.condition) ? 'shown' : 'other'
}

export function dispositionDisplayed(
  { disposition }: Pick<ReturnUnit, 'disposition'>,
  desired: Pick<UnitDisposition, 'disposition'>,
): Displayed {
  if (disposition === undefined) return 'not said'
  if (disposition === null) return 'absent'
  return normal(disposition) === desired.disposition ? 'shown' : 'other'
}
