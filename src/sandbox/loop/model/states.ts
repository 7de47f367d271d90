import type { LoopRecord } from './record.ts'
import type { LoopStore } from './store.ts'

/** The state changes of loop.md §8.2. They don't check whether they are allowed: the callers do. */

/** Closes for good. The caller decides whether anything is paid. */
export function closeReturn(store: LoopStore, record: LoopRecord, by: string): void {
  record.state = 'closed'
  record.flagged = false
  record.closedAt = store.now()
  record.actionedBy = by
  store.touch(record)
  store.world.groundTruth.record({ what: 'return_closed', returnId: String(record.id), detail: { by } })
  store.emit('return', 'return.closed', record)
  store.emit('return', 'return.updated', record)
}

/** Frees the items: the shopper may file again. */
export function cancelReturn(store: LoopStore, record: LoopRecord, by: string): void {
  record.state = 'cancelled'
  record.actionedBy = by
  store.touch(record)
  store.world.groundTruth.record({ what: 'return_cancelled', returnId: String(record.id), detail: { by } })
  store.emit('return', 'return.updated', record)
}

/** Moves the return to review; `flagged` says whether a flag or a rule of the shop did it. */
export function reviewReturn(store: LoopStore, record: LoopRecord, flagged: boolean): void {
  record.flagged = flagged
  if (!(flagged && store.world.faults.get('loop.flag-keeps-open'))) record.state = 'review'
  store.touch(record)
  store.emit('return', 'return.updated', record)
}

/** Moves the return back to open after a person's review. */
export function reopenReturn(store: LoopStore, record: LoopRecord): void {
  record.state = 'open'
  record.flagged = false
  store.touch(record)
  store.emit('return', 'return.updated', record)
}

/** Expires a return whose label was not scanned in time. */
export function expireReturn(store: LoopStore, record: LoopRecord): void {
  record.state = 'expired'
  store.touch(record)
  store.emit('return', 'return.updated', record)
}

const dayMilliseconds = 86_400_000

/** Schedules the expiry of a return if its labels stay unscanned (28 days: loop.md §8.2). */
export function scheduleExpiry(store: LoopStore, record: LoopRecord): void {
  const days = store.world.faults.get('loop.label-expiry-days')
  const due = record.createdAt + days * dayMilliseconds - store.now()
  store.world.clock.after(Math.max(0, due), () => {
    const unscanned = record.labels.every((label) => ['new', 'pre_transit'].includes(label.status))
    if (record.state === 'open' && record.labels.length > 0 && unscanned) expireReturn(store, record)
  })
}
