import { Fault } from '../../core/fault.ts'
import { customerIdentifierOf } from '../../core/identifiers.ts'
import type { LoopReturn } from '../../core/return.ts'
import { nowOf, type Workplace } from '../workplace.ts'
import { type Compared, compare, type SkuMemory } from './compare.ts'
import { countWrite, fileMissing, fileUnder, fileWritten, type Stand } from './file.ts'
import {
  advanceCursor,
  type Missing,
  type Observed,
  observeByIds,
  observeWindow,
  pullWindow,
  type Source,
} from './observe-window.ts'
import { emptySyncResult, type SyncResult } from './result.ts'
import { giveUp, settleRmaWrites, unsettledWrites } from './settle-rma-writes.ts'
import { batchSize, isWrite, type Written, writeRmas } from './write-rmas.ts'

export type SyncRequest = {
  /** These returns only; otherwise a window. */
  returnIds?: readonly string[]
  since?: string
  until?: string
  source: Source
  dryRun: boolean
}

/** Returns compared at a time: a multiple of the batch size, so that look-ups fill their requests. */
const chunkSize = 20 * batchSize

type Run = {
  workplace: Workplace
  result: SyncResult
  skus: SkuMemory
  reasonsKnown: boolean
  /** Writes that wait until they fill a request. */
  pending: Record<'create' | 'update' | 'delete', Compared[]>
  newest: string | null
  seen: Set<string>
}

/** Loop → MasonHub: observe the returns, plan each, and create, update or delete RMAs. A dry run stops before the first write. */
export async function syncReturns(workplace: Workplace, request: SyncRequest): Promise<SyncResult> {
  const window = request.returnIds === undefined ? await pullWindow(workplace, request) : null
  const run: Run = {
    workplace,
    result: emptySyncResult(window && { from: window.from, to: window.to }, request.dryRun),
    skus: { known: new Set(), unknown: new Set() },
    reasonsKnown: request.source !== 'asn',
    pending: { create: [], update: [], delete: [] },
    newest: null,
    seen: new Set(),
  }
  const pages =
    window === null
      ? observeByIds(workplace, request.returnIds ?? [])
      : observeWindow(workplace, window, request.source)
  try {
    await workThrough(run, pages)
    if (window !== null) await workThrough(run, observeByIds(workplace, await leftOver(run)))
    await flush(run, 1)
  } catch (error) {
    throw error instanceof Fault ? stoppedAfter(error, run.result) : error
  }
  if (window?.fromCursor && !request.dryRun && !workplace.signal.aborted) await advanceCursor(workplace, run.newest)
  return run.result
}

/** A fault in the middle says what was done before it: nobody should have to guess. */
function stoppedAfter(fault: Fault, result: SyncResult): Fault {
  const done = (['created', 'updated', 'deleted'] as const).filter((what) => result[what].length > 0)
  if (result.dryRun || done.length === 0) return fault
  const counts = done.map((what) => `${result[what].length} ${what}`).join(', ')
  const { code, exit, blame, hint, merchant, returnId, requestId } = fault
  return new Fault(`${fault.message}. Before that: ${counts}; running it again repeats none of it.`, {
    code,
    exit,
    blame,
    ...(hint === null ? {} : { hint }),
    ...(merchant === null ? {} : { merchant }),
    ...(returnId === null ? {} : { returnId }),
    ...(requestId === null ? {} : { requestId }),
    cause: fault,
  })
}

async function workThrough(run: Run, pages: AsyncIterable<Observed>): Promise<void> {
  let waiting: LoopReturn[] = []
  for await (const page of pages) {
    if (run.workplace.signal.aborted) return
    if (page.listed) noteNewest(run, page.returns)
    await reportMissing(run, page)
    waiting.push(...page.returns.filter(({ returnId }) => !run.seen.has(returnId)))
    for (const { returnId } of page.returns) run.seen.add(returnId)
    while (waiting.length >= chunkSize) {
      await chunk(run, waiting.slice(0, chunkSize))
      waiting = waiting.slice(chunkSize)
    }
  }
  if (!run.workplace.signal.aborted) await chunk(run, waiting)
}

async function chunk(run: Run, returns: readonly LoopReturn[]): Promise<void> {
  if (returns.length === 0) return
  const compared = await compare(run.workplace, returns, run)
  run.result.observed += returns.length
  if (!run.result.dryRun) await settleRmaWrites(run.workplace, compared)
  await report(run, compared)
  run.workplace.progress({ label: 'Syncing returns', done: run.result.observed, total: null })
  await flush(run, batchSize)
}

/**
 * What the cursor may become: the newest time of the list itself. A return that was read by its id may be hours younger
 * than the list, and what changed in between has not been seen (F40).
 */
function noteNewest(run: Run, returns: readonly LoopReturn[]): void {
  const { newest, result } = run
  const until = result.window?.to ?? ''
  const times = returns.flatMap(({ updatedAt }) => (updatedAt !== null && updatedAt <= until ? [updatedAt] : []))
  run.newest = times.reduce<string | null>((last, time) => (last === null || time > last ? time : last), newest)
}

/**
 * Returns to look at again, whether or not Loop's `updated_at` moved (F30): held and failed ones, and those with a write
 * that is planned, or was taken and is not seen done yet (A9).
 */
async function leftOver(run: Run): Promise<string[]> {
  const { journal, merchant } = run.workplace
  const links = await journal.links.find(merchant.name, { standings: ['held', 'failed'] })
  const unsettled = await unsettledWrites(run.workplace, run.seen, { settle: !run.result.dryRun })
  const ids = new Set([...links.map(({ returnId }) => returnId), ...unsettled])
  return [...ids].filter((returnId) => !run.seen.has(returnId))
}

/** Asked for by name, an unknown return is a mistake; left over from an earlier run, it is gone. */
async function reportMissing(run: Run, { unknown, unreadable }: Missing): Promise<void> {
  const { workplace, result } = run
  for (const { returnId } of unreadable) run.seen.add(returnId)
  const gone = result.window === null ? [] : unknown
  if (result.window === null) {
    const message = 'Loop knows no such return.'
    result.failed.push(...unknown.map((returnId) => ({ returnId, code: 'RETURN_NOT_FOUND', message })))
  }
  const stands = fileMissing(result, { unknown: gone, unreadable })
  if (result.dryRun || stands.length === 0) return
  const seen = stands.map(({ returnId }) => ({
    returnId,
    customerIdentifier: customerIdentifierOf(returnId),
    orderName: null,
    returnUpdatedAt: null,
  }))
  await workplace.journal.links.see(workplace.merchant.name, seen, nowOf(workplace))
  await workplace.journal.links.stand(workplace.merchant.name, stands, nowOf(workplace))
  await giveUp(workplace, gone)
}

/** Files each return under what the plan says; writes are queued, everything else is final. */
async function report(run: Run, compared: readonly Compared[]): Promise<void> {
  const stands: Stand[] = []
  for (const item of compared) {
    if (!isWrite(item)) stands.push(fileUnder(run.result, item))
    else if (run.result.dryRun) countWrite(run.result, item)
    else run.pending[item.difference.kind].push(item)
  }
  if (run.result.dryRun) return
  await run.workplace.journal.links.stand(run.workplace.merchant.name, stands, nowOf(run.workplace))
}

/** Sends queued writes in full requests; `smallest` 1 sends the rest too. */
async function flush(run: Run, smallest: number): Promise<void> {
  for (const kind of ['delete', 'update', 'create'] as const) {
    const queue = run.pending[kind]
    const count = smallest > 1 ? queue.length - (queue.length % batchSize) : queue.length
    if (count === 0) continue
    run.pending[kind] = queue.slice(count)
    await file(run, await writeRmas(run.workplace, kind, queue.slice(0, count), { byName: run.result.window === null }))
  }
}

async function file(run: Run, written: readonly Written[]): Promise<void> {
  const stands = written.flatMap((outcome) => fileWritten(run.result, outcome))
  await run.workplace.journal.links.stand(run.workplace.merchant.name, stands, nowOf(run.workplace))
}
