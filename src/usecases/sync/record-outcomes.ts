import { liveRmas } from '../../core/rmas/rma-difference.ts'
import type { LinkStatus } from '../../journal/journal.ts'
import { inDoubt, isWrite, type Written } from './check-write.ts'
import { type Compared, mayStillCome } from './compare.ts'
import type { Missing } from './observe-window.ts'
import { anotherWriter, emptySyncResult, type SyncResult } from './result.ts'

/** The status of a return after a sync, for the journal. */
export type StatusChange = { returnId: string; status: LinkStatus; reason: string | null; announced?: string[] | null }

/** Adds a return that needs no write to the result: as failed while an earlier write's outcome is unknown (G13). */
export function recordUnwritten(result: SyncResult, item: Compared, at: string): StatusChange {
  const unknown = inDoubt(item, at)
  if (unknown === null) return keepResolved(item, recordByPlan(result, item))
  recordWritten(result, unknown)
  return keepResolved(item, recordByPlan(emptySyncResult(null, result.dryRun), item))
}

/** A resolved return stays so, unless a person has reopened it in Loop or its parcel is still to come (H16). */
function keepResolved({ link, loopReturn, rmas }: Compared, change: StatusChange): StatusChange {
  const awaited = liveRmas(rmas).some((rma) => rma.status !== 'received')
  if (link.status !== 'resolved' || loopReturn.state === 'open' || awaited) return change
  return { ...change, status: link.status, reason: link.reason }
}

function recordByPlan(result: SyncResult, item: Compared): StatusChange {
  const { plan, difference } = item
  const { returnId } = item.loopReturn
  switch (plan.kind) {
    case 'hold':
      result.held.push({ returnId, reason: plan.reason.code, message: plan.reason.message })
      return { returnId, status: 'held', reason: plan.reason.code }
    case 'skip':
      if (mayStillCome(item)) return closedEarly(result, item)
      result.skipped.push({ returnId, reason: plan.reason.code, message: plan.reason.message })
      return { returnId, status: 'skipped', reason: plan.reason.code }
    case 'blocked':
      // One label that can't be announced is a finding of the audit, and no failure of the shop's syncs (H41).
      if (plan.reason.code === 'TRACKING_UNSENDABLE') {
        result.held.push({ returnId, reason: plan.reason.code, message: plan.reason.message })
        return { returnId, status: 'held', reason: plan.reason.code }
      }
      result.failed.push({ returnId, code: plan.reason.code, message: plan.reason.message })
      return { returnId, status: 'failed', reason: plan.reason.code }
    case 'retire':
    case 'wanted':
      break
  }
  if (difference.kind === 'foreign' || difference.kind === 'too-late') {
    result.failed.push({ returnId, code: difference.reason.code, message: difference.reason.message })
    return {
      returnId,
      status: difference.kind === 'too-late' ? 'received' : 'failed',
      reason: difference.reason.code,
    }
  }
  if (plan.kind === 'retire') {
    result.skipped.push({ returnId, reason: plan.reason.code, message: plan.reason.message })
    return { returnId, status: 'gone', reason: plan.reason.code }
  }
  result.unchanged += 1
  return existing(item, plan.announced)
}

/** Its parcel is still asked for after it was closed: no poll would look at a return that is skipped (H33). */
function closedEarly(result: SyncResult, { loopReturn: { returnId }, plan, rmas }: Compared): StatusChange {
  const [rma] = liveRmas(rmas)
  const reason = plan.kind === 'skip' ? plan.reason : null
  if (reason !== null) result.skipped.push({ returnId, reason: reason.code, message: reason.message })
  if (rma === undefined) return { returnId, status: 'skipped', reason: reason?.code ?? null }
  return rma.status === 'received' ? over(returnId) : { returnId, status: 'open', reason: null }
}

/** Received after Loop had closed it: nothing is left to do. */
function over(returnId: string): StatusChange {
  return { returnId, status: 'resolved', reason: 'closed' }
}

function existing({ loopReturn, rmas, link }: Compared, announced: string[]): StatusChange {
  const { returnId, state } = loopReturn
  const received = liveRmas(rmas).some((rma) => rma.status === 'received')
  const change: StatusChange =
    received && state === 'closed' ? over(returnId) : { returnId, status: received ? 'received' : 'open', reason: null }
  // Adopted as it is: its lines equal the plan's, so it is built from these units.
  return link.announced === null ? { ...change, announced } : change
}

const labelBought = 'MasonHub bought a label although mhloop asked for none: ask MasonHub to void it.'

/** Returns that Loop no longer knows, and those whose record can't be read. */
export function recordMissing(result: SyncResult, { unknown, unreadable }: Missing): StatusChange[] {
  const gone = 'Loop no longer has this return.'
  result.skipped.push(...unknown.map((returnId) => ({ returnId, reason: 'RETURN_UNKNOWN', message: gone })))
  result.failed.push(...unreadable.map(({ returnId, message }) => ({ returnId, code: 'LOOP_UNREADABLE', message })))
  return [
    ...unknown.map((returnId) => ({ returnId, status: 'gone' as const, reason: 'RETURN_UNKNOWN' })),
    ...unreadable.map(({ returnId }) => ({ returnId, status: 'failed' as const, reason: 'LOOP_UNREADABLE' })),
  ]
}

/** A write that was planned by outdated settings: held, so that the next sync plans it again (G4). */
export function recordOutdated(result: SyncResult, { loopReturn: { returnId } }: Compared): StatusChange {
  const message = "The merchant's settings changed before it was written; the next sync plans it again."
  result.held.push({ returnId, reason: 'POLICY_CHANGED', message })
  return { returnId, status: 'held', reason: 'POLICY_CHANGED' }
}

/** Adds the outcome of a write to the result. No status changes where another process writes it or MasonHub lags. */
export function recordWritten(result: SyncResult, outcome: Written): StatusChange[] {
  const { loopReturn, plan, difference } = outcome.item
  const { returnId } = loopReturn
  switch (outcome.kind) {
    case 'written': {
      countWrite(result, outcome.item)
      if (outcome.labelBought) result.failed.push({ returnId, code: 'LABEL_BOUGHT', message: labelBought })
      const announced = plan.kind === 'wanted' ? plan.announced : null
      return [{ returnId, status: difference.kind === 'delete' ? 'gone' : 'open', reason: null, announced }]
    }
    case 'waiting':
      result.unchanged += 1
      return []
    case 'interrupted':
      result.skipped.push({ returnId, reason: 'INTERRUPTED', message: 'Interrupted before it was sent.' })
      return []
    case 'taken':
      result.skipped.push({ returnId, reason: anotherWriter, message: 'Another mhloop is writing it right now.' })
      return []
    case 'failed':
      result.failed.push({ returnId, code: outcome.code, message: outcome.message })
      return [{ returnId, status: 'failed', reason: outcome.code }]
  }
}

/** Counts a write by what it does; one that turned out to exist already counts as unchanged. */
export function countWrite(result: SyncResult, item: Compared): void {
  const { loopReturn, plan, difference } = item
  const { returnId } = loopReturn
  if (plan.kind === 'wanted') result.losses.push(...plan.losses.map((loss) => ({ returnId, ...loss })))
  if (!isWrite(item)) result.unchanged += 1
  else if (difference.kind === 'create')
    result.created.push({ returnId, units: plan.kind === 'wanted' ? plan.announced.length : 0 })
  else if (difference.kind === 'update') result.updated.push({ returnId, changes: difference.changes })
  else if (difference.kind === 'delete') result.deleted.push({ returnId, reason: difference.reason.code })
}
