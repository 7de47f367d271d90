/** When permits may be given. `next(ahead)`: the earliest moment for the one who has `ahead` others before it; `take`: one was given. */
export type RateAlgorithm = { next(ahead: number): number; take(at: number): void }

/**
 * At most `limit` permits in any window: exact, and all of them at once if nobody asked before, so that a person's single
 * command never waits although a long run keeps the limit (F44).
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
