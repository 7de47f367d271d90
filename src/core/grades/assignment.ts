import type { Receipt, ReceiptLine } from '../refunds/receipt.ts'
import { unitProblems } from '../refunds/verdict.ts'
import type { LoopReturn } from '../returns/return.ts'
import { splitUnits } from '../returns/units.ts'
import { type InspectedUnit, type InspectionResult, inspectionResults } from './inspection.ts'

export type Assignment = {
  loopReturn: Pick<LoopReturn, 'units' | 'returnMethod'>
  receipt: Receipt
  /** Line item ids that the RMA was built from, when the journal knows. */
  announced: readonly string[] | null
}

/**
 * What the warehouse found of which unit. MasonHub counts by SKU, and Loop knows single units: within a SKU, the units by
 * their ids get the results in the order of {@link inspectionResults}, so that the same receipt always gives the same
 * answer. A SKU whose counts don't add up gets none; a receipt that contradicts itself, or a return that changed since,
 * gets none at all.
 */
export function assign({ loopReturn, receipt, announced }: Assignment): InspectedUnit[] {
  if (receipt.contradictions.length > 0 || unitProblems(loopReturn, receipt, announced).length > 0) return []
  const counted = new Map(receipt.lines.map((line) => [line.sku, line.expected > 0 ? countResults(line) : null]))
  const absent = areReplaced(receipt, [...counted.values()]) ? 'wrong item' : 'missing'
  const units = splitUnits(loopReturn).announced.toSorted((one, other) => byId(one.lineItemId, other.lineItemId))
  return [...Map.groupBy(units, ({ sku }) => sku)].flatMap(([sku, some]) => {
    const counts = counted.get(sku)
    if (!counts) return []
    const all = inspectionResults.flatMap((result) => Array<InspectionResult>(counts.get(result) ?? 0).fill(result))
    return some.flatMap(({ lineItemId }, index) => {
      const found = all[index]
      if (found === undefined) return []
      const count = counts.get(found) ?? 0
      const result = found === 'missing' ? absent : found
      return [{ lineItemId, sku, result, count, among: some.length, certain: count === some.length }]
    })
  })
}

/** How many units of an announced SKU have which result; null when its counts leave room for doubt. */
function countResults({
  expected,
  received,
  reported,
  byDisposition,
  unannounced,
}: ReceiptLine): Map<InspectionResult, number> | null {
  const missing = expected - received
  if (unannounced || reported === null || missing < 0 || (byDisposition.get('short') ?? 0) > missing) return null
  const counts = new Map<InspectionResult, number>([['missing', missing]])
  for (const [disposition, quantity] of byDisposition) {
    if (disposition === 'short' || quantity === 0) continue
    const result = arrivedResults.find((one) => one === disposition)
    if (result === undefined) return null
    counts.set(result, quantity)
  }
  return counts
}

const arrivedResults = inspectionResults.filter((result) => result !== 'missing' && result !== 'wrong item')

/**
 * Whether exactly as many units arrived that nobody announced as are missing: then the shopper sent others in their
 * place. With any doubt about either number, the units are only missing.
 */
function areReplaced({ lines }: Receipt, counted: readonly (Map<InspectionResult, number> | null)[]): boolean {
  if (lines.some((line, index) => line.expected > 0 && counted[index] === null)) return false
  const missing = counted.reduce((sum, counts) => sum + (counts?.get('missing') ?? 0), 0)
  const others = lines.reduce((sum, line) => sum + (line.expected > 0 ? 0 : line.received), 0)
  return missing > 0 && missing === others
}

/** Ids are numbers that may be longer than JavaScript counts; leading zeros don't occur. */
function byId(one: string, other: string): number {
  if (one.length !== other.length) return one.length - other.length
  return one < other ? -1 : one > other ? 1 : 0
}
