import type { NewWebhook, Webhook } from '../../loop/client.ts'
import type { Callback } from '../../masonhub/client.ts'
import { type EndpointUrls, isOurEndpoint, isSameUrl } from './endpoint-urls.ts'

/** What both vendors have registered, ours and others'. */
export type Registered = { webhooks: readonly Webhook[]; callbacks: readonly Callback[] }

/** The topic decides what Loop sends, the trigger when; other pairs give an empty body (loop.md §7.2). */
export const desiredWebhooks = [
  { topic: 'return', trigger: 'return.created' },
  { topic: 'return', trigger: 'return.updated' },
  { topic: 'return', trigger: 'return.closed' },
  { topic: 'label', trigger: 'label.created' },
  { topic: 'label', trigger: 'label.updated' },
  { topic: 'return.processing', trigger: 'return.processing.failed' },
] as const

export const rmaEvent = 'rmaEvent'
export const apiVersion = '2.0'

/**
 * Why something is changed. `token`: MasonHub may have an older callback token than ours. `unwanted`: ours, but for a
 * topic that mhloop does not read. `disconnect`: the operator asked for it.
 */
export type Why = 'missing' | 'inactive' | 'moved' | 'version' | 'token' | 'duplicate' | 'unwanted' | 'disconnect'

export type Change =
  | { vendor: 'loop'; action: 'create'; webhook: NewWebhook; why: Why }
  | { vendor: 'loop'; action: 'update'; webhookId: string; webhook: NewWebhook; why: Why }
  | { vendor: 'loop'; action: 'remove'; webhook: Webhook; why: Why }
  /** Registers the callback and then removes `instead`, because MasonHub can't change a callback (masonhub.md §5.1). */
  | { vendor: 'masonhub'; action: 'create' | 'update'; instead: readonly string[]; why: Why }
  | { vendor: 'masonhub'; action: 'remove'; callback: Callback; why: Why }

export type ConnectRequest = {
  key: string
  urls: EndpointUrls
  /** Whether MasonHub is known to have our current callback token. */
  tokenRegistered: boolean
  /** false: Loop's signing secret is not stored yet, so webhooks are registered inactive (H6). */
  secretKnown?: boolean
}

/** Plans what is missing or wrong among our registrations. Others' stay untouched; nothing is registered twice. */
export function planConnect({ webhooks, callbacks }: Registered, request: ConnectRequest): Change[] {
  const ourWebhooks = webhooks.filter(({ url }) => isOurEndpoint(url, request.key))
  const ourCallbacks = callbacks.filter(({ url }) => isOurEndpoint(url, request.key))
  const unwanted = ourWebhooks.filter((one) => !desiredWebhooks.some((desired) => isSame(one, desired)))
  return [
    ...desiredWebhooks.flatMap((desired) =>
      webhookChanges(ourWebhooks, { ...desired, url: request.urls.loop }, request),
    ),
    ...unwanted.map((webhook): Change => ({ vendor: 'loop', action: 'remove', webhook, why: 'unwanted' })),
    ...callbackChanges(
      ourCallbacks.filter(({ messageType }) => messageType === rmaEvent),
      request,
    ),
    ...ourCallbacks
      .filter(({ messageType }) => messageType !== rmaEvent)
      .map((callback): Change => ({ vendor: 'masonhub', action: 'remove', callback, why: 'unwanted' })),
  ]
}

/** Plans to remove everything that leads to the endpoint with this key, and nothing else. */
export function planDisconnect({ webhooks, callbacks }: Registered, key: string): Change[] {
  const why = 'disconnect'
  return [
    ...webhooks
      .filter(({ url }) => isOurEndpoint(url, key))
      .map((webhook): Change => ({ vendor: 'loop', action: 'remove', webhook, why })),
    ...callbacks
      .filter(({ url }) => isOurEndpoint(url, key))
      .map((callback): Change => ({ vendor: 'masonhub', action: 'remove', callback, why })),
  ]
}

/** Other systems' callbacks that MasonHub may replace by ours, if it keeps one per type (masonhub.md §5.1). */
export function endangered({ callbacks }: Registered, changes: readonly Change[], key: string): Callback[] {
  const writes = changes.some(({ vendor, action }) => vendor === 'masonhub' && action !== 'remove')
  if (!writes) return []
  return callbacks.filter(({ url, messageType }) => messageType === rmaEvent && !isOurEndpoint(url, key))
}

function isSame(one: Pick<NewWebhook, 'topic' | 'trigger'>, other: Pick<NewWebhook, 'topic' | 'trigger'>): boolean {
  return one.topic === other.topic && one.trigger === other.trigger
}

/** Keeps or corrects one of ours, and removes further ones: they would deliver everything twice. */
function webhookChanges(
  ours: readonly Webhook[],
  desired: NewWebhook,
  { secretKnown = true }: ConnectRequest,
): Change[] {
  const same = ours.filter((one) => isSame(one, desired))
  const best = same.find((one) => wrongOf(one, desired, secretKnown) === null) ?? same[0]
  if (best === undefined)
    return [{ vendor: 'loop', action: 'create', webhook: withStatus(desired, secretKnown), why: 'missing' }]
  const wrong = wrongOf(best, desired, secretKnown)
  // A webhook that is active stays active.
  const webhook = withStatus(desired, secretKnown || best.status === 'active')
  return [
    ...(wrong === null
      ? []
      : [{ vendor: 'loop', action: 'update', webhookId: best.webhookId, webhook, why: wrong } as const]),
    ...same
      .filter((one) => one !== best)
      .map((webhook): Change => ({ vendor: 'loop', action: 'remove', webhook, why: 'duplicate' })),
  ]
}

function withStatus(desired: NewWebhook, active: boolean): NewWebhook {
  return active ? desired : { ...desired, inactive: true }
}

function wrongOf(webhook: Webhook, desired: NewWebhook, secretKnown: boolean): Why | null {
  if (!isSameUrl(webhook.url, desired.url)) return 'moved'
  // Loop deactivates a webhook that failed too often (loop.md §7.3, F25); any unknown status counts as inactive, too.
  return webhook.status === 'active' || !secretKnown ? null : 'inactive'
}

function callbackChanges(ours: readonly Callback[], { urls, tokenRegistered }: ConnectRequest): Change[] {
  const [first, ...others] = ours
  if (first === undefined) return [{ vendor: 'masonhub', action: 'create', instead: [], why: 'missing' }]
  const why = wrongOfCallback(first, urls.masonhub) ?? (others.length > 0 ? 'duplicate' : null)
  const wrong = why ?? (tokenRegistered ? null : 'token')
  if (wrong === null) return []
  return [{ vendor: 'masonhub', action: 'update', instead: ours.map(({ callbackId }) => callbackId), why: wrong }]
}

function wrongOfCallback({ url, apiVersion: version }: Callback, desired: string): Why | null {
  if (!isSameUrl(url, desired)) return 'moved'
  // A version that MasonHub does not show is not wrong: mhloop always registers with the one that it wants.
  return version === null || version === apiVersion ? null : 'version'
}
