/** When turns may be given. `next(ahead)`: the earliest moment for the one who has `ahead` others before it; `take`: one was given. */
export type Pace = { next(ahead: number): number; take(at: number): void }

/**
 * At most `limit` turns in any window: exact, and all of them at once if nobody asked before, so that a person's single
 * command never waits although a long run keeps the limit (F44).
 */
export function slidingWindow(limit: number, window: number): Pace {
  /** The last `limit` turns, oldest first. */
  const given: number[] = []
  return {
    next(ahead) {
      const place = given.length + ahead - limit
      if (place < 0) return Number.NEGATIVE_INFINITY
      const rounds = Math.floor(place / limit) + 1
      return (given[place % limit] ?? Number.NEGATIVE_INFINITY) + rounds * window
    },
    take(at) {
      given.push(at)
      if (given.length > limit) given.shift()
    },
  }
}

/** GCRA: a steady rate after a burst; in any window at most `burst + rate × window` turns. */
export function steady(perSecond: number, burst: number): Pace {
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
