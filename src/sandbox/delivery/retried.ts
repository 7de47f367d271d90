import type { Faults } from '../fault-injection.ts'

/** Whether a message that was answered with this status is sent again; one that got no answer always is. */
export type IsRetried = (status: number) => boolean

/** Published: Loop never sends again after these (loop.md §14.3). */
const finalForLoop: readonly number[] = [400, 401, 403, 404, 405]

/**
 * Loop's documentation says that 500 and 503 come again and that five statuses never do; of all others it says
 * nothing. By default they don't: a receiver that is right then is right under any other reading.
 */
export function retriedByLoop(faults: Faults): IsRetried {
  const style = faults.get('loop.webhook-retries')
  if (style >= 2) return () => true
  if (style >= 1) return (status) => !finalForLoop.includes(status)
  return (status) => status === 500 || status === 503
}

/** MasonHub's three tries come after any answer but a good one (masonhub.md §5.3), unless switched. */
export function retriedByMasonHub(faults: Faults): IsRetried {
  if (!faults.get('masonhub.callback-drops-on-4xx')) return () => true
  return (status) => status < 400 || status >= 500 || status === 408 || status === 429
}
