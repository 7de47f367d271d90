import type { LoopWebhook } from '../model/record.ts'
import type { LoopStore } from '../model/store.ts'
import type { Answer } from './answer.ts'
import { noContent, ok } from './answer.ts'

/**
 * The settings of a shop: destinations (loop.md §6b) and webhook subscriptions (§7.1), each with its own error bodies.
 */

/** `GET /destinations`. */
export function destinationsAction(store: LoopStore): Answer {
  return ok({ destinations: [...store.destinations.keys()].map((id) => destinationBody(store, id)) })
}

/** `GET /destinations/{id}`; a missing one is a flat 404, unlike a webhook's. */
export function destinationAction(store: LoopStore, id: number): Answer {
  const body = destinationBody(store, id)
  return body ? ok(body) : { status: 404, body: { code: 'NOT_FOUND', message: 'Destination not found.' } }
}

function destinationBody(store: LoopStore, id: number): Record<string, unknown> | null {
  const house = store.destinations.get(id)
  if (!house) return null
  return {
    id: house.id,
    type: house.type,
    name: house.name,
    enabled: house.enabled,
    provider_location_id: null,
    address: {
      address1: house.address1,
      address2: null,
      city: house.city,
      state: house.state,
      zip: house.zip,
      country: 'United States',
      country_code: 'US',
    },
  }
}

const topics = [
  'return',
  'return.processing',
  'label',
  'restock',
  'label.request',
  'giftcard',
  'happy.returns.shipment',
]
const triggers = [
  'return.created',
  'return.updated',
  'return.closed',
  'return.processing.failed',
  'label.created',
  'label.updated',
  'label.requested',
  'label.closed',
  'restock.requested',
  'label.request.issued',
  'label.request.cancelled',
  'giftcard.requested',
  'shipment.processed',
]
export const shopId = 1_293

/** `GET /webhooks`: all subscriptions, without their secrets, which only the admin shows. */
export function webhooksAction(store: LoopStore): Answer {
  return ok({ webhooks: [...store.webhooks.values()].map(webhookBody) })
}

/**
 * `POST /webhooks`: 201. Without a status it is inactive at first, unless the fault table sets otherwise (loop.md
 * §10.4).
 */
export function createWebhookAction(store: LoopStore, body: unknown): Answer {
  const read = readWebhook(body)
  if ('problem' in read) return read.problem
  const fallback = store.world.faults.get('loop.webhooks-born-active') ? 'active' : 'inactive'
  const webhook = { ...read.webhook, id: store.nextId('webhook'), status: read.webhook.status ?? fallback } as const
  store.webhooks.set(webhook.id, webhook)
  return { status: 201, body: webhookBody(webhook) }
}

/** `PUT /webhooks/{id}`: 204 without a body. */
export function updateWebhookAction(store: LoopStore, id: number, body: unknown): Answer {
  const known = store.webhooks.get(id)
  if (!known) return webhookMissing
  const read = readWebhook(body)
  if ('problem' in read) return read.problem
  store.webhooks.set(id, { ...read.webhook, id, status: read.webhook.status ?? known.status })
  return noContent
}

/** `DELETE /webhooks/{id}`: 204 without a body. */
export function deleteWebhookAction(store: LoopStore, id: number): Answer {
  return store.webhooks.delete(id) ? noContent : webhookMissing
}

const webhookMissing: Answer = { status: 404, body: { errors: { code: 'NOT_FOUND' } } }

function webhookBody(webhook: LoopWebhook): Record<string, unknown> {
  return {
    id: webhook.id,
    shop_id: shopId,
    topic: webhook.topic,
    trigger: webhook.trigger,
    url: webhook.url,
    status: webhook.status,
  }
}

type ReadWebhook = Pick<LoopWebhook, 'topic' | 'trigger' | 'url'> & { status: LoopWebhook['status'] | undefined }

function readWebhook(body: unknown): { webhook: ReadWebhook } | { problem: Answer } {
  const fields = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {}
  const { topic, trigger, url, status } = fields
  if (typeof topic !== 'string' || !topics.includes(topic)) return unprocessable('topic', topics)
  if (typeof trigger !== 'string' || !triggers.includes(trigger)) return unprocessable('trigger', triggers)
  if (typeof url !== 'string' || !URL.canParse(url)) {
    const message = 'The url must be a valid URL.'
    return { problem: { status: 422, body: { message, errors: { url: [message] } } } }
  }
  if (status !== undefined && status !== 'active' && status !== 'inactive') {
    return unprocessable('status', ['active', 'inactive'])
  }
  return { webhook: { topic, trigger, url, status } }
}

function unprocessable(field: string, values: readonly string[]): { problem: Answer } {
  const message = `Must be one of the following values:${values.join(',')}`
  return { problem: { status: 422, body: { message, errors: { [field]: [message] } } } }
}
