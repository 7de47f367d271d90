import { setTimeout as sleep } from 'node:timers/promises'
import { faultOf, isBusy } from './faults.ts'

/**
 * SQLite itself waits this long for a lock, and blocks the process while it does: not for long, because whoever watches
 * wants an answer meanwhile (H3).
 */
export const busyTimeout = 200
/** How long a lock of others is borne with altogether. */
const longestWait = 30_000
const longestPause = 250

/** Time as the retries see it: monotonic milliseconds. */
export type Pace = { now(): number; sleep(milliseconds: number): Promise<unknown>; random(): number }
export const realPace: Pace = { now: () => performance.now(), sleep, random: Math.random }

/**
 * Does something with the database, again and again while others hold its lock. SQLite gives up at once where waiting
 * could dead-lock, whatever its own timeout, so that one alone is not enough. Throws Faults.
 */
export async function patiently<Result>(work: () => Result, path: string, pace: Pace = realPace): Promise<Result> {
  const deadline = pace.now() + longestWait
  for (let attempt = 0; ; attempt += 1) {
    try {
      return work()
    } catch (error) {
      if (!isBusy(error) || pace.now() >= deadline) throw faultOf(error, path)
    }
    await pace.sleep(pace.random() * Math.min(longestPause, 2 ** Math.min(attempt, 10)))
  }
}
