import { isIP } from 'node:net'
import { Fault } from '../core/errors/fault.ts'
import { printable } from '../core/text/printable.ts'
import { isLoopback } from '../core/urls/loopback.ts'
import { type Vendor, vendorNames } from './vendor-faults.ts'

/** Why neither credentials nor messages may go to this address (F63), as the end of a sentence; null when they may. */
export function whatIsWrongWithUrl(url: URL | null): string | null {
  if (url === null) return 'is not a URL'
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must start with https://'
  if (url.username !== '' || url.password !== '') return 'must not contain a user name or password'
  if (url.search !== '' || url.hash !== '') return 'must not contain a query or a fragment'
  // The same host under another name would pass for another environment (H12).
  if (url.hostname.endsWith('.')) return 'must not have a host name that ends with a dot'
  if (isLoopback(url.hostname)) return null
  if (url.protocol === 'http:') return 'must start with https:// (plain http is for this machine only)'
  // Both vendors have host names; an IP address is a mistake, or an attack on an internal service (F63).
  return isIP(url.hostname.replace(/^\[|\]$/g, '')) === 0 ? null : 'must name a host, not an IP address'
}

/**
 * Checks that credentials may be sent to this URL (F63): https, or plain http to this machine; no credentials in the
 * URL, no bare IP address. Returns the URL without a trailing slash; throws a usage Fault.
 */
export function assertBaseUrl(baseUrl: string, vendor: Vendor): string {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : null
  const complaint = whatIsWrongWithUrl(url)
  if (url !== null && complaint === null) return url.href.replace(/\/+$/, '')
  // A message never repeats a URL that has credentials in it.
  const named = url !== null && url.username === '' && url.password === '' ? ` (${printable(url.host, 100)})` : ''
  throw new Fault(`The base URL of ${vendorNames[vendor]}${named} ${complaint}.`, {
    code: 'BASE_URL_REFUSED',
    hint: `correct the base URL of ${vendorNames[vendor]}: mhloop merchant set --help`,
  })
}
