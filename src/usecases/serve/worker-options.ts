import type { Job } from './jobs.ts'

export type WorkerOptions = {
  /** Whether to send refunds and flags. If not, RMAs are kept up to date and nothing is sent to Loop. */
  resolve: boolean
  /** Whether to run the jobs. If not, only events are processed. */
  poll: boolean
  /** Identifies this process among those that share the journal. */
  worker: string
  /** Milliseconds between two runs of each job. */
  every: Record<Job, number>
  /** Kept by the caller, so that a worker that is started again goes on counting. */
  state: WorkerState
  /** Returns 0–1 to spread merchants and processes over time; `Math.random` outside tests. */
  random(): number
  log(entry: { level: 'info' | 'warn' | 'error'; event: string; detail?: string }): void
}

export type WorkerState = {
  merchant: string
  lastGoodPollAt: string | null
  /** Why the worker has stopped working, as the code of a fault; null: it works. */
  stopped: string | null
  eventsWorked: number
  faults: Map<string, number>
  /** Counts resolutions by `action:outcome`. */
  resolutions: Map<string, number>
  /** The resolution of each return that was logged last. */
  reported: Map<string, string>
}

export function newWorkerState(merchant: string): WorkerState {
  return {
    merchant,
    lastGoodPollAt: null,
    stopped: null,
    eventsWorked: 0,
    faults: new Map(),
    resolutions: new Map(),
    reported: new Map(),
  }
}
