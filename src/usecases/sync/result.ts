import type { Change } from '../../core/rma-difference.ts'

/** What one sync did, return by return: the shape behind `asn.sync` (docs/cli.md). */
export type SyncResult = {
  window: { from: string; to: string } | null
  dryRun: boolean
  /** Returns looked at. */
  observed: number
  created: { returnId: string; units: number }[]
  updated: { returnId: string; changes: Change[] }[]
  deleted: { returnId: string; reason: string }[]
  unchanged: number
  held: { returnId: string; reason: string; message: string }[]
  skipped: { returnId: string; reason: string; message: string }[]
  failed: { returnId: string; code: string; message: string }[]
  /** Text that had to be shortened to fit MasonHub's fields. */
  losses: { returnId: string; field: string; limit: number; length: number }[]
}

export function emptySyncResult(window: SyncResult['window'], dryRun: boolean): SyncResult {
  return {
    window,
    dryRun,
    observed: 0,
    created: [],
    updated: [],
    deleted: [],
    unchanged: 0,
    held: [],
    skipped: [],
    failed: [],
    losses: [],
  }
}
