/** Runs a limited number of pieces of work at a time, in order. */
export type WorkQueue = {
  /** Adds a piece of work, which must never reject. */
  add(work: () => Promise<void>): void
  /** Resolves when nothing runs and nothing waits. */
  settled(): Promise<void>
  /** Drops the work that waits. */
  clear(): void
}

/** Creates an idle queue; `width`: how many pieces of work run at a time. */
export function createQueue(width: number): WorkQueue {
  const waiting: (() => Promise<void>)[] = []
  const watchers: (() => void)[] = []
  let running = 0

  function next(): void {
    while (running < width) {
      const work = waiting.shift()
      if (!work) break
      running += 1
      void work().finally(() => {
        running -= 1
        next()
      })
    }
    if (running === 0) for (const watcher of watchers.splice(0)) watcher()
  }

  return {
    add(work) {
      waiting.push(work)
      next()
    },
    settled: () => new Promise((resolve) => (running === 0 ? resolve() : watchers.push(resolve))),
    clear() {
      waiting.length = 0
    },
  }
}
