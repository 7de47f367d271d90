import { prefetch } from '../../core/concurrency/prefetch.ts'
import { Fault, reworded } from '../../core/errors/fault.ts'
import { onFault } from '../../core/errors/on-fault.ts'
import { untilFault } from '../../core/errors/until-fault.ts'
import type { Policy } from '../../core/merchants/policy.ts'
import type { LoopReturn } from '../../core/returns/return.ts'
import { customerIdentifierOf } from '../../core/rmas/identifiers.ts'
import { settleRmaWrites } from '../../effects/settle.ts'
import type { Link } from '../../journal/journal.ts'
import { type MerchantContext, nowOf } from '../merchant-context.ts'
import { checkWrite, isWrite, type Write, type Written } from './check-write.ts'
import { type Compared, compare, isPlannedBy, type SkuMemory } from './compare.ts'
import {
  advanceCursor,
  type Missing,
  type Observed,
  observeByIds,
  observeWindow,
  pullWindow,
  type Source,
} from './observe-window.ts'
import {
  countWrite,
  recordMissing,
  recordOutdated,
  recordUnwritten,
  recordWritten,
  type StatusChange,
} from './record-outcomes.ts'
import { emptySyncResult, type SyncResult } from './result.ts'
import { giveUp, unsettledWrites } from './unsettled-writes.ts'
import { batchSize, writeRmas } from './write-rmas.ts'

export type SyncRequest = {
  /** Only these returns; otherwise a window. */
  returnIds?: readonly string[]
  since?: string
  until?: string
  source: Source
  dryRun: boolean
}

/** How many returns are compared at a time: a multiple of the batch size, so that look-ups fill their requests. */
const chunkSize = 20 * batchSize

type Run = {
  context: MerchantContext
  result: SyncResult
  skus: SkuMemory
  reasonsKnown: boolean
  /** Writes that wait until they fill a request. */
  pending: Record<'create' | 'update' | 'delete', Compared[]>
  /** The merchant's policy when writes were last sent, or when the run began. */
  policy: Policy
  newest: string | null
  /** Returns that were compared, or whose record can't be read. */
  seen: Set<string>
  /** Writes in flight while the next returns are read. */
  writing: Promise<void>
}

/** Loop → MasonHub: observes and plans the returns, and creates, updates or deletes RMAs. A dry run sends no write. */
export async function syncReturns(context: MerchantContext, request: SyncRequest): Promise<SyncResult> {
  const window = request.returnIds === undefined ? await pullWindow(context, request) : null
  const run: Run = {
    context,
    result: emptySyncResult(window && { from: window.from, to: window.to }, request.dryRun),
    skus: { known: new Set(), unknown: new Set() },
    reasonsKnown: request.source !== 'asn',
    pending: { create: [], update: [], delete: [] },
    policy: (await context.stored()).merchant.policy,
    newest: null,
    seen: new Set(),
    writing: Promise.resolve(),
  }
  const pages =
    window === null ? observeByIds(context, request.returnIds ?? []) : observeWindow(context, window, request.source)
  try {
    const failures = [await workThrough(run, pages)]
    if (window !== null && !isOver(run, failures)) failures.push(await workOnLeftOver(run))
    await run.writing
    await flush(run, 1)
    // Last, so that it keeps nothing that was read from being written; the cursor stays.
    for (const failure of failures) if (failure !== null) throw failure
  } catch (error) {
    // Writes in flight are recorded before the error is reported.
    await run.writing.catch(() => {})
    throw error instanceof Fault ? stoppedAfter(error, run.result) : error
  }
  if (window?.fromCursor && !request.dryRun && !context.signal.aborted) await advanceCursor(context, run.newest)
  return run.result
}

/** An error in the middle says what was done before it, so that nobody has to guess. */
function stoppedAfter(fault: Fault, result: SyncResult): Fault {
  const done = (['created', 'updated', 'deleted'] as const).filter((what) => result[what].length > 0)
  if (result.dryRun || done.length === 0) return fault
  const counts = done.map((what) => `${result[what].length} ${what}`).join(', ')
  const message = `${fault.message.replace(/\.$/, '')}. Before that: ${counts}; running it again repeats none of this.`
  return reworded(fault, message)
}

/** After an interruption, or in a dry run, whose result a failure takes away. */
function isOver({ context, result }: Run, failures: readonly (Fault | null)[]): boolean {
  return context.signal.aborted || (result.dryRun && failures.some((failure) => failure !== null))
}

/**
 * Processes the returns of these pages. A page that can't be read ends them: what came before it is processed, and the
 * fault is returned, because a report that fails every time must not keep the returns of a list from their RMAs (F47).
 */
async function workThrough(run: Run, pages: AsyncIterable<Observed>): Promise<Fault | null> {
  const failures: Fault[] = []
  // By id: of a return that changed while the list was read, only the last record counts.
  const waiting = new Map<string, LoopReturn>()
  for await (const page of prefetch(untilFault(pages, failures))) {
    if (run.context.signal.aborted) return null
    if (page.listed) noteNewest(run, page.returns)
    await reportMissing(run, page)
    for (const { returnId } of page.unreadable) waiting.delete(returnId)
    for (const loopReturn of page.returns) waiting.set(loopReturn.returnId, loopReturn)
    while (waiting.size >= chunkSize) {
      const returns = waiting.values().take(chunkSize).toArray()
      for (const { returnId } of returns) waiting.delete(returnId)
      await chunk(run, returns)
    }
  }
  if (!isOver(run, failures)) await chunk(run, [...waiting.values()])
  return failures[0] ?? null
}

async function chunk(run: Run, returns: readonly LoopReturn[]): Promise<void> {
  if (returns.length === 0) return
  await forgetOlder(run, returns)
  const unreadable: [Link, Fault][] = []
  const compared = await compare(run.context, returns, { ...run, onUnreadable: (...one) => void unreadable.push(one) })
  // The writes of the last chunk went on meanwhile.
  await run.writing
  for (const { returnId } of returns) {
    if (!run.seen.has(returnId)) run.result.observed += 1
    run.seen.add(returnId)
  }
  if (!run.result.dryRun) await settleRmaWrites(run.context, compared)
  await report(run, compared)
  await reportUnreadable(run, unreadable)
  run.context.progress({ label: 'Syncing returns', done: run.result.observed, total: null })
  run.writing = flush(run, batchSize)
  // The error is thrown where this promise is awaited; until then it must not count as unhandled.
  run.writing.catch(() => {})
}

/** If a return changed after it was compared, nothing is written by its earlier state (F41). */
async function forgetOlder(run: Run, returns: readonly LoopReturn[]): Promise<void> {
  const again = new Set(returns.flatMap(({ returnId }) => (run.seen.has(returnId) ? [returnId] : [])))
  if (again.size === 0) return
  await run.writing
  const { pending, result } = run
  for (const kind of ['create', 'update', 'delete'] as const)
    pending[kind] = pending[kind].filter(({ loopReturn }) => !again.has(loopReturn.returnId))
  const isOther = ({ returnId }: { returnId: string }) => !again.has(returnId)
  result.held = result.held.filter(isOther)
  result.skipped = result.skipped.filter(isOther)
  result.failed = result.failed.filter(isOther)
  if (!result.dryRun) return
  result.created = result.created.filter(isOther)
  result.updated = result.updated.filter(isOther)
  result.deleted = result.deleted.filter(isOther)
}

/**
 * The newest time in the list, which may become the cursor. A return that was read by its id may be hours younger than
 * the list, and what changed in between has not been seen (F40).
 */
function noteNewest(run: Run, returns: readonly LoopReturn[]): void {
  const { newest, result } = run
  const until = result.window?.to ?? ''
  const times = returns.flatMap(({ updatedAt }) => (updatedAt !== null && updatedAt <= until ? [updatedAt] : []))
  run.newest = times.reduce<string | null>((last, time) => (last === null || time > last ? time : last), newest)
}

/** One of them that can't be read keeps nothing of the list from being written (F47). */
async function workOnLeftOver(run: Run): Promise<Fault | null> {
  const work = async () => await workThrough(run, observeByIds(run.context, await leftOver(run)))
  return await work().catch(onFault((fault) => fault))
}

/**
 * Returns to read again, even if Loop's `updated_at` did not move (F30): held and failed ones, and those with a write
 * that is planned, or was accepted and is not seen done yet (C9).
 */
async function leftOver(run: Run): Promise<string[]> {
  const { journal, merchant } = run.context
  const links = await journal.links.find(merchant.name, { statuses: ['held', 'failed'] })
  const unsettled = await unsettledWrites(run.context, run.seen, { settle: !run.result.dryRun })
  const at = run.context.clock.now().getTime()
  const due = links.filter((link) => !isRead(link, at))
  const ids = new Set([...due.map(({ returnId }) => returnId), ...unsettled])
  return [...ids].filter((returnId) => !run.seen.has(returnId))
}

/**
 * Hundreds lie in the drop-off network for days, and each would cost a request at each pull: Loop's list shows their bags
 * by itself, so they are read again every six hours only.
 */
const readEvery = 6 * 3_600_000

function isRead({ reason, lastSeenAt }: Link, at: number): boolean {
  const age = at - Date.parse(lastSeenAt)
  return reason === 'IN_DROP_OFF_NETWORK' && age >= 0 && age < readEvery
}

/** An unknown return that was asked for is a mistake; one that is left from an earlier run is gone. */
async function reportMissing(run: Run, { unknown, unreadable }: Missing): Promise<void> {
  const { context, result } = run
  for (const { returnId } of unreadable) run.seen.add(returnId)
  const gone = result.window === null ? [] : unknown
  if (result.window === null) {
    const message = 'Loop has no such return.'
    result.failed.push(...unknown.map((returnId) => ({ returnId, code: 'RETURN_NOT_FOUND', message })))
  }
  const changes = recordMissing(result, { unknown: gone, unreadable })
  if (result.dryRun || changes.length === 0) return
  const seen = changes.map(({ returnId }) => ({
    returnId,
    customerIdentifier: customerIdentifierOf(returnId),
    orderName: null,
    returnUpdatedAt: null,
  }))
  await context.journal.links.see(context.merchant.name, seen, nowOf(context))
  await context.journal.links.setStatus(context.merchant.name, changes, nowOf(context))
  await giveUp(context, gone)
}

/** Reports what the plan says for each return; writes are queued, everything else is final. */
async function report(run: Run, compared: readonly Compared[]): Promise<void> {
  const changes: StatusChange[] = []
  const at = nowOf(run.context)
  for (const item of compared) {
    if (!isWrite(item)) changes.push(recordUnwritten(run.result, item, at))
    else if (run.result.dryRun) recordPlanned(run, item, at)
    else run.pending[item.difference.kind].push(item)
  }
  if (run.result.dryRun) return
  await run.context.journal.links.setStatus(run.context.merchant.name, changes, nowOf(run.context))
}

/** Their RMAs can't be read, so nothing is written for them, and each sync tries again (F47). */
async function reportUnreadable({ context, result }: Run, unreadable: readonly [Link, Fault][]): Promise<void> {
  result.failed.push(...unreadable.map(([{ returnId }, { code, message }]) => ({ returnId, code, message })))
  if (result.dryRun) return
  const changes = unreadable.flatMap(([{ returnId, status }, { code }]): StatusChange[] =>
    status === 'resolved' ? [] : [{ returnId, status: 'failed', reason: code }],
  )
  await context.journal.links.setStatus(context.merchant.name, changes, nowOf(context))
}

/** What a sync would do about it now, or what it would report instead of a write (G12). */
function recordPlanned(run: Run, item: Write, at: string): void {
  const { stopped } = checkWrite(run.context, item, at, isExplicit(run))
  if (stopped === null) countWrite(run.result, item)
  else recordWritten(run.result, stopped)
}

/** The operator asked for these returns, not for a window. */
function isExplicit({ result }: Run): boolean {
  return result.window === null
}

/** Sends queued writes in full requests; with `smallest` 1, the rest, too. */
async function flush(run: Run, smallest: number): Promise<void> {
  await dropOutdated(run)
  for (const kind of ['delete', 'update', 'create'] as const) {
    const queue = run.pending[kind]
    const count = smallest > 1 ? queue.length - (queue.length % batchSize) : queue.length
    if (count === 0) continue
    run.pending[kind] = queue.slice(count)
    await saveStatus(run, await writeRmas(run.context, kind, queue.slice(0, count), { explicit: isExplicit(run) }))
  }
}

/** The stored settings bind: a waiting write that another policy would change is left to the next sync (G4). */
async function dropOutdated(run: Run): Promise<void> {
  const { pending, context, result } = run
  const { policy } = (await context.stored()).merchant
  if (policy === run.policy) return
  run.policy = policy
  const changes: StatusChange[] = []
  for (const kind of ['delete', 'update', 'create'] as const) {
    const { same = [], other = [] } = Object.groupBy(pending[kind], (item) =>
      isPlannedBy(policy, item) ? 'same' : 'other',
    )
    pending[kind] = same
    changes.push(...other.map((item) => recordOutdated(result, item)))
  }
  if (!result.dryRun) await context.journal.links.setStatus(context.merchant.name, changes, nowOf(context))
}

async function saveStatus(run: Run, written: readonly Written[]): Promise<void> {
  const changes = written.flatMap((outcome) => recordWritten(run.result, outcome))
  await run.context.journal.links.setStatus(run.context.merchant.name, changes, nowOf(run.context))
}
