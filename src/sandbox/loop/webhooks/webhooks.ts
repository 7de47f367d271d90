import { createHmac } from 'node:crypto'
import type { Deliveries } from '../../delivery/deliveries.ts'
import type { LoopWebhook } from '../model/record.ts'
import type { LoopStore } from '../model/store.ts'
import { phpJson } from './php-json.ts'
import { shipmentPayload, webhookPayload } from './webhook-payload.ts'

/**
 * Sends every event of the shop to its active webhooks. A body is written when its event happens, not when it is sent.
 */
export function deliverWebhooks(store: LoopStore, deliveries: Deliveries): void {
  let count = 0
  store.subscribe((event, record, label) => {
    count += 1
    const style = store.world.faults.get('loop.webhook-numeric-ids')
    const isNumeric = style === 2 ? count % 2 === 0 : style === 1
    const id = isNumeric ? (value: number) => value : String
    const happening = { world: store.world, event, record, label, id }
    sendToAll(store, deliveries, event.trigger, event.returnId, (topic) => webhookPayload(topic, happening))
  })
  store.onShipment((shipment) => {
    const about = String(shipment.loopId)
    sendToAll(store, deliveries, 'shipment.processed', about, (topic) => shipmentPayload(topic, shipment))
  })
}

function sendToAll(
  store: LoopStore,
  deliveries: Deliveries,
  trigger: string,
  about: string,
  payloadFor: (topic: string) => unknown,
): void {
  for (const webhook of store.webhooks.values()) {
    if (webhook.status !== 'active' || webhook.trigger !== trigger) continue
    const body = phpJson(payloadFor(webhook.topic))
    deliveries.send({
      channel: 'loop.webhook',
      subscription: String(webhook.id),
      url: webhook.url,
      headers: { 'X-Loop-Signature': signature(body, webhookSecret(store, webhook.id)) },
      body,
      what: `${webhook.topic} ${webhook.trigger}`,
      about,
      isSubscribed: () => store.webhooks.get(webhook.id)?.status === 'active',
      deactivate: () => deactivate(store, webhook.id),
    })
  }
}

/**
 * The secret that signs a webhook: its own if it has one, otherwise the shop's (loop.md §7.1: the API never shows it).
 */
export function webhookSecret(store: LoopStore, id?: LoopWebhook['id']): string {
  const own = id === undefined ? undefined : store.webhookSecrets.get(id)
  return own ?? store.world.installed.loopWebhookSecret
}

/** Base64 of HMAC-SHA256 over the bytes that are sent (loop.md §7.3). */
function signature(body: string, secret: string): string {
  return createHmac('sha256', secret).update(body).digest('base64')
}

function deactivate(store: LoopStore, id: LoopWebhook['id']): void {
  const webhook = store.webhooks.get(id)
  if (webhook) store.webhooks.set(id, { ...webhook, status: 'inactive' })
}
