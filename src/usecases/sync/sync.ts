import { returnIdOf } from '../../core/identifiers.ts'
import type { LoopReturn } from '../../core/return.ts'
import { nowOf, type Workplace } from '../workplace.ts'
import { type Compared, compare, type SkuMemory } from './compare.ts'
import { countWrite, fileUnder, fileWritten, type Stand } from './file.ts'
import { advanceCursor, observeByIds, observeWindow, pullWindow, type Source } from './observe-window.ts'
import { emptySyncResult, type SyncResult } from './result.ts'
import { settleRmaWrites } from './settle-rma-writes.ts'
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
  await workThrough(run, pages)
  if (window !== null) await workThrough(run, observeByIds(workplace, await leftOver(run)))
  else reportUnknown(run, request.returnIds ?? [])
  await flush(run, 1)
  if (window?.fromCursor && !request.dryRun && !workplace.signal.aborted) await advanceCursor(workplace, run.newest)
  return run.result
}

async function workThrough(run: Run, pages: AsyncIterable<LoopReturn[]>): Promise<void> {
  let waiting: LoopReturn[] = []
  for await (const page of pages) {
    if (run.workplace.signal.aborted) return
    waiting.push(...page.filter(({ returnId }) => !run.seen.has(returnId)))
    for (const { returnId } of page) run.seen.add(returnId)
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
  for (const { updatedAt } of returns) {
    if (updatedAt !== null && (run.newest === null || updatedAt > run.newest)) run.newest = updatedAt
  }
  if (!run.result.dryRun) await settleRmaWrites(run.workplace, compared)
  await report(run, compared)
  run.workplace.progress({ label: 'Syncing returns', done: run.result.observed, total: null })
  await flush(run, batchSize)
}

/** Held, failed and interrupted returns are looked at again, whether or not Loop's `updated_at` moved (F30). */
async function leftOver(run: Run): Promise<string[]> {
  const { journal, merchant } = run.workplace
  const links = await journal.links.find(merchant.name, { standings: ['held', 'failed'] })
  return links.map(({ returnId }) => returnId).filter((returnId) => !run.seen.has(returnId))
}

function reportUnknown(run: Run, returnIds: readonly string[]): void {
  for (const returnId of returnIds.filter((id) => !run.seen.has(id))) {
    run.result.failed.push({ returnId, code: 'RETURN_NOT_FOUND', message: 'Loop knows no such return.' })
  }
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
    await file(run, await writeRmas(run.workplace, kind, queue.slice(0, count)))
  }
}

async function file(run: Run, written: readonly Written[]): Promise<void> {
  const stands = written.flatMap((outcome) => fileWritten(run.result, outcome))
  await run.workplace.journal.links.stand(run.workplace.merchant.name, stands, nowOf(run.workplace))
}

/** For callers that start from RMAs: the return ids behind a set of identifiers. */
export function returnIdsOf(customerIdentifiers: readonly (string | null)[]): string[] {
  return customerIdentifiers.flatMap((id) => (id === null ? [] : [returnIdOf(id)])).filter((id) => id !== null)
}
