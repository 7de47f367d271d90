/**
 * The network between one of our processes and a vendor, in the place of the transport that the real clients use (C1).
 */
import { backoff, mayRepeat, mostAttempts } from '../../src/http/retry.ts'
import type { HttpRequest, Outcome, Transport, TransportFailure } from '../../src/http/transport.ts'
import type { FaultKind } from './fault-rates.ts'
import type { Reply } from './loop-wire.ts'
import type { Random } from './random.ts'
import { injectFaults, type SimulatedProcess } from './simulated-process.ts'
import type { World } from './world.ts'

export type Vendor = {
  name: 'Loop' | 'MasonHub'
  /** The vendor's answer to a request that has arrived. */
  answer(request: HttpRequest): Reply
  /** Whether the vendor works, is down, or refuses our credential. */
  state(): 'up' | 'down' | 'unauthorized'
  /** Whether the vendor accepts a key; absent: it accepts all. */
  knows?(key: string): boolean
  /** The key that this process sends. */
  key?: { current: string; renew(): void }
  /** Called for each request when it leaves, with the returns that it is about. */
  leaves?(request: HttpRequest): void
}

/** Milliseconds for one attempt; a call with its retries gets 120 s (src/http/create-transport.ts). */
const timeout = 45_000

export function createNetwork(world: World, simulated: SimulatedProcess, vendor: Vendor): Transport {
  const random = world.random(`wire of ${simulated.name}`)
  let count = 0

  async function send(request: HttpRequest): Promise<Outcome> {
    const deadline = world.now() + 120_000
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await tryWithRenewal(request)
      const wait = backoff(attempt, outcome.ok && outcome.answer.status === 429, random.next)
      // The retry policy is the real one: it decides what must not be repeated.
      if (attempt >= mostAttempts || !mayRepeat(request.effect, outcome) || world.now() + wait >= deadline)
        return outcome
      await simulated.sleep(wait)
    }
  }

  /**
   * As src/http/create-transport.ts: tries once more if the key was replaced meanwhile, except for requests that may be
   * sent only once.
   */
  async function tryWithRenewal(request: HttpRequest): Promise<Outcome> {
    const { key } = vendor
    const used = key?.current
    const outcome = await tryOnce(request)
    if (key === undefined || request.effect === 'once' || !outcome.ok || outcome.answer.status !== 401) return outcome
    key.renew()
    return key.current === used ? outcome : await tryOnce(request)
  }

  async function tryOnce(request: HttpRequest): Promise<Outcome> {
    const touched = returnsIn(request)
    const round = world.hits('turn late', touched) ? random.between(5_000, 80_000) : random.between(0, 30)
    const requestId = `r${++count}`
    // It gets its permit now: a rate limit may have held it back, so the caller is asked whether it may still leave.
    const stopped = await simulated.step(world.now() + round, (): TransportFailure | null => {
      injectFaults(world, simulated)
      if (request.signal?.aborted) return { kind: 'aborted', sent: 'no', message: 'interrupted', requestId }
      if (request.mayStart?.() === false)
        return { kind: 'timeout', sent: 'no', message: 'the rate limit held it back for too long', requestId }
      if (vendor.state() === 'down' || world.hits('connection refused', touched))
        return { kind: 'connection', sent: 'no', message: 'the connection was refused (ECONNREFUSED)', requestId }
      return null
    })
    if (stopped !== null) return { ok: false, failure: stopped }
    if (!simulated.alive) return await never()
    return await onTheWire(request, touched, requestId)
  }

  function onTheWire(request: HttpRequest, touched: readonly string[], requestId: string): Promise<Outcome> {
    vendor.leaves?.(request)
    const leftAt = world.now()
    const key = vendor.key?.current ?? ''
    const lost = world.hits('request lost', touched)
    // It may arrive when its caller no longer waits for the answer.
    const late = !lost && world.hits('request late', touched)
    const arrivesAt = leftAt + (late ? random.between(20_000, 5 * 60_000) : random.between(10, 400))
    let reply: Reply | null = null
    if (!lost) {
      world.at(arrivesAt, () => {
        reply = answerOf(request, touched, key)
        world.note(
          `${vendor.name} ${request.method} ${request.path.slice(0, 80)} of ${simulated.name}: ${reply === null ? 'no answer' : `${reply.status}`}`,
        )
      })
    }
    const slow = world.hits('answer late', touched) ? random.between(1_000, 50_000) : random.between(10, 300)
    const backAt = Math.min(arrivesAt + slow, leftAt + timeout)
    return simulated.step(lost || backAt <= arrivesAt ? leftAt + timeout : backAt, () => {
      injectFaults(world, simulated)
      const waited = arrivesAt + slow > leftAt + timeout
      if (lost || reply === null || waited) return failed('timeout', 'no complete answer within 45000 ms', requestId)
      return answered(reply, requestId)
    })
  }

  /** The vendor does the work, or a proxy before or after it fails; reads fail less often. */
  function answerOf(request: HttpRequest, touched: readonly string[], key: string): Reply | null {
    if (vendor.state() === 'unauthorized' || vendor.knows?.(key) === false)
      return {
        status: 401,
        json: { errors: 'Unauthorized.', message: 'The access token provided is missing or invlid.' },
      }
    const goesWrong = (kind: FaultKind) => (request.method !== 'GET' || random.chance(0.3)) && world.hits(kind, touched)
    if (goesWrong('rate limited'))
      return { status: 429, json: { message: 'Too Many Attempts.' }, headers: { 'retry-after': '7' } }
    if (goesWrong('error before the work'))
      return { status: random.pick([500, 502, 503]), json: { message: 'Server Error' } }
    const reply = vendor.answer(request)
    if (goesWrong('answer lost')) return null
    if (goesWrong('error after the work')) return { status: random.pick([500, 502, 504]), json: undefined }
    if (goesWrong('web page instead of an answer')) return { status: 200, json: undefined }
    return goesWrong('unknown answer') ? { status: reply.status, json: unknownTo(request, random) } : reply
  }

  return {
    send,
    get count() {
      return count
    },
    writing: [],
    close: () => undefined,
  }
}

/** A body that no reader could take for an answer: MasonHub's bare `[]` means "none" (masonhub.md §3.2). */
function unknownTo({ method }: HttpRequest, random: Random): unknown {
  return method === 'GET'
    ? random.pick<unknown>([{ ok: 1 }, 'ok'])
    : random.pick<unknown>([{}, { ok: 1 }, [], null, 'ok', false, { data: 'x' }])
}

const never = () => new Promise<never>(() => undefined)

function failed(kind: TransportFailure['kind'], message: string, requestId: string): Outcome {
  return { ok: false, failure: { kind, sent: 'maybe', message, requestId } }
}

function answered({ status, json, headers = {} }: Reply, requestId: string): Outcome {
  const text = json === undefined ? '<!DOCTYPE html><html></html>' : 'json'
  const type = json === undefined ? 'text/html' : 'application/json'
  return { ok: true, answer: { status, headers: { 'content-type': type, ...headers }, json, text, requestId } }
}

/** The returns that a request is about, so that a fault is counted for them. */
function returnsIn({ path, query, body }: HttpRequest): readonly string[] {
  const inPath = path.match(/\b\d{5,}\b/g) ?? []
  const requested = query?.['return_id']
  const inBody = Array.isArray(body)
    ? body.map((record: { customer_identifier?: unknown }) => String(record.customer_identifier))
    : []
  const all = [...inPath, ...(requested === undefined ? [] : [requested]), ...inBody]
  return all.length === 0 ? ['all'] : all
}
