/** Generates returns and receipts for property tests, and contains the oracle that says which of them are good. */
import fc from 'fast-check'
import type { LoopReturn } from '../../src/core/returns/return.ts'
import type { Rma } from '../../src/core/rmas/rma.ts'
import { aLine, anRma, aReturn, received, unitsOf } from './build.ts'

/**
 * The specification a second time, written differently and as short as possible: every announced unit is there, and
 * nothing else.
 */
export function allAvailable(loopReturn: LoopReturn, rma: Rma): boolean {
  const perUnit = (counts: (readonly [string | null, number])[]) =>
    counts
      .flatMap(([sku, count]) => Array<string | null>(count).fill(sku))
      .sort()
      .join('\n')
  const isCount = (count: number) => count >= 0 && count % 1 === 0 && count < 1000
  const lines = rma.lines.map((line) => ({ ...line, entries: line.received ?? [], total: line.quantityReceived ?? 0 }))
  const fine = lines.every(
    ({ quantity, total, entries, notOnOriginalRma }) =>
      !notOnOriginalRma &&
      quantity !== 0 &&
      [quantity, total, ...entries.map((entry) => entry.quantity)].every(isCount) &&
      entries.every((entry) => entry.disposition === 'available' || entry.quantity === 0) &&
      total === entries.reduce((sum, entry) => sum + entry.quantity, 0),
  )
  if (!fine || lines.length === 0 || rma.status !== 'received') return false
  const expected = perUnit(loopReturn.units.map(({ sku }) => [sku, 1]))
  return (
    expected === perUnit(lines.map((line) => [line.sku, line.quantity])) &&
    expected === perUnit(lines.map((line) => [line.sku, line.total]))
  )
}

/** Mostly plausible receipts, so that good ones are frequent, each with a chance of something unusual. */
const sku = fc.constantFrom('A', 'B', 'a')
const oddCount = fc.constantFrom(Number.NaN, -1, 0.5, 1e16, Number.POSITIVE_INFINITY)
const count = fc.oneof({ weight: 30, arbitrary: fc.nat({ max: 3 }) }, { weight: 1, arbitrary: oddCount })
const disposition = fc.oneof(
  { weight: 12, arbitrary: fc.constant('available') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'damaged',
      'quality-control',
      'refurbishing',
      'under-investigation',
      'short',
      'available ',
      'AVAILABLE',
      '__proto__',
      'constructor',
      '',
    ),
  },
)
export const requestedStatus = fc.constantFrom('available', 'qc', 'damaged', 'quarantine', null)
const wildLine = fc
  .record({
    sku,
    quantity: count,
    requestedStatus,
    entries: fc.option(fc.array(fc.tuple(disposition, count), { maxLength: 3 }), { freq: 6 }),
    total: fc.option(count),
    agrees: fc.integer({ min: 0, max: 5 }).map((die) => die > 0),
    extra: fc.integer({ min: 0, max: 15 }).map((die) => die === 0),
  })
  .map(({ entries, total, agrees, extra, ...line }) => {
    const details = entries?.map(([word, quantity]) => received(word, quantity)) ?? null
    const special = { ...line, notOnOriginalRma: extra, received: details }
    const agreed = aLine(special, ...(details ?? []))
    return {
      ...agreed,
      received: details,
      quantityReceived: agrees ? (agreed.quantityReceived ?? 0) : total,
    }
  })
/** A line without any problem. */
const fineLine = fc
  .record({ sku, requestedStatus, quantity: fc.integer({ min: 1, max: 3 }) })
  .map((line) => aLine(line, received('available', line.quantity)))
const line = fc.oneof({ weight: 9, arbitrary: fineLine }, { weight: 2, arbitrary: wildLine })
const status = fc.oneof(
  { weight: 9, arbitrary: fc.constant('received' as const) },
  {
    weight: 1,
    arbitrary: fc.constantFrom('open' as const, 'in-receiving' as const, 'deleted' as const, 'unknown' as const),
  },
)

/** A return and an RMA: usually with the same units. */
export const pairs = fc
  .record({
    lines: fc.array(line, { maxLength: 4 }),
    status,
    others: fc.option(fc.array(sku, { maxLength: 4 }), { freq: 6 }),
    nil: fc.constant(null),
  })
  .map(({ lines, status: rmaStatus, others }) => {
    const skus =
      others ??
      lines.flatMap(({ sku: one, quantity }) =>
        quantity > 0 && quantity < 10 && quantity % 1 === 0 ? Array(quantity).fill(one) : [],
      )
    return {
      loopReturn: aReturn({ units: unitsOf(...skus) }),
      rma: anRma({ status: rmaStatus, rawStatus: rmaStatus, lines }),
    }
  })
