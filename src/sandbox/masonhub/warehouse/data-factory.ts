import type { Account } from '../account/store.ts'
import type { Answer } from '../answer.ts'
import { badParameters } from '../answer.ts'
import type { Refusal } from '../bulk.ts'
import { bulkAnswer, missing, notOpen } from '../bulk.ts'
import { asFields } from '../rmas/rma-input.ts'
import { alive, current } from '../rmas/rma-store.ts'
import type { Milestone, Receipt, ReceiptLine, RmaLine, StoredRma } from '../types.ts'
import { dispositions } from '../types.ts'
import { reach, receive } from './warehouse.ts'

/** Milestones that the data factory offers; `onDock` is not among them (masonhub.md §4.8). */
const carried: readonly Milestone[] = ['receivingStarted', 'tendered', 'inTransit', 'delivered', 'undeliverable']
const receipts = ['receiveFull', 'receivePartial', 'receiveUnexpected'] as const

/** POST /data_factory/rmaEvent: one row for the whole call, named after the action (masonhub.md §6). */
export function playRmaEvents(account: Account, request: { body: unknown; base: string }): Answer {
  if (!Array.isArray(request.body)) return badParameters()
  const refusals = request.body.flatMap((record) => playOne(account, asFields(record)))
  const url = `${request.base}/data_factory/rmaEvent?cid=rmaEvent`
  return bulkAnswer(account, [{ identifier: 'rmaEvent', refusals, url }])
}

function playOne(account: Account, record: Record<string, unknown>): Refusal[] {
  const identifier = String(record['customer_identifier'] ?? '')
  const event = record['event'] ?? 'receiveFull'
  const rma = alive(account.rmas.byCustomerIdentifier(identifier))
  if (!rma) return [missing('RMA', identifier)]
  if (current(rma).status === 'received') return [notOpen(identifier, 'received')]
  const milestone = carried.find((one) => one === event)
  if (milestone) {
    reach(account, rma, milestone)
    return []
  }
  const kind = receipts.find((one) => one === event)
  if (!kind) return [{ field: 'event', text: `'event' must be one of ${[...receipts, ...carried].join(', ')}.` }]
  return play(account, rma, kind, record['randomize_inventory_statuses'] === true)
}

function play(account: Account, rma: StoredRma, kind: (typeof receipts)[number], randomize: boolean): Refusal[] {
  const { lines } = current(rma)
  const arrived = kind === 'receivePartial' ? someUnits(account, lines) : lines.map((line) => line.quantity)
  const receipt: Receipt = { lines: lines.map((line, index) => spread(account, line, arrived[index] ?? 0, randomize)) }
  if (kind !== 'receiveUnexpected') {
    receive(account, rma, receipt)
    return []
  }
  const sku = unannouncedSku(account, lines)
  // A SKU that is not in the catalogue can't be added to the RMA (masonhub.md §4.6).
  if (sku === null) return [{ field: 'customer_sku_id', text: 'Sku not found.' }]
  // MasonHub's examples disagree about the expected quantity of an unannounced line.
  receive(account, rma, { ...receipt, unexpected: [{ sku, quantity: account.quirk(0.5) ? 1 : 0 }] })
  return []
}

/** Random quantities of each line, but never everything, which would not be partial. */
function someUnits(account: Account, lines: readonly RmaLine[]): number[] {
  const { random } = account.world
  const arrived = lines.map((line) => random.below(line.quantity + 1))
  if (lines.every((line, index) => arrived[index] === line.quantity)) {
    const at = random.below(lines.length)
    arrived[at] = (arrived[at] ?? 1) - 1
  }
  return arrived
}

function spread(account: Account, line: RmaLine, arrived: number, randomize: boolean): ReceiptLine {
  if (arrived === 0) return { sku: line.sku, received: [] }
  if (!randomize) return { sku: line.sku, received: [{ disposition: 'available', quantity: arrived }] }
  const { random } = account.world
  const units = Array.from({ length: arrived }, () => dispositions[random.below(dispositions.length)] ?? 'available')
  const counted = Map.groupBy(units, (disposition) => disposition)
  return { sku: line.sku, received: [...counted].map(([disposition, all]) => ({ disposition, quantity: all.length })) }
}

function unannouncedSku(account: Account, lines: readonly RmaLine[]): string | null {
  const announced = new Set(lines.map((line) => line.sku))
  const others = [...account.skus.keys()].filter((sku) => !announced.has(sku))
  return others[account.world.random.below(others.length)] ?? null
}
