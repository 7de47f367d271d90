/** Loop's HTTP interface, written from loop.md §4 and §5 alone: it shares no code with the client that reads it. */
import type { HttpRequest } from '../../src/http/transport.ts'
import { gradeFieldsOf, storeGrades } from './grades.ts'
import { current, type Loop, type LoopNote, type LoopReturn, type LoopVersion, versionAt } from './loop.ts'
import type { Random } from './random.ts'

export type Reply = { status: number; json: unknown; headers?: Record<string, string> }

type Reading = { record: LoopReturn; version: LoopVersion }

const ok = (json: unknown): Reply => ({ status: 200, json })
const unknownReturn = ok({ errors: { message: 'No return found with this ID.' } })

/** Loop's answer to a request that has arrived. */
export function answerOfLoop(loop: Loop, { method, path, query = {}, body }: HttpRequest): Reply {
  if (path === '/warehouse/return/list') return list(loop, query)
  if (path === '/warehouse/reporting/asn') return asn(loop, query)
  if (path === '/warehouse/return/details') return details(loop, query['return_id'] ?? '')
  if (method === 'POST' && path === '/dispositioning/grade') return storeGrades(loop, 'grade', body)
  if (method === 'POST' && path === '/dispositioning/assess') return storeGrades(loop, 'assess', body)
  const [, returnId = '', action = ''] = /^\/warehouse\/return\/(\d+)\/(\w+)$/.exec(path) ?? []
  const record = loop.returns.get(returnId)
  if (record === undefined) return unknownReturn
  if (method === 'GET' && action === 'notes') return notes(loop, record)
  switch (action) {
    case 'process':
      return process(loop, record, body)
    case 'flag':
      return flag(loop, record)
    case 'note':
      return note(loop, record, body)
    default:
      return { status: 404, json: { message: 'Not Found' } }
  }
}

/** The body's keys become a note on the timeline (loop.md §5.1). */
function process(loop: Loop, record: LoopReturn, body: unknown): Reply {
  const keys = Object.entries((body ?? {}) as Record<string, unknown>)
  const content = keys.map(([key, value]) => `${key}: ${value}`).join('\n')
  const answer = loop.process(record, content === '' ? null : content)
  return answer === 'refused' ? refusal(record, loop.world.random('envelopes')) : accepted(loop)
}

function accepted({ habits }: Loop): Reply {
  return ok(habits.saysText ? 'true' : true)
}

/** All of these are 200 (loop.md §0.1), in the envelopes of §5.1; one says "open" of a flagged return (F5). */
function refusal(record: LoopReturn, random: Random): Reply {
  const { state, flagged } = current(record)
  const message = `Return is ${state} and therefore cannot be processed.`
  if (flagged)
    return ok({
      errors: { message: 'Return is open and therefore cannot be processed.', code: 'UNPROCESSABLE_FLAGGED_RETURN' },
    })
  if (state === 'review' || state === 'cancelled') return ok({ message })
  return ok(
    random.pick<unknown>([
      { errors: { message, code: 'UNPROCESSABLE_RETURN' } },
      { content: message },
      { error: { message } },
    ]),
  )
}

function flag(loop: Loop, record: LoopReturn): Reply {
  switch (loop.flag(record)) {
    case 'accepted':
      return accepted(loop)
    case 'unchanged':
      return loop.habits.refusesSecondFlag ? refusal(record, loop.world.random('envelopes')) : accepted(loop)
    case 'refused':
      return refusal(record, loop.world.random('envelopes'))
  }
}

function note(loop: Loop, record: LoopReturn, body: unknown): Reply {
  const content = (body as { content?: unknown } | undefined)?.content
  if (typeof content !== 'string' || content === '' || content.length > 254)
    return { status: 422, json: { errors: { message: 'Content is required and must be less than 255 characters.' } } }
  if (isDown(loop, 'writes')) return outOfOrder
  loop.note(record, content)
  return accepted(loop)
}

const outOfOrder: Reply = { status: 503, json: { message: 'Server Error' } }

function isDown({ world, habits: { notes } }: Loop, half: 'reads' | 'writes'): boolean {
  const { down } = notes
  if (down === null || world.isClear()) return false
  return down.from <= world.now() && world.now() < down.to && (down.what === half || down.what === 'both')
}

/** All notes that were visible at one time, which may be long ago. */
function notes(loop: Loop, record: LoopReturn): Reply {
  if (isDown(loop, 'reads')) return outOfOrder
  const { habits } = loop
  const readAt = notesReadAt(loop, record)
  const visible = visibleNotes(loop, record, readAt)
  for (const note of record.notes) if (!isVisible(note, readAt)) note.missedAt.push(loop.world.now())
  if (visible.length === 0) return { status: 422, json: false }
  if (habits.notes.newestFirst) visible.reverse()
  const rows = visible.map(({ id, content, at }) => ({ id, content, created_at: iso(at) }))
  return ok(habits.wrapsNotes ? { notes: rows } : rows)
}

/** In the order of their ids. */
function visibleNotes({ habits }: Loop, record: LoopReturn, at: number): LoopNote[] {
  const visible = record.notes.filter((note) => isVisible(note, at))
  switch (habits.notes.ids) {
    case 'as they arrive':
      return visible
    case 'any':
      return visible.sort((one, other) => one.id - other.id)
    case 'as they show':
      return visible
        .sort((one, other) => Math.max(one.at, one.hiddenUntil) - Math.max(other.at, other.hiddenUntil))
        .map((note, index) => ({ ...note, id: index + 1 }))
  }
}

function isVisible(note: LoopNote, at: number): boolean {
  return note.at <= at && note.hiddenUntil <= at
}

function notesReadAt({ world, skew }: Loop, { returnId, createdAt }: LoopReturn): number {
  const now = world.now()
  if (!world.hits('notes read late', [returnId])) return now
  const random = world.random('timelines')
  return random.chance(0.2) ? random.between(createdAt - skew, now) : now - random.between(100, 40_000)
}

function details(loop: Loop, returnId: string): Reply {
  const record = loop.returns.get(returnId)
  record?.reads.push(loop.world.now())
  const version = record && versionAt(record, readsAt(loop, [returnId]))
  if (record === undefined || version === undefined) return ok({ error: { message: 'No return found with this ID.' } })
  return ok(detailsOf(loop, { record, version }))
}

/** The time of the state that a read shows: a copy that is a little behind. */
function readsAt({ world }: Loop, touched: readonly string[] | 'all'): number {
  return world.now() - (world.hits('Loop reads late', touched) ? world.random('Loop').between(1, 25) * 1000 : 0)
}

function seen(loop: Loop): Reading[] {
  const at = readsAt(loop, 'all')
  return [...loop.returns.values()].flatMap((record) => {
    const version = versionAt(record, at)
    return version === undefined ? [] : [{ record, version }]
  })
}

type Filter = 'created_at' | 'updated_at'
const stamp = ({ record, version }: Reading, filter: Filter) =>
  filter === 'created_at' ? record.createdAt : version.updatedAt
const second = (reading: Reading, filter: Filter) => Math.floor(stamp(reading, filter) / 1000)

/** The cursor is a second without a tie-breaker, and the link lacks the filters (loop.md §4.2, F41). */
function list(loop: Loop, query: Record<string, string>): Reply {
  const filter: Filter = query['filter'] === 'updated_at' ? 'updated_at' : 'created_at'
  const [from, to] = [Date.parse(query['from'] ?? ''), Date.parse(query['to'] ?? '')]
  const states = query['state'] === undefined ? ['open', 'closed', 'expired'] : [query['state']]
  const cursor = query['cursor'] === undefined ? Number.POSITIVE_INFINITY : cursorIn(query['cursor'], filter)
  const rows = seen(loop)
    .filter((reading) => {
      const at = stamp(reading, filter)
      return at >= from && at <= to && states.includes(reading.version.state) && second(reading, filter) < cursor
    })
    .sort((one, other) => stamp(other, filter) - stamp(one, filter))
    .filter(({ record }) => !loop.world.hits('row skipped', [record.returnId]))
  if (query['paginate'] !== 'true') return ok(rows.map(rowOf))
  const page = rows.slice(0, Math.min(Number(query['pageSize'] ?? 100), loop.habits.pageSize))
  const last = page.at(-1)
  const next =
    last !== undefined && rows.length > page.length
      ? `https://api.loopreturns.com/api/list?filter=${filter}&cursor=${cursorOf(last, filter)}`
      : null
  return ok({ returns: page.map(rowOf), nextPageUrl: next, previousPageUrl: null })
}

function cursorOf(reading: Reading, filter: Filter): string {
  return Buffer.from(JSON.stringify({ [filter]: spaced(stamp(reading, filter)), _pointsToNextItems: true })).toString(
    'base64url',
  )
}

function cursorIn(text: string, filter: Filter): number {
  const { [filter]: at } = JSON.parse(Buffer.from(text, 'base64url').toString()) as Record<string, string>
  return Math.floor(Date.parse(`${at?.replace(' ', 'T')}Z`) / 1000)
}

/** One flat row per unit, whole days, every state; which time the window tests is not documented (loop.md §4.1). */
function asn(loop: Loop, query: Record<string, string>): Reply {
  const [from, to] = [Date.parse(query['from'] ?? ''), Date.parse(query['to'] ?? '')]
  const { asnBy } = loop.habits
  const rows = seen(loop)
    .filter((reading) => {
      const at = stamp(reading, asnBy === 'createdAt' ? 'created_at' : 'updated_at')
      return at >= from && at < to
    })
    .filter(({ record }) => !loop.world.hits('row skipped', [record.returnId]))
  return ok(rows.flatMap(asnRows))
}

const iso = (at: number) => new Date(at).toISOString()
/** Details write whole seconds without a zone (loop.md §4.3). */
const spaced = (at: number) => iso(at).slice(0, 19).replace('T', ' ')

function labelFields({ version: { labels } }: Reading) {
  const [first] = labels
  return {
    carrier: first === undefined ? '' : 'USPS',
    tracking_number: first?.trackingNumber ?? 'N/A',
    label_status: first?.status ?? 'pending',
    label_updated_at: first === undefined ? 'N/A' : iso(first.at),
  }
}

function labelRows({ version: { labels, units } }: Reading) {
  return labels.map(({ trackingNumber, status, at, lineItemIds }) => ({
    status,
    updated_at: iso(at),
    carrier: 'USPS',
    tracking_number: trackingNumber,
    line_items: lineItemIds ?? units.map(({ lineItemId }) => lineItemId),
  }))
}

function moneyFields({ record: { outcome, amount } }: Reading) {
  const isCredit = outcome.includes('credit')
  // With store credit, ten in money.
  const refund = isCredit ? (outcome.includes('refund') ? 10 : 0) : Number(amount)
  return { refund: refund.toFixed(2), gift_card: (Number(amount) - refund).toFixed(2), currency: 'USD' }
}

/** Created once per version, because a version never changes. */
const rows = new WeakMap<LoopVersion, unknown>()

function rowOf(reading: Reading): unknown {
  const { record, version } = reading
  const known = rows.get(version)
  if (known !== undefined) return known
  const row = {
    id: record.returnId,
    state: version.state,
    created_at: iso(record.createdAt),
    updated_at: iso(version.updatedAt),
    outcome: record.outcome,
    order_id: `9${record.returnId}`,
    order_name: record.orderName,
    provider_order_id: `5${record.returnId}`,
    customer: 'zoe@example.com',
    ...moneyFields(reading),
    line_items: version.units.map((unit) => ({
      line_item_id: String(unit.lineItemId),
      provider_line_item_id: '77',
      sku: unit.sku,
      barcode: '',
      title: unit.sku,
      return_reason: unit.reason,
      parent_return_reason: unit.parentReason,
      return_comment: 'N/A',
      outcome: unit.outcome,
    })),
    labels: labelRows(reading),
    ...labelFields(reading),
    destination_id: record.destinationId,
    return_method: null,
    was_processed: version.wasProcessed,
    refund_before_inspection: record.paidBeforeInspection,
    shopify_refund_object: Array.from({ length: version.refunds }, (_, index) => ({ id: index })),
  }
  rows.set(version, row)
  return row
}

/** Integers for ids, other names for reasons (loop.md §4.3). */
function detailsOf({ habits }: Loop, reading: Reading): unknown {
  const { record, version } = reading
  return {
    id: Number(record.returnId),
    state: version.state,
    created_at: spaced(record.createdAt),
    updated_at: spaced(version.updatedAt),
    outcome: record.outcome,
    order_id: 9,
    order_name: record.orderName,
    provider_order_id: 5,
    customer_email: 'zoe@example.com',
    ...moneyFields(reading),
    line_items: version.units.map((unit) => ({
      line_item_id: unit.lineItemId,
      provider_line_item_id: 77,
      sku: unit.sku,
      line_item_title: unit.sku,
      reason: unit.reason,
      parent_reason: unit.parentReason,
      return_comment: 'N/A',
      outcome: unit.outcome,
      ...(habits.grades.detailsShow ? gradeFieldsOf(record, unit.lineItemId) : {}),
    })),
    labels: labelRows(reading),
    ...labelFields(reading),
    refunds: Array.from({ length: version.refunds }, () => ({ gateway: 'shopify_payments', amount: record.amount })),
    ...(habits.detailsShowAll
      ? {
          destination_id: record.destinationId,
          was_processed: version.wasProcessed,
          refund_before_inspection: record.paidBeforeInspection,
        }
      : {}),
  }
}

const reports = new WeakMap<LoopVersion, unknown[]>()

function asnRows(reading: Reading): unknown[] {
  const { record, version } = reading
  const known = reports.get(version)
  if (known !== undefined) return known
  const report = version.units.map((unit) => ({
    id: Number(record.returnId),
    return_line_item_id: String(unit.lineItemId),
    order_name: record.orderName,
    state: version.state,
    sku: unit.sku,
    title: unit.sku,
    return_reason: unit.reason,
    outcome: record.outcome,
    created_at: iso(record.createdAt),
    updated_at: iso(version.updatedAt),
    destination_id: String(record.destinationId),
    currency: 'USD',
    ...labelFields(reading),
  }))
  reports.set(version, report)
  return report
}
