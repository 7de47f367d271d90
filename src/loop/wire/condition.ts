import type { ReturnUnit, UnitCondition } from '../../core/returns/return.ts'
import { textOf } from './fields.ts'

const noWords: UnitCondition = { subject: null, title: null, grade: null, description: null }

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/**
 * A unit's grade. Its category is a word in older versions of Loop, and an object since 2026-10 (loop.md §14.1). PHP
 * writes an empty object as an empty list.
 */
export function conditionOf(value: unknown): ReturnUnit['condition'] {
  if (value === undefined) return undefined
  if (!isObject(value)) return byWord(textOf(value))
  if (Object.keys(value).length === 0) return null
  const description = textOf(Reflect.get(value, 'description'))
  const category: unknown = Reflect.get(value, 'condition_category')
  if (!isObject(category)) return { ...noWords, grade: textOf(category), description }
  const field = (name: string) => textOf(Reflect.get(category, name))
  return { subject: field('subject'), title: field('title'), grade: field('grade'), description }
}

function byWord(grade: string | null): UnitCondition | null {
  return grade === null ? null : { ...noWords, grade }
}

export function dispositionOf(value: unknown): ReturnUnit['disposition'] {
  if (value === undefined) return undefined
  return textOf(isObject(value) ? Reflect.get(value, 'disposition_outcome') : value)
}
