import { Fault } from '../core/errors/fault.ts'
import type { CodeDetails } from '../core/errors/fault-codes.ts'
import { printable } from '../core/text/printable.ts'
import type { HttpAnswer, HttpRequest, Outcome, TransportFailure } from './transport.ts'

export type Vendor = 'loop' | 'masonhub'

export const vendorNames = { loop: 'Loop', masonhub: 'MasonHub' } as const

/** How the error codes of each vendor begin. */
const prefixes = { loop: 'LOOP', masonhub: 'MASONHUB' } as const

/** An error code, the sentence that follows "Loop GET /path", and what to type next. */
type Complaint = CodeDetails & { sentence: string; hint?: string }

const credentialHints: Record<Vendor, string> = {
  loop: 'check the key and its scopes (Returns, Developer Tools, Destinations read) in the Loop admin, then: mhloop merchant set loop-api-key',
  masonhub: 'ask MasonHub for a token of this account, then: mhloop merchant set masonhub-token',
}
const proxyHint =
  "check the proxy in HTTPS_PROXY (http://USER:PASSWORD@HOST:PORT), or go around it: export NO_PROXY=HOST (the vendor's); then: mhloop doctor"
const laterHint = 'try again later; nothing is lost'

/** The path, safe to print: without the query, whose values can be personal. */
export function printablePath(request: Pick<HttpRequest, 'path'>): string {
  return printable(request.path.split(/[?#]/, 1)[0] ?? '', 200)
}

export function isHtml(answer: HttpAnswer): boolean {
  return (
    (answer.headers['content-type'] ?? '').includes('html') || /^\s*<(?:!doctype|html|a\s|head|body)/i.test(answer.text)
  )
}

function failureComplaint(vendor: Vendor, request: HttpRequest, failure: TransportFailure): Complaint {
  if (failure.kind === 'aborted') return { code: 'INTERRUPTED', sentence: 'was interrupted' }
  if (request.effect === 'once' && failure.sent === 'maybe') return inDoubt(vendor, failure.message)
  const sentence = `failed: ${failure.message}`
  if (failure.kind === 'too-large' || failure.kind === 'truncated') {
    return { code: `${prefixes[vendor]}_UNREADABLE`, hint: laterHint, sentence }
  }
  const proxy = failure.cause === 'proxy'
  const hint = proxy ? proxyHint : 'check the network, and the base URL of this merchant: mhloop merchant show'
  if (failure.sent === 'no' || proxy)
    return { code: `${prefixes[vendor]}_UNREACHABLE`, blame: 'machine', hint, sentence }
  return vendor === 'loop'
    ? { code: 'LOOP_UNREACHABLE', blame: 'loop', hint, sentence }
    : { code: 'MASONHUB_UNREACHABLE', blame: 'masonhub', hint, sentence }
}

/** A write that must not be repeated and whose outcome is unknown. */
function inDoubt(vendor: Vendor, detail: string): Complaint {
  return {
    code: `${prefixes[vendor]}_IN_DOUBT`,
    hint: 'it may or may not have happened: check the result before you repeat the command',
    sentence: `may have taken effect: ${detail}`,
  }
}

function credentialComplaint(vendor: Vendor, answer: HttpAnswer): Complaint {
  const unauthorized = answer.status === 401
  return {
    code: unauthorized ? `${prefixes[vendor]}_UNAUTHORIZED` : `${prefixes[vendor]}_FORBIDDEN`,
    hint: credentialHints[vendor],
    // Loop answers 401 for a missing scope as well (loop.md §2.1).
    sentence: unauthorized
      ? `was refused with 401: the credential is wrong${vendor === 'loop' ? ', or lacks the scope' : ''}`
      : 'was refused with 403: this credential may not do that',
  }
}

/**
 * MasonHub answers a wrong slug, and sometimes a missing token, with a redirect to its login page (masonhub.md §2.4).
 */
function wrongSlug(answer: HttpAnswer): Complaint {
  return {
    code: 'MASONHUB_WRONG_SLUG',
    hint: "check the account slug first (the word after the host in MasonHub's address), then the token: mhloop merchant show",
    sentence: `returned a login page (${answer.status}) instead of data: the account slug is most likely wrong`,
  }
}

/**
 * Whether a web page is a login page. Any other page with status 200 is a notice to everybody, of maintenance or of a
 * gateway (H27).
 */
function isLoginPage(text: string): boolean {
  return /\/login|log ?in\b|sign ?in\b|type=["']?password/i.test(text) && !/maintenance|unavailable/i.test(text)
}

function maintenance(vendor: Vendor, answer: HttpAnswer): Complaint {
  return {
    code: `${prefixes[vendor]}_UNREADABLE`,
    hint: 'it may be under maintenance: try again later; if it continues, check the base URL: mhloop merchant show',
    sentence: `returned a web page (${answer.status}) instead of data`,
  }
}

/** The vendor's own words about a request that it rejected; not used for 401 and 403. */
function vendorWords(json: unknown): string {
  if (typeof json !== 'object' || json === null) return ''
  for (const key of ['message', 'error', 'errors', 'content']) {
    const value: unknown = Reflect.get(json, key)
    if (typeof value === 'string' && value !== '') return `: ${printable(value, 200)}`
    const inner: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'message') : undefined
    if (typeof inner === 'string' && inner !== '') return `: ${printable(inner, 200)}`
  }
  return ''
}

function clientError(vendor: Vendor, answer: HttpAnswer): Complaint {
  const words = vendorWords(answer.json)
  if (answer.status === 404) return { code: `${prefixes[vendor]}_NOT_FOUND`, sentence: `found nothing (404)${words}` }
  return {
    code: `${prefixes[vendor]}_REJECTED`,
    sentence: `was rejected with ${answer.status}${words}`,
  }
}

function unreadable(vendor: Vendor, answer: HttpAnswer): Complaint {
  const redirected = answer.status >= 300 && answer.status < 400
  const what = answer.json !== undefined ? 'JSON of an unexpected shape' : isHtml(answer) ? 'a web page' : 'no JSON'
  return {
    code: `${prefixes[vendor]}_UNREADABLE`,
    hint: 'check the base URL of this merchant (mhloop merchant show); if it is right, quote the request id to the vendor',
    sentence: redirected
      ? `was redirected (${answer.status}), and mhloop follows no redirects`
      : `was answered with ${what} (${answer.status})`,
  }
}

function answerComplaint(vendor: Vendor, request: HttpRequest, answer: HttpAnswer): Complaint {
  const { status } = answer
  if (status === 401 || status === 403) return credentialComplaint(vendor, answer)
  if (status === 429)
    return {
      code: `${prefixes[vendor]}_RATE_LIMITED`,
      hint: laterHint,
      sentence: 'was refused with 429: too many requests, even after waiting',
    }
  if (request.effect === 'once' && (status >= 500 || status < 400)) return inDoubt(vendor, `status ${status}`)
  if (status >= 500)
    return {
      code: `${prefixes[vendor]}_SERVER_ERROR`,
      hint: laterHint,
      sentence: `failed on ${vendorNames[vendor]}'s side with ${status}`,
    }
  const isPage = answer.json === undefined && isHtml(answer)
  if (isPage && status < 300 && !isLoginPage(answer.text)) return maintenance(vendor, answer)
  const login = (status >= 300 && status < 400) || isPage
  if (vendor === 'masonhub' && login) return wrongSlug(answer)
  if (status >= 400 && answer.json !== undefined) return clientError(vendor, answer)
  return unreadable(vendor, answer)
}

/**
 * The Fault for a request without a usable answer: a failed outcome, an error status, or (for status 2xx) a body that
 * its caller could not read. Names vendor, method, path without query, status and request id; no header, no body.
 */
export function faultOf(vendor: Vendor, request: HttpRequest, outcome: Outcome): Fault {
  // Neither the vendor nor the network is to blame: no request was sent to them (H24).
  if (!outcome.ok && outcome.failure.fault !== undefined && outcome.failure.sent === 'no') return outcome.failure.fault
  const complaint = outcome.ok
    ? answerComplaint(vendor, request, outcome.answer)
    : failureComplaint(vendor, request, outcome.failure)
  const requestId = outcome.ok ? outcome.answer.requestId : outcome.failure.requestId
  const { sentence, ...details } = complaint
  const message = `${vendorNames[vendor]} ${request.method} ${printablePath(request)} ${sentence} [request ${requestId}]`
  return new Fault(message, { ...details, requestId })
}
