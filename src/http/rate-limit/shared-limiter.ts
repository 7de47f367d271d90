import { type Clock, monotonic, type Sleep, sleepReally } from '../time.ts'
import type { Permit, Rate, RateLimiter } from './rate-limiter.ts'

/** Keeps the permits of a credential for all processes that use it; the journal implements it. */
export type RateLimitStore = {
  /** Milliseconds within which a permit must be used once it was taken. */
  lifetime: number
  /** `wait`: milliseconds until the first permit, if `permits` is 0. */
  take(
    credential: string,
    rate: Rate,
    request: { wanted: number; ahead: number; urgent: boolean },
  ): Promise<{ permits: number; wait: number }>
  /** Makes all processes wait this many milliseconds. */
  pause(credential: string, milliseconds: number): Promise<void>
}

type Waiter = { deadline: number; urgent: boolean; settle: (permit: Permit) => void }

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
  const queue: Waiter[] = []
  let prefetched = { permits: 0, until: Number.NEGATIVE_INFINITY }
  /**
   * The store gives no permit before these times (limiter's clock): to any caller, and to callers that may not use the
   * share reserved for refunds.
   */
  let closedUntil = Number.NEGATIVE_INFINITY
  let ordinaryFrom = Number.NEGATIVE_INFINITY
  let timer: AbortController | null = null
  const demand = createDemand(store.lifetime)

  function dismiss(waiter: Waiter, permit: Permit): void {
    const place = queue.indexOf(waiter)
    if (place < 0) return
    queue.splice(place, 1)
    waiter.settle(permit)
    // No timer may outlive its last waiter: it would keep the process alive for the whole pause.
    if (queue.length === 0) timer?.abort()
  }

  const openFrom = (urgent: boolean) => (urgent ? closedUntil : Math.max(closedUntil, ordinaryFrom))

  /** Refuses at once the waiters whose deadline can't be met. */
  function dismissLate(): void {
    const now = clock()
    for (const waiter of [...queue]) {
      if (Math.max(now, openFrom(waiter.urgent)) > waiter.deadline) dismiss(waiter, 'too-late')
    }
  }

  async function prefetch(): Promise<void> {
    // Taken before the request, so that the permits expire here no later than in the store.
    const asked = clock()
    const urgent = queue[0]?.urgent === true
    const wanted = Math.min(mostAtOnce, urgent ? queue.filter((one) => one.urgent).length : queue.length)
    const ahead = urgent ? 0 : Math.min(mostAtOnce, demand.lately(asked))
    const { permits, wait } = await store.take(credential, rate, { wanted, ahead, urgent })
    prefetched = { permits, until: asked + store.lifetime }
    if (permits > 0) return
    // An ordinary caller's wait may be longer than a refund's, so it is not the refund's.
    if (urgent) closedUntil = Math.max(closedUntil, clock() + wait)
    else ordinaryFrom = Math.max(ordinaryFrom, clock() + wait)
  }

  async function serve(): Promise<void> {
    for (let head = queue[0]; head !== undefined; head = queue[0]) {
      dismissLate()
      const now = clock()
      const from = openFrom(head.urgent)
      if (from > now) {
        timer = new AbortController()
        await sleep(from - now, timer.signal)
        timer = null
      } else if (queue[0] === head) {
        if (prefetched.permits === 0 || now >= prefetched.until) await prefetch()
        else {
          prefetched.permits -= 1
          demand.add(now)
          dismiss(head, 'go')
        }
      }
    }
  }

  let serving = false
  function startServing(): void {
    if (serving) return
    serving = true
    void serve()
      // Without the store, the number of permits left is unknown.
      .catch((trouble: unknown) => {
        for (const waiter of [...queue]) dismiss(waiter, { trouble })
      })
      .finally(() => {
        serving = false
        // A caller may have joined after the loop last checked the queue.
        if (queue.length > 0) startServing()
      })
  }

  return {
    clock,
    acquire({ signal, deadline = Number.POSITIVE_INFINITY, urgent = false } = {}) {
      if (signal?.aborted) return Promise.resolve<Permit>('aborted')
      if (openFrom(urgent) > deadline) return Promise.resolve<Permit>('too-late')
      return new Promise<Permit>((resolve) => {
        const stop = () => dismiss(waiter, 'aborted')
        const waiter: Waiter = {
          deadline,
          urgent,
          settle: (permit) => {
            signal?.removeEventListener('abort', stop)
            resolve(permit)
          },
        }
        signal?.addEventListener('abort', stop)
        // Refunds go first, in their own order.
        const place = urgent ? queue.findIndex((one) => !one.urgent) : -1
        queue.splice(place < 0 ? queue.length : place, 0, waiter)
        if (urgent) timer?.abort()
        startServing()
      })
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
