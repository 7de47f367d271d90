import { setTimeout as sleep } from 'node:timers/promises'
import { faultOf, isBusy } from './sqlite-faults.ts'

/** Milliseconds that SQLite waits for a lock, blocking the process: short, because monitoring wants an answer (H3). */
export const busyTimeout = 200
/** Milliseconds to wait for other processes' locks in all. */
const longestWait = 30_000
const longestPause = 250

/** Time for the retries, in monotonic milliseconds. */
export type RetryClock = { now(): number; sleep(milliseconds: number): Promise<unknown>; random(): number }
export const realClock: RetryClock = { now: () => performance.now(), sleep, random: Math.random }

/**
 * Repeats work on the database while other processes hold its lock. SQLite's own timeout is not enough: where waiting
 * could dead-lock, SQLite fails at once. Throws Faults.
 */
export async function retryWhileBusy<Result>(
  work: () => Result,
  path: string,
  clock: RetryClock = realClock,
): Promise<Result> {
  const deadline = clock.now() + longestWait
  for (let attempt = 0; ; attempt += 1) {
    try {
      return work()
    } catch (error) {
      if (!isBusy(error) || clock.now() >= deadline) throw faultOf(error, path)
    }
    await clock.sleep(clock.random() * Math.min(longestPause, 2 ** Math.min(attempt, 10)))
  }
}
