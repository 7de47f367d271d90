import type { Sleep } from '../time.ts'
import type { Permit } from './rate-limiter.ts'

export type Waiter = { deadline: number; urgent: boolean; settle: (permit: Permit) => void }

export type PermitQueue = {
  readonly waiters: readonly Waiter[]
  /** Joins the queue, an urgent caller before all others, and waits for the answer. */
  join(caller: { signal?: AbortSignal | undefined; deadline: number; urgent: boolean }): Promise<Permit>
  dismiss(waiter: Waiter, permit: Permit): void
  /** Waits this many milliseconds; less when the last waiter leaves, or an urgent one comes. */
  rest(milliseconds: number): Promise<void>
}

/** Callers that wait for permits. `serve` is called until nobody waits: it dismisses the first one, or rests. */
export function createPermitQueue(sleep: Sleep, serve: (first: Waiter) => Promise<void> | void): PermitQueue {
  const waiters: Waiter[] = []
  let timer: AbortController | null = null
  let serving = false

  function dismiss(waiter: Waiter, permit: Permit): void {
    const place = waiters.indexOf(waiter)
    if (place < 0) return
    waiters.splice(place, 1)
    waiter.settle(permit)
    // No timer may outlive its last waiter: it would keep the process alive for the whole pause.
    if (waiters.length === 0) timer?.abort()
  }

  async function serveAll(): Promise<void> {
    for (let first = waiters[0]; first !== undefined; first = waiters[0]) {
      const working = serve(first)
      if (working !== undefined) await working
    }
  }

  function startServing(): void {
    if (serving) return
    serving = true
    void serveAll()
      // Without the store, the number of permits left is unknown.
      .catch((trouble: unknown) => {
        for (const waiter of [...waiters]) dismiss(waiter, { trouble })
      })
      .finally(() => {
        serving = false
        // A caller may have joined after the loop last checked the queue.
        if (waiters.length > 0) startServing()
      })
  }

  return {
    waiters,
    dismiss,
    join({ signal, deadline, urgent }) {
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
        const place = urgent ? waiters.findIndex((one) => !one.urgent) : -1
        waiters.splice(place < 0 ? waiters.length : place, 0, waiter)
        if (urgent) timer?.abort()
        startServing()
      })
    },
    async rest(milliseconds) {
      timer = new AbortController()
      await sleep(milliseconds, timer.signal)
      timer = null
    },
  }
}
