import { createHash } from 'node:crypto'
import { type Clock, monotonic, type Sleep, sleepReally } from '../time.ts'
import { createPermitQueue } from './permit-queue.ts'
import { type RateAlgorithm, slidingWindow, steady } from './rate-algorithms.ts'
import type { Permit, Rate, RateLimiter } from './rate-limiter.ts'
import { createSharedLimiter, type RateLimitStore } from './shared-limiter.ts'

/**
 * A rate limiter for this process. A permit is counted when it is given, not when it is requested: a process that was
 * frozen while many waited must not release them all at once.
 */
export function createRateLimiter(options: Rate & { clock?: Clock; sleep?: Sleep }): RateLimiter {
  const { clock = monotonic, sleep = sleepReally } = options
  const algorithm = algorithmOf(options)
  let pausedUntil = Number.NEGATIVE_INFINITY

  /** The time at which a caller with `ahead` waiters before it gets its permit. */
  const permitAfter = (ahead: number) => Math.max(clock(), pausedUntil, algorithm.next(ahead))

  const queue = createPermitQueue(sleep, (first) => {
    const at = permitAfter(0)
    const now = clock()
    if (at > first.deadline) return queue.dismiss(first, 'too-late')
    if (at > now) return queue.rest(at - now)
    algorithm.take(now)
    return queue.dismiss(first, 'go')
  })

  return {
    acquire({ signal, deadline = Number.POSITIVE_INFINITY } = {}) {
      if (signal?.aborted) return Promise.resolve<Permit>('aborted')
      if (permitAfter(queue.waiters.length) > deadline) return Promise.resolve<Permit>('too-late')
      return queue.join({ signal, deadline, urgent: false })
    },
    pause(milliseconds) {
      pausedUntil = Math.max(pausedUntil, clock() + milliseconds)
      for (const waiter of queue.waiters.filter((one) => permitAfter(0) > one.deadline))
        queue.dismiss(waiter, 'too-late')
    },
    clock,
  }
}

function algorithmOf(rate: Rate): RateAlgorithm {
  const [permits, burst] = 'perMinute' in rate ? [rate.perMinute, 1] : [rate.perSecond, rate.burst]
  if (!(permits > 0 && Number.isFinite(permits)) || !(burst >= 1)) throw new RangeError('A rate must be positive')
  return 'perMinute' in rate ? slidingWindow(Math.max(1, Math.floor(permits)), 60_000) : steady(permits, burst)
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
