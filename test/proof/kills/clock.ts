import { openSync, writeSync } from 'node:fs'
import type { OwnedClock } from '../../../src/sandbox/time/clock.ts'
import { createScheduler } from '../../../src/sandbox/time/scheduler.ts'

/** The time of a world of several processes: the machine's, and as much later as was leapt. */
export type WorldClock = OwnedClock & {
  /** So much time passes at once, for everybody: what fell due happens, each thing at its moment. */
  leap(milliseconds: number): void
}

/** `file` tells the children how far the world is ahead of the machine: eight bytes, read at every look at the clock. */
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
      // Work of a leap happens at its own moment, so that what it plans lies where it should.
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
