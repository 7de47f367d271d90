import type { Fault } from '../../core/errors/fault.ts'
import type { Effect } from '../../journal/journal.ts'
import { planGradings, sendGradings } from '../grades/grade-returns.ts'
import type { MerchantContext } from '../merchant-context.ts'
import { isStale } from '../resolve/resolve.ts'
import { resolveMany } from '../resolve/resolve-many.ts'
import type { Resolved } from '../resolve/results.ts'
import { observeAndSettle } from '../returns/observe-and-settle.ts'
import type { ReturnObservation } from '../returns/observe-returns.ts'
import type { SyncResult } from '../sync/result.ts'
import { syncReturns } from '../sync/sync.ts'

export type WorkOptions = {
  /** Whether to send refunds and flags. If not, RMAs are kept up to date and nothing is sent to Loop. */
  resolve: boolean
  /** Called with the outcome of each return that was resolved, or could have been. */
  report(resolved: readonly Resolved[]): Promise<void> | void
}

export type Worked = {
  /** What the sync of returns that the warehouse doesn't have yet did; null when there were none. */
  synced: SyncResult | null
  /** Returns that the warehouse has received, resolved or not. */
  received: Set<string>
  /** Ids that neither Loop nor the journal knows. */
  unknown: Set<string>
  /** What stopped the resolutions early, or kept one of them from being read; earlier ones are done. */
  stoppedBy: Fault | null
}

/**
 * Reads both sides of these returns now and does what the rules say, nothing else. Webhooks, callbacks and polls all
 * use it, so that a lost message changes when something happens, never what.
 */
export async function workOnReturns(
  context: MerchantContext,
  returnIds: readonly string[],
  options: WorkOptions,
): Promise<Worked> {
  const readAt = context.clock.now().getTime()
  const observations = await observeAndSettle(context, returnIds, { explicitRefund: false })
  const received = observations.filter(({ rmas }) => rmas.some((rma) => rma.status === 'received'))
  const unknown = observations.filter(
    (seen) => !received.includes(seen) && seen.loopReturn === null && seen.link === null,
  )
  // An unknown id has nothing to sync: it costs one reading, and no second one (H2).
  const others = observations
    .filter((seen) => (!received.includes(seen) || isToBeFiled(seen)) && !unknown.includes(seen))
    .map(({ returnId }) => returnId)
  const synced =
    others.length === 0 ? null : await syncReturns(context, { returnIds: others, source: 'list', dryRun: false })
  const due = observations.filter((seen) => received.includes(seen) || seen.effects.some(isUnwritten))
  const gradings = options.resolve ? await planGradings(context, received) : []
  const { results, stoppedBy } = options.resolve
    ? await resolveThem(context, due, readAt)
    : { results: [], stoppedBy: null }
  await options.report(results)
  if (stoppedBy === null) await sendGradings(context, gradings, () => !isStale(context, { readAt }))
  const idsOf = (some: readonly ReturnObservation[]) => new Set(some.map(({ returnId }) => returnId))
  return { synced, received: idsOf(received), unknown: idsOf(unknown), stoppedBy }
}

/** Received after Loop had closed it: nothing is sent, and the sync ends its polls (H33). */
function isToBeFiled({ loopReturn, plan, link }: ReturnObservation): boolean {
  if (loopReturn?.state !== 'closed' || link === null) return false
  return link.status === 'open' || (link.status === 'received' && plan?.kind === 'wanted')
}

/** A person may have flagged the return before its parcel came, and the note that explains the flag was lost (F21). */
function isUnwritten({ kind, state }: Effect): boolean {
  return kind === 'note' && (state === 'planned' || state === 'sent' || state === 'in_doubt')
}

async function resolveThem(
  context: MerchantContext,
  observations: readonly ReturnObservation[],
  readAt: number,
): Promise<{ results: Resolved[]; stoppedBy: Fault | null }> {
  const proposals = observations.map((seen) => ({
    observation: seen,
    decision: seen.decision,
    refused: false,
    forced: false,
    heldBy: null,
    partial: null,
    readAt,
  }))
  const request = { requested: 'rules', force: false, note: null, wait: 0 } as const
  const { results, stoppedBy, notRead } = await resolveMany(context, proposals, request)
  // What could not be read is not done: its messages must stay (F47).
  return { results, stoppedBy: stoppedBy ?? notRead }
}
