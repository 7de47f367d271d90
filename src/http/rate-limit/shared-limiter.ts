import type { Rate } from '../../core/rate-limit/grant-permits.ts'
import type { RateLimitStore } from '../../core/rate-limit/rate-limit-store.ts'
import { type Clock, monotonic, type Sleep, sleepReally } from '../time.ts'
import { createPermitQueue } from './permit-queue.ts'
import type { Permit, RateLimiter } from './rate-limiter.ts'

/** Most permits that one request to the store takes. */
const mostAtOnce = 30

/**
 * A limiter whose permits all processes share. It takes as many permits at once as callers wait for and, while the
 * limit is far, a few more for the next callers: a busy run asks the store a few times a second, not at every request.
 * A permit that is not used within `lifetime` is lost, never saved up.
 */
export function createSharedLimiter(
  store: RateLimitStore,
  credential: string,
  rate: Rate,
  { clock = monotonic, sleep = sleepReally }: { clock?: Clock; sleep?: Sleep } = {},
): RateLimiter {
  let prefetched = { permits: 0, until: Number.NEGATIVE_INFINITY }
  /**
   * The store gives no permit before these times (limiter's clock): to any caller, and to callers that may not use the
   * share reserved for refunds.
   */
  let closedUntil = Number.NEGATIVE_INFINITY
  let ordinaryFrom = Number.NEGATIVE_INFINITY
  const demand = createDemand(store.lifetime)

  const openFrom = (urgent: boolean) => (urgent ? closedUntil : Math.max(closedUntil, ordinaryFrom))

  /** Refuses at once the waiters whose deadline can't be met. */
  function dismissLate(): void {
    const now = clock()
    for (const waiter of [...queue.waiters]) {
      if (Math.max(now, openFrom(waiter.urgent)) > waiter.deadline) queue.dismiss(waiter, 'too-late')
    }
  }

  async function prefetch(): Promise<void> {
    // Taken before the request, so that the permits expire here no later than in the store.
    const startedAt = clock()
    const { waiters } = queue
    const urgent = waiters[0]?.urgent === true
    const needed = Math.min(mostAtOnce, urgent ? waiters.filter((one) => one.urgent).length : waiters.length)
    const ahead = urgent ? 0 : Math.min(mostAtOnce, demand.lately(startedAt))
    const { permits, wait } = await store.take(credential, rate, { needed, ahead, urgent })
    prefetched = { permits, until: startedAt + store.lifetime }
    if (permits > 0) return
    // An ordinary caller's wait may be longer than a refund's, so it is not the refund's.
    if (urgent) closedUntil = Math.max(closedUntil, clock() + wait)
    else ordinaryFrom = Math.max(ordinaryFrom, clock() + wait)
  }

  const queue = createPermitQueue(sleep, (first) => {
    dismissLate()
    if (queue.waiters[0] !== first) return
    const now = clock()
    const from = openFrom(first.urgent)
    if (from > now) return queue.rest(from - now)
    if (prefetched.permits === 0 || now >= prefetched.until) return prefetch()
    prefetched.permits -= 1
    demand.add(now)
    return queue.dismiss(first, 'go')
  })

  return {
    clock,
    acquire({ signal, deadline = Number.POSITIVE_INFINITY, urgent = false } = {}) {
      if (signal?.aborted) return Promise.resolve<Permit>('aborted')
      if (openFrom(urgent) > deadline) return Promise.resolve<Permit>('too-late')
      return queue.join({ signal, deadline, urgent })
    },
    pause(milliseconds) {
      closedUntil = Math.max(closedUntil, clock() + milliseconds)
      prefetched = { permits: 0, until: Number.NEGATIVE_INFINITY }
      // Other processes learn of it when they ask the store; if the write fails, the vendor's own 429 stops them.
      void store.pause(credential, milliseconds).catch(() => undefined)
      dismissLate()
    },
  }
}

/** Counts the permits used within the last half window (milliseconds): about as many will be wanted next. */
function createDemand(window: number): { add(at: number): void; lately(now: number): number } {
  const used: number[] = []
  return {
    add(at) {
      used.push(at)
    },
    lately(now) {
      while (used.length > 0 && (used[0] ?? 0) <= now - window / 2) used.shift()
      return used.length
    },
  }
}
