import { findCategory, gradeSubject, gradeTitles } from '../model/categories.ts'
import type { Category, LoopUnit } from '../model/record.ts'
import type { LoopStore } from '../model/store.ts'
import type { LoopVersion } from '../version.ts'

/** `condition_category` of a request: a word before 2026-10, an object since (loop.md §14.1). */

const field = 'condition_category'
const longest = 100
const parts = ['subject', 'title', 'grade', 'category_name', 'category_parent'] as const
type Part = (typeof parts)[number]

/** The first thing that is wrong with it; it may be left out. */
export function categoryProblem(
  version: LoopVersion,
  category: unknown,
): readonly [field: string, text: string] | null {
  if (category === undefined || category === null) return null
  if (version === 'older')
    return gradeTitles.has(String(category)) ? null : [field, 'The condition category is invalid.']
  if (typeof category !== 'object' || Array.isArray(category))
    return [field, 'The condition category must be an object.']
  for (const part of parts) {
    const value: unknown = Reflect.get(category, part)
    const isRequired = part === 'subject' || part === 'title'
    if (value === undefined || value === null || value === '') {
      if (isRequired) return [`${field}.${part}`, `The ${part} field is required.`]
    } else if (typeof value !== 'string' || value.length > longest) {
      return [`${field}.${part}`, `The ${part} may not be greater than ${longest} characters.`]
    }
  }
  return null
}

/** The category that a checked request means; one that fits no pair of the shop's is made. */
export function requestedCategory(
  store: LoopStore,
  version: LoopVersion,
  category: unknown,
  unit: LoopUnit,
): Category | null {
  if (category === undefined || category === null) return null
  const returnId = store.lineItems.get(unit.lineItemId) ?? 0
  if (version === 'older') {
    return findCategory(store, { subject: gradeSubject, title: gradeTitles.get(String(category)) ?? '' }, returnId)
  }
  const part = (name: Part): string | null => {
    const value: unknown = Reflect.get(Object(category), name)
    return typeof value === 'string' && value !== '' ? value : null
  }
  const requested = { subject: part('subject') ?? '', title: part('title') ?? '' }
  const more = { grade: part('grade'), name: part('category_name'), parent: part('category_parent') }
  return findCategory(store, { ...requested, ...more }, returnId)
}
