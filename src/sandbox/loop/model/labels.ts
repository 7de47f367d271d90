import { acceptProcessing } from './processing.ts'
import type { LabelStatus, LoopLabel, LoopRecord } from './record.ts'
import { labelWalk } from './record.ts'
import type { LoopStore } from './store.ts'

export type NewParcel = {
  carrier?: string
  trackingNumber?: string
  status?: LabelStatus
  /** Positions of the units in this parcel, from 0; default: all units. */
  units?: number[]
  /** Whether this one moves by itself, and milliseconds between two statuses; default: as the plan and the switch say. */
  walks?: boolean
  everyMs?: number
}

export type LabelPlan = {
  /** Milliseconds after creation, or never; default: random between loop.label-min-ms and -max-ms. */
  after?: number | 'never'
  /** Default: one label for all units. */
  parcels?: NewParcel[]
  /** The first status. */
  status?: LabelStatus
  /** Whether the carrier's statuses follow automatically. */
  walks?: boolean
}

/**
 * Plans the labels of a return: they appear seconds after it (loop.md §7.4), later, or never (F30). A silent return
 * lies in the past: its label exists already and does not change.
 */
export function planLabels(store: LoopStore, record: LoopRecord, plan: LabelPlan, silent: boolean): void {
  if (plan.after === 'never') return
  if (silent) {
    if (plan.after === undefined) record.labels = newLabels(store, record, plan, record.createdAt)
    return
  }
  const { faults, random, clock } = store.world
  const earliest = faults.get('loop.label-min-ms')
  const spread = Math.max(0, faults.get('loop.label-max-ms') - earliest)
  const delay = plan.after ?? earliest + random.below(spread + 1)
  if (delay <= 0) attachLabels(store, record, plan)
  else clock.after(delay, () => attachLabels(store, record, plan))
}

/** Attaches labels to the return now; a second call adds parcels. */
export function attachLabels(store: LoopStore, record: LoopRecord, plan: LabelPlan): void {
  const labels = newLabels(store, record, plan, store.now())
  record.labels.push(...labels)
  bump(store, record)
  for (const label of labels) store.emit('label', 'label.created', record, { label })
  store.emit('return', 'return.updated', record)
  for (const [index, label] of labels.entries()) {
    const parcel = plan.parcels?.[index] ?? {}
    if (parcel.walks ?? plan.walks ?? true) scheduleWalk(store, record, label, parcel.everyMs)
  }
}

function newLabels(store: LoopStore, record: LoopRecord, plan: LabelPlan, at: number): LoopLabel[] {
  return (plan.parcels ?? [{}]).map((parcel) => ({
    status: parcel.status ?? plan.status ?? 'new',
    updatedAt: at,
    rate: 795,
    carrier: parcel.carrier ?? 'USPS',
    trackingNumber: parcel.trackingNumber ?? freshTrackingNumber(store),
    lineItemIds: parcel.units
      ? parcel.units.flatMap((position) => record.units[position]?.lineItemId ?? [])
      : record.units.map((unit) => unit.lineItemId),
  }))
}

/** 22 digits, as USPS writes them: more than a JSON number can hold (F31). */
function freshTrackingNumber(store: LoopStore): string {
  return `940011189922${String(store.nextId('tracking')).padStart(10, '0')}`
}

/** Each label moves on its own: a shopper may use only one of two, or send the second box a week later (loop.md §14.5). */
function scheduleWalk(store: LoopStore, record: LoopRecord, label: LoopLabel, everyMs: number | undefined): void {
  const step = everyMs ?? store.world.faults.get('loop.label-step-ms')
  if (step <= 0) return
  store.world.clock.after(step, () => {
    const next = nextStatus(label.status)
    if (next === null || !record.labels.includes(label)) return
    moveLabel(store, record, label, next)
    scheduleWalk(store, record, label, everyMs)
  })
}

function nextStatus(status: LabelStatus): LabelStatus | null {
  if (status === 'error' || status === 'failure') return null
  return labelWalk[labelWalk.indexOf(status) + 1] ?? null
}

/** Applies a status that the carrier reports. A shop that processes on the first scan does so now (F19). */
export function moveLabel(store: LoopStore, record: LoopRecord, label: LoopLabel, status: LabelStatus): void {
  label.status = status
  label.updatedAt = store.now()
  bump(store, record)
  store.emit('label', 'label.updated', record, { label })
  const scanned = status === 'in_transit' && record.state === 'open' && record.accepted === 0
  if (scanned && store.world.faults.get('loop.auto-process-in-transit')) acceptProcessing(store, record, 'workflow')
}

function bump(store: LoopStore, record: LoopRecord): void {
  if (store.world.faults.get('loop.label-bumps-updated-at')) store.touch(record)
}
