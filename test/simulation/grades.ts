/** What Loop is told of single units (loop.md §6), and what must hold of it. */

import type { HttpRequest } from '../../src/http/transport.ts'
import type { Held } from './installation.ts'
import { isOfBoxes } from './kinds-of-worlds.ts'
import type { Loop, LoopReturn } from './loop.ts'
import type { Reply } from './loop-wire.ts'
import type { MasonHub } from './masonhub.ts'
import { randomOf } from './random.ts'

type Item = Record<string, unknown> & { line_item_id: number }

/** In half of the worlds of boxes; whether details show what was told is unknown. */
export function gradesIn(seed: number): { areOn: boolean; detailsShow: boolean } {
  const random = randomOf(seed, 'grades')
  const areOn = isOfBoxes(seed) && random.chance(0.5)
  return { areOn, detailsShow: areOn && random.chance(0.7) }
}

function itemsIn(body: unknown): Item[] {
  const items = (body as { items?: Item[] } | undefined)?.items
  return Array.isArray(items) ? items : []
}

/** Two returns of a world may have drawn one line item id. */
function ownersOf({ returns }: Loop, { line_item_id: id }: Item): LoopReturn[] {
  return [...returns.values()].filter(({ versions }) =>
    versions.some(({ units }) => units.some(({ lineItemId }) => lineItemId === id)),
  )
}

/** Stores each item, and answers with all of them; an unknown one refuses the whole request. */
export function storeGrades(loop: Loop, kind: 'grade' | 'assess', body: unknown): Reply {
  const items = itemsIn(body)
  const owned = items.map((item) => ({ item, records: ownersOf(loop, item) }))
  if (owned.some(({ records }) => records.length === 0))
    return { status: 403, json: { errors: [{ message: 'This action is unauthorized.' }] } }
  for (const { item, records } of owned)
    for (const record of records) loop.storeFinding(record, kind, item.line_item_id, item)
  return { status: 200, json: items }
}

/** The fields of a unit as rows show it. */
export function gradeFieldsOf({ findings }: LoopReturn, lineItemId: number): Record<string, unknown> {
  const { grade, assess } = findings.get(lineItemId) ?? {}
  return { condition: grade ?? null, disposition: assess ?? null }
}

/** What must hold when grades or dispositions leave. */
export function checkGrades(vendors: { loop: Loop; masonhub: MasonHub }, request: HttpRequest, held: Held): void {
  const { method, path, body } = request
  if (method !== 'POST' || !path.startsWith('/dispositioning/')) return
  const wrong = wrongGrades(vendors, path, body, held)
  if (wrong !== null) vendors.loop.world.violation(`a grade ${wrong}`)
}

/** null: nothing is wrong. */
function wrongGrades(
  { loop, masonhub }: { loop: Loop; masonhub: MasonHub },
  path: string,
  body: unknown,
  { stores, profile }: Held,
): string | null {
  const items = itemsIn(body)
  const owners = items.map((item) => ownersOf(loop, item))
  if (owners.some((records) => records.length === 0)) return 'is about a unit that never was'
  if (owners.some((records) => records.length > 1)) return null
  for (const record of new Set(owners.flat())) {
    const state = stores.refundRow(profile.name, record.returnId)?.state
    // A shop may let a grade start its own automation (H43).
    if (state === 'sent' || state === 'accepted' || state === 'in_doubt')
      return `of ${record.returnId} left while its refund was ${state}`
    if (path.endsWith('/grade') && !isCovered(masonhub, record, items))
      return `of ${record.returnId} claims more good units than were ever received`
  }
  return null
}

/** No receipt ever had more available units of a SKU than are graded as good (H45). */
function isCovered(masonhub: MasonHub, record: LoopReturn, items: readonly Item[]): boolean {
  const units = record.versions.flatMap((version) => version.units)
  const skuOf = (id: number) => units.find(({ lineItemId }) => lineItemId === id)?.sku
  const good = items.filter((item) => isGradeA(item['condition_category']))
  return [...Map.groupBy(good, (item) => skuOf(item.line_item_id))].every(([sku, list]) => {
    const receipts = masonhub.byIdentifier(record.returnId).flatMap(({ versions }) => versions)
    return receipts.some(
      ({ lines }) =>
        lines
          .filter((line) => line.sku === sku)
          .flatMap(({ details }) => details ?? [])
          .reduce((sum, { word, quantity }) => sum + (word === 'available' ? quantity : 0), 0) >= list.length,
    )
  })
}

function isGradeA(category: unknown): boolean {
  return typeof category === 'object' && category !== null && Reflect.get(category, 'title') === 'Grade A'
}

/** Why the vendor contradicts a confirmed effect. */
export function unreported(record: LoopReturn, kind: 'grade' | 'assess'): string | null {
  return [...record.findings.values()].some((one) => one[kind] !== undefined) ? null : 'Loop was never told'
}
