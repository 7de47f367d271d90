import { type ExitCode, exitCodes } from '../../core/errors/fault.ts'
import type { Change } from '../../core/rmas/rma-difference.ts'

/** What one sync did, return by return: the shape behind `asn.sync` (docs/cli.md). */
export type SyncResult = {
  window: { from: string; to: string } | null
  dryRun: boolean
  /** How many returns were compared. */
  observed: number
  created: { returnId: string; units: number }[]
  updated: { returnId: string; changes: Change[] }[]
  deleted: { returnId: string; reason: string }[]
  unchanged: number
  held: { returnId: string; reason: string; message: string }[]
  skipped: { returnId: string; reason: string; message: string }[]
  failed: { returnId: string; code: string; message: string }[]
  /** Text that was shortened to fit MasonHub's fields. */
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

const credentialCodes = new Set(['MASONHUB_UNAUTHORIZED', 'MASONHUB_FORBIDDEN', 'MASONHUB_WRONG_SLUG'])
const downCodes = new Set(['MASONHUB_UNREACHABLE', 'MASONHUB_RATE_LIMITED'])

/** The reason of a return that is skipped because another process is writing its RMA: the outcome is not known yet. */
export const anotherWriter = 'ANOTHER_WRITER'

/**
 * The exit code of a sync. A write in doubt comes first: a person must look before it is tried again. The failures of
 * an interrupted run say nothing about the rest. If MasonHub could not be reached for anything that failed, only trying
 * later helps. A write by another process is not known to be done, so a script that waits for 0 tries again (G13).
 * undefined: the exit code of the run itself.
 */
export function exitOfSync(
  { failed, skipped }: Pick<SyncResult, 'failed' | 'skipped'>,
  interrupted: boolean,
): ExitCode | undefined {
  if (failed.some(({ code }) => code === 'IN_DOUBT')) return exitCodes.inDoubt
  if (interrupted) return undefined
  if (failed.length === 0 && skipped.every(({ reason }) => reason !== anotherWriter)) return undefined
  // A problem with the journal's disk or lock, not with the network (H24).
  if (failed.some(({ code }) => code.startsWith('JOURNAL_'))) return exitCodes.ours
  if (failed.some(({ code }) => credentialCodes.has(code))) return exitCodes.credentials
  const isDown = failed.length > 0 && failed.every(({ code }) => downCodes.has(code))
  return isDown ? exitCodes.vendorDown : exitCodes.findings
}

/** Returns whose RMA a sync wrote, or would write. */
export function writtenReturns({ created, updated, deleted }: SyncResult): string[] {
  return [...created, ...updated, ...deleted].map(({ returnId }) => returnId)
}
