import type { LoopRecord } from './record.ts'
import { creditAmount, refundAmount } from './record.ts'
import { closeReturn, reviewReturn } from './states.ts'
import type { LoopStore } from './store.ts'

/**
 * Who requested the processing: Loop shows it in `actioned_by` and, in its own words, as the failure event's source.
 */
export type ProcessedBy = 'api' | 'admin' | 'workflow' | 'remove'

/** The names in the failure event; none is documented for the shop's own workflow (loop.md §7.5). */
const sources: Record<ProcessedBy, string | null> = { api: 'api', remove: 'api', admin: 'admin', workflow: null }

/**
 * Queues a processing job; Loop's 200 means only that (loop.md §0.2). Every accepted call becomes one job and every job
 * pays, even if an earlier one closed the return in between (C2): nothing shows that Loop does otherwise. `onRun` runs
 * first in the job.
 */
export function acceptProcessing(
  store: LoopStore,
  record: LoopRecord,
  by: ProcessedBy,
  onRun: () => void = () => undefined,
): void {
  const { faults, random, clock, groundTruth } = store.world
  record.accepted += 1
  record.queued += 1
  groundTruth.record({ what: 'process_accepted', returnId: String(record.id), detail: { by, call: record.accepted } })
  const shortest = faults.get('loop.process-min-ms')
  const spread = Math.max(0, faults.get('loop.process-max-ms') - shortest)
  clock.after(shortest + random.below(spread + 1), () => {
    onRun()
    runJob(store, record, by)
  })
}

function runJob(store: LoopStore, record: LoopRecord, by: ProcessedBy): void {
  const { faults, random } = store.world
  record.queued -= 1
  if (record.state === 'cancelled') fail(store, record, by, 'Return is cancelled.')
  else if (random.chance(faults.get('loop.process-fails'))) fail(store, record, by, 'The refund was declined.')
  else if (record.exchanges.some((exchange) => exchange.outOfStock)) processOutOfStock(store, record, by)
  else processWhole(store, record, by)
}

/** The shop's own job, as after a drop-off: nobody asked for it through the API. */
export function processByShop(store: LoopStore, record: LoopRecord): void {
  if (record.exchanges.some((exchange) => exchange.outOfStock)) processOutOfStock(store, record, 'workflow')
  else processWhole(store, record, 'workflow')
}

function processWhole(store: LoopStore, record: LoopRecord, by: ProcessedBy): void {
  pay(store, record, by)
  if (record.state === 'closed') store.emit('return', 'return.updated', record)
  else closeReturn(store, record, by)
}

/** Pays the other outcomes once, and moves the return to review (loop.md §8.5). */
function processOutOfStock(store: LoopStore, record: LoopRecord, by: ProcessedBy): void {
  if (!record.wasProcessed && refundAmount(record) + creditAmount(record) > 0) pay(store, record, by)
  fail(store, record, by, 'An exchange item is out of stock.')
}

function pay(store: LoopStore, record: LoopRecord, by: ProcessedBy): void {
  const { groundTruth, faults, clock } = store.world
  const amount = refundAmount(record)
  const at = store.now()
  groundTruth.record({
    what: 'refund_paid',
    returnId: String(record.id),
    detail: { by, outcome: record.outcome, amount, call: record.accepted },
  })
  record.wasProcessed = true
  record.processedAt = at
  if (amount === 0) return
  const refund = { amount, providerRefundId: store.nextId('refund'), at }
  const late = faults.get('loop.refund-late-ms')
  if (late > 0) clock.after(late, () => record.refunds.push(refund))
  else record.refunds.push(refund)
}

function fail(store: LoopStore, record: LoopRecord, by: ProcessedBy, reason: string): void {
  const { faults, groundTruth } = store.world
  groundTruth.record({ what: 'process_failed', returnId: String(record.id), detail: { by, reason } })
  const outOfStock = record.exchanges.some((exchange) => exchange.outOfStock)
  if (record.state === 'open' && (outOfStock || faults.get('loop.process-fails-to-review'))) {
    reviewReturn(store, record, false)
  }
  const message = faults.get('loop.process-failure-message') ? reason : null
  store.emit('return.processing', 'return.processing.failed', record, { message, source: sources[by] })
}
