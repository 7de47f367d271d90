import * as v from 'valibot'
import type { HttpRequest, Transport } from '../http/transport.ts'
import { faultOf } from '../http/vendor-faults.ts'
import type { LoopClient, NewWebhook, Webhook } from './client.ts'
import { requiredId, text } from './wire/fields.ts'
import { parsed, read } from './wire/reading.ts'

const webhookSchema = v.looseObject({ id: requiredId, topic: text, trigger: text, url: text, status: text })
const listSchema = v.looseObject({ webhooks: v.array(webhookSchema) })

function webhookOf({ id, topic, trigger, url, status }: v.InferOutput<typeof webhookSchema>): Webhook {
  const word = status?.toLowerCase()
  return {
    webhookId: id,
    topic: topic ?? '',
    trigger: trigger ?? '',
    url: url ?? '',
    status: word === 'active' || word === 'inactive' ? word : 'unknown',
  }
}

/** Sources disagree about the default status (loop.md §10.4), so it is always sent. */
function bodyOf({ topic, trigger, url, inactive }: NewWebhook) {
  return { topic, trigger, url, status: inactive ? 'inactive' : 'active' }
}

/**
 * Webhook subscriptions, including those made in the admin. Only Loop's admin shows the signing secret (loop.md §7.1).
 */
export function webhookSubscriptions(transport: Transport): LoopClient['webhooks'] {
  return {
    async list() {
      const request: HttpRequest = { method: 'GET', path: '/webhooks', effect: 'read' }
      return parsed(listSchema, request, await read(transport, request)).webhooks.map(webhookOf)
    },
    async create(webhook) {
      // `once`: a second subscription would deliver everything twice.
      const request: HttpRequest = { method: 'POST', path: '/webhooks', body: bodyOf(webhook), effect: 'once' }
      return webhookOf(parsed(webhookSchema, request, await read(transport, request)))
    },
    async update(webhookId, webhook) {
      const path = `/webhooks/${encodeURIComponent(webhookId)}`
      await read(transport, { method: 'PUT', path, body: bodyOf(webhook), effect: 'repeatable' })
    },
    async remove(webhookId) {
      const path = `/webhooks/${encodeURIComponent(webhookId)}`
      const request: HttpRequest = { method: 'DELETE', path, effect: 'repeatable' }
      const outcome = await transport.send(request)
      const { status, json } = outcome.ok ? outcome.answer : { status: 0, json: undefined }
      // A 404 means that it is gone, which is the goal, also when an earlier attempt removed it.
      if ((status >= 200 && status < 300) || (status === 404 && json !== undefined)) return
      throw faultOf('loop', request, outcome)
    },
  }
}
