import { createHash } from 'node:crypto'
import { exact, grant, noPermits, pauseBegun, type Rate } from '../../core/rate-limit/grant-permits.ts'
import type { RateLimitStore } from '../../core/rate-limit/rate-limit-store.ts'
import { type Clock, monotonic, type Sleep, sleepReally } from '../time.ts'
import { createPermitQueue } from './permit-queue.ts'
import type { Permit, RateLimiter } from './rate-limiter.ts'
import { createSharedLimiter } from './shared-limiter.ts'

/** An ordinary caller of one process may use the whole limit: there no share is kept for refunds. */
const oneRequest = { needed: 1, ahead: 0, urgent: true }

/**
 * A rate limiter for this process. A permit is counted when it is given, not when it is requested: a process that was
 * frozen while many waited must not release them all at once.
 */
export function createRateLimiter(options: Rate & { clock?: Clock; sleep?: Sleep }): RateLimiter {
  const { clock = monotonic, sleep = sleepReally, ...rate } = options
  assertPositive(rate)
  let state = noPermits

  /** The time at which a caller with `ahead` waiters before it gets its permit. */
  function permitAfter(ahead: number): number {
    let at = clock()
    let later = state
    for (let left = ahead + 1; ; ) {
      const granted = grant(later, rate, { ...oneRequest, needed: left }, at, exact)
      later = granted.state
      left -= granted.permits
      if (left === 0) return at
      at += granted.wait
    }
  }

  const queue = createPermitQueue(sleep, (first) => {
    const granted = grant(state, rate, oneRequest, clock(), exact)
    if (granted.permits === 0 && clock() + granted.wait > first.deadline) return queue.dismiss(first, 'too-late')
    if (granted.permits === 0) return queue.rest(granted.wait)
    state = granted.state
    return queue.dismiss(first, 'go')
  })

  return {
    acquire({ signal, deadline = Number.POSITIVE_INFINITY } = {}) {
      if (signal?.aborted) return Promise.resolve<Permit>('aborted')
      if (permitAfter(queue.waiters.length) > deadline) return Promise.resolve<Permit>('too-late')
      return queue.join({ signal, deadline, urgent: false })
    },
    pause(milliseconds) {
      state = pauseBegun(state, clock() + milliseconds)
      for (const waiter of queue.waiters.filter((one) => permitAfter(0) > one.deadline))
        queue.dismiss(waiter, 'too-late')
    },
    clock,
  }
}

function assertPositive(rate: Rate): void {
  const [permits, burst] = 'perMinute' in rate ? [rate.perMinute, 1] : [rate.perSecond, rate.burst]
  if (!(permits > 0 && Number.isFinite(permits)) || !(burst >= 1)) throw new RangeError('A rate must be positive')
}

/** The key for limiters without a store. */
const noStore = {}
const shared = new WeakMap<object, Map<string, RateLimiter>>()

/**
 * The limiter of a credential. All users of a credential share it, because the vendor counts per key. Without a store
 * these are the transports of this process, and the first caller's rate applies. With a store they are all processes:
 * the store counts for them, so each rate has a limiter of its own, and a changed setting applies at once (G4). Only a
 * digest of the credential is kept.
 */
export function sharedRateLimiter(credential: string, rate: Rate, store?: RateLimitStore): RateLimiter {
  const digest = createHash('sha256').update(credential).digest('hex')
  const key = store ? `${digest} ${JSON.stringify(rate)}` : digest
  const limiters = shared.get(store ?? noStore) ?? new Map<string, RateLimiter>()
  shared.set(store ?? noStore, limiters)
  const known = limiters.get(key)
  if (known) return known
  const limiter = store ? createSharedLimiter(store, digest, rate) : createRateLimiter(rate)
  limiters.set(key, limiter)
  return limiter
}
