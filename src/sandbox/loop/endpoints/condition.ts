import type { Category, LoopUnit } from '../model/record.ts'
import type { Wire } from './wire.ts'

/** The condition of a unit as a row shows it; null while nobody has graded it. */
export function conditionOf(
  { version }: Pick<Wire, 'version'>,
  { condition }: LoopUnit,
): Record<string, unknown> | null {
  if (condition === null) return null
  const { description, category, processor, note, inspectedAt, images } = condition
  return {
    description,
    condition_category: category === null ? null : categoryOf(version, category),
    return_processor: processor,
    note,
    inspected_at: inspectedAt,
    images,
  }
}

/** An object since 2026-10; before, its grade as a word, which a category of the shop's own lacks (loop.md §14.1). */
export function categoryOf(version: Wire['version'], category: Category): unknown {
  const { subject, title, grade, name, parent } = category
  if (version === 'older') return grade
  return { subject, title, grade, category_name: name, category_parent: parent }
}
