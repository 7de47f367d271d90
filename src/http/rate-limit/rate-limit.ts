import { createHash } from 'node:crypto'
import { type Clock, monotonic, type Sleep, sleepReally } from '../time.ts'
import { type RateAlgorithm, slidingWindow, steady } from './rate-algorithms.ts'
import type { Permit, Rate, RateLimiter } from './rate-limiter.ts'
import { createSharedLimiter, type RateLimitStore } from './shared-limiter.ts'

type Waiter = { deadline: number; settle: (permit: Permit) => void }

/**
 * A rate limiter for this process. A permit is counted when it is given, not when it is requested: a process that was
 * frozen while many waited must not release them all at once.
 */
export function createRateLimiter(options: Rate & { clock?: Clock; sleep?: Sleep }): RateLimiter {
  const { clock = monotonic, sleep = sleepReally } = options
  const algorithm = algorithmOf(options)
  const queue: Waiter[] = []
  let pausedUntil = Number.NEGATIVE_INFINITY
  let timer: AbortController | null = null

  /** The time at which a caller with `ahead` waiters before it gets its permit. */
  const permitAfter = (ahead: number) => Math.max(clock(), pausedUntil, algorithm.next(ahead))

  function dismiss(waiter: Waiter, permit: Permit): void {
    const place = queue.indexOf(waiter)
    if (place < 0) return
    queue.splice(place, 1)
    waiter.settle(permit)
    // No timer may outlive its last waiter: it would keep the process alive for the whole pause.
    if (queue.length === 0) timer?.abort()
  }

  async function serve(): Promise<void> {
    for (let head = queue[0]; head !== undefined; head = queue[0]) {
      const at = permitAfter(0)
      const now = clock()
      if (at > head.deadline) dismiss(head, 'too-late')
      else if (at <= now) {
        algorithm.take(now)
        dismiss(head, 'go')
      } else {
        timer = new AbortController()
        await sleep(at - now, timer.signal)
        timer = null
      }
    }
  }

  let serving = false
  function startServing(): void {
    if (serving) return
    serving = true
    void serve().finally(() => {
      serving = false
      // A caller may have joined after the loop last checked the queue.
      if (queue.length > 0) startServing()
    })
  }

  function acquire({ signal, deadline = Number.POSITIVE_INFINITY }: Parameters<RateLimiter['acquire']>[0] = {}) {
    if (signal?.aborted) return Promise.resolve<Permit>('aborted')
    if (permitAfter(queue.length) > deadline) return Promise.resolve<Permit>('too-late')
    return new Promise<Permit>((resolve) => {
      const stop = () => dismiss(waiter, 'aborted')
      const waiter: Waiter = {
        deadline,
        settle: (permit) => {
          signal?.removeEventListener('abort', stop)
          resolve(permit)
        },
      }
      signal?.addEventListener('abort', stop)
      queue.push(waiter)
      startServing()
    })
  }

  return {
    acquire,
    pause(milliseconds) {
      pausedUntil = Math.max(pausedUntil, clock() + milliseconds)
      for (const waiter of queue.filter((one) => permitAfter(0) > one.deadline)) dismiss(waiter, 'too-late')
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
