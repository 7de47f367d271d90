import type { World } from '../../world.ts'
import type { LoopRecord, LoopState } from '../model/record.ts'
import { creditAmount, exchangeTotal, firstLabel, refundAmount, unitsLeft } from '../model/record.ts'
import type { LoopVersion } from '../version.ts'

/** How Loop writes single values; each endpoint's rows decide which style they use. */

/** What decides how one answer is written: the switches, and the version that was asked for. */
export type Wire = { world: World; version: LoopVersion }

export const decimal = (minor: number): string => (minor / 100).toFixed(2)
/** Whole seconds with `+00:00`, as in every real row that was seen (loop.md §14.6). */
export const iso = ({ world }: Wire, at: number): string =>
  world.faults.get('loop.milliseconds')
    ? new Date(at).toISOString()
    : `${new Date(at).toISOString().slice(0, 19)}+00:00`
/** `YYYY-MM-DD HH:MM:SS` in UTC, as PHP writes it. */
export const spaced = (at: number): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ')

/** The word for a state on the wire (loop.md §10.10). */
export function stateWord({ world }: Wire, state: LoopState): string {
  return state === 'review' && world.faults.get('loop.needs-review-spelling') ? 'needs review' : state
}

/** The provider of the return method; sources spell that of box-free returns in two ways (loop.md §14.4). */
export function providerOf({ world }: Wire, { boxFree, returnMethod }: LoopRecord): string | null {
  const isOther = boxFree !== null && world.faults.get('loop.happy-returns-word') > 0
  return isOther ? 'happy_returns' : (returnMethod?.provider ?? null)
}

/** The label fields at the top of a return: placeholders until a label exists (loop.md §8.4). */
export function topLabel(wire: Wire, record: LoopRecord) {
  const label = firstLabel(record)
  return {
    carrier: label?.carrier ?? '',
    tracking_number: label?.trackingNumber ?? 'N/A',
    label_status: label?.status ?? 'pending',
    label_url: label ? labelUrl(record.id, label.trackingNumber) : null,
    label_updated_at: label ? iso(wire, label.updatedAt) : 'N/A',
  }
}

export const labelUrl = (returnId: number, trackingNumber: string): string =>
  `https://labels.example.com/${returnId}/${encodeURIComponent(trackingNumber)}.pdf`

/** All labels, each with its own items: several parcels per return are normal. */
export function labelRows(wire: Wire, record: LoopRecord) {
  return record.labels.map((label) => ({
    status: label.status,
    updated_at: iso(wire, label.updatedAt),
    url: labelUrl(record.id, label.trackingNumber),
    rate: label.rate / 100,
    carrier: label.carrier,
    tracking_number: label.trackingNumber,
    line_items: label.lineItemIds,
  }))
}

/** All totals of a return, as strings with two decimals. */
export function moneyFields(record: LoopRecord) {
  const sum = (pick: 'price' | 'discount' | 'tax') => unitsLeft(record).reduce((total, unit) => total + unit[pick], 0)
  const products = sum('price')
  const returned = products - sum('discount') + sum('tax')
  const exchanged = exchangeTotal(record)
  const credit = creditAmount(record)
  return {
    total: decimal(returned - exchanged),
    return_product_total: decimal(products),
    return_discount_total: decimal(sum('discount')),
    return_tax_total: decimal(sum('tax')),
    return_total: decimal(returned),
    return_credit_total: decimal(credit),
    exchange_product_total: decimal(exchanged),
    exchange_discount_total: decimal(0),
    exchange_tax_total: decimal(0),
    exchange_total: decimal(exchanged),
    exchange_credit_total: decimal(0),
    gift_card: decimal(credit),
    handling_fee: decimal(0),
    refund: decimal(refundAmount(record)),
    upsell: decimal(record.outcome === 'upsell' ? Math.max(0, exchanged - returned) : 0),
  }
}
