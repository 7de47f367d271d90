import type { SandboxClock } from '../world.ts'
import { createScheduler } from './scheduler.ts'

/** A clock that the sandbox owns; `stop` drops all work that is still due. */
export type OwnedClock = SandboxClock & { stop(): void; readonly pending: number }

/** A clock whose time only changes when a test moves it. */
export type ManualClock = OwnedClock & {
  /**
   * Moves time forward and runs the work that becomes due, in order, each at its own time. Returns how many pieces of
   * work ran.
   */
  advance(milliseconds: number): number
}

/** Milliseconds. With a longer delay, setTimeout fires at once; labels expire after 28 days, which is longer. */
const longestTimer = 2 ** 31 - 1

/**
 * The machine's clock. One timer serves the whole schedule and never keeps the process alive: the listening socket
 * does, as long as the sandbox runs.
 */
export function realClock(): OwnedClock {
  const scheduler = createScheduler()
  let timer: NodeJS.Timeout | null = null
  let stopped = false

  function schedule(): void {
    if (timer) clearTimeout(timer)
    const next = scheduler.nextAt()
    timer = null
    if (next === null || stopped) return
    timer = setTimeout(runDue, Math.min(Math.max(next - Date.now(), 0), longestTimer))
    timer.unref()
  }

  function runDue(): void {
    for (let due = scheduler.takeDue(Date.now()); due && !stopped; due = scheduler.takeDue(Date.now())) due.work()
    schedule()
  }

  return {
    now: () => new Date(),
    after(milliseconds, work) {
      if (stopped) return
      const at = Date.now() + milliseconds
      const earliest = scheduler.nextAt()
      scheduler.add(at, work)
      if (earliest === null || at < earliest) schedule()
    },
    stop() {
      stopped = true
      scheduler.clear()
      if (timer) clearTimeout(timer)
      timer = null
    },
    get pending() {
      return scheduler.size
    },
  }
}

/** A clock for tests: it starts at `start`, and only `advance` moves it. */
export function manualClock(start: Date = new Date('2026-11-23T12:00:00.000Z')): ManualClock {
  const scheduler = createScheduler()
  let now = start.getTime()
  return {
    now: () => new Date(now),
    after(milliseconds, work) {
      scheduler.add(now + milliseconds, work)
    },
    advance(milliseconds) {
      const end = now + milliseconds
      let ran = 0
      for (let due = scheduler.takeDue(end); due; due = scheduler.takeDue(end)) {
        now = Math.max(now, due.at)
        due.work()
        ran += 1
      }
      now = end
      return ran
    },
    stop: () => scheduler.clear(),
    get pending() {
      return scheduler.size
    },
  }
}

/** Whether a clock can be advanced. */
export function isManual(clock: SandboxClock): clock is ManualClock {
  return 'advance' in clock
}
