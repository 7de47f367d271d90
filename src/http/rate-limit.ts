import { createHash } from 'node:crypto'
import { type Pace, slidingWindow, steady } from './pace.ts'
import { createSharedLimiter, type TurnBook } from './shared-limiter.ts'
import { type Clock, monotonic, type Sleep, sleepReally } from './time.ts'

/** At most so many in any minute, or a steady rate after a burst. */
export type Rate = { perMinute: number } | { perSecond: number; burst: number }

/**
 * Why a turn was not given: the caller aborted, the turn would have come after its deadline, or nobody knows how many
 * turns are left, because of some trouble with the journal that keeps them.
 */
export type Turn = 'go' | 'aborted' | 'too-late' | { trouble: unknown }

export type RateLimiter = {
  /**
   * Waits for a turn, first come first served. `deadline` is on the limiter's clock; a turn beyond it is refused at once.
   * `urgent` is for refunds, which have a reserved share of the limit.
   */
  acquire(options?: { signal?: AbortSignal | undefined; deadline?: number; urgent?: boolean }): Promise<Turn>
  /** Makes everybody wait that long from now, also those who wait already (a 429 speaks to all users of the key). */
  pause(milliseconds: number): void
  readonly clock: Clock
}

type Waiter = { deadline: number; give: (turn: Turn) => void }

/**
 * Turns at a pace. A turn is booked when it is given, not when it is asked for: a process that was frozen while many
 * waited must not let them all go at once.
 */
export function createRateLimiter(options: Rate & { clock?: Clock; sleep?: Sleep }): RateLimiter {
  const { clock = monotonic, sleep = sleepReally } = options
  const pace = paceOf(options)
  const queue: Waiter[] = []
  let pausedUntil = Number.NEGATIVE_INFINITY
  let nap: AbortController | null = null

  /** When the turn comes for one who has `ahead` waiters before it. */
  const turnAfter = (ahead: number) => Math.max(clock(), pausedUntil, pace.next(ahead))

  function dismiss(waiter: Waiter, turn: Turn): void {
    const place = queue.indexOf(waiter)
    if (place < 0) return
    queue.splice(place, 1)
    waiter.give(turn)
    // No timer may outlive its last waiter: it would keep the process alive for the whole pause.
    if (queue.length === 0) nap?.abort()
  }

  async function serve(): Promise<void> {
    for (let head = queue[0]; head !== undefined; head = queue[0]) {
      const at = turnAfter(0)
      const now = clock()
      if (at > head.deadline) dismiss(head, 'too-late')
      else if (at <= now) {
        pace.take(now)
        dismiss(head, 'go')
      } else {
        nap = new AbortController()
        await sleep(at - now, nap.signal)
        nap = null
      }
    }
  }

  let serving = false
  function startServing(): void {
    if (serving) return
    serving = true
    void serve().finally(() => {
      serving = false
      // One may have come in between the last look at the queue and now.
      if (queue.length > 0) startServing()
    })
  }

  function acquire({ signal, deadline = Number.POSITIVE_INFINITY }: Parameters<RateLimiter['acquire']>[0] = {}) {
    if (signal?.aborted) return Promise.resolve<Turn>('aborted')
    if (turnAfter(queue.length) > deadline) return Promise.resolve<Turn>('too-late')
    return new Promise<Turn>((resolve) => {
      const stop = () => dismiss(waiter, 'aborted')
      const waiter: Waiter = {
        deadline,
        give: (turn) => {
          signal?.removeEventListener('abort', stop)
          resolve(turn)
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
      for (const waiter of queue.filter((one) => turnAfter(0) > one.deadline)) dismiss(waiter, 'too-late')
    },
    clock,
  }
}

function paceOf(rate: Rate): Pace {
  const [turns, burst] = 'perMinute' in rate ? [rate.perMinute, 1] : [rate.perSecond, rate.burst]
  if (!(turns > 0 && Number.isFinite(turns)) || !(burst >= 1)) throw new RangeError('A rate must be positive')
  return 'perMinute' in rate ? slidingWindow(Math.max(1, Math.floor(turns)), 60_000) : steady(turns, burst)
}

/** Stands for no book. */
const alone = {}
const shared = new WeakMap<object, Map<string, RateLimiter>>()

/**
 * The limiter of a credential: whoever uses the same one shares it, because the vendor counts per key. With a book, all
 * processes do; without, the transports of this one. The first caller's rate holds. Only a digest of the credential is
 * kept.
 */
export function sharedRateLimiter(credential: string, rate: Rate, book?: TurnBook): RateLimiter {
  const key = createHash('sha256').update(credential).digest('hex')
  const limiters = shared.get(book ?? alone) ?? new Map<string, RateLimiter>()
  shared.set(book ?? alone, limiters)
  const known = limiters.get(key)
  if (known) return known
  const limiter = book ? createSharedLimiter(book, key, rate) : createRateLimiter(rate)
  limiters.set(key, limiter)
  return limiter
}
