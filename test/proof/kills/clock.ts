import { openSync, writeSync } from 'node:fs'
import type { OwnedClock } from '../../../src/sandbox/time/clock.ts'
import { createScheduler } from '../../../src/sandbox/time/scheduler.ts'

/** The time of a world with several processes: the machine's time plus all leaps so far. */
export type WorldClock = OwnedClock & {
  /** Advances the time for all processes at once; work that becomes due runs in order, each at its own time. */
  leap(milliseconds: number): void
}

/**
 * `file` tells the children how far the world's time is ahead of the machine's: eight bytes, which they read whenever
 * they read the clock.
 */
export function worldClock(file: string): WorldClock {
  const descriptor = openSync(file, 'w', 0o600)
  const scheduler = createScheduler()
  let ahead = 0
  let timestamp: number | null = null
  let timer: NodeJS.Timeout | null = null
  let stopped = false
  const now = () => Date.now() + ahead
  announce()

  function announce(): void {
    const bytes = Buffer.alloc(8)
    bytes.writeDoubleLE(ahead)
    writeSync(descriptor, bytes, 0, 8, 0)
  }

  function run(): void {
    for (let due = scheduler.takeDue(now()); due && !stopped; due = scheduler.takeDue(now())) {
      // Work during a leap runs at its own time, so that what it plans gets the right time.
      timestamp = due.at
      due.work()
    }
    timestamp = null
    schedule()
  }

  function schedule(): void {
    if (timer) clearTimeout(timer)
    const next = scheduler.nextAt()
    if (next === null || stopped) return
    timer = setTimeout(run, Math.min(Math.max(next - now(), 0), 2 ** 31 - 1))
    timer.unref()
  }

  return {
    now: () => new Date(timestamp ?? now()),
    after(milliseconds, work) {
      if (stopped) return
      scheduler.add((timestamp ?? now()) + milliseconds, work)
      schedule()
    },
    leap(milliseconds) {
      ahead += milliseconds
      announce()
      run()
    },
    stop() {
      stopped = true
      scheduler.clear()
      if (timer) clearTimeout(timer)
    },
    get pending() {
      return scheduler.size
    },
  }
}
