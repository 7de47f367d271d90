import { acceptProcessing } from '../model/processing.ts'
import type { LoopUnit } from '../model/record.ts'
import type { LoopStore } from '../model/store.ts'
import type { Answer, ParsedRequest } from './answer.ts'
import { invalid, ok } from './answer.ts'
import { categoryOf } from './condition.ts'
import { categoryProblem, requestedCategory } from './condition-category.ts'

const mostItems = 30
const dispositions = ['back_to_stock', 'resale_hold', 'recycle', 'donate', 'missing']

/** `POST /dispositioning/grade` (loop.md §6, §14.1): records the condition of units; moves no money. */
export function gradeAction(store: LoopStore, { body, version }: ParsedRequest): Answer {
  const problemOf = (item: Item) => gradeProblem(item) ?? categoryProblem(version, item['condition_category'])
  return eachItem(store, body, problemOf, (unit, item) => {
    const category = requestedCategory(store, version, item['condition_category'], unit)
    unit.condition = {
      description: String(item['description']),
      category,
      processor: textIn(item, 'return_processor'),
      note: textIn(item, 'note'),
      inspectedAt: textIn(item, 'inspected_at'),
      images: Array.isArray(item['images']) ? item['images'] : [],
    }
    startByGrade(store, unit)
    return category === null ? item : { ...item, condition_category: categoryOf(version, category) }
  })
}

/** A workflow of the shop that a grade starts; each start becomes a job, and each job pays (C2). */
function startByGrade(store: LoopStore, { lineItemId }: LoopUnit): void {
  const record = store.returns.get(store.lineItems.get(lineItemId) ?? 0)
  if (record === undefined || !store.world.faults.get('loop.grade-starts-processing')) return
  const isFirst = record.units.filter(({ condition }) => condition !== null).length === 1
  if (isFirst && (record.state === 'open' || record.state === 'review')) acceptProcessing(store, record, 'workflow')
}

/** `POST /dispositioning/assess`: records the disposition of units; moves no money. */
export function assessAction(store: LoopStore, { body }: ParsedRequest): Answer {
  return eachItem(store, body, assessProblem, (unit, item) => {
    unit.disposition = {
      disposition_outcome: item['disposition_outcome'],
      return_processor: textIn(item, 'return_processor'),
      note: textIn(item, 'note'),
      inspected_at: textIn(item, 'inspected_at'),
    }
    return item
  })
}

type Item = Record<string, unknown>
/** The field that is wrong, and what Laravel says about it. */
type Problem = readonly [field: string, text: string]

/** All items, or none of them: one that is wrong or somebody else's refuses the whole request. */
function eachItem(
  store: LoopStore,
  body: unknown,
  problemOf: (item: Item) => Problem | null,
  write: (unit: LoopUnit, item: Item) => Item,
): Answer {
  const items = typeof body === 'object' && body !== null && 'items' in body ? body.items : undefined
  if (!Array.isArray(items) || items.length === 0) return invalid({ items: ['The items field is required.'] })
  if (items.length > mostItems) return invalid({ items: [`The items may not have more than ${mostItems} items.`] })
  const found: [LoopUnit, Item][] = []
  for (const [index, raw] of items.entries()) {
    const item: Item = typeof raw === 'object' && raw !== null ? raw : {}
    const problem = problemOf(item)
    if (problem) return invalid({ [`items.${index}.${problem[0]}`]: [problem[1]] })
    const unit = unitOf(store, item['line_item_id'])
    if (!unit) return { status: 403, body: { message: 'This line item does not belong to your shop.' } }
    found.push([unit, item])
  }
  return ok(found.map(([unit, item]) => write(unit, item)))
}

function gradeProblem(item: Item): Problem | null {
  const { line_item_id: id, description } = item
  if (!Number.isInteger(id)) return idMissing
  if (typeof description !== 'string' || description === '') {
    return ['description', 'The description field is required.']
  }
  if (description.length > 255) return ['description', 'The description may not be greater than 255 characters.']
  const { images } = item
  if (Array.isArray(images) && images.length > 5) return ['images', 'The images may not have more than 5 items.']
  return null
}

function assessProblem(item: Item): Problem | null {
  if (!Number.isInteger(item['line_item_id'])) return idMissing
  if (dispositions.includes(String(item['disposition_outcome']))) return null
  return ['disposition_outcome', 'The disposition outcome is invalid.']
}

const idMissing: Problem = ['line_item_id', 'The line item id field is required.']

function textIn(item: Item, name: string): string | null {
  const value = item[name]
  return typeof value === 'string' ? value : null
}

function unitOf(store: LoopStore, lineItemId: unknown): LoopUnit | undefined {
  const returnId = store.lineItems.get(Number(lineItemId))
  if (returnId === undefined) return undefined
  return store.returns.get(returnId)?.units.find((unit) => unit.lineItemId === lineItemId)
}
