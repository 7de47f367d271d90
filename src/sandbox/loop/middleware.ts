import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Answer } from './endpoints/answer.ts'
import type { LoopEndpoint } from './loop-faults.ts'
import type { LoopScope, LoopStore } from './model/store.ts'

/**
 * Wraps every request to the stand-in: lost requests, keys and scopes, the rate limit, injected errors; then, on the
 * way back, lost, late and broken answers. The order matters: an answer is lost only after its work is done. `onLost`
 * is called for a request that was cut before any work.
 */
export type Middleware = (
  endpoint: LoopEndpoint,
  scope: LoopScope,
  request: FastifyRequest,
  reply: FastifyReply,
  work: () => Answer,
  onLost?: () => void,
) => Promise<unknown>

export function createMiddleware(store: LoopStore): Middleware {
  const limiter = createLimiter(store)
  return async (endpoint, scope, request, reply, work, onLost) => {
    if (isRequestLost(store, endpoint)) {
      onLost?.()
      return hangUp(reply)
    }
    const key = header(request, 'x-authorization')
    const denied = authorise(store, endpoint, scope, key)
    if (denied) return send(reply, denied)
    const limited = limiter(key ?? '', reply) ?? injected(store, reply)
    if (limited) return send(reply, limited)
    const answer = work()
    if (isAnswerLost(store, endpoint)) return hangUp(reply)
    const { faults } = store.world
    const delay = faults.get('loop.slow-ms') + (endpoint === 'note' ? faults.get('loop.slow-note-ms') : 0)
    if (delay > 0) await new Promise<void>((resolve) => store.world.clock.after(delay, resolve))
    return disfigure(store, reply, answer)
  }
}

function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value[0] : value
}

/** Whether this request is lost: counted losses first, then by chance. */
function isRequestLost(store: LoopStore, endpoint: LoopEndpoint): boolean {
  const { faults, random } = store.world
  if (faults.get('loop.down')) return true
  if (endpoint === 'process' && countDown(store, 'loop.drop-next-process-request')) return true
  return random.chance(faults.get('loop.drop-request')) || random.chance(faults.get(`loop.drop-request-${endpoint}`))
}

function isAnswerLost(store: LoopStore, endpoint: LoopEndpoint): boolean {
  const { faults, random } = store.world
  if (endpoint === 'process' && countDown(store, 'loop.drop-next-process-answer')) return true
  return random.chance(faults.get('loop.drop-answer')) || random.chance(faults.get(`loop.drop-answer-${endpoint}`))
}

function countDown(
  store: LoopStore,
  name: 'loop.drop-next-process-request' | 'loop.drop-next-process-answer',
): boolean {
  const remaining = store.world.faults.get(name)
  if (remaining > 0) store.world.faults.set(name, remaining - 1)
  return remaining > 0
}

/** Checks key and scope. Two bodies of a 401 occur in practice; a missing scope looks like a bad key (loop.md §2.1). */
function authorise(store: LoopStore, endpoint: LoopEndpoint, scope: LoopScope, key: string | undefined): Answer | null {
  const { faults } = store.world
  const scopes = key === undefined ? undefined : store.keys.get(key)
  if (!scopes || faults.get('loop.unauthorized')) return unauthorised(store, endpoint)
  if (scopes.has(scope) && !isScopeMissing(store, scope)) return null
  if (faults.get('loop.missing-scope-is-403')) return { status: 403, body: { errors: 'Forbidden.' } }
  return unauthorised(store, endpoint)
}

function isScopeMissing(store: LoopStore, scope: LoopScope): boolean {
  const { faults } = store.world
  if (scope === 'returns') return faults.get('loop.missing-scope-returns') > 0
  if (scope === 'developer_tools') return faults.get('loop.missing-scope-developer-tools') > 0
  if (scope === 'happy_returns_shipments:read') return faults.get('loop.missing-scope-shipments') > 0
  return faults.get('loop.missing-scope-destinations') > 0
}

function unauthorised(store: LoopStore, endpoint: LoopEndpoint): Answer {
  const style = store.world.faults.get('loop.unauthorized-body')
  const settings = endpoint === 'webhooks' || endpoint === 'destinations'
  if (style === 1 || (style === 2 && !settings)) return { status: 401, body: { errors: 'Unauthorized.' } }
  const error = { code: '401', http_code: 'GEN-UNAUTHORIZED', message: 'Unauthorized.' }
  return { status: 401, body: { error } }
}

const tooMany: Answer = { status: 429, body: { message: 'Too Many Attempts.' } }

/** Laravel's throttle: a window of one minute that begins with the key's first request (loop.md §3). */
function createLimiter(store: LoopStore): (key: string, reply: FastifyReply) => Answer | null {
  const windows = new Map<string, { endsAt: number; used: number }>()
  return (key, reply) => {
    const { faults } = store.world
    const limit = faults.get('loop.rate-limit')
    if (limit <= 0) return null
    const now = store.now()
    const known = windows.get(key)
    const window = known && known.endsAt > now ? known : { endsAt: now + 60_000, used: 0 }
    windows.set(key, window)
    window.used += 1
    if (faults.get('loop.rate-limit-headers')) {
      reply.header('X-RateLimit-Limit', limit)
      reply.header('X-RateLimit-Remaining', Math.max(0, limit - window.used))
    }
    if (window.used <= limit) return null
    if (faults.get('loop.retry-after')) reply.header('Retry-After', Math.ceil((window.endsAt - now) / 1000))
    return tooMany
  }
}

function injected(store: LoopStore, reply: FastifyReply): Answer | null {
  const { faults, random } = store.world
  if (random.chance(faults.get('loop.error-429'))) {
    if (faults.get('loop.retry-after')) reply.header('Retry-After', 1)
    return tooMany
  }
  if (random.chance(faults.get('loop.error-503'))) return { status: 503, body: { message: 'Service Unavailable' } }
  if (random.chance(faults.get('loop.error-500'))) return { status: 500, body: { message: 'Server Error' } }
  return null
}

/** Bytes; more than any client accepts: for a single day of the ASN report a client may accept 50 MB. */
const oversizedBytes = 56 * 2 ** 20

/** Makes an answer unreadable although the work was done (F43, F3). */
function disfigure(store: LoopStore, reply: FastifyReply, answer: Answer): unknown {
  const { faults, random } = store.world
  if (random.chance(faults.get('loop.error-500-after-work'))) {
    return send(reply, { status: 500, body: { message: 'An error was encountered during processing.' } })
  }
  if (random.chance(faults.get('loop.html'))) {
    return reply.code(200).type('text/html; charset=utf-8').send('<!doctype html><title>Loop</title><p>Just a moment…')
  }
  if (random.chance(faults.get('loop.unknown-shape'))) return send(reply, { status: 200, body: { data: { ok: 1 } } })
  if (random.chance(faults.get('loop.truncated'))) return truncate(reply, answer)
  if (random.chance(faults.get('loop.oversized'))) {
    const body = Buffer.alloc(oversizedBytes, ' ')
    body.write('[', 0)
    body.write(']', oversizedBytes - 1)
    return reply.code(200).type('application/json').send(body)
  }
  return send(reply, answer)
}

/** Announces the whole body, sends half of it, and hangs up. */
function truncate(reply: FastifyReply, answer: Answer): unknown {
  const whole = Buffer.from(JSON.stringify(answer.body ?? null))
  reply.hijack()
  reply.raw.writeHead(answer.status, { 'content-type': 'application/json', 'content-length': whole.length })
  reply.raw.write(whole.subarray(0, whole.length >> 1), () => reply.raw.destroy())
  return reply
}

/** Closes the connection without an answer. */
export function hangUp(reply: FastifyReply): unknown {
  reply.hijack()
  reply.raw.destroy()
  return reply
}

/**
 * Sends an answer. It is serialised here, because fastify would send the string `"true"` as bare text and `false` not
 * at all.
 */
export function send(reply: FastifyReply, answer: Answer): unknown {
  if (answer.body === undefined) return reply.code(answer.status).send()
  return reply.code(answer.status).type('application/json; charset=utf-8').send(JSON.stringify(answer.body))
}
