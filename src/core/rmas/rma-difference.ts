import type { Reason } from '../explain/reason.ts'
import { type Parcel, parcelToAnnounce } from '../returns/parcels.ts'
import { countBySku } from '../returns/units.ts'
import { fittingInstructions } from './instructions.ts'
import { otherParcels, type RmaPlan } from './plan-rma.ts'
import type { DesiredRma, Rma } from './rma.ts'

export type Change = {
  field: 'lines' | 'reasons' | 'package_id' | 'customer_instructions'
  there: string
  wanted: string
}

/** What to do about the RMA of one return: the plan compared with what MasonHub has. */
export type RmaDifference =
  | { kind: 'create'; rma: DesiredRma }
  | { kind: 'update'; rma: DesiredRma; changes: Change[] }
  | { kind: 'delete'; customerIdentifier: string; reason: Reason }
  | { kind: 'unchanged' }
  /** No RMA exists, and none is needed. */
  | { kind: 'nothing' }
  /** The RMA should change, but the warehouse has begun to receive it: a person must know. */
  | { kind: 'too-late'; changes: Change[]; reason: Reason }
  /** Our identifier is taken by an RMA that isn't ours, or by several: none of them is touched (F34). */
  | { kind: 'foreign'; reason: Reason }

/** The RMAs that count: MasonHub may also list deleted ones (masonhub.md §4.2). */
export function liveRmas(rmas: readonly Rma[]): Rma[] {
  return rmas.filter((rma) => rma.status !== 'deleted' && rma.deletedAt === null)
}

export type DifferenceInput = {
  plan: RmaPlan
  /** Everything MasonHub shows for the return's identifier. */
  there: readonly Rma[]
  /** Every parcel of the return. */
  parcels: readonly Parcel[]
  /** The journal knows that mhloop wrote this RMA, by what it sent. */
  ours: boolean
  /** Loop has ended the return: what is edited there after the receipt changes nothing any more. */
  over?: boolean
  /** false when Loop's view lacks parent reasons (the ASN report): reason codes are then not compared. */
  reasonsKnown?: boolean
}

export function rmaDifference(input: DifferenceInput): RmaDifference {
  const { plan, there, parcels, ours, over = false, reasonsKnown = true } = input
  const [rma, ...others] = liveRmas(there)
  if (others.length > 0) {
    return {
      kind: 'foreign',
      reason: { code: 'RMA_DUPLICATE', message: `MasonHub has ${others.length + 1} RMAs under this identifier.` },
    }
  }
  switch (plan.kind) {
    case 'hold':
    case 'skip':
    case 'blocked':
      return rma ? { kind: 'unchanged' } : { kind: 'nothing' }
    case 'retire':
      return rma ? retire(rma, plan, { parcels, ours }) : { kind: 'nothing' }
    case 'wanted':
      return rma ? align(rma, plan.rma, { parcels, ours, over, reasonsKnown }) : { kind: 'create', rma: plan.rma }
  }
}

type Known = Pick<DifferenceInput, 'parcels' | 'ours'> & { over: boolean; reasonsKnown: boolean }

function retire(
  rma: Rma,
  { reason, skus }: Extract<RmaPlan, { kind: 'retire' }>,
  { parcels, ours }: Pick<Known, 'parcels' | 'ours'>,
): RmaDifference {
  const { customerIdentifier } = rma
  if (customerIdentifier === null || (!ours && isForeign(rma, skus, idsOf(parcels)))) return foreign
  if (rma.status === 'open') return { kind: 'delete', customerIdentifier, reason }
  return {
    kind: 'too-late',
    changes: [],
    reason: {
      code: 'CANCELLED_AFTER_RECEIPT',
      message: `${reason.message} But the warehouse already has it (${rma.rawStatus}).`,
    },
  }
}

const foreign: RmaDifference = {
  kind: 'foreign',
  reason: {
    code: 'RMA_FOREIGN',
    message:
      'MasonHub has an RMA under this identifier that shares neither a SKU nor a tracking number with the return.',
  },
}

function align(rma: Rma, desired: DesiredRma, { parcels, ours, over, reasonsKnown }: Known): RmaDifference {
  const skus = desired.lines.map((line) => line.sku)
  if (!ours && isForeign(rma, skus, idsOf(parcels))) return foreign
  const aligned = keepPackage(rma, desired, parcels)
  const changes = changesOf(rma, desired, aligned.packageId).filter(({ field }) => reasonsKnown || field !== 'reasons')
  if (rma.status === 'open') {
    return changes.length === 0 ? { kind: 'unchanged' } : { kind: 'update', rma: aligned, changes }
  }
  // Once receiving has begun, only the units matter: a parcel that has arrived needs no tracking number.
  const units = changes.filter((change) => change.field === 'lines')
  if (units.length === 0 || over) return { kind: 'unchanged' }
  return {
    kind: 'too-late',
    changes: units,
    reason: {
      code: 'EDITED_AFTER_RECEIPT',
      message: `The return was edited in Loop, but MasonHub no longer accepts changes (${rma.rawStatus}).`,
    },
  }
}

/** Whether an RMA shares a SKU or the tracking number with what a write sent: only then is it what that write made. */
export function isAsSent(rma: Rma, sent: { skus: readonly string[]; packageId: string | null }): boolean {
  return !isForeign(rma, sent.skus, sent.packageId === null ? [] : [sent.packageId])
}

/** Whether an RMA has exactly the units that a write sent, whatever the warehouse added since. */
export function hasUnitsSent(rma: Rma, sent: Iterable<{ sku: string; quantity: number }>): boolean {
  return describeCounts(originalLines(rma)) === describeCounts(sent)
}

/** MasonHub may append unannounced units, with quantity 0 (masonhub.md §4.6). */
function originalLines(rma: Rma): Rma['lines'] {
  return rma.lines.filter((line) => !line.notOnOriginalRma && line.quantity !== 0)
}

const idsOf = (parcels: readonly Parcel[]) => parcels.map(({ id }) => id)

/** An RMA under our identifier is not ours for that reason alone (F34). */
function isForeign(rma: Rma, skus: readonly string[], parcelIds: readonly string[]): boolean {
  if (rma.returnType !== null && rma.returnType !== 'rma_submitted_by_customer') return true
  const sharesSku = rma.lines.some((line) => skus.includes(line.sku))
  const sharesParcel = rma.packageId !== null && parcelIds.includes(rma.packageId)
  return !sharesSku && !sharesParcel
}

/**
 * Keeps the package that MasonHub already expects, so that a second label causes no pointless update, unless it lies
 * about while another one travels (loop.md §14.5).
 */
function keepPackage(rma: Rma, desired: DesiredRma, parcels: readonly Parcel[]): DesiredRma {
  const packageId = parcelToAnnounce(parcels, rma.packageId)?.id
  if (packageId === undefined || packageId !== rma.packageId || packageId === desired.packageId) return desired
  const others = otherParcels(parcels, packageId)
  return { ...desired, packageId, instructions: others && fittingInstructions(others) }
}

function changesOf(rma: Rma, desired: DesiredRma, packageId: string): Change[] {
  const original = originalLines(rma)
  const changes: Change[] = []
  const push = (field: Change['field'], there: string, desired: string) => {
    if (there !== desired) changes.push({ field, there, wanted: desired })
  }
  push('lines', describeCounts(original), describeCounts(desired.lines))
  push('reasons', describeReasons(original), describeReasons(desired.lines))
  push('package_id', rma.packageId ?? '', packageId)
  if (rma.packageId === desired.packageId)
    push('customer_instructions', rma.instructions ?? '', desired.instructions ?? '')
  return changes
}

function describeCounts(lines: Iterable<{ sku: string; quantity: number }>): string {
  const counts = [...countBySku(lines)].sort(([a], [b]) => (a < b ? -1 : 1))
  return counts.map(([sku, quantity]) => `${quantity} × ${sku}`).join(', ')
}

function describeReasons(lines: Iterable<{ sku: string; quantity: number; reasonCode: string | null }>): string {
  const keyed = [...lines].map(({ sku, quantity, reasonCode }) => ({ sku: `${sku} ${reasonCode ?? '–'}`, quantity }))
  return describeCounts(keyed)
}
