/** What the contracts allow at best: the figures that requests are held against, in tests and in benchmarks. */

/** Returns per page of Loop's list (loop.md §4.2), and its states, each of which is a pass of its own. */
const listPage = 750
const states = 5
/** RMAs per page (masonhub.md §3.1), and records per write or list of identifiers (§3.1, §3.3). */
const rmaPage = 100
const batch = 30
/** SKUs of the sandbox's catalogue that are asked for once a run. */
const skuBatches = 1

export type Requests = { loop: number; masonhub: number }

/** Reading `open` returns and nothing in any other state. */
function listing(open: number, passes = states): number {
  return Math.max(1, Math.ceil(open / listPage)) + passes - 1
}

/** The list, the report in so many pieces as its size takes, each RMA looked up before it is written. */
export function minimumOfSync(returns: number, { created, reports }: { created: number; reports: number }): Requests {
  const lookUps = Math.ceil(returns / batch)
  const writes = Math.ceil(created / batch)
  return { loop: listing(returns) + reports, masonhub: lookUps + writes + (created > 0 ? skuBatches : 0) }
}

/** Both sides' lists, once; MasonHub tells no total, so that only a page that is not full ends its list. */
export function minimumOfAudit(returns: number, rmas: number): Requests {
  return { loop: listing(returns), masonhub: Math.floor(rmas / rmaPage) + 1 }
}

/**
 * Which ones are ready: one pass over the open ones, and their RMAs thirty at a time. Then a fresh look at each of them on
 * both sides, without which no refund may go out, the claim of each on Loop's timeline, one reading of it (G1), and the
 * refund itself.
 */
export function minimumOfResolve(open: number, ready: number): Requests {
  return {
    loop: listing(open, 1) + 4 * ready,
    masonhub: Math.ceil(open / batch) + Math.ceil(ready / batch),
  }
}
