/**
 * Decides when permits are given. `next(ahead)`: the earliest time for a caller with `ahead` others before it;
 * `take(at)`: records that one was given.
 */
export type RateAlgorithm = { next(ahead: number): number; take(at: number): void }

/**
 * At most `limit` permits in any window, counted exactly; all of them at once after a quiet window, so that a person's
 * single command never waits although long runs keep the limit (F44).
 */
export function slidingWindow(limit: number, window: number): RateAlgorithm {
  /** The last `limit` permits, oldest first. */
  const granted: number[] = []
  return {
    next(ahead) {
      const place = granted.length + ahead - limit
      if (place < 0) return Number.NEGATIVE_INFINITY
      const rounds = Math.floor(place / limit) + 1
      return (granted[place % limit] ?? Number.NEGATIVE_INFINITY) + rounds * window
    },
    take(at) {
      granted.push(at)
      if (granted.length > limit) granted.shift()
    },
  }
}

/** GCRA: a steady rate after a burst; in any window at most `burst + rate × window` permits. */
export function steady(perSecond: number, burst: number): RateAlgorithm {
  const interval = 1000 / perSecond
  const tolerance = (burst - 1) * interval
  let theoretical = Number.NEGATIVE_INFINITY
  return {
    next: (ahead) => theoretical + ahead * interval - tolerance,
    take(at) {
      theoretical = Math.max(theoretical, at) + interval
    },
  }
}
