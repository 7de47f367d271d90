/** The least requests that the contracts allow; tests and benchmarks compare with them. */

/** Returns per page of Loop's list (loop.md §4.2), and its number of states, each of which needs its own pass. */
const listPage = 750
const states = 5
/** RMAs per page (masonhub.md §3.1), and records per write or list of identifiers (§3.1, §3.3). */
const rmaPage = 100
const batch = 30
/** Requests for the SKUs of the sandbox's catalogue, once per run. */
const skuBatches = 1

export type Requests = { loop: number; masonhub: number }

/**
 * Requests to read `open` returns, with none in any other state. Between two pages, the second in which the first one
 * ended is read once more, because its other rows may be on neither.
 */
function listing(open: number, passes = states): number {
  const pages = Math.max(1, Math.ceil(open / listPage))
  return pages + (pages - 1) + passes - 1
}

/** The list, the report in as many pieces as its size needs, and each RMA looked up before it is written. */
export function minimumOfSync(returns: number, { created, reports }: { created: number; reports: number }): Requests {
  const lookUps = Math.ceil(returns / batch)
  const writes = Math.ceil(created / batch)
  return { loop: listing(returns) + reports, masonhub: lookUps + writes + (created > 0 ? skuBatches : 0) }
}

/** Both sides' lists, once; MasonHub gives no total, so only a page that is not full ends its list. */
export function minimumOfAudit(returns: number, rmas: number): Requests {
  return { loop: listing(returns), masonhub: Math.floor(rmas / rmaPage) + 1 }
}

/**
 * To find the ready returns: one pass over the open ones, and their RMAs thirty at a time. Then, for each ready return:
 * a fresh reading of both sides, without which no refund may go out, its claim on Loop's timeline, one reading of that
 * (G1), and the refund itself.
 */
export function minimumOfResolve(open: number, ready: number): Requests {
  return {
    loop: listing(open, 1) + 4 * ready,
    masonhub: Math.ceil(open / batch) + Math.ceil(ready / batch),
  }
}
