import * as v from 'valibot'
import { isAboutOne } from '../../core/errors/about-one.ts'
import type { LoopReturn, ReturnLabel, ReturnMethod } from '../../core/returns/return.ts'
import { digestOf } from '../../core/text/digest.ts'
import type { HttpAnswer, HttpRequest, Transport } from '../../http/transport.ts'
import type { AsnQuery, OnUnreadable } from '../client.ts'
import { requiredId, stateOf, text, time } from '../wire/fields.ts'
import { bagsOf, methodOf } from '../wire/method.ts'
import { parsed, read, readUnlessTooLarge, unreadable } from '../wire/reading.ts'
import { returnIdIn, trackingNumbersOf } from '../wire/wire.ts'
import { detailsById } from './details.ts'
import { checkedWindow, type Window } from './windows.ts'

/**
 * One row per unit (loop.md §4.1). `id` is the return's id. Both ids are required: a row without one would be a lost
 * unit.
 */
const rowSchema = v.object({
  id: requiredId,
  return_line_item_id: requiredId,
  state: text,
  outcome: text,
  order_name: text,
  created_at: time,
  updated_at: time,
  destination_id: text,
  destination_name: text,
  return_method: v.optional(v.unknown()),
  return_method_rma_code: text,
  return_method_state: text,
  scannable_id: text,
  package_reference: v.optional(v.unknown()),
  date_delivered: time,
  currency: text,
  sku: text,
  barcode: text,
  title: text,
  return_reason: text,
  parent_return_reason: text,
  return_comment: text,
  carrier: text,
  tracking_number: text,
  label_status: text,
  label_updated_at: time,
})

type Row = v.InferOutput<typeof rowSchema>

const day = 86_400_000
const dateText = (time: number) => new Date(time).toISOString().slice(0, 10)

/** The labels in these rows. A unit that appears in two windows, or with two labels, is still one unit. */
function labelsOf(rows: readonly Row[]): ReturnLabel[] {
  const labels = new Map<string, ReturnLabel>()
  for (const row of rows) {
    if ((row.tracking_number ?? row.carrier ?? row.label_status) === null) continue
    const key = row.tracking_number ?? ''
    const label = labels.get(key) ?? {
      trackingNumber: row.tracking_number,
      carrier: row.carrier,
      status: row.label_status,
      updatedAt: row.label_updated_at,
      lineItemIds: [],
    }
    if (!label.lineItemIds.includes(row.return_line_item_id)) label.lineItemIds.push(row.return_line_item_id)
    labels.set(key, label)
  }
  return [...labels.values()]
}

/** What the report says of the method in keys of its own, the list has in one object. */
function reportedMethod(row: Row): ReturnMethod {
  const method = methodOf(row.return_method)
  return {
    ...method,
    state: method.state ?? row.return_method_state,
    rmaId: method.rmaId ?? row.return_method_rma_code,
    scannableId: method.scannableId ?? row.scannable_id,
  }
}

/** The last of the dates, because a parcel that is still to come is not delivered by another one. */
function lastDelivery(rows: readonly Row[]): string | null {
  return rows.reduce<string | null>(
    (last, { date_delivered: at }) => (at !== null && (last === null || at > last) ? at : last),
    null,
  )
}

function returnOf(rows: readonly [Row, ...Row[]]): LoopReturn {
  // The rows of one report agree; of two reports, the later one is right.
  const latest = rows.reduce((one, other) => ((other.updated_at ?? '') > (one.updated_at ?? '') ? other : one), rows[0])
  const current = rows.filter((row) => row.updated_at === latest.updated_at)
  const units = new Map(current.map((row) => [row.return_line_item_id, row]))
  const labels = labelsOf(current)
  const method = reportedMethod(latest)
  return {
    returnId: latest.id,
    state: stateOf(latest.state),
    rawState: latest.state ?? '',
    outcome: latest.outcome,
    orderName: latest.order_name,
    providerOrderId: null,
    createdAt: latest.created_at,
    updatedAt: latest.updated_at,
    destinationId: latest.destination_id,
    destinationName: latest.destination_name,
    returnMethod: method.provider ?? method.type,
    method,
    units: [...units.values()].map((row) => ({
      lineItemId: row.return_line_item_id,
      providerLineItemId: null,
      sku: row.sku,
      barcode: row.barcode,
      title: row.title,
      reason: row.return_reason,
      parentReason: row.parent_return_reason,
      comment: row.return_comment,
      outcome: null,
      price: null,
      refund: null,
      condition: undefined,
      disposition: undefined,
    })),
    labels,
    bags: [...new Set(current.flatMap((row) => bagsOf(row.package_reference)))],
    deliveredAt: lastDelivery(current),
    trackingNumbers: trackingNumbersOf(labels),
    // The report says nothing about money that moved.
    money: {
      refund: null,
      giftCard: null,
      currency: latest.currency,
      wasProcessed: null,
      refundBeforeInspection: null,
      refunds: 0,
    },
  }
}

/**
 * Loop does not say whether the last day is included (loop.md §4.1). Between two pieces that does not matter, since the
 * next one begins on that day; the last piece asks for one day more.
 */
function requestOf({ from, to }: Window, isLast: boolean, signal: AbortSignal | undefined): HttpRequest {
  const query = { from: dateText(from.getTime()), to: dateText(to.getTime() + (isLast ? day : 0)) }
  return { method: 'GET', path: '/warehouse/reporting/asn', query, effect: 'read', ...(signal ? { signal } : {}) }
}

/**
 * Reads the rows. A row that can't be read is left out if `onUnreadable` learns whose it is; otherwise it throws (F47).
 */
function rowsIn(request: HttpRequest, answer: HttpAnswer, { except, onUnreadable }: AsnQuery): Row[] {
  const rows = parsed(v.array(v.unknown()), request, answer)
  return rows.flatMap((row, index) => {
    const returnId = returnIdIn(row)
    if (returnId !== null && except?.has(returnId)) return []
    const reading = v.safeParse(rowSchema, row)
    if (reading.success) return [reading.output]
    const where = `${index}.${v.getDotPath(reading.issues[0]) ?? 'the whole row'}`
    if (returnId === null || onUnreadable === undefined) throw unreadable(request, answer, where)
    onUnreadable({ returnId, where })
    return []
  })
}

/**
 * Most days in one piece. Loop 2026-10 refuses a report of more than 120 days (loop.md §14.1); the last piece asks for
 * one more.
 */
const mostDays = 98

/** Most bytes of the answer for a single day, which can't be divided: some 40,000 units. */
const largestDay = 50_000_000

/** Returns to aim for in one piece: some 5 MB, which take 40 MB when parsed. */
const returnsAtOnce = 2_000

/**
 * The report's rows, in pieces of whole days, oldest first. The report has no pages: a piece that is too large is
 * requested again with half as many days, and so are the pieces after it.
 */
async function* piecesOf(transport: Transport, query: AsnQuery): AsyncGenerator<Row[]> {
  const { from, to } = checkedWindow(query)
  let days = daysAtOnce(query.expected ?? 0, { from, to })
  for (let start = from.getTime(); ; ) {
    const end = Math.min(Math.floor(start / day) * day + days * day, to.getTime())
    const rows = await pieceOf(transport, { from: new Date(start), to: new Date(end) }, end >= to.getTime(), query)
    if (rows === null) {
      days = Math.ceil((end - start) / day / 2)
      continue
    }
    yield rows
    if (end >= to.getTime()) return
    start = end
  }
}

/**
 * Days in the first pieces, by the number of returns expected: Loop would build and send a report that is far too large
 * before it is thrown away and halved.
 */
function daysAtOnce(expected: number, { from, to }: Window): number {
  const days = Math.max(1, (to.getTime() - from.getTime()) / day)
  return Math.min(mostDays, Math.max(1, Math.floor((returnsAtOnce * days) / expected)))
}

/**
 * The rows of one piece; null when it is too large and longer than a day. The answer (up to 10 MB) is freed before its
 * rows are processed.
 */
async function pieceOf(transport: Transport, window: Window, isLast: boolean, query: AsnQuery): Promise<Row[] | null> {
  const request = requestOf(window, isLast, query.signal)
  const divisible = window.to.getTime() - window.from.getTime() > day
  const answer = divisible
    ? await readUnlessTooLarge(transport, request)
    : await read(transport, { ...request, maxBytes: largestDay })
  return answer && rowsIn(request, answer, query)
}

/**
 * The ASN report as returns, by whole days: a caller that needs the exact window checks the times of the returns. Loop
 * does not say which time it filters by (loop.md §4.1), so a piece may hold only part of a return: a return that two
 * pieces show with different units is read by itself.
 */
export async function* asnReturns(transport: Transport, query: AsnQuery): AsyncGenerator<LoopReturn[]> {
  // With an unreadable row left out, the other rows would look like the whole return.
  const broken = new Set<string>()
  const seen = new Map<string, string>()
  const requested = { ...query, ...noting(broken, query.onUnreadable) }
  for await (const rows of piecesOf(transport, requested)) {
    const returns: LoopReturn[] = []
    const whole = [...Map.groupBy(rows, (row) => row.id)].filter(([returnId]) => !broken.has(returnId))
    for (const [returnId, [first, ...others]] of whole) {
      const one = first && returnOf([first, ...others])
      const news = one === undefined ? 'none' : newsIn(one, seen.get(returnId))
      if (one === undefined || news === 'none') continue
      seen.set(returnId, fingerprintOf(one))
      returns.push(...(news === 'newer' ? [one] : await readByItself(transport, returnId, requested)))
    }
    if (returns.length > 0) yield returns
  }
}

/**
 * The return of which two pieces hold different units; none when Loop has none, or when its details can't be read and
 * `onUnreadable` learns of it (F47).
 */
async function readByItself(transport: Transport, returnId: string, query: AsnQuery): Promise<LoopReturn[]> {
  try {
    const found = await detailsById(transport, returnId, query.signal)
    return found === null ? [] : [found]
  } catch (error) {
    if (query.onUnreadable === undefined || !isAboutOne(error)) throw error
    query.onUnreadable({ returnId, where: 'its details' })
    return []
  }
}

/** Its update time, units and parcels as one string: a backfill keeps a hundred thousand of them in memory. */
function fingerprintOf(one: LoopReturn): string {
  return [one.updatedAt ?? '', linesOf(one), parcelDigest(one)].join('\n')
}

/** Whether labels and bags change the update time is not known: of two pieces, the later one is then right. */
function newsIn(one: LoopReturn, before: string | undefined): 'none' | 'newer' | 'other units' {
  if (before === undefined) return 'newer'
  const [updatedAt = '', lines, parcels] = before.split('\n')
  if (lines !== linesOf(one)) return 'other units'
  if ((one.updatedAt ?? '') !== updatedAt) return (one.updatedAt ?? '') > updatedAt ? 'newer' : 'none'
  return parcels === parcelDigest(one) ? 'none' : 'newer'
}

/** Adds the ids of unreadable returns to `broken`, and reports each return once. */
function noting(broken: Set<string>, onUnreadable: OnUnreadable | undefined): { onUnreadable?: OnUnreadable } {
  if (onUnreadable === undefined) return {}
  return {
    onUnreadable(row) {
      if (!broken.has(row.returnId)) onUnreadable(row)
      broken.add(row.returnId)
    },
  }
}

function linesOf({ units }: LoopReturn): string {
  return units
    .map(({ lineItemId }) => lineItemId)
    .sort()
    .join()
}

function parcelDigest({ labels, bags, deliveredAt }: LoopReturn): string {
  return digestOf({ labels, bags, deliveredAt }).slice(0, 12)
}
