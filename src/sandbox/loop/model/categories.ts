import type { World } from '../../world.ts'
import type { Category } from './record.ts'

/** The subject of the categories that every shop has (loop.md §14.1). */
export const gradeSubject = 'Item condition grade'

/** Their titles by the words of 2026-07. Published are the four grades; the other three are spelt out by guess. */
export const gradeTitles: ReadonlyMap<string, string> = new Map([
  ['grade_a', 'Grade A'],
  ['grade_b', 'Grade B'],
  ['grade_c', 'Grade C'],
  ['grade_d', 'Grade D'],
  ['incorrect_item', 'Incorrect item'],
  ['missing', 'Missing'],
  ['junk', 'Junk'],
])

const keyOf = (subject: string, title: string): string => JSON.stringify([subject, title])

/** The categories of a new shop. */
export function builtInCategories(): Map<string, Category> {
  const made = [...gradeTitles].map(
    ([grade, title]): Category => ({ subject: gradeSubject, title, grade, name: title, parent: null }),
  )
  return new Map(made.map((category) => [keyOf(category.subject, category.title), category]))
}

type Shop = { world: World; categories: Map<string, Category> }
type Desired = Pick<Category, 'subject' | 'title'> & Partial<Category>

/** Looks a pair up. Loop makes a category for one that it doesn't know: that litters the shop's list for good. */
export function findCategory(shop: Shop, requested: Desired, returnId: number): Category {
  const { subject, title, grade = null, name = null, parent = null } = requested
  const key = keyOf(subject, title)
  const known = shop.categories.get(key)
  if (known !== undefined) return known
  const made: Category = { subject, title, grade, name: name ?? title, parent }
  shop.categories.set(key, made)
  shop.world.groundTruth.record({ what: 'category_created', returnId: String(returnId), detail: { subject, title } })
  return made
}
