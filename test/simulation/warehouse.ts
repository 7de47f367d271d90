/** What the warehouse finds in a parcel, and how it records that (masonhub.md §4.6). */

import { type Detail, latest, type MasonHub, type Rma, type RmaLine } from './masonhub.ts'
import type { Random } from './random.ts'

type Line = Omit<RmaLine, 'reported' | 'details'>
type Receipt = (lines: readonly RmaLine[], random: Random) => RmaLine[]

const available = (quantity: number): Detail => ({ word: 'available', quantity, notes: '' })

function found(line: Line, ...details: Detail[]): RmaLine {
  return {
    ...line,
    details,
    reported: details.reduce((sum, { word, quantity }) => sum + (word === 'short' ? 0 : quantity), 0),
  }
}

const fine: Receipt = (lines) => lines.map((line) => found(line, available(line.quantity)))

/** Everything is fine except one unit of one line. */
function butOne(spoil: (line: RmaLine) => RmaLine): Receipt {
  return (lines, random) => {
    const which = random.below(lines.length)
    return fine(lines, random).map((line, index) => (index === which ? spoil(line) : line))
  }
}

const elsewhere = (word: string) =>
  butOne((line) => found(line, available(line.quantity - 1), { word, quantity: 1, notes: 'hole' }))

const extra: Line = {
  sku: 'HOODIE',
  quantity: 0,
  reasonCode: 'other',
  requestedStatus: 'qc',
  notes: null,
  orderId: null,
  unannounced: true,
}

/** The good ones first. */
const receipts: Record<string, Receipt> = {
  fine,
  'fine, in several entries': (lines) => lines.map((line) => found(line, available(1), available(line.quantity - 1))),
  'fine, with zero damaged': (lines) =>
    lines.map((line) => found(line, available(line.quantity), { word: 'damaged', quantity: 0, notes: '' })),
  damaged: elsewhere('damaged'),
  'in quality control': elsewhere('quality-control'),
  'in qc': elsewhere('qc'),
  refurbishing: elsewhere('refurbishing'),
  'under investigation': elsewhere('under-investigation'),
  'of an unknown word': elsewhere('quarantined-by-robot'),
  missing: butOne((line) => found(line, ...(line.quantity > 1 ? [available(line.quantity - 1)] : []))),
  short: butOne((line) => found(line, available(line.quantity - 1), { word: 'short', quantity: 1, notes: '' })),
  'one too many': butOne((line) => found(line, available(line.quantity + 1))),
  'all announced, and something else': (lines, random) => [...fine(lines, random), found(extra, available(1))],
  'a marked line': butOne((line) => ({ ...line, unannounced: true })),
  contradictory: butOne((line) => ({ ...line, reported: line.quantity - 1 })),
  'without details': butOne((line) => ({ ...line, details: null, reported: line.quantity })),
  'without a count': butOne((line) => ({ ...line, reported: null })),
  nothing: (lines) => lines.map((line) => found(line)),
}

/** Two of three parcels are complete. */
export function someReceipt(random: Random): string {
  const [good, odd] = [Object.keys(receipts).slice(0, 3), Object.keys(receipts).slice(3)]
  const names = random.chance(0.67) ? good : odd
  return names[random.below(names.length)] ?? 'fine'
}

/** The warehouse has finished this parcel. */
export function receive(masonhub: MasonHub, rma: Rma, receipt: string, random: Random): void {
  const lines = latest(rma).lines.filter(({ unannounced, quantity }) => !(unannounced && quantity === 0))
  const write = receipts[receipt] ?? fine
  const raised = latest(rma).status === 'received' && random.chance(0.5) ? { version: latest(rma).version + 1 } : {}
  masonhub.change(
    rma,
    { status: 'received', lines: lines.length === 0 ? lines : write(lines, random), ...raised },
    'received',
  )
}

/** A parcel without an RMA: the warehouse creates one without an identifier (masonhub.md §4.8). */
export function receiveUnannounced(masonhub: MasonHub, packageId: string): Rma {
  const line = found({ ...extra, sku: 'TEE', quantity: 1, unannounced: false }, available(1))
  const first = { status: 'received', packageId, manifestId: null, instructions: null, lines: [line] } as const
  return masonhub.add({ customerIdentifier: null, returnType: 'rma_created_by_distribution_center' }, first)
}
