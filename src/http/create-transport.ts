import { randomUUID } from 'node:crypto'
import { type AgentOptions, Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import type { Got } from 'got'
import { Fault } from '../core/fault.ts'
import { callWithin, requestSeconds } from '../core/time-limits.ts'
import { type Agents, tryOnce } from './attempt.ts'
import { assertBaseUrl } from './base-url.ts'
import { printablePath, type Vendor, vendorNames } from './faults.ts'
import { type Environment, type HttpProxy, proxyFor } from './proxy.ts'
import type { RateLimiter } from './rate-limit.ts'
import { metadataIn, type ResponseMetadata } from './response-metadata.ts'
import { backoff, mayRepeat, mostAttempts, retryAfter } from './retry.ts'
import { scrubberFor } from './scrub.ts'
import { type Clock, monotonic, type Sleep, sleepReally } from './time.ts'
import type { FailureCause, HttpRequest, Outcome, Transport, TransportFailure } from './transport.ts'
import { tunnelAgent } from './tunnel.ts'
import { ownUserAgent } from './user-agent.ts'

/** One request as it may be told: no header, no body, no query. */
export type RequestTrace = {
  vendor: Vendor
  method: string
  path: string
  /** null when no answer came; `failure` says why. */
  status: number | null
  failure: TransportFailure['kind'] | null
  /** What blocked it; null when an answer came. */
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
  /** Asked when the vendor refuses the credentials: `headers` may give others afterwards, and then the call is made again. */
  renew?: () => Promise<void>
  rate: RateLimiter
  /** Where HTTPS_PROXY and NO_PROXY are looked for; the process's own unless told. */
  env?: Environment
  /**
   * Once it aborts, nothing new is begun and nothing is waited for: reads end, calls that would be tried again are not, and
   * a write that is on the wire is finished (H30).
   */
  stopping?: AbortSignal
  /** Milliseconds for a call with its retries; `callWithin` unless told. */
  timeout?: number
  /** Milliseconds for one try; `requestSeconds.usual` unless told. */
  attemptTimeout?: number
  /** Most bytes of a decoded body; 10 MB unless told. */
  maxBytes?: number
  userAgent?: string
  clock?: Clock
  sleep?: Sleep
  /** Between 0 and 1, for the jitter. */
  random?: () => number
  /** Told once per try. */
  onRequest?: (trace: RequestTrace) => void
}

type Call = { request: HttpRequest; url: URL; requestId: string; deadline: number }

const agentOptions = { maxSockets: 8, maxFreeSockets: 4 }
const keptAlive = (proxy: HttpProxy | null) => agentsWith({ ...agentOptions, keepAlive: true }, proxy)
/** A connection of its own, so that "no byte was sent" stays decidable (failures.md §2.2). */
const fresh = (proxy: HttpProxy | null) => agentsWith({ keepAlive: false }, proxy)

function agentsWith(options: AgentOptions, proxy: HttpProxy | null): Agents {
  const https = proxy === null ? new HttpsAgent(options) : tunnelAgent(options, proxy)
  return { http: new HttpAgent(options), https }
}

function destroy(agents: Agents): void {
  agents.http.destroy()
  agents.https.destroy()
}

/** got's own habits that would surprise us are off: we decide about retries, redirects and statuses. */
async function loadGot(): Promise<Got> {
  const { default: got } = await import('got')
  return got.extend({
    retry: { limit: 0 },
    followRedirect: false,
    throwHttpErrors: false,
    // Said explicitly, so that NODE_TLS_REJECT_UNAUTHORIZED=0 in someone's shell does not open us.
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

/** Makes the only way to a vendor: pace, deadlines, retries by effect class, size cap, redaction. Throws on a refused base URL or proxy. */
export function createTransport(options: TransportOptions): Transport {
  const { vendor, rate, clock = monotonic, sleep = sleepReally, random = Math.random } = options
  const base = new URL(`${assertBaseUrl(options.baseUrl, vendor)}/`)
  const userAgent = options.userAgent ?? ownUserAgent()
  const proxy = proxyFor(options.env ?? process.env, base)
  const shared = keptAlive(proxy)
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
      // What a write did must be known; what a read would say is nobody's need any more.
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
      // A listener's trouble must not hide what came of a request that was sent.
    }
  }

  /** How long to wait before the next try; everybody with this key waits too after a 429. */
  function waitAfter(outcome: Outcome, attempt: number): number {
    const limited = outcome.ok && outcome.answer.status === 429
    const requestedWait = outcome.ok ? retryAfter(outcome.answer.headers) : null
    const wait = requestedWait ?? backoff(attempt, limited, random)
    if (limited) rate.pause(wait)
    return wait
  }

  async function permitFor(call: Call): Promise<TransportFailure | null> {
    const { requestId, request } = call
    // The limiter has a clock of its own, maybe.
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
    if (request.mayStart?.() === false)
      return { kind: 'timeout', sent: 'no', message: 'the rate limit held it back for too long', requestId }
    return null
  }

  /** The attempt, and once more when its credentials were replaced since. What may be sent once only is sent once. */
  async function attemptWithRenewal(call: Call, attempt: number): Promise<Outcome> {
    if (options.renew === undefined || call.request.effect === 'once') return await attemptOf(call, attempt)
    const used = JSON.stringify(options.headers())
    const outcome = await attemptOf(call, attempt)
    if (!outcome.ok || outcome.answer.status !== 401) return outcome
    await unlessStopping(options.renew)
    return JSON.stringify(options.headers()) === used ? outcome : await attemptOf(call, attempt)
  }

  /** A program that gives the credential may take its time. */
  async function unlessStopping(work: () => Promise<void>): Promise<void> {
    const { stopping } = options
    if (stopping === undefined) return await work()
    const stopped = Promise.withResolvers<void>()
    const leave = () => stopped.resolve()
    if (stopping.aborted) leave()
    stopping.addEventListener('abort', leave, { once: true })
    await Promise.race([work(), stopped.promise]).finally(() => stopping.removeEventListener('abort', leave))
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

function endOf(outcome: Outcome): Pick<RequestTrace, 'status' | 'failure' | 'cause' | 'metadata'> {
  if (!outcome.ok) {
    const { kind, cause = 'other' } = outcome.failure
    return { status: null, failure: kind, cause, metadata: null }
  }
  const { status, headers } = outcome.answer
  return { status, failure: null, cause: null, metadata: metadataIn(headers) }
}

/** "Not sent" speaks about the whole call: it can't be claimed once an earlier try may have left this machine. */
function withHistory(outcome: Outcome, earlier: Outcome | null): Outcome {
  if (outcome.ok || earlier === null) return outcome
  const leftBefore = earlier.ok || earlier.failure.sent === 'maybe'
  return leftBefore ? { ok: false, failure: { ...outcome.failure, sent: 'maybe' } } : outcome
}
