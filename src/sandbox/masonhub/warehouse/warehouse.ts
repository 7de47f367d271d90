import type { Account } from '../account/store.ts'
import { emitRmaEvent } from '../callbacks/events.ts'
import { alive, current } from '../rmas/rma-store.ts'
import { replace } from '../rmas/rma-write.ts'
import type {
  DockReturn,
  Milestone,
  Receipt,
  ReceiptLine,
  ReceivedUnits,
  RmaLine,
  RmaState,
  StoredRma,
  Warehouse,
} from '../types.ts'

/** The warehouse of one account. */
export function createWarehouse(account: Account): Warehouse {
  return {
    receive: (customerIdentifier, receipt = {}) => receive(account, find(account, customerIdentifier), receipt),
    milestone: (customerIdentifier, event) => reach(account, find(account, customerIdentifier), event),
    createAtDock: (found = {}) => bornReceived(account, found, 'rma_created_by_distribution_center', null),
    returnedToSender: (found = {}) =>
      bornReceived(account, found, 'returned_to_sender', `RTS-${account.uuid().slice(0, 8)}`),
  }
}

function find(account: Account, customerIdentifier: string): StoredRma {
  const rma = alive(account.rmas.byCustomerIdentifier(customerIdentifier))
  if (!rma) throw new Error(`The sandbox's MasonHub has no live RMA ${customerIdentifier}`)
  return rma
}

/** Records a receipt and sends its messages; the same RMA can be received again, as a correction. */
export function receive(account: Account, rma: StoredRma, receipt: Receipt): StoredRma {
  const before = current(rma)
  const status = receipt.status ?? 'received'
  const state: RmaState = {
    ...before,
    status,
    version: before.version + (receipt.raiseVersion ? 1 : 0),
    notes: receipt.notes ?? before.notes,
    lines: receivedLines(account, before, receipt),
    receivedAt: status === 'received' ? account.now() : null,
    stringified: receipt.stringified ?? false,
    ...stamps(account, before),
  }
  replace(account, rma, state)
  const returnId = rma.customerIdentifier ?? rma.id
  account.world.groundTruth.record({ what: 'rma_received', returnId, detail: receiptDetail(state) })
  emitRmaEvent(account, rma, state, status === 'received' ? 'received' : 'receivingStarted')
  if (status === 'received') repeatLater(account, rma)
  return rma
}

/** Applies a milestone. It moves no goods; only the start of receiving changes the status (masonhub.md §4.8). */
export function reach(account: Account, rma: StoredRma, event: Milestone): StoredRma {
  const before = current(rma)
  if (event === 'receivingStarted' && before.status === 'open') {
    replace(account, rma, { ...before, status: 'in-receiving', ...stamps(account, before) })
  }
  emitRmaEvent(account, rma, current(rma), event)
  return rma
}

function bornReceived(account: Account, found: DockReturn, returnType: string, identifier: string | null): StoredRma {
  const now = account.now()
  const first: RmaState = {
    version: 1,
    status: 'received',
    manifestId: null,
    packageId: found.packageId ?? null,
    returnType,
    generateReturnLabel: false,
    labelFile: null,
    address: {},
    customerInstructions: null,
    notes: null,
    lines: (found.lines ?? someItem(account)).map((line) => extraLine(line, 0)),
    receivedAt: now,
    deletedAt: null,
    updatedAt: now,
    visibleAt: account.nowMs() + account.world.faults.get('masonhub.receipt-visible-after-ms'),
    stringified: false,
  }
  const customerIdentifier = found.customerIdentifier === undefined ? identifier : found.customerIdentifier
  const rma = account.rmas.add({ id: account.uuid(), customerIdentifier, createdAt: now, first })
  account.inventory.move(null, first)
  const returnId = customerIdentifier ?? rma.id
  account.world.groundTruth.record({
    what: 'rma_received',
    returnId,
    detail: { ...receiptDetail(first), type: returnType },
  })
  emitRmaEvent(account, rma, first, 'received')
  return rma
}

function someItem(account: Account): ReceiptLine[] {
  const [sku] = account.skus.keys()
  return sku === undefined ? [] : [{ sku, received: [{ disposition: 'available', quantity: 1 }] }]
}

/**
 * The lines after a receipt: each RMA line takes the first unused receipt line of its SKU; an RMA line without one was
 * not in the parcel.
 */
function receivedLines(account: Account, before: RmaState, receipt: Receipt): RmaLine[] {
  const remaining = [...(receipt.lines ?? [])]
  const announced = before.lines.filter((line) => !line.notOnOriginal)
  const lines = announced.map((line) => {
    if (!receipt.lines) return filled(line, partsOf(account, line) ? [] : available(line.quantity))
    const at = remaining.findIndex((found) => found.sku === line.sku)
    const found = at < 0 ? undefined : remaining.splice(at, 1)[0]
    return found ? filled(line, found.received, found.quantityReceived) : filled(line, [])
  })
  const unnamed = remaining.map((found) => extraLine(found, 0))
  const unexpected = (receipt.unexpected ?? []).map((item) => {
    const units = item.quantityReceived ?? 1
    const received = [{ disposition: item.disposition ?? 'available', quantity: units }]
    return extraLine({ sku: item.sku, received }, item.quantity ?? 0)
  })
  const parts = receipt.lines ? [] : announced.flatMap((line) => partsOf(account, line) ?? [])
  return [...lines, ...parts.map((part) => extraLine(part, 0)), ...unnamed, ...unexpected]
}

/** What a complete kit is booked as, if not as itself; null: as itself. */
function partsOf(account: Account, { sku, quantity }: RmaLine): ReceiptLine[] | null {
  const kit = account.skus.get(sku)?.kit ?? null
  if (kit === null || account.world.faults.get('masonhub.books-kits') > 0) return null
  return kit.map((part) => ({ sku: part.sku, received: available(part.quantity * quantity) }))
}

const available = (quantity: number) => [{ disposition: 'available', quantity }]

function filled(line: RmaLine, found: ReceiptLine['received'], quantityReceived?: number): RmaLine {
  const received: ReceivedUnits[] | null = found?.map((units) => ({ notes: '', ...units })) ?? null
  const counted = (received ?? []).filter((units) => units.disposition !== 'short')
  const sum = counted.reduce((total, units) => total + units.quantity, 0)
  // Without details only the count remains; by default that of a complete parcel.
  return { ...line, received, quantityReceived: quantityReceived ?? (received ? sum : line.quantity) }
}

function extraLine(found: ReceiptLine, quantity: number): RmaLine {
  const line: RmaLine = {
    sku: found.sku,
    quantity,
    reasonCode: 'other',
    inventoryStatus: 'qc',
    orderId: null,
    notes: null,
    quantityReceived: null,
    received: null,
    notOnOriginal: true,
  }
  return filled(line, found.received, found.quantityReceived)
}

function stamps(account: Account, before: RmaState): { updatedAt: string; visibleAt: number } {
  const visibleAt = account.nowMs() + account.world.faults.get('masonhub.receipt-visible-after-ms')
  // Writes pass through one queue: a later one never becomes visible before an earlier one.
  return { updatedAt: account.now(), visibleAt: Math.max(visibleAt, before.visibleAt) }
}

function receiptDetail(state: RmaState): Record<string, string | number> {
  const units = state.lines.flatMap((line) => line.received ?? [])
  const unavailable = units.filter((one) => one.disposition !== 'available')
  return {
    status: state.status,
    version: state.version,
    units: units.reduce((sum, one) => sum + one.quantity, 0),
    not_available: unavailable.reduce((sum, one) => sum + one.quantity, 0),
    announced: state.lines.filter((line) => !line.notOnOriginal).reduce((sum, line) => sum + line.quantity, 0),
    unannounced_lines: state.lines.filter((line) => line.notOnOriginal).length,
  }
}

/** Repeats the receipt later with a higher version, as a correction, if the fault is set (masonhub.md §10). */
function repeatLater(account: Account, rma: StoredRma): void {
  const delay = account.world.faults.get('masonhub.received-again-ms')
  if (delay <= 0) return
  account.world.clock.after(delay, () => {
    const before = current(rma)
    const state = { ...before, version: before.version + 1, ...stamps(account, before) }
    replace(account, rma, state)
    emitRmaEvent(account, rma, state, 'received')
  })
}
