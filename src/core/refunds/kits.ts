/**
 * A kit is one SKU to the shop, and several to whoever unpacks it (masonhub.md §7.1). What the dock books for a returned
 * kit is not documented: as itself, or its parts, each of which then looks unannounced, and the kit missing.
 */

import type { Reason } from '../explain/reason.ts'
import { printable } from '../text/printable.ts'
import type { Receipt, ReceiptLine } from './receipt.ts'

/** How many units of each SKU one kit is made of. */
export type Kit = ReadonlyMap<string, number>
/** Kits by their SKU. */
export type Kits = ReadonlyMap<string, Kit>

export const noKits: Kits = new Map()

/** The announced SKUs that would have to be kits for the receipt to be complete; empty for nearly every receipt. */
export function perhapsKits({ lines }: Receipt): string[] {
  const isMore = lines.some((line) => line.unannounced || line.received > line.expected)
  return isMore ? lines.filter(lacks).map(({ sku }) => sku) : []
}

function lacks({ expected, received }: ReceiptLine): boolean {
  return expected > received
}

export type Folded = {
  receipt: Receipt
  /** The kits whose parts are counted as them, with their number. */
  folded: ReadonlyMap<string, number>
  /** Kits some of whose parts came, but it can't be told whether these are theirs. */
  ambiguous: Reason[]
}

/**
 * The receipt with parts counted as the kits that they make. Only for exactly complete kits: of each part there must be
 * as many units as were announced of it alone and as the missing kits need together, all of them available. Otherwise the
 * receipt stays as it is, and what is wrong with it stands. Pure and total.
 */
export function foldKits(receipt: Receipt, kits: Kits): Folded {
  const lines = new Map(receipt.lines.map((line) => [line.sku, line]))
  const lacking = receipt.lines.flatMap((line) => lackOf(line, kits))
  const unchanged = { receipt, folded: new Map<string, number>(), ambiguous: [] }
  if (lacking.length === 0) return unchanged
  const needed = neededBy(lacking)
  const complete = receipt.contradictions.length > 0 ? [] : completeOf(lacking, needed, lines)
  const folded = new Map(complete.map(({ sku, count }) => [sku, count]))
  const parts = new Set(complete.flatMap(({ kit }) => [...kit.keys()]))
  const ambiguous = lacking.flatMap((one) => (folded.has(one.sku) ? [] : ambiguity(one, lacking, lines)))
  return {
    receipt: { ...receipt, lines: receipt.lines.flatMap((line) => counted(line, folded, parts)) },
    folded,
    ambiguous,
  }
}

type Lack = { sku: string; count: number; kit: Kit }

/** A kit of which units are missing. One that is made of kits, or of nothing, is none that can be counted. */
function lackOf(line: ReceiptLine, kits: Kits): Lack[] {
  const kit = kits.get(line.sku)
  if (kit === undefined || kit.size === 0 || !lacks(line)) return []
  const isCountable = [...kit].every(
    ([sku, quantity]) => !kits.has(sku) && Number.isSafeInteger(quantity) && quantity > 0,
  )
  return isCountable ? [{ sku: line.sku, count: line.expected - line.received, kit }] : []
}

function neededBy(lacking: readonly Lack[]): Map<string, number> {
  const needed = new Map<string, number>()
  for (const { kit, count } of lacking)
    for (const [sku, quantity] of kit) needed.set(sku, (needed.get(sku) ?? 0) + quantity * count)
  return needed
}

/** A part that is not exactly there spoils each kit that it belongs to, and with it all that share a part with one. */
function completeOf(
  lacking: Lack[],
  needed: ReadonlyMap<string, number>,
  lines: ReadonlyMap<string, ReceiptLine>,
): Lack[] {
  const spoilt = new Set([...needed].flatMap(([sku, need]) => (isExact(lines.get(sku), need) ? [] : [sku])))
  let complete = lacking
  for (;;) {
    const failed = complete.filter(
      ({ sku, count, kit }) => !isItself(lines.get(sku), count) || [...kit.keys()].some((part) => spoilt.has(part)),
    )
    if (failed.length === 0) return complete
    complete = complete.filter((one) => !failed.includes(one))
    for (const part of failed.flatMap(({ kit }) => [...kit.keys()])) spoilt.add(part)
  }
}

/** What is recorded of the kit under its own SKU agrees with what is missing of it. */
function isItself(line: ReceiptLine | undefined, count: number): boolean {
  if (line === undefined || line.unannounced) return false
  const isReported = line.reported === line.received || (line.reported === null && line.byDisposition.size === 0)
  return isReported && (line.byDisposition.get('short') ?? 0) <= count
}

function isExact(line: ReceiptLine | undefined, need: number): boolean {
  if (line === undefined) return false
  const { expected, received, reported, byDisposition } = line
  const others = [...byDisposition].filter(([name, quantity]) => name !== 'available' && quantity > 0)
  const whole = expected + need
  return received === whole && reported === whole && byDisposition.get('available') === whole && others.length === 0
}

function counted(line: ReceiptLine, folded: ReadonlyMap<string, number>, parts: ReadonlySet<string>): ReceiptLine[] {
  const { sku, expected, byDisposition } = line
  const count = folded.get(sku)
  if (count !== undefined) {
    const available = (byDisposition.get('available') ?? 0) + count
    const others = [...byDisposition].filter(([name]) => name !== 'short')
    return [
      {
        ...line,
        received: expected,
        reported: expected,
        byDisposition: new Map([...others, ['available', available]]),
      },
    ]
  }
  if (!parts.has(sku)) return [line]
  if (expected === 0) return []
  const rest = { received: expected, reported: expected, byDisposition: new Map([['available', expected]]) }
  return [{ ...line, ...rest, unannounced: false }]
}

/** A part that was also announced by itself, or belongs to another missing kit as well: whose it is, nobody can say. */
function ambiguity({ sku, kit }: Lack, lacking: readonly Lack[], lines: ReadonlyMap<string, ReceiptLine>): Reason[] {
  const came = [...kit.keys()].some((part) => (lines.get(part)?.received ?? 0) > (lines.get(part)?.expected ?? 0))
  const isShared = (part: string) =>
    (lines.get(part)?.expected ?? 0) > 0 || lacking.some((other) => other.sku !== sku && other.kit.has(part))
  const shared = [...kit.keys()].filter(isShared)
  if (!came || shared.length === 0) return []
  const names = shared.map((part) => printable(part, 60)).join(', ')
  const message = `It can't be told which units of ${names} belong to the kit ${printable(sku, 60)}.`
  return [{ code: 'KIT_AMBIGUOUS', sku, message }]
}

/** `1 × MUG, 1 × CAP`. */
export function kitText(kit: Kit): string {
  return [...kit].map(([sku, quantity]) => `${quantity} × ${printable(sku, 60)}`).join(', ')
}
