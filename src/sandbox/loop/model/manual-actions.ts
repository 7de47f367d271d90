import { type DropOff, dropOff, inTheHub, shipBags } from './box-free.ts'
import type { NewUnit } from './create.ts'
import { newUnits } from './create.ts'
import type { LabelPlan } from './labels.ts'
import { attachLabels, moveLabel } from './labels.ts'
import { acceptProcessing } from './processing.ts'
import type { LabelStatus, LoopRecord, Shipment } from './record.ts'
import { cancelReturn, closeReturn, expireReturn, reopenReturn, reviewReturn } from './states.ts'
import type { LoopStore } from './store.ts'

/**
 * Actions of shoppers, staff and carriers that happen outside the API (C7). Each throws an Error for an unknown return,
 * or for an action that Loop's admin would not offer.
 */
export type ManualActions = {
  /** The shopper or the staff change the items of the return. */
  edit(returnId: number | string, change: ReturnEdit): void
  cancel(returnId: number | string): void
  /** Closes in the admin without paying. */
  close(returnId: number | string): void
  expire(returnId: number | string): void
  /** A rule of the shop, or a person, moves it to review without a flag. */
  review(returnId: number | string): void
  /** A person flags it in the admin. */
  flag(returnId: number | string): void
  /** A person clears the review. */
  reopen(returnId: number | string): void
  /** A person clicks "process": the return goes through the same queue. */
  process(returnId: number | string): void
  /** Creates the label, or one more parcel. */
  label(returnId: number | string, plan?: LabelPlan): void
  /** The carrier scans every label of the return, or the one with this number: each box moves on its own. */
  ship(returnId: number | string, status: LabelStatus, trackingNumber?: string): void
  note(returnId: number | string, content: string): void
  /** Deletes the note at a position, from 0, among the notes that still exist. */
  deleteNote(returnId: number | string, position: number): void
  /** Changes its destination; null for none. */
  redirect(returnId: number | string, destinationId: number | null): void
  /** The shopper hands a box-free return in at a Return Bar. */
  dropOff(returnId: number | string, what?: DropOff): void
  /** The hub ships everything that was handed in on one pallet. */
  shipBags(): Shipment
}

export type ReturnEdit = {
  /** Positions of units to remove, from 0. */
  remove?: number[]
  add?: NewUnit[]
  /** New reasons of the units at these positions. */
  reasons?: { position: number; reason: string; parentReason?: string | null }[]
}

export function createManualActions(store: LoopStore): ManualActions {
  const find = (returnId: number | string): LoopRecord => {
    const record = store.returns.get(Number(returnId))
    if (!record) throw new Error(`The sandbox's Loop has no return ${returnId}.`)
    return record
  }
  const alive = (returnId: number | string, what: string): LoopRecord => {
    const record = find(returnId)
    if (record.state === 'closed' || record.state === 'cancelled') {
      throw new Error(`Return ${returnId} is ${record.state}: Loop's admin does not allow to ${what} it.`)
    }
    return record
  }
  return {
    edit: (returnId, change) => edit(store, alive(returnId, 'edit'), change),
    cancel: (returnId) => cancelReturn(store, alive(returnId, 'cancel'), 'admin'),
    close: (returnId) => closeReturn(store, alive(returnId, 'close'), 'admin'),
    expire: (returnId) => expireReturn(store, alive(returnId, 'expire')),
    review: (returnId) => reviewReturn(store, alive(returnId, 'review'), false),
    flag(returnId) {
      const record = alive(returnId, 'flag')
      store.world.groundTruth.record({ what: 'return_flagged', returnId: String(record.id), detail: { by: 'admin' } })
      reviewReturn(store, record, true)
    },
    reopen: (returnId) => reopenReturn(store, alive(returnId, 'reopen')),
    process: (returnId) => acceptProcessing(store, alive(returnId, 'process'), 'admin'),
    label: (returnId, plan = {}) => attachLabels(store, find(returnId), plan),
    ship(returnId, status, trackingNumber) {
      const record = find(returnId)
      if (record.labels.length === 0) throw new Error(`Return ${returnId} has no label to scan.`)
      const scanned = record.labels.filter((label) => (trackingNumber ?? label.trackingNumber) === label.trackingNumber)
      if (scanned.length === 0) throw new Error(`Return ${returnId} has no label ${trackingNumber}.`)
      for (const label of scanned) moveLabel(store, record, label, status)
    },
    note(returnId, content) {
      find(returnId).notes.push({ id: store.nextId('note'), content, at: store.now(), deletedAt: null })
    },
    deleteNote(returnId, position) {
      const { notes } = find(returnId)
      const note = notes.filter(({ deletedAt }) => deletedAt === null)[position]
      if (!note) throw new Error(`Return ${returnId} has no note at position ${position}.`)
      note.deletedAt = store.now()
    },
    dropOff: (returnId, what = {}) => dropOff(store, find(returnId), what),
    shipBags: () => shipBags(store, inTheHub(store)),
    redirect(returnId, destinationId) {
      const record = find(returnId)
      record.destinationId = destinationId
      store.touch(record)
      store.emit('return', 'return.updated', record)
    },
  }
}

function edit(store: LoopStore, record: LoopRecord, change: ReturnEdit): void {
  const gone = new Set(change.remove ?? [])
  for (const { position, reason, parentReason } of change.reasons ?? []) {
    const unit = record.units[position]
    if (!unit) throw new Error(`Return ${record.id} has no unit at position ${position}.`)
    unit.reason = reason
    if (parentReason !== undefined) unit.parentReason = parentReason
  }
  const added = (change.add ?? []).flatMap((unit) => newUnits(store, unit))
  const remaining = record.units.filter((_, position) => !gone.has(position))
  if (remaining.length + added.length === 0)
    throw new Error(`Return ${record.id} would have no unit left: cancel it instead.`)
  for (const unit of added) store.lineItems.set(unit.lineItemId, record.id)
  record.units = [...remaining, ...added]
  record.editedAt = store.now()
  store.touch(record)
  store.emit('return', 'return.updated', record)
}
