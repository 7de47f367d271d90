import type { FastifyInstance } from 'fastify'
import type { Deliveries } from '../delivery/deliveries.ts'
import type { World } from '../world.ts'
import type { NewReturn } from './model/create.ts'
import { createReturn } from './model/create.ts'
import type { ManualActions } from './model/manual-actions.ts'
import { createManualActions } from './model/manual-actions.ts'
import type { LoopDestination, LoopRecord, LoopWebhook } from './model/record.ts'
import type { LoopEvent, LoopScope } from './model/store.ts'
import { createLoopStore } from './model/store.ts'
import { registerLoopRoutes } from './routes.ts'
import { deliverWebhooks, webhookSecret } from './webhooks/webhooks.ts'

export type { BoxFreePlan, DropOff } from './model/box-free.ts'
export type { NewReturn, NewUnit } from './model/create.ts'
export type { LabelPlan } from './model/labels.ts'
export type { ReturnEdit } from './model/manual-actions.ts'
export type { LoopRecord } from './model/record.ts'
export type { LoopEvent, LoopScope } from './model/store.ts'
export { destinationIds } from './model/store.ts'

/** The Loop stand-in for code in the same process: tests, the seed, the control routes. */
export type LoopSandbox = ManualActions & {
  /** Files a return as a shopper would. */
  createReturn(requested?: NewReturn): LoopRecord
  /** All returns, by id. Read only: changes go through the functions above. */
  readonly returns: ReadonlyMap<number, Readonly<LoopRecord>>
  readonly destinations: ReadonlyMap<number, LoopDestination>
  readonly webhooks: ReadonlyMap<number, LoopWebhook>
  /** Events for webhooks, oldest first; at most the last 20,000. */
  readonly emitted: readonly LoopEvent[]
  /** How many times money (or its equivalent) was paid for a return. */
  refundsPaid(returnId: number | string): number
  /**
   * The secret that signs a webhook; without an id, the shop's own. The admin shows it, the API doesn't (loop.md §7.1).
   */
  webhookSecret(webhookId?: number): string
  /** Replaces the shop's secret, or sets one webhook's own secret. */
  setWebhookSecret(secret: string, webhookId?: number): void
  addDestination(destination: LoopDestination): void
  /** Adds an API key with only these scopes. */
  addKey(key: string, scopes: readonly LoopScope[]): void
}

/** Registers the Loop stand-in on the server. */
export async function registerLoop(app: FastifyInstance, world: World, deliveries: Deliveries): Promise<LoopSandbox> {
  const store = createLoopStore(world)
  deliverWebhooks(store, deliveries)
  await registerLoopRoutes(app, store)
  return {
    ...createManualActions(store),
    createReturn: (requested = {}) => createReturn(store, requested),
    returns: store.returns,
    destinations: store.destinations,
    webhooks: store.webhooks,
    emitted: store.emitted,
    refundsPaid: (returnId) =>
      world.groundTruth.entries.filter((entry) => entry.what === 'refund_paid' && entry.returnId === String(returnId))
        .length,
    webhookSecret: (webhookId) => webhookSecret(store, webhookId),
    setWebhookSecret(secret, webhookId) {
      if (webhookId === undefined) world.installed.loopWebhookSecret = secret
      else store.webhookSecrets.set(webhookId, secret)
    },
    addDestination(destination) {
      store.destinations.set(destination.id, destination)
    },
    addKey(key, scopes) {
      store.keys.set(key, new Set(scopes))
    },
  }
}
