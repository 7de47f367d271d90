import { setTimeout as sleep } from 'node:timers/promises'
import { faultOf, isBusy } from './sqlite-faults.ts'

/** Milliseconds that SQLite waits for a lock, blocking the process: short, because monitoring wants an answer (H3). */
export const busyTimeout = 200
/** Milliseconds to wait for other processes' locks in all. */
const longestWait = 30_000
const longestPause = 250

/** Time for the retries, in monotonic milliseconds. */
export type Pace = { now(): number; sleep(milliseconds: number): Promise<unknown>; random(): number }
export const realPace: Pace = { now: () => performance.now(), sleep, random: Math.random }

/**
 * Repeats work on the database while other processes hold its lock. SQLite's own timeout is not enough: where waiting
 * could dead-lock, SQLite fails at once. Throws Faults.
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
