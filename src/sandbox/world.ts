import type { FaultName, Faults } from './fault-injection.ts'

/**
 * What both stand-ins share: the clock, the random numbers, the faults and the ground truth. The sandbox shares no wire
 * code with the clients, because both could then be wrong in the same way.
 */

/** One event that really happened, whatever the vendors reported. */
export type GroundTruthEntry = {
  at: string
  what:
    | 'refund_paid'
    | 'return_flagged'
    | 'return_closed'
    | 'return_cancelled'
    | 'process_accepted'
    | 'process_refused'
    | 'process_failed'
    | 'note_added'
    | 'rma_created'
    | 'rma_updated'
    | 'rma_deleted'
    | 'rma_received'
    | 'label_bought'
    | 'category_created'
    | 'loop_label_bought'
    | 'fraud_reported'
    | 'dropped_off'
  returnId: string
  detail: Record<string, string | number | boolean | null>
}

export type GroundTruth = {
  record(entry: Omit<GroundTruthEntry, 'at'>): void
  readonly entries: readonly GroundTruthEntry[]
}

/** Seeded random numbers, so that a run can be repeated. */
export type Random = { next(): number; below(limit: number): number; chance(probability: number): boolean }

export type SandboxClock = {
  now(): Date
  /** Runs the work once after this many milliseconds of sandbox time; cancelled when the sandbox stops. */
  after(milliseconds: number, work: () => void): void
}

export type World = {
  clock: SandboxClock
  random: Random
  /** Random numbers of their own for what came later: see createRandomFor. */
  randomFor(purpose: string): Random
  groundTruth: GroundTruth
  faults: Faults
  /**
   * What a merchant configures to reach this sandbox; these secrets open nothing else. One webhook secret serves the
   * whole shop.
   */
  installed: { loopApiKey: string; loopWebhookSecret: string; masonhubToken: string; slug: string }
}

/** Values are milliseconds, chances (0–1), counts or switches (0/1), as the fault's table says. */
export type { FaultName }
