import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Account } from './account/store.ts'
import type { Answer } from './answer.ts'
import { badSignature, badToken, failed, notFound, serverError, toLogin } from './answer.ts'
import type { MasonHubEndpoint } from './masonhub-faults.ts'

/**
 * Wraps every request to the stand-in: lost requests, wrong slugs, tokens, injected errors; then, on the way back,
 * lost, late and broken answers. An answer is lost only after its work is done.
 */
export type Middleware = {
  /** Called before the body is read; null lets the request pass. */
  enter(endpoint: MasonHubEndpoint, request: FastifyRequest): Answer | 'lost' | null
  leave(endpoint: MasonHubEndpoint, reply: FastifyReply, answer: Answer): Promise<unknown>
}

/** The middleware of one account. */
export function createMiddleware(account: Account): Middleware {
  const limiter = createLimiter(account)
  return {
    enter(endpoint, request) {
      account.requests.set(endpoint, (account.requests.get(endpoint) ?? 0) + 1)
      if (isRequestLost(account, endpoint)) return 'lost'
      const strange = checkSlug(account, request)
      if (strange) return strange
      const token = bearer(request)
      return authorise(account, token) ?? limiter.take(token) ?? injected(account)
    },
    async leave(endpoint, reply, answer) {
      if (isAnswerLost(account, endpoint)) return hangUp(reply)
      const allowance = limiter.remaining(bearer(reply.request))
      if (allowance !== null)
        reply.headers({ 'X-RateLimit-Limit': allowance.limit, 'X-RateLimit-Remaining': allowance.remaining })
      const delay = account.world.faults.get('masonhub.slow-ms') + (answer.workMs ?? 0)
      if (delay > 0) await new Promise<void>((resolve) => account.world.clock.after(delay, resolve))
      return disfigure(account, reply, answer)
    },
  }
}

function checkSlug(account: Account, request: FastifyRequest): Answer | null {
  const { slug } = request.params as { slug?: string }
  return slug === account.world.installed.slug ? null : nowhere(account)
}

/** The answer to an unknown slug or path. */
export function nowhere(account: Account): Answer {
  return account.world.faults.get('masonhub.unknown-is-404') ? notFound() : toLogin()
}

function bearer(request: FastifyRequest): string {
  return /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1]?.trim() ?? ''
}

function authorise(account: Account, token: string): Answer | null {
  const { faults } = account.world
  if (token === '' || faults.get('masonhub.unauthorized') || !account.tokens.isValid(token)) return badToken()
  return faults.get('masonhub.forbidden') ? badSignature() : null
}

/** A window of one hour that begins with the token's first request; its limit is unconfirmed (masonhub.md §3.6). */
function createLimiter(account: Account) {
  const { faults } = account.world
  const windows = new Map<string, { endsAt: number; used: number }>()
  return {
    take(token: string): Answer | null {
      const limit = faults.get('masonhub.rate-limit')
      if (limit <= 0) return null
      const now = account.nowMs()
      const known = windows.get(token)
      const window = known && known.endsAt > now ? known : { endsAt: now + 3_600_000, used: 0 }
      windows.set(token, window)
      window.used += 1
      return window.used > limit ? busy(account, 429) : null
    },
    /** The values of the rate-limit headers; null when they are not sent. */
    remaining(token: string): { limit: number; remaining: number } | null {
      const limit = faults.get('masonhub.rate-limit')
      if (limit <= 0 || !faults.get('masonhub.rate-limit-headers')) return null
      return { limit, remaining: Math.max(0, limit - (windows.get(token)?.used ?? 0)) }
    },
  }
}

function injected(account: Account): Answer | null {
  const { faults, random } = account.world
  if (random.chance(faults.get('masonhub.redirect'))) return toLogin()
  if (random.chance(faults.get('masonhub.error-429'))) return busy(account, 429)
  if (random.chance(faults.get('masonhub.error-503'))) return busy(account, 503)
  return random.chance(faults.get('masonhub.error-500')) ? serverError() : null
}

function busy(account: Account, status: 429 | 503): Answer {
  const answer = failed(status, status === 429 ? 'Too many requests.' : 'The service is not available right now.')
  const seconds = account.world.faults.get('masonhub.retry-after-seconds')
  return seconds > 0 ? { ...answer, headers: { 'retry-after': String(seconds) } } : answer
}

function isRequestLost(account: Account, endpoint: MasonHubEndpoint): boolean {
  const { faults, random } = account.world
  if (faults.get('masonhub.down')) return true
  if (isRmaEndpoint(endpoint) && countDown(account, `masonhub.drop-next-${endpoint}-request`)) return true
  return (
    random.chance(faults.get('masonhub.drop-request')) || random.chance(faults.get(`masonhub.drop-request-${endpoint}`))
  )
}

function isAnswerLost(account: Account, endpoint: MasonHubEndpoint): boolean {
  const { faults, random } = account.world
  if (isRmaEndpoint(endpoint) && countDown(account, `masonhub.drop-next-${endpoint}-answer`)) return true
  return (
    random.chance(faults.get('masonhub.drop-answer')) || random.chance(faults.get(`masonhub.drop-answer-${endpoint}`))
  )
}

function isRmaEndpoint(endpoint: MasonHubEndpoint): endpoint is 'list' | 'create' | 'update' | 'delete' {
  return endpoint === 'list' || endpoint === 'create' || endpoint === 'update' || endpoint === 'delete'
}

/** Uses up one of a number of requested faults; false if none is left. */
export function countDown(account: Account, name: Parameters<Account['world']['faults']['get']>[0]): boolean {
  const allowance = account.world.faults.get(name)
  if (allowance > 0) account.world.faults.set(name, Math.max(0, allowance - 1))
  return allowance > 0
}

/** Makes an answer unreadable although the work was done (F43). */
function disfigure(account: Account, reply: FastifyReply, answer: Answer): unknown {
  const { faults, random } = account.world
  if (random.chance(faults.get('masonhub.error-500-after-work'))) return send(reply, serverError())
  if (random.chance(faults.get('masonhub.html'))) {
    return reply.code(200).type('text/html; charset=utf-8').send('<!doctype html><title>MasonHub</title><p>One moment…')
  }
  if (random.chance(faults.get('masonhub.truncated'))) return truncate(reply, answer)
  return send(reply, answer)
}

/** Announces the whole body, sends half of it, and hangs up. */
function truncate(reply: FastifyReply, answer: Answer): unknown {
  const whole = bytes(answer)
  reply.hijack()
  reply.raw.writeHead(answer.status, { 'content-type': contentType(answer), 'content-length': whole.length })
  reply.raw.write(whole.subarray(0, whole.length >> 1), () => reply.raw.destroy())
  return reply
}

/** Closes the connection without an answer. */
export function hangUp(reply: FastifyReply): unknown {
  reply.hijack()
  reply.raw.destroy()
  return reply
}

/** Sends an answer. It is serialised here, because fastify would send a string as bare text. */
export function send(reply: FastifyReply, answer: Answer): unknown {
  return reply
    .code(answer.status)
    .headers({ ...answer.headers })
    .type(contentType(answer))
    .send(bytes(answer))
}

function bytes(answer: Answer): Buffer {
  return Buffer.isBuffer(answer.body) ? answer.body : Buffer.from(JSON.stringify(answer.body ?? null))
}

const contentType = (answer: Answer) => answer.contentType ?? 'application/json; charset=utf-8'
