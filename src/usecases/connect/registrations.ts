import { printable } from '../../core/text/printable.ts'
import { isOurEndpoint, maskedUrl } from './endpoint-urls.ts'
import { apiVersion, type Change, type Registered, rmaEvent, type Why } from './plan.ts'

/** One registration, safe to print: no key, no token, and only the host of others. */
export type Registration = {
  vendor: 'loop' | 'masonhub'
  registrationId: string
  /** Such as `return/return.created` or `rmaEvent 2.0`. */
  what: string
  url: string
  /** Loop's status; null for MasonHub, which has none. */
  status: 'active' | 'inactive' | 'unknown' | null
  /** Whether it leads to this merchant's endpoint. */
  ours: boolean
}

export type ChangeJson = {
  vendor: Registration['vendor']
  action: Change['action']
  what: string
  why: Why
}

/** Ours first, then Loop's before MasonHub's. */
export function registrationsOf({ webhooks, callbacks }: Registered, key: string | null): Registration[] {
  const all: Registration[] = [
    ...webhooks.map(({ webhookId, topic, trigger, url, status }) => ({
      vendor: 'loop' as const,
      registrationId: webhookId,
      what: printable(`${topic}/${trigger}`, 80),
      url: maskedUrl(url, key),
      status,
      ours: isOurEndpoint(url, key),
    })),
    ...callbacks.map((callback) => ({
      vendor: 'masonhub' as const,
      registrationId: callback.callbackId,
      what: callbackName(callback),
      url: maskedUrl(callback.url, key),
      status: null,
      ours: isOurEndpoint(callback.url, key),
    })),
  ]
  return all.sort((a, b) => Number(b.ours) - Number(a.ours))
}

export function changeToJson(change: Change): ChangeJson {
  const { vendor, action, why } = change
  return { vendor, action, what: describe(change), why }
}

function describe(change: Change): string {
  if (change.vendor === 'loop') return printable(`${change.webhook.topic}/${change.webhook.trigger}`, 80)
  return change.action === 'remove' ? callbackName(change.callback) : `${rmaEvent} ${apiVersion}`
}

function callbackName({
  messageType,
  apiVersion: version,
}: {
  messageType: string
  apiVersion: string | null
}): string {
  return printable(version === null ? messageType : `${messageType} ${version}`, 80)
}
