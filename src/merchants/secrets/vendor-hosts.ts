import { isLoopback } from '../../core/urls/loopback.ts'
import { whatIsWrongWithUrl } from '../../http/base-url.ts'
import type { Vendor } from '../../http/vendor-faults.ts'
import type { Environment } from '../profiles/merchant.ts'

export const loopHost = 'api.loopreturns.com'
export const masonhubHosts: Record<Environment, string> = {
  sandbox: 'sandbox.masonhub.co',
  production: 'app.masonhub.co',
}

const domains: Record<Vendor, string> = { loop: 'loopreturns.com', masonhub: 'masonhub.co' }

/**
 * Each secret with the vendor whose host it belongs to: those that every request carries, and the callback token, which
 * `merchant connect` and `rotate callback` give to MasonHub.
 */
export const sentTo = [
  { vendor: 'loop', secret: 'loopApiKey' },
  { vendor: 'masonhub', secret: 'masonhubToken' },
  { vendor: 'masonhub', secret: 'callbackToken' },
] as const

/** The receiver key is part of the URLs that both vendors get, so it belongs to neither (docs/security.md). */
export const secretReceivers = [
  { vendor: 'loop', secret: 'receiverKey' },
  { vendor: 'masonhub', secret: 'receiverKey' },
] as const

/** A host that is neither this machine nor known to belong to the vendor whose credentials it would get. */
export type ForeignHost = { vendor: Vendor; host: string }

/** Without a base URL, it is the vendor's own. */
export type Accounts = Record<Vendor, { baseUrl?: string | undefined }>

/**
 * The foreign hosts in `after` that `before` does not have: those were confirmed when they were stored (F63, G8).
 * `before` is null for a new merchant.
 */
export function foreignHosts(before: Accounts | null, after: Accounts): ForeignHost[] {
  return (['loop', 'masonhub'] as const).flatMap((vendor) => {
    const [was, is] = [before?.[vendor].baseUrl, after[vendor].baseUrl]
    const host = is === undefined || (was !== undefined && isSameHost(was, is)) ? null : foreignHost(vendor, is)
    return host === null ? [] : [{ vendor, host }]
  })
}

/** The host of a base URL, with its port; null when it is this vendor's own or this machine. */
export function foreignHost(vendor: Vendor, baseUrl: string): string | null {
  const { protocol, host, hostname, port } = new URL(baseUrl)
  // Another port of a vendor's host is another server.
  const isVendors = protocol === 'https:' && port === '' && hostname.endsWith(`.${domains[vendor]}`)
  return isVendors || isLoopback(hostname) ? null : host
}

/** Whether two base URLs have the same origin, so that a secret for one may go to the other. The path may differ. */
export function isSameHost(one: string, other: string): boolean {
  return new URL(one).origin === new URL(other).origin
}

/** Reads `HOST` or `HOST:PORT`, as a base URL has it (lower case, punycode, no default port), or says what is wrong. */
export function readHost(text: string): { host: string } | { problem: string } {
  if (text.trim() === '') return { problem: 'is empty' }
  if (/[/\\?#@]/.test(text)) return { problem: 'has more than a host name' }
  if (text.includes('*')) return { problem: 'has a wildcard; name each host' }
  const url = URL.canParse(`https://${text}`) ? new URL(`https://${text}`) : null
  if (url === null || /\s|:$/.test(text) || !/^(\[[0-9a-f:]+\]|[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?)$/.test(url.hostname)) {
    return { problem: 'is not a host name' }
  }
  const wrong = whatIsWrongWithUrl(url)
  return wrong === null ? { host: url.host } : { problem: wrong }
}
