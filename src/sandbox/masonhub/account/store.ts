import type { World } from '../../world.ts'
import type { OutboundLog } from '../callbacks/outbound.ts'
import { createOutbound } from '../callbacks/outbound.ts'
import type { MasonHubEndpoint } from '../masonhub-faults.ts'
import type { RmaStore } from '../rmas/rma-store.ts'
import { createRmaStore } from '../rmas/rma-store.ts'
import type { KitPart, LabelBought, Order, Sku } from '../types.ts'
import type { Inventory } from '../warehouse/inventory.ts'
import { createInventory } from '../warehouse/inventory.ts'
import type { Tokens } from './tokens.ts'
import { createTokens } from './tokens.ts'

/** The whole account, and the simulated world that it belongs to. */
export type Account = {
  readonly world: World
  readonly rmas: RmaStore
  readonly skus: Map<string, Sku>
  readonly orders: Map<string, Order>
  readonly inventory: Inventory
  readonly tokens: Tokens
  readonly outbound: OutboundLog
  readonly labels: Map<string, LabelBought>
  readonly requests: Map<MasonHubEndpoint, number>
  readonly accountId: string
  /** Base URL for links in outgoing messages: scheme, host and path of the latest request. */
  readonly links: { base: string }
  nowMs(): number
  /** RFC 3339 with milliseconds, UTC. */
  now(): string
  /** A UUID of version 4 from the seeded random numbers. */
  uuid(): string
  /** Whether this answer shows a documented inconsistency: true with this probability while quirks are on. */
  quirk(probability: number): boolean
}

/** An account without records. */
export function createAccount(world: World): Account {
  const now = () => world.clock.now().toISOString()
  const uuid = () => uuidFrom(world)
  return {
    world,
    rmas: createRmaStore(),
    skus: new Map(),
    orders: new Map(),
    inventory: createInventory(),
    tokens: createTokens(
      () => world.installed.masonhubToken,
      () => world.clock.now(),
    ),
    outbound: createOutbound({ now, uuid }),
    labels: new Map(),
    requests: new Map(),
    accountId: uuid(),
    links: { base: `http://localhost/${world.installed.slug}/api/v1` },
    nowMs: () => world.clock.now().getTime(),
    now,
    uuid,
    quirk: (probability) => world.faults.get('masonhub.quirks') > 0 && world.random.chance(probability),
  }
}

/** Adds a SKU; false if the item master already has it. */
export function addSku(account: Account, customerIdentifier: string, visibleAt = 0): boolean {
  if (account.skus.has(customerIdentifier)) return false
  account.skus.set(customerIdentifier, { id: account.uuid(), customerIdentifier, visibleAt, kit: null })
  return true
}

/** Adds a kit, with an id from random numbers of its own; the item master may have it already. */
export function addKit(account: Account, sku: string, parts: readonly KitPart[]): void {
  if (account.skus.has(sku)) return
  const id = uuidFrom({ random: account.world.randomFor(`kit ${sku}`) })
  account.skus.set(sku, { id, customerIdentifier: sku, visibleAt: 0, kit: parts })
}

function uuidFrom(world: Pick<World, 'random'>): string {
  const word = () =>
    world.random
      .below(2 ** 32)
      .toString(16)
      .padStart(8, '0')
  const digits = `${word()}${word()}${word()}${word()}`
  const variant = '89ab'[world.random.below(4)]
  const middle = `${digits.slice(8, 12)}-4${digits.slice(13, 16)}-${variant}${digits.slice(17, 20)}`
  return `${digits.slice(0, 8)}-${middle}-${digits.slice(20)}`
}
