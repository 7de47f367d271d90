import type { FastifyInstance } from 'fastify'
import type { Deliveries } from '../delivery/deliveries.ts'
import type { World } from '../world.ts'
import type { Account } from './account/store.ts'
import { addKit, addSku, createAccount } from './account/store.ts'
import { deliverCallbacks } from './callbacks/deliver.ts'
import { readRma } from './rmas/rma-input.ts'
import { refuseCreate } from './rmas/rma-rules.ts'
import { alive, current } from './rmas/rma-store.ts'
import { putNew } from './rmas/rma-write.ts'
import { registerMasonHubRoutes } from './routes.ts'
import type { MasonHubSandbox, MasonHubSummary, RmaStatus } from './types.ts'
import { createWarehouse } from './warehouse/warehouse.ts'

export { signToken } from './account/tokens.ts'
export type * from './types.ts'

/** Registers the MasonHub stand-in and its warehouse on the server, under `/{slug}/api/v1`. */
export function registerMasonHub(app: FastifyInstance, world: World, deliveries: Deliveries): MasonHubSandbox {
  const account = createAccount(world)
  deliverCallbacks(account.outbound, deliveries)
  registerMasonHubRoutes(app, account)
  const latest = (customerIdentifier: string) => {
    const all = account.rmas.byCustomerIdentifier(customerIdentifier)
    return alive(all) ?? all.at(-1)
  }
  return {
    rmas: {
      all: () => account.rmas.all(),
      get: latest,
      byId: (id) => account.rmas.byId(id),
      current: (customerIdentifier) => {
        const rma = latest(customerIdentifier)
        return rma && current(rma)
      },
      get size() {
        return account.rmas.size
      },
    },
    addSkus: (identifiers) => {
      for (const identifier of identifiers) addSku(account, identifier)
    },
    addKits: (kits) => {
      for (const { sku, parts } of kits) addKit(account, sku, parts)
    },
    addOrders: (orders) => {
      for (const order of orders) account.orders.set(order.customerIdentifier, { id: account.uuid(), ...order })
    },
    addRmas: (records) => addRmas(account, records),
    warehouse: createWarehouse(account),
    outbound: account.outbound,
    tokens: account.tokens,
    get labelsBought() {
      return [...account.labels.values()]
    },
    get counts() {
      return Object.fromEntries(account.requests)
    },
    inventory: (sku) => Object.fromEntries(account.inventory.counts(sku)),
    summary: () => summarise(account),
  }
}

function addRmas(account: Account, records: Iterable<Record<string, unknown>>): void {
  for (const record of records) {
    const { input, refusals } = readRma({ generate_return_label: false, ...record }, true)
    const all = [...refusals, ...(refusals.length > 0 ? [] : refuseCreate(account, input))]
    if (all.length > 0) throw new Error(`Cannot seed an RMA: ${all.map((refusal) => refusal.text).join(' ')}`)
    putNew(account, input, undefined, account.nowMs())
  }
}

function summarise(account: Account): MasonHubSummary {
  const rmasByStatus: Record<RmaStatus, number> = { open: 0, 'in-receiving': 0, received: 0, deleted: 0 }
  for (const rma of account.rmas.all()) rmasByStatus[current(rma).status] += 1
  return {
    rmas: account.rmas.size,
    rmasByStatus,
    skus: account.skus.size,
    labelsBought: account.labels.size,
    outbound: account.outbound.messages.length,
    held: account.outbound.held,
    requests: [...account.requests.values()].reduce((sum, count) => sum + count, 0),
  }
}
