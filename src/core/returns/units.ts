import type { Reason } from '../explain/reason.ts'
import type { LoopReturn, ReturnUnit } from './return.ts'

/**
 * Words by which Loop's line outcome or return method says that the shopper keeps or gives away the item, so that no
 * parcel comes. The vocabulary is not published (loop.md §13): see docs/assumptions.md, A-01.
 */
const neverShipped = new Set(['keep', 'keep_item', 'keep-item', 'donate', 'donation', 'green', 'discard', 'recycle'])

export type UnitSplit = {
  /** Units that the warehouse is told to expect. */
  announced: (ReturnUnit & { sku: string })[]
  /** Units without SKU: they can't be announced, so their arrival can't be checked. */
  withoutSku: ReturnUnit[]
  /** Units that never travel. */
  kept: ReturnUnit[]
}

function staysWithShopper(unit: ReturnUnit, returnMethod: string | null): boolean {
  const words = [unit.outcome, returnMethod]
  return words.some((word) => word !== null && neverShipped.has(word.trim().toLowerCase()))
}

export function splitUnits(loopReturn: Pick<LoopReturn, 'units' | 'returnMethod'>): UnitSplit {
  const split: UnitSplit = { announced: [], withoutSku: [], kept: [] }
  for (const unit of loopReturn.units) {
    const sku = unit.sku?.trim() ?? ''
    if (staysWithShopper(unit, loopReturn.returnMethod)) split.kept.push(unit)
    else if (sku === '') split.withoutSku.push(unit)
    else split.announced.push({ ...unit, sku })
  }
  return split
}

/** The reason when Loop lists one unit twice: it is then unknown whether one or two come back (H25). */
export function repeatedUnit({ units }: Pick<LoopReturn, 'units'>): Reason | null {
  const seen = new Set<string>()
  const twice = units.find(({ lineItemId }) => seen.has(lineItemId) || !seen.add(lineItemId))
  if (twice === undefined) return null
  const message = `Loop lists line item ${twice.lineItemId} twice, so the number of returned units is unknown.`
  return { code: 'UNITS_REPEATED', message }
}

/** Units per SKU. */
export function countBySku(lines: Iterable<{ sku: string; quantity: number }>): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { sku, quantity } of lines) counts.set(sku, (counts.get(sku) ?? 0) + quantity)
  return counts
}

/** The line item ids of the announced units, sorted: what an RMA was built from. */
export function announcedLineItems(loopReturn: Pick<LoopReturn, 'units' | 'returnMethod'>): string[] {
  return splitUnits(loopReturn)
    .announced.map((unit) => unit.lineItemId)
    .sort()
}
