import type { NewWebhook, Webhook } from '../../loop/client.ts'
import type { Callback } from '../../masonhub/client.ts'
import { type EndpointUrls, isOurEndpoint, isSameUrl } from './endpoint-urls.ts'

/** What both vendors have registered, ours and others'. */
export type Registered = { webhooks: readonly Webhook[]; callbacks: readonly Callback[] }

/** Topic decides what Loop says, trigger when; other pairs give an empty body (loop.md §7.2). */
export const wantedWebhooks = [
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
 * Why something is changed. `token`: nobody knows that MasonHub holds the token that we hold. `unwanted`: ours, and about
 * something that we don't read. `disconnect`: asked for.
 */
export type Why = 'missing' | 'inactive' | 'moved' | 'version' | 'token' | 'duplicate' | 'unwanted' | 'disconnect'

export type Change =
  | { vendor: 'loop'; action: 'create'; webhook: NewWebhook; why: Why }
  | { vendor: 'loop'; action: 'update'; webhookId: string; webhook: NewWebhook; why: Why }
  | { vendor: 'loop'; action: 'remove'; webhook: Webhook; why: Why }
  /** Registers the callback, and then removes `instead`: MasonHub can't change one (masonhub.md §5.1). */
  | { vendor: 'masonhub'; action: 'create' | 'update'; instead: readonly string[]; why: Why }
  | { vendor: 'masonhub'; action: 'remove'; callback: Callback; why: Why }

export type ConnectWish = {
  key: string
  urls: EndpointUrls
  /** MasonHub is known to hold the callback token that we hold. */
  tokenRegistered: boolean
  /** False: we have no signing secret yet. Webhooks are registered inactive until it is there (H6). */
  secretKnown?: boolean
}

/** What is missing or wrong of ours. Nothing of others is touched; nothing is registered twice. */
export function planConnect({ webhooks, callbacks }: Registered, wish: ConnectWish): Change[] {
  const ourWebhooks = webhooks.filter(({ url }) => isOurEndpoint(url, wish.key))
  const ourCallbacks = callbacks.filter(({ url }) => isOurEndpoint(url, wish.key))
  const unwanted = ourWebhooks.filter((one) => !wantedWebhooks.some((wanted) => isSame(one, wanted)))
  return [
    ...wantedWebhooks.flatMap((wanted) => webhookChanges(ourWebhooks, { ...wanted, url: wish.urls.loop }, wish)),
    ...unwanted.map((webhook): Change => ({ vendor: 'loop', action: 'remove', webhook, why: 'unwanted' })),
    ...callbackChanges(
      ourCallbacks.filter(({ messageType }) => messageType === rmaEvent),
      wish,
    ),
    ...ourCallbacks
      .filter(({ messageType }) => messageType !== rmaEvent)
      .map((callback): Change => ({ vendor: 'masonhub', action: 'remove', callback, why: 'unwanted' })),
  ]
}

/** Everything that leads to the endpoint with this key, and nothing else. */
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

/** Callbacks of somebody else that MasonHub may replace by ours, if it keeps one for each type (masonhub.md §5.1). */
export function endangered({ callbacks }: Registered, changes: readonly Change[], key: string): Callback[] {
  const writes = changes.some(({ vendor, action }) => vendor === 'masonhub' && action !== 'remove')
  if (!writes) return []
  return callbacks.filter(({ url, messageType }) => messageType === rmaEvent && !isOurEndpoint(url, key))
}

function isSame(one: Pick<NewWebhook, 'topic' | 'trigger'>, other: Pick<NewWebhook, 'topic' | 'trigger'>): boolean {
  return one.topic === other.topic && one.trigger === other.trigger
}

/** One of ours is kept or put right; any other would deliver everything twice. */
function webhookChanges(ours: readonly Webhook[], wanted: NewWebhook, { secretKnown = true }: ConnectWish): Change[] {
  const same = ours.filter((one) => isSame(one, wanted))
  const kept = same.find((one) => wrongOf(one, wanted, secretKnown) === null) ?? same[0]
  if (kept === undefined)
    return [{ vendor: 'loop', action: 'create', webhook: withStatus(wanted, secretKnown), why: 'missing' }]
  const wrong = wrongOf(kept, wanted, secretKnown)
  // One that delivers already goes on.
  const webhook = withStatus(wanted, secretKnown || kept.status === 'active')
  return [
    ...(wrong === null
      ? []
      : [{ vendor: 'loop', action: 'update', webhookId: kept.webhookId, webhook, why: wrong } as const]),
    ...same
      .filter((one) => one !== kept)
      .map((webhook): Change => ({ vendor: 'loop', action: 'remove', webhook, why: 'duplicate' })),
  ]
}

function withStatus(wanted: NewWebhook, active: boolean): NewWebhook {
  return active ? wanted : { ...wanted, inactive: true }
}

function wrongOf(webhook: Webhook, wanted: NewWebhook, secretKnown: boolean): Why | null {
  if (!isSameUrl(webhook.url, wanted.url)) return 'moved'
  // Loop switches one off that failed too often (loop.md §7.3, F25); any other word is no promise either.
  return webhook.status === 'active' || !secretKnown ? null : 'inactive'
}

function callbackChanges(ours: readonly Callback[], { urls, tokenRegistered }: ConnectWish): Change[] {
  const [first, ...others] = ours
  if (first === undefined) return [{ vendor: 'masonhub', action: 'create', instead: [], why: 'missing' }]
  const why = wrongOfCallback(first, urls.masonhub) ?? (others.length > 0 ? 'duplicate' : null)
  const wrong = why ?? (tokenRegistered ? null : 'token')
  if (wrong === null) return []
  return [{ vendor: 'masonhub', action: 'update', instead: ours.map(({ callbackId }) => callbackId), why: wrong }]
}

function wrongOfCallback({ url, apiVersion: version }: Callback, wanted: string): Why | null {
  if (!isSameUrl(url, wanted)) return 'moved'
  // Not shown is no evidence against it: we always say which one we want.
  return version === null || version === apiVersion ? null : 'version'
}
