import type { Account } from '../account/store.ts'
import { rmaRecord } from '../rmas/rma-wire.ts'
import type { RmaState, StoredRma } from '../types.ts'

/** Emits `rmaEvent` at once, one message per registration, in the shape of its version (masonhub.md §5.4). */
export function emitRmaEvent(account: Account, rma: StoredRma, state: RmaState, event: string): void {
  if (!account.outbound.isSubscribed('rmaEvent')) return
  const eventId = account.uuid()
  account.outbound.emit({
    messageType: 'rmaEvent',
    messageKey: null,
    wrapped: account.quirk(0.25),
    dataFor: (version) => [
      version === '1.0' ? firstVersion(account, rma, state) : secondVersion(account, { rma, state, event, eventId }),
    ],
  })
}

/** Version 1 sends the return record itself. */
function firstVersion(account: Account, rma: StoredRma, state: RmaState): Record<string, unknown> {
  const record = recordFor(account, rma, state)
  delete record['version']
  const { customer_instructions: instructions, ...rest } = record
  return instructions === undefined ? rest : { ...rest, customer_instruction: instructions }
}

/**
 * Version 2 has its own id. A receipt gives the event's kind as `status`, with details; other events give it as
 * `event_type`.
 */
function secondVersion(
  account: Account,
  what: { rma: StoredRma; state: RmaState; event: string; eventId: string },
): Record<string, unknown> {
  const { rma, state, event, eventId } = what
  const head = { id: eventId, customer_identifier: rma.customerIdentifier }
  const asOf = account.now()
  if (event !== 'received') return { ...head, event_type: event, as_of: asOf }
  const details = {
    ...recordFor(account, rma, state),
    // The scalars of `details` are strings (masonhub.md §3.7).
    generate_return_label: String(state.generateReturnLabel),
    version: String(state.version),
    warehouse_id: '1342',
    return_service_level: 'ground',
    receiving_inventory_location: 'Rancho Cucamonga',
    processed_at: state.receivedAt ?? asOf,
  }
  return { ...head, status: 'received', as_of: asOf, details }
}

const callbackStyle = {
  unset: 'null',
  singularInstruction: false,
  receivedKey: 'received_at',
  offsetDates: false,
  extraFields: false,
} as const

function recordFor(account: Account, rma: StoredRma, state: RmaState): Record<string, unknown> {
  return rmaRecord(rma, state, { style: callbackStyle, labelBase: account.links.base })
}

/** Emits `skuInventoryChange` with absolute counts; while held, only the latest per SKU is kept (masonhub.md §5.2). */
export function emitInventory(account: Account, skus: readonly string[]): void {
  if (!account.outbound.isSubscribed('skuInventoryChange')) return
  for (const sku of skus) {
    account.outbound.emit({
      messageType: 'skuInventoryChange',
      messageKey: `RC1_${sku}`,
      wrapped: false,
      dataFor: () => [inventoryRecord(account, sku)],
    })
  }
}

function inventoryRecord(account: Account, sku: string): Record<string, unknown> {
  const counts = account.inventory.counts(sku)
  const asOf = account.now()
  const inHouse = [...counts].filter(([status]) => status !== 'expected').reduce((sum, [, units]) => sum + units, 0)
  return {
    customer_identifier: sku,
    sku_id: account.skus.get(sku)?.id ?? null,
    total_units: inHouse,
    total_available_to_sell: counts.get('available') ?? 0,
    status_counts: [...counts].map(([status, quantity]) => ({ inventory_status: status, quantity, as_of: asOf })),
    as_of: asOf,
  }
}
