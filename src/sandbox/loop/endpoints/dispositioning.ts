import type { LoopUnit } from '../model/record.ts'
import type { LoopStore } from '../model/store.ts'
import type { Answer } from './answer.ts'
import { invalid, ok } from './answer.ts'

const mostItems = 30
const conditions = ['grade_a', 'grade_b', 'grade_c', 'grade_d', 'incorrect_item', 'missing', 'junk']
const dispositions = ['back_to_stock', 'resale_hold', 'recycle', 'donate', 'missing']

/** `POST /dispositioning/grade` (loop.md §6): records the condition of units; moves no money. */
export function gradeAction(store: LoopStore, body: unknown): Answer {
  return eachItem(store, body, gradeProblem, (unit, item) => {
    unit.condition = {
      description: item['description'],
      condition_category: item['condition_category'] ?? null,
      ...remarks(item),
      images: item['images'] ?? [],
    }
  })
}

/** `POST /dispositioning/assess`: records the disposition of units; moves no money. */
export function assessAction(store: LoopStore, body: unknown): Answer {
  return eachItem(store, body, assessProblem, (unit, item) => {
    unit.disposition = { disposition_outcome: item['disposition_outcome'], ...remarks(item) }
  })
}

type Item = Record<string, unknown>

function eachItem(
  store: LoopStore,
  body: unknown,
  problemOf: (item: Item) => string | null,
  write: (unit: LoopUnit, item: Item) => void,
): Answer {
  const items = typeof body === 'object' && body !== null && 'items' in body ? body.items : undefined
  if (!Array.isArray(items) || items.length === 0) return invalid({ items: ['The items field is required.'] })
  if (items.length > mostItems) return invalid({ items: [`The items may not have more than ${mostItems} items.`] })
  const found: [LoopUnit, Item][] = []
  for (const [index, raw] of items.entries()) {
    const item: Item = typeof raw === 'object' && raw !== null ? raw : {}
    const problem = problemOf(item)
    if (problem) return invalid({ [`items.${index}`]: [problem] })
    const unit = unitOf(store, item['line_item_id'])
    if (!unit) return { status: 403, body: { message: 'This line item does not belong to your shop.' } }
    found.push([unit, item])
  }
  for (const [unit, item] of found) write(unit, item)
  return ok(items)
}

function gradeProblem(item: Item): string | null {
  const { line_item_id: id, description, condition_category: category } = item
  if (!Number.isInteger(id)) return 'The line item id field is required.'
  if (typeof description !== 'string' || description === '') return 'The description field is required.'
  if (description.length > 255) return 'The description may not be greater than 255 characters.'
  if (category !== undefined && !conditions.includes(String(category))) return 'The condition category is invalid.'
  if (Array.isArray(item['images']) && item['images'].length > 5) return 'The images may not have more than 5 items.'
  return null
}

function assessProblem(item: Item): string | null {
  if (!Number.isInteger(item['line_item_id'])) return 'The line item id field is required.'
  if (!dispositions.includes(String(item['disposition_outcome']))) return 'The disposition outcome is invalid.'
  return null
}

function remarks(item: Item): Record<string, unknown> {
  return {
    return_processor: item['return_processor'] ?? null,
    note: item['note'] ?? null,
    inspected_at: item['inspected_at'] ?? null,
  }
}

function unitOf(store: LoopStore, lineItemId: unknown): LoopUnit | undefined {
  const returnId = store.lineItems.get(Number(lineItemId))
  if (returnId === undefined) return undefined
  return store.returns.get(returnId)?.units.find((unit) => unit.lineItemId === lineItemId)
}
