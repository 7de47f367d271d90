/** Runs so many works at a time, in the order they came. */
export type WorkQueue = {
  /** The work never rejects. */
  add(work: () => Promise<void>): void
  /** Resolves when nothing runs and nothing waits. */
  settled(): Promise<void>
  /** Forgets what waits. */
  clear(): void
}

/** An idle queue. */
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
