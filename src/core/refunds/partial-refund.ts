import type { Reason } from '../explain/reason.ts'
import type { Policy } from '../merchants/policy.ts'
import { isOutcomeAllowed } from '../returns/outcomes.ts'
import { isBoxFree, movementOf } from '../returns/parcels.ts'
import type { LoopReturn, ReturnUnit } from '../returns/return.ts'
import { splitUnits } from '../returns/units.ts'
import type { Rma } from '../rmas/rma.ts'
import { digestOf } from '../text/digest.ts'
import { printable } from '../text/printable.ts'
import { alreadyPaid, ownReceiptProblem, receiptDigest } from './decide.ts'
import { loopMayPay } from './loop-may-pay.ts'
import { type Receipt, receiptOf } from './receipt.ts'
import { verdictOf } from './verdict.ts'

/**
 * What refunding only what arrived would do: Loop takes the missing units out of the return and refunds the rest. Kept
 * units stay and are paid, as by any refund. `digest` is another one whenever a unit, an amount or the receipt is.
 */
export type PartialRefund = ({ kind: 'possible' } & WhatArrived) | { kind: 'impossible'; reason: Reason }

/** The units that are paid, and those that are removed and not paid. `neverShipped`: line item ids that never travel. */
export type WhatArrived = {
  paid: ReturnUnit[]
  removed: ReturnUnit[]
  neverShipped: string[]
  currency: string | null
  digest: string
}

export type PartialInput = {
  loopReturn: LoopReturn
  rma: Rma | null
  policy: Pick<Policy, 'outcomes' | 'waits'>
  /** Line item ids that the RMA was built from, when the journal knows. */
  announced: readonly string[] | null
  /** Line item ids that a person has named for removal; null: none were named. */
  chosen: readonly string[] | null
  /** When the first of its bags was seen (loop.md §14.4); null: unknown. */
  bagSeenAt: string | null
  /** RFC 3339 now: how long another box has been waited for. */
  now: string
}

/** Loop removes units of these outcomes only (loop.md §5.5). */
const removable = ['refund', 'credit']

/**
 * Pure and total; only a person asks for it. Possible only if every unit that travels either arrived and is available,
 * or is missing by the warehouse's own count, and if it is certain which units those are.
 */
export function partialOf(input: PartialInput): PartialRefund {
  const { loopReturn, rma } = input
  const reason = byState(loopReturn) ?? byRma(loopReturn, rma) ?? byOwnJob(input)
  if (reason !== null || rma === null) return impossible(reason ?? noRma)
  const receipt = receiptOf(rma)
  const found = missingUnits(input, rma, receipt)
  if (found.kind === 'impossible') return found
  const ids = new Set(found.removed.map(({ lineItemId }) => lineItemId))
  const removed = inOrder(loopReturn.units.filter(({ lineItemId }) => ids.has(lineItemId)))
  const paid = inOrder(loopReturn.units.filter(({ lineItemId }) => !ids.has(lineItemId)))
  const what = { removed: removed.map(displayedOf), paid: paid.map(displayedOf), money: loopReturn.money }
  const digest = digestOf({ rmaId: rma.rmaId, receipt: receiptDigest(rma), ...what })
  const neverShipped = splitUnits(loopReturn).kept.map(({ lineItemId }) => lineItemId)
  return { kind: 'possible', paid, removed, neverShipped, currency: loopReturn.money.currency, digest }
}

/** What a person is shown of a unit before the refund. */
function displayedOf({ lineItemId, sku, refund }: ReturnUnit) {
  return { lineItemId, sku, refund }
}

function impossible(reason: Reason): Extract<PartialRefund, { kind: 'impossible' }> {
  return { kind: 'impossible', reason }
}

const noRma: Reason = { code: 'NO_RMA', message: 'MasonHub has no RMA for it.' }

/** Loop answers anything but an open return with 422, and what was paid once is not paid again. */
function byState(loopReturn: LoopReturn): Reason | null {
  switch (loopReturn.state) {
    case 'open':
      return alreadyPaid(loopReturn)?.reasons[0] ?? null
    case 'review': {
      const message = 'In review in Loop: set it back to open in the Loop admin first, then run this again.'
      return { code: 'IN_REVIEW', message }
    }
    case 'closed':
      return { code: 'CLOSED', message: 'Already closed in Loop.' }
    case 'cancelled':
      return { code: 'CANCELLED', message: 'Cancelled in Loop.' }
    case 'expired':
      return { code: 'EXPIRED', message: 'Expired in Loop.' }
    case 'unknown': {
      const state = printable(loopReturn.rawState, 40)
      return { code: 'STATE_UNKNOWN', message: `Loop reports the state “${state}”, which mhloop does not know.` }
    }
  }
}

function byRma(loopReturn: LoopReturn, rma: Rma | null): Reason | null {
  if (rma === null) return noRma
  const stranger = ownReceiptProblem(loopReturn, rma)
  if (stranger !== null) return stranger.reasons[0] ?? noRma
  if (rma.status === 'received') return null
  return { code: 'NOT_RECEIVED', message: 'The parcel has not been received yet.' }
}

/** Loop's own job may still pay the return whole, which to remove units from would not prevent (G22). */
function byOwnJob({ loopReturn, rma, bagSeenAt, now }: PartialInput): Reason | null {
  return rma === null ? null : loopMayPay({ loopReturn, rma, bagSeenAt, now })
}

type Missing = { kind: 'possible'; removed: ReturnUnit[] } | Extract<PartialRefund, { kind: 'impossible' }>

function missingUnits(
  { loopReturn, announced, chosen, policy, now }: PartialInput,
  rma: Rma,
  receipt: Receipt | null,
): Missing {
  const verdict = verdictOf({ loopReturn, rma, policy, announced, now })
  switch (verdict.kind) {
    case 'good':
      return impossible({ code: 'ALL_ARRIVED', message: 'All units arrived: refund it whole.' })
    case 'incomplete':
      // What is on its way may still arrive, and then nobody could pay for it.
      return impossible(verdict.reasons[0])
    case 'bad':
      break
  }
  const problem = verdict.reasons.find(({ code }) => code !== 'MISSING')
  if (problem !== undefined) return impossible(obstacle(problem))
  const other = otherParcel(loopReturn, rma, now, policy.waits.otherBox)
  if (other !== null) return impossible(other)
  if (!isOutcomeAllowed(loopReturn.outcome, removable))
    return impossible({ code: 'NOT_REMOVABLE', message: 'Loop removes units of refunds and credits only.' })
  if (receipt === null) return impossible({ code: 'NO_RECEIPT', message: 'MasonHub shows no finished receipt.' })
  const counts = countMissing(receipt)
  if (counts.kind === 'impossible') return counts
  const units = splitUnits(loopReturn).announced
  const removed = chosen === null ? unitsMissing(units, counts.missing) : unitsChosen(units, counts.missing, chosen)
  if (removed.kind === 'impossible') return removed
  if (removed.removed.length === units.length) {
    const message = 'Nothing arrived: to remove every unit would cancel the return.'
    return impossible({ code: 'NOTHING_ARRIVED', message })
  }
  const stuck = removed.removed.find(({ outcome }) => outcome !== null && outcome.trim().toLowerCase() !== 'default')
  if (stuck === undefined) return removed
  const message = `Line item ${printable(stuck.lineItemId, 40)} has the outcome “${printable(stuck.outcome ?? '', 40)}” of its own, so removing it may do more than that.`
  return impossible({ code: 'NOT_REMOVABLE', message })
}

const day = 86_400_000

/**
 * Another parcel of the return may hold what is missing: a box that moves, even if Loop's labels name other units in it,
 * or a bag, whose units nobody names and which Loop may not show yet. As long as other boxes are waited for, nothing is
 * removed; a receipt without a readable time never ends the wait here.
 */
function otherParcel(loopReturn: LoopReturn, { packageId, receivedAt }: Rma, now: string, days: number): Reason | null {
  if (Date.parse(now) - Date.parse(receivedAt ?? '') >= days * day) return null
  if (isBoxFree(loopReturn)) return { code: 'BOX_ON_ITS_WAY', message: `Another bag may still come: ${waitOf(days)}.` }
  const other = loopReturn.labels.find(
    ({ trackingNumber, status }) =>
      trackingNumber !== null && trackingNumber !== packageId && movementOf(status) === 'moving',
  )
  if (other === undefined) return null
  const number = printable(other.trackingNumber ?? '', 100)
  return { code: 'BOX_ON_ITS_WAY', message: `Another box (${number}) is on its way: ${waitOf(days)}.` }
}

function waitOf(days: number): string {
  return `what is missing is waited for until ${days} days after the receipt`
}

/** What stands in the way besides missing units. A damaged unit would be paid in full. */
function obstacle(reason: Reason): Reason {
  switch (reason.code) {
    case 'DAMAGED':
    case 'NOT_AVAILABLE':
    case 'DISPOSITION_UNKNOWN':
      return { code: 'UNITS_NOT_AVAILABLE', message: `Not everything that arrived is available: ${reason.message}` }
    default:
      return reason
  }
}

type Counts = { kind: 'counted'; missing: ReadonlyMap<string, number> } | Extract<PartialRefund, { kind: 'impossible' }>

/** How many units of each SKU are missing, by counts that the warehouse has made. */
function countMissing({ lines }: Receipt): Counts {
  const missing = new Map<string, number>()
  for (const { sku, expected, reported, byDisposition } of lines) {
    const available = byDisposition.get('available') ?? 0
    const short = byDisposition.get('short') ?? 0
    const gone = expected - available
    if (reported !== available || gone < 0 || (short !== 0 && short !== gone)) {
      const message = `MasonHub's counts of ${printable(sku, 60)} do not say how many units are missing.`
      return impossible({ code: 'COUNTS_UNREADABLE', sku, message })
    }
    if (gone > 0) missing.set(sku, gone)
  }
  return { kind: 'counted', missing }
}

type Announced = ReturnUnit & { sku: string }

/** The warehouse counts per SKU. Which unit is missing is certain only if all are, or if it makes no difference. */
function unitsMissing(units: readonly Announced[], missing: ReadonlyMap<string, number>): Missing {
  const removed: ReturnUnit[] = []
  for (const [sku, count] of missing) {
    const same = inOrder(units.filter((unit) => unit.sku === sku))
    if (count < same.length && !areAlike(same)) {
      const ids = same.map(({ lineItemId, refund }) => (refund === null ? lineItemId : `${lineItemId} (${refund})`))
      const message = `${count} of ${same.length} × ${printable(sku, 60)} is missing, and these units are not known to be alike. Name what to remove with --unit: ${printable(ids.join(', '), 300)}.`
      return impossible({ code: 'WHICH_UNIT_UNKNOWN', sku, message })
    }
    removed.push(...same.slice(same.length - count))
  }
  return { kind: 'possible', removed }
}

/** Of one order line, at one price, with one refund: what Loop does not say may differ. */
function areAlike(units: readonly Announced[]): boolean {
  return units.every(
    ({ price, refund, providerLineItemId }) =>
      price !== null &&
      refund !== null &&
      providerLineItemId !== null &&
      price === units[0]?.price &&
      refund === units[0]?.refund &&
      providerLineItemId === units[0]?.providerLineItemId,
  )
}

/** A person may say which units are missing, but not how many. */
function unitsChosen(
  units: readonly Announced[],
  missing: ReadonlyMap<string, number>,
  chosen: readonly string[],
): Missing {
  const ids = new Set(chosen)
  const removed = units.filter(({ lineItemId }) => ids.has(lineItemId))
  const perSku = new Map<string, number>()
  for (const { sku } of removed) perSku.set(sku, (perSku.get(sku) ?? 0) + 1)
  const fits = perSku.size === missing.size && [...missing].every(([sku, count]) => perSku.get(sku) === count)
  if (fits && removed.length === chosen.length) return { kind: 'possible', removed }
  const missingText = [...missing].map(([sku, count]) => `${count} × ${printable(sku, 60)}`).join(', ')
  const message = `--unit must name exactly the units that are missing, each once: ${missingText}.`
  return impossible({ code: 'WHICH_UNIT_UNKNOWN', message })
}

/** By the number of the line item, whatever the order in which Loop lists them. */
function inOrder<Unit extends ReturnUnit>(units: readonly Unit[]): Unit[] {
  return units.toSorted(
    (one, other) => one.lineItemId.length - other.lineItemId.length || (one.lineItemId < other.lineItemId ? -1 : 1),
  )
}
