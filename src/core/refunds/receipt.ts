import type { Reason } from '../explain/reason.ts'
import type { Rma, RmaLine } from '../rmas/rma.ts'
import { printable } from '../text/printable.ts'

/** What the warehouse recorded for one SKU. RMA lines have no id, so lines of a SKU are pooled (masonhub.md §4.6). */
export type ReceiptLine = {
  sku: string
  /** Units announced on the RMA; 0 for a SKU that was not announced. */
  expected: number
  /** Units that arrived: the sum of all dispositions except `short`. */
  received: number
  byDisposition: ReadonlyMap<string, number>
  /** MasonHub's own total, or null when it gave none. */
  reported: number | null
  notes: string[]
  /** MasonHub marked at least part of it as not on the original RMA, or listed it with quantity 0. */
  unannounced: boolean
}

export type Receipt = {
  lines: ReceiptLine[]
  /** Where MasonHub's record contradicts itself; with any of these, the verdict is never good. */
  contradictions: Reason[]
}

type Draft = { -readonly [Key in keyof ReceiptLine]: ReceiptLine[Key] } & { byDisposition: Map<string, number> }

/** The receipt of an RMA. null: nothing is recorded, because it is deleted, or not received and without details. */
export function receiptOf(rma: Rma): Receipt | null {
  const recorded = rma.lines.some((line) => line.received !== null || (line.quantityReceived ?? 0) > 0)
  if (rma.status === 'deleted' || (rma.status !== 'received' && !recorded)) return null
  const drafts = new Map<string, Draft>()
  const contradictions: Reason[] = []
  /** SKUs with a line that contradicts itself, even if the lines together add up (F15). */
  const uneven = new Set<string>()
  for (const line of rma.lines) {
    const draft = drafts.get(line.sku) ?? emptyDraft(line.sku)
    drafts.set(line.sku, draft)
    const counted = add(draft, line, contradictions)
    if (line.quantityReceived !== null && line.quantityReceived !== counted) uneven.add(line.sku)
  }
  for (const line of drafts.values()) {
    if (line.reported === null || (line.reported === line.received && !uneven.has(line.sku))) continue
    contradictions.push({
      code: 'COUNTS_CONTRADICT',
      sku: line.sku,
      message:
        line.reported === line.received
          ? "MasonHub's line quantities do not match its details."
          : `MasonHub reports ${line.reported} received, but its details add up to ${line.received}.`,
    })
  }
  return { lines: [...drafts.values()], contradictions }
}

function emptyDraft(sku: string): Draft {
  return { sku, expected: 0, received: 0, byDisposition: new Map(), reported: null, notes: [], unannounced: false }
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

/** Adds a line to its SKU; returns how many units arrived according to its details. */
function add(draft: Draft, line: RmaLine, contradictions: Reason[]): number {
  const unreadable = (what: string) =>
    contradictions.push({
      code: 'COUNTS_UNREADABLE',
      sku: line.sku,
      message: `MasonHub's ${what} is not a number of units.`,
    })
  // Nothing is announced with quantity 0: MasonHub appends unexpected units that way (masonhub.md §4.6).
  if (line.notOnOriginalRma || line.quantity === 0) draft.unannounced = true
  else if (isCount(line.quantity)) draft.expected += line.quantity
  else unreadable('announced quantity')
  if (line.quantityReceived !== null) {
    if (isCount(line.quantityReceived)) draft.reported = (draft.reported ?? 0) + line.quantityReceived
    else unreadable('received quantity')
  }
  let counted = 0
  for (const { disposition, quantity, notes } of line.received ?? []) {
    if (!isCount(quantity)) {
      unreadable(`quantity under “${printable(disposition, 40)}”`)
      continue
    }
    draft.byDisposition.set(disposition, (draft.byDisposition.get(disposition) ?? 0) + quantity)
    if (disposition !== 'short') counted += quantity
    if (notes !== null) draft.notes.push(notes)
  }
  draft.received += counted
  return counted
}
