import { randomUUID } from 'node:crypto'
import { type AgentOptions, Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Got } from 'got'
import { untilAborted } from '../core/concurrency/until-aborted.ts'
import { Fault } from '../core/errors/fault.ts'
import { callWithin, requestSeconds } from '../core/time/time-limits.ts'
import { type Agents, tryOnce } from './attempt.ts'
import { assertBaseUrl } from './base-url.ts'
import { type Environment, type HttpProxy, proxyFor } from './proxy/proxy.ts'
import { tunnelAgent } from './proxy/tunnel.ts'
import type { RateLimiter } from './rate-limit/rate-limiter.ts'
import { metadataIn, type ResponseMetadata } from './response-metadata.ts'
import { backoff, mayRepeat, mostAttempts, retryAfter } from './retry.ts'
import { scrubberFor } from './scrub.ts'
import { type Clock, monotonic, type Sleep, sleepReally } from './time.ts'
import type { FailureCause, HttpRequest, Outcome, Transport, TransportFailure } from './transport.ts'
import { ownUserAgent } from './user-agent.ts'
import { printablePath, type Vendor, vendorNames } from './vendor-faults.ts'

/** One request, safe to print: no header, no body, no query. */
export type RequestTrace = {
  vendor: Vendor
  method: string
  path: string
  /** null when no answer came; `failure` says why. */
  status: number | null
  failure: TransportFailure['kind'] | null
  /** What blocked the request; null when an answer came. */
  cause: FailureCause | null
  /** null when no answer came. */
  metadata: ResponseMetadata | null
  milliseconds: number
  /** 1 for the first try. */
  attempt: number
  requestId: string
}

export type TransportOptions = {
  baseUrl: string
  vendor: Vendor
  /** Called for each request, so that the secret is revealed as late and as briefly as possible. */
  headers: () => Record<string, string>
  /** Called when the vendor answers 401. If `headers` then returns other credentials, the call is made again. */
  renew?: () => Promise<void>
  rate: RateLimiter
  /** Where HTTPS_PROXY and NO_PROXY are read from; default: the environment of this process. */
  env?: Environment
  /**
   * Once it aborts, no request is started and nothing is waited for: reads end, calls are not tried again, and a write
   * that is on the wire is finished (H30).
   */
  stopping?: AbortSignal
  /** Milliseconds for a call with its retries; default: `callWithin`. */
  timeout?: number
  /** Milliseconds for one attempt; default: `requestSeconds.usual`. */
  attemptTimeout?: number
  /** Most bytes of a decoded body; default: 10 MB. */
  maxBytes?: number
  userAgent?: string
  clock?: Clock
  sleep?: Sleep
  /** Between 0 and 1, for the jitter. */
  random?: () => number
  /** Called once per attempt. */
  onRequest?: (trace: RequestTrace) => void
}

type Call = { request: HttpRequest; url: URL; requestId: string; deadline: number }

const agentOptions = { maxSockets: 8, maxFreeSockets: 4 }
const persistent = (proxy: HttpProxy | null) => agentsWith({ ...agentOptions, keepAlive: true }, proxy)
/** A new connection per request, so that "no byte was sent" stays decidable (failures.md §2.2). */
const fresh = (proxy: HttpProxy | null) => agentsWith({ keepAlive: false }, proxy)

function agentsWith(options: AgentOptions, proxy: HttpProxy | null): Agents {
  const https = proxy === null ? new HttpsAgent(options) : tunnelAgent(options, proxy)
  return { http: new HttpAgent(options), https }
}

function destroy(agents: Agents): void {
  agents.http.destroy()
  agents.https.destroy()
}

/** got without its own retries, redirects and errors for statuses: the transport decides about those. */
async function loadGot(): Promise<Got> {
  const { default: got } = await import('got')
  return got.extend({
    retry: { limit: 0 },
    followRedirect: false,
    throwHttpErrors: false,
    // Set explicitly, so that NODE_TLS_REJECT_UNAUTHORIZED=0 in a shell does not switch verification off.
    https: { rejectUnauthorized: true },
  })
}

/** The full URL; a path that leaves the base (`/../`) is a usage Fault, because the credential would go elsewhere. */
function urlOf(base: URL, vendor: Vendor, request: HttpRequest): URL {
  const root = base.pathname.replace(/\/+$/, '')
  const text = `${base.origin}${root}${request.path}`
  const url = request.path.startsWith('/') && URL.canParse(text) ? new URL(text) : null
  if (url === null || url.origin !== base.origin || !url.pathname.startsWith(`${root}/`)) {
    throw new Fault(`${printablePath(request)} is not a path below the base URL of ${vendorNames[vendor]}.`, {
      code: 'PATH_REFUSED',
      hint: 'give a path that starts with / and contains no ..',
    })
  }
  for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value)
  return url
}

/**
 * Creates the only way to a vendor: rate limit, deadlines, retries by effect class, size cap, redaction. Throws for a
 * refused base URL or proxy.
 */
export function createTransport(options: TransportOptions): Transport {
  const { vendor, rate, clock = monotonic, sleep = sleepReally, random = Math.random } = options
  const base = new URL(`${assertBaseUrl(options.baseUrl, vendor)}/`)
  const userAgent = options.userAgent ?? ownUserAgent()
  const proxy = proxyFor(options.env ?? process.env, base)
  const shared = persistent(proxy)
  const writing = new Set<{ text: string }>()
  let loading: Promise<Got> | undefined
  let count = 0

  function signalOf({ signal }: HttpRequest): AbortSignal | undefined {
    if (options.stopping === undefined) return signal
    return signal === undefined ? options.stopping : AbortSignal.any([signal, options.stopping])
  }

  async function attemptOf({ request, url, requestId, deadline }: Call, attempt: number): Promise<Outcome> {
    loading ??= loadGot()
    const got = await loading
    const headers = { ...options.headers() }
    const scrub = scrubberFor(headers)
    headers.accept = 'application/json'
    headers['user-agent'] = userAgent
    headers['x-request-id'] = requestId
    const body = request.body === undefined ? undefined : JSON.stringify(request.body)
    if (body !== undefined) headers['content-type'] = 'application/json'
    const agents = request.effect === 'once' ? fresh(proxy) : shared
    const start = clock()
    count += 1
    const label = { text: `${vendorNames[vendor]} ${request.method} ${printablePath(request)}` }
    if (request.effect !== 'read') writing.add(label)
    const outcome = await tryOnce({
      got,
      url,
      method: request.method,
      headers,
      body,
      agents,
      proxy: proxy?.name ?? null,
      milliseconds: Math.min(options.attemptTimeout ?? requestSeconds.usual * 1_000, deadline - start),
      maxBytes: request.maxBytes ?? options.maxBytes ?? 10_000_000,
      scrub,
      requestId,
      // When the process stops, a read may be given up; a write goes on, because its outcome must be known.
      signal: request.effect === 'read' ? signalOf(request) : request.signal,
    }).finally(() => writing.delete(label))
    if (agents !== shared) destroy(agents)
    report({
      vendor,
      method: request.method,
      path: printablePath(request),
      ...endOf(outcome),
      milliseconds: Math.round(clock() - start),
      attempt,
      requestId,
    })
    return outcome
  }

  function report(trace: RequestTrace): void {
    try {
      options.onRequest?.(trace)
    } catch {
      // A listener's error must not hide the outcome of a request that was sent.
    }
  }

  /** Milliseconds to wait before the next attempt. After a 429, every caller with this credential waits as long. */
  function waitAfter(outcome: Outcome, attempt: number): number {
    const limited = outcome.ok && outcome.answer.status === 429
    const requestedWait = outcome.ok ? retryAfter(outcome.answer.headers) : null
    const wait = requestedWait ?? backoff(attempt, limited, random)
    if (limited) rate.pause(wait)
    return wait
  }

  async function permitFor(call: Call): Promise<TransportFailure | null> {
    const { requestId, request } = call
    // The limiter may use another clock.
    const deadline = rate.clock() + (call.deadline - clock())
    const permit = await rate.acquire({ signal: signalOf(request), deadline, urgent: request.effect === 'once' })
    if (permit === 'aborted') return { kind: 'aborted', sent: 'no', message: 'interrupted', requestId }
    if (typeof permit === 'object') {
      const { trouble } = permit
      const message =
        trouble instanceof Fault ? trouble.message : 'the journal, which keeps the rate limit, does not respond'
      return {
        kind: 'timeout',
        sent: 'no',
        message,
        requestId,
        ...(trouble instanceof Fault ? { fault: trouble } : {}),
      }
    }
    if (permit === 'too-late' || clock() >= call.deadline)
      return {
        kind: 'timeout',
        sent: 'no',
        message: 'the rate limit left no time for it before the deadline',
        requestId,
      }
    return request.mayStart?.() === false ? heldBack(call, 'the rate limit') : null
  }

  /** One attempt, and a second one if a 401 led to new credentials. A request of class `once` is sent only once. */
  async function attemptWithRenewal(call: Call, attempt: number): Promise<Outcome> {
    if (options.renew === undefined || call.request.effect === 'once') return await attemptOf(call, attempt)
    const used = JSON.stringify(options.headers())
    const outcome = await attemptOf(call, attempt)
    if (!outcome.ok || outcome.answer.status !== 401) return outcome
    await unlessStopping(options.renew)
    if (JSON.stringify(options.headers()) === used) return outcome
    // A credential program may take long, and Loop did nothing at the first try (F9).
    if (call.request.mayStart?.() === false)
      return { ok: false, failure: heldBack(call, 'reading the credentials again') }
    // The vendor counts the second try as well.
    const noPermit = await permitFor(call)
    return noPermit ? { ok: false, failure: noPermit } : await attemptOf(call, attempt)
  }

  /** Waits for `work`, which may run a slow credential program, but not once the process is stopping. */
  async function unlessStopping(work: () => Promise<void>): Promise<void> {
    const { stopping } = options
    await (stopping === undefined ? work() : untilAborted(stopping, work()))
  }

  async function send(request: HttpRequest): Promise<Outcome> {
    const timeout = request.timeout ?? options.timeout ?? callWithin
    const call = { request, url: urlOf(base, vendor, request), requestId: randomUUID(), deadline: clock() + timeout }
    let last: Outcome | null = null
    for (let attempt = 1; ; attempt += 1) {
      const noPermit = await permitFor(call)
      if (noPermit?.kind === 'aborted') return withHistory({ ok: false, failure: noPermit }, last)
      if (noPermit) return last ?? { ok: false, failure: noPermit }
      const outcome = await attemptWithRenewal(call, attempt)
      last = withHistory(outcome, last)
      const wait = waitAfter(outcome, attempt)
      if (attempt >= mostAttempts || !mayRepeat(request.effect, outcome)) return last
      if (clock() + wait >= call.deadline) return last
      await sleep(wait, signalOf(request))
    }
  }

  return {
    send,
    get count() {
      return count
    },
    get writing() {
      return [...writing].map(({ text }) => text)
    },
    close: () => destroy(shared),
  }
}

/** The caller no longer wants the request to start, and no byte of it was sent. */
function heldBack({ requestId }: Call, by: string): TransportFailure {
  return { kind: 'timeout', sent: 'no', message: `${by} held it back for too long`, requestId }
}

function endOf(outcome: Outcome): Pick<RequestTrace, 'status' | 'failure' | 'cause' | 'metadata'> {
  if (!outcome.ok) {
    const { kind, cause = 'other' } = outcome.failure
    return { status: null, failure: kind, cause, metadata: null }
  }
  const { status, headers } = outcome.answer
  return { status, failure: null, cause: null, metadata: metadataIn(headers) }
}

/** `sent: 'no'` describes the whole call: it is false once an earlier attempt may have left this machine. */
function withHistory(outcome: Outcome, earlier: Outcome | null): Outcome {
  if (outcome.ok || earlier === null) return outcome
  const leftBefore = earlier.ok || earlier.failure.sent === 'maybe'
  return leftBefore ? { ok: false, failure: { ...outcome.failure, sent: 'maybe' } } : outcome
}
