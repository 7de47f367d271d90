import type { World } from '../../world.ts'
import { builtInCategories } from './categories.ts'
import type { Category, LoopDestination, LoopLabel, LoopRecord, LoopState, LoopWebhook, Shipment } from './record.ts'

/** An event that Loop sends to its webhooks. */
export type LoopEvent = {
  at: string
  topic: 'return' | 'return.processing' | 'label'
  trigger:
    | 'return.created'
    | 'return.updated'
    | 'return.closed'
    | 'return.processing.failed'
    | 'label.created'
    | 'label.updated'
  returnId: string
  /** The state at the time of the event: a webhook's body is written then, not when it is delivered. */
  state: LoopState
  /** Why processing failed, if Loop says so, and who requested it. */
  message: string | null
  source: string | null
}

/** Called when an event happens; `label` is the parcel that the event is about, or null. */
export type LoopListener = (event: LoopEvent, record: LoopRecord, label: LoopLabel | null) => void

type EventDetail = { message?: string | null; source?: string | null; label?: LoopLabel | null }

/** Scopes of a key, as the routes require them (loop.md §2.1). */
export type LoopScope = 'returns' | 'developer_tools' | 'destinations:read' | 'happy_returns_shipments:read'
export const allScopes: readonly LoopScope[] = [
  'returns',
  'developer_tools',
  'destinations:read',
  'happy_returns_shipments:read',
]

export type LoopStore = {
  world: World
  returns: Map<number, LoopRecord>
  destinations: Map<number, LoopDestination>
  webhooks: Map<number, LoopWebhook>
  /** Secrets of the webhooks that don't use the shop's secret. */
  webhookSecrets: Map<number, string>
  /** API keys with their scopes. */
  keys: Map<string, ReadonlySet<LoopScope>>
  /** Return ids by line item id, for grading and disposition. */
  lineItems: Map<number, number>
  /** Categories of conditions, by subject and title. */
  categories: Map<string, Category>
  emitted: LoopEvent[]
  /** The next number of this kind; never repeats in one sandbox. */
  nextId(kind: IdKind): number
  /** Adds a return, and its units to `lineItems`. */
  add(record: LoopRecord): void
  /**
   * All returns, newest first by this time. Sorted again only after a change: reading 100,000 returns takes 1,000
   * pages.
   */
  newestFirst(by: 'createdAt' | 'updatedAt'): readonly LoopRecord[]
  /** Changes with every change that a list could show. */
  readonly revision: number
  now(): number
  /** Records a change that Loop shows in `updated_at`. */
  touch(record: LoopRecord): void
  emit(topic: LoopEvent['topic'], trigger: LoopEvent['trigger'], record: LoopRecord, detail?: EventDetail): void
  subscribe(listener: LoopListener): void
  /** Pallets from hubs, oldest first. */
  shipments: Shipment[]
  /** Tells that a pallet was shipped, which is about no single return. */
  emitShipment(shipment: Shipment): void
  onShipment(listener: (shipment: Shipment) => void): void
}

export type IdKind =
  | 'return'
  | 'lineItem'
  | 'order'
  | 'shopify'
  | 'exchange'
  | 'refund'
  | 'note'
  | 'webhook'
  | 'tracking'
  | 'report'
  | 'shipment'
  | 'pallet'

/** Ids have the form of Loop's: return ids of eight digits, Shopify ids of thirteen. */
const firstIds: Record<IdKind, number> = {
  return: 99_900_000,
  lineItem: 310_000_000,
  order: 48_000_000,
  shopify: 5_610_000_000_000,
  exchange: 71_000_000,
  refund: 880_000_000_000,
  note: 1,
  webhook: 4_001,
  tracking: 1_000_000,
  report: 700,
  shipment: 51_000,
  pallet: 7_730_000,
}

/** Most events that are kept. */
const mostEvents = 20_000

/** An empty shop with two warehouses and a donation centre. */
export function createLoopStore(world: World): LoopStore {
  const returns = new Map<number, LoopRecord>()
  const lineItems = new Map<number, number>()
  const emitted: LoopEvent[] = []
  const listeners: LoopListener[] = []
  const shipmentListeners: ((shipment: Shipment) => void)[] = []
  const ids = { ...firstIds }
  const sorted: Record<'createdAt' | 'updatedAt', LoopRecord[] | null> = { createdAt: null, updatedAt: null }
  let revision = 0
  return {
    world,
    returns,
    lineItems,
    categories: builtInCategories(),
    emitted,
    destinations: new Map(houses.map((house) => [house.id, house])),
    webhooks: new Map(),
    webhookSecrets: new Map(),
    keys: new Map([[world.installed.loopApiKey, new Set(allScopes)]]),
    nextId(kind) {
      ids[kind] += 1
      return ids[kind]
    },
    add(record) {
      returns.set(record.id, record)
      revision += 1
      sorted.createdAt = null
      sorted.updatedAt = null
      for (const unit of record.units) lineItems.set(unit.lineItemId, record.id)
    },
    newestFirst(by) {
      const rows = sorted[by] ?? [...returns.values()].sort((remaining, right) => right[by] - remaining[by])
      sorted[by] = rows
      return rows
    },
    get revision() {
      return revision
    },
    now: () => world.clock.now().getTime(),
    touch(record) {
      sorted.updatedAt = null
      revision += 1
      record.updatedAt = world.clock.now().getTime()
    },
    emit(topic, trigger, record, { message = null, source = null, label = null } = {}) {
      if (emitted.length >= mostEvents) emitted.splice(0, mostEvents / 2)
      const at = world.clock.now().toISOString()
      const event: LoopEvent = { at, topic, trigger, returnId: String(record.id), state: record.state, message, source }
      emitted.push(event)
      for (const listener of listeners) listener(event, record, label)
    },
    subscribe(listener) {
      listeners.push(listener)
    },
    shipments: [],
    emitShipment(shipment) {
      for (const listener of shipmentListeners) listener(shipment)
    },
    onShipment(listener) {
      shipmentListeners.push(listener)
    },
  }
}

/** Destination ids of the stand-in: MasonHub's warehouse, another warehouse, and a charity. */
export const destinationIds = { masonhub: 501, elsewhere: 502, donation: 503 } as const

const houses: readonly LoopDestination[] = [
  {
    id: destinationIds.masonhub,
    type: 'warehouse',
    name: 'MasonHub Rancho Cucamonga',
    enabled: true,
    address1: '1 Sandbox Way',
    city: 'Rancho Cucamonga',
    state: 'CA',
    zip: '91730',
  },
  {
    id: destinationIds.elsewhere,
    type: 'warehouse',
    name: 'Own store room',
    enabled: true,
    address1: '2 Sandbox Way',
    city: 'Reno',
    state: 'NV',
    zip: '89501',
  },
  {
    id: destinationIds.donation,
    type: 'donate',
    name: 'Local charity',
    enabled: true,
    address1: '3 Sandbox Way',
    city: 'Portland',
    state: 'OR',
    zip: '97201',
  },
]
