import type { GroundTruth, GroundTruthEntry, SandboxClock } from './world.ts'

/** The ledger of what really happened; entries are never removed. */
export function createGroundTruth(clock: SandboxClock): GroundTruth {
  const entries: GroundTruthEntry[] = []
  return {
    record(entry) {
      entries.push({ at: clock.now().toISOString(), ...entry })
    },
    entries,
  }
}

export type GroundTruthSummary = {
  refundsPaid: number
  /** Returns whose money (or its equivalent) was paid more than once: must always be empty. */
  paidMoreThanOnce: { returnId: string; times: number }[]
  processAccepted: number
  processRefused: number
  processFailed: number
  flags: number
  notes: number
  labelsBought: number
  rmasCreated: number
  rmasReceived: number
}

/** Counts of the ledger, and the list of returns that were paid more than once. */
export function summarise(groundTruth: GroundTruth): GroundTruthSummary {
  const counts = new Map<GroundTruthEntry['what'], number>()
  const paid = new Map<string, number>()
  for (const entry of groundTruth.entries) {
    counts.set(entry.what, (counts.get(entry.what) ?? 0) + 1)
    if (entry.what === 'refund_paid') paid.set(entry.returnId, (paid.get(entry.returnId) ?? 0) + 1)
  }
  const of = (what: GroundTruthEntry['what']) => counts.get(what) ?? 0
  return {
    refundsPaid: of('refund_paid'),
    paidMoreThanOnce: [...paid].filter(([, times]) => times > 1).map(([returnId, times]) => ({ returnId, times })),
    processAccepted: of('process_accepted'),
    processRefused: of('process_refused'),
    processFailed: of('process_failed'),
    flags: of('return_flagged'),
    notes: of('note_added'),
    labelsBought: of('label_bought'),
    rmasCreated: of('rma_created'),
    rmasReceived: of('rma_received'),
  }
}
