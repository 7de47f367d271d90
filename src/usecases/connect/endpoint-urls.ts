import { Fault } from '../../core/errors/fault.ts'
import { printable } from '../../core/text/printable.ts'
import { whatIsWrongWithUrl } from '../../http/base-url.ts'
import { endpointPaths } from '../../receiver/endpoint-paths.ts'

export type EndpointUrls = { loop: string; masonhub: string }

/** The longest URL that MasonHub accepts (masonhub.md §5.1). */
const longestUrl = 250

/**
 * Checks the public base URL of `mhloop serve`: https, or http for this machine only; a path is allowed. Returned
 * without a trailing slash. Throws a usage Fault.
 */
export function publicUrl(typed: string): string {
  const url = URL.canParse(typed.trim()) ? new URL(typed.trim()) : null
  const isEndpoint = /\/in\/[^/]+\/(loop|masonhub)$/.test(url?.pathname ?? '')
  const complaint = whatIsWrongWithUrl(url) ?? (isEndpoint ? "must not contain the endpoint's path" : null)
  if (url === null || complaint !== null) {
    throw new Fault(`--url ${complaint ?? 'is not a URL'}.`, {
      code: 'URL_REFUSED',
      hint: 'Give the public address of mhloop serve, e.g. --url https://returns.example.com',
    })
  }
  return url.href.replace(/\/+$/, '')
}

/** The two URLs to register. Throws a usage Fault when MasonHub would not accept its URL. */
export function endpointUrls(base: string, key: string): EndpointUrls {
  const { loop, masonhub } = endpointPaths(key)
  const urls = { loop: `${base}${loop}`, masonhub: `${base}${masonhub}` }
  if (urls.masonhub.length <= longestUrl) return urls
  throw new Fault(
    `Including the receiver key, the address has ${urls.masonhub.length} characters; MasonHub allows 250.`,
    {
      code: 'URL_REFUSED',
      hint: 'Give a shorter --url.',
    },
  )
}

/** Whether a registered URL leads to the endpoint with this key, on any host: only its owner knows the key. */
export function isOurEndpoint(url: string, key: string | null): boolean {
  if (key === null) return false
  const path = URL.canParse(url) ? new URL(url).pathname : ''
  return Object.values(endpointPaths(key)).some((endpoint) => path.endsWith(endpoint))
}

export function isSameUrl(one: string, other: string): boolean {
  return URL.canParse(one) && URL.canParse(other) ? new URL(one).href === new URL(other).href : one === other
}

/** A registered URL, safe to print: the endpoint's key is a secret (F51), as may be path and query of others' URLs. */
export function maskedUrl(url: string, key: string | null): string {
  if (!URL.canParse(url)) return '…'
  const { origin, pathname, host } = new URL(url)
  if (isOurEndpoint(url, key)) return printable(`${origin}${pathname.replace(`/in/${key}/`, '/in/…/')}`)
  return printable(`${origin === 'null' ? host : origin}/…`)
}
