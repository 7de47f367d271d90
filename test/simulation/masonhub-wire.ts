/**
 * MasonHub's HTTP interface, written from masonhub.md §3 and §4 alone: it shares no code with the client that reads it.
 */
import type { HttpRequest } from '../../src/http/transport.ts'
import type { Reply } from './loop-wire.ts'
import {
  latest,
  type MasonHub,
  type Rma,
  type RmaLine,
  type RmaVersion,
  type WriteAnswer,
  type Written,
} from './masonhub.ts'
import type { Random } from './random.ts'

/** MasonHub's answer to a request that has arrived. */
export function answerOfMasonHub(masonhub: MasonHub, { method, path, body }: HttpRequest): Reply {
  const url = new URL(path, 'https://masonhub.invalid')
  if (method === 'GET' && url.pathname === '/rmas') return search(masonhub, url.searchParams)
  if (method === 'GET' && url.pathname === '/skus') return skus(masonhub, url.searchParams)
  if (url.pathname === '/rmas' && Array.isArray(body)) return write(masonhub, method, body)
  return { status: 404, json: { message: 'Not found.' } }
}

function search(masonhub: MasonHub, query: URLSearchParams): Reply {
  const { world, habits } = masonhub
  const identifiers = (query.get('cid') ?? '').split(',')
  if (identifiers.length > 30) return { status: 400, json: { message: 'One or more parameters were bad.' } }
  const data = identifiers.flatMap((identifier) =>
    masonhub.byIdentifier(identifier).flatMap((rma) => {
      const version = rma.versions.findLast(({ visibleAt }) => visibleAt <= world.now())
      if (version === undefined || (version.status === 'deleted' && !habits.listsDeleted)) return []
      return [recordOf(masonhub, rma, version)]
    }),
  )
  return {
    status: 200,
    json: { search_criteria: { cids: identifiers, status: 'all' }, limit: 100, offset: 0, list_type: 'detail', data },
  }
}

function skus({ skus: known }: MasonHub, query: URLSearchParams): Reply {
  const data = (query.get('cid') ?? '')
    .split(',')
    .filter((sku) => known.has(sku))
    .map((sku) => ({ id: sku, customer_identifier: sku, deleted_at: '' }))
  return { status: 200, json: { include_counts: false, limit: 100, list_type: 'detail', offset: 0, data } }
}

const iso = (at: number) => new Date(at).toISOString()

/** The record as reads and callbacks show it. */
export function recordOf({ habits }: MasonHub, rma: Rma, version: RmaVersion): Record<string, unknown> {
  const number = (value: number) => (habits.stringifies ? String(value) : value)
  return {
    id: rma.id,
    customer_identifier: rma.customerIdentifier,
    manifest_id: version.manifestId ?? '',
    package_id: version.packageId,
    return_type: rma.returnType,
    status: version.status,
    version: number(version.version),
    customer_instruction: version.instructions ?? '',
    return_label_url: '',
    received_at: version.status === 'received' ? iso(version.at) : '0001-01-01T00:00:00Z',
    created_at: iso(rma.createdAt),
    updated_at: iso(version.at),
    deleted_at: version.status === 'deleted' ? iso(version.at) : '',
    line_items: version.lines.map((line) => ({
      customer_sku_id: line.sku,
      quantity: number(line.quantity),
      return_reason_code: line.reasonCode,
      return_inventory_status: line.requestedStatus,
      return_notes: line.notes ?? '',
      customer_order_id: line.orderId ?? '',
      ...(line.reported === null ? {} : { quantity_received: number(line.reported) }),
      not_on_original_rma: line.unannounced,
      ...(line.details === null ? {} : { receiving_details: detailsOf(line, number) }),
    })),
  }
}

function detailsOf({ details }: RmaLine, number: (value: number) => unknown): Record<string, unknown> {
  const byWord = Map.groupBy(details ?? [], ({ word }) => word)
  return Object.fromEntries(
    [...byWord].map(([word, entries]) => [
      word,
      entries.map(({ quantity, notes }) => ({ quantity: number(quantity), notes })),
    ]),
  )
}

type Record_ = Record<string, unknown>

/**
 * Handles each record by itself, and answers HTTP 200 whatever their outcomes, in one of the envelopes of masonhub.md
 * §3.4.
 */
function write(masonhub: MasonHub, method: string, records: readonly unknown[]): Reply {
  if (records.length > 30) return { status: 400, json: { message: 'One or more parameters were bad.' } }
  const rows = records.map((record) => ({
    identifier: String((record as Record_)['customer_identifier']),
    ...writeOne(masonhub, method, record as Record_),
  }))
  return { status: 200, json: envelope(masonhub, rows) }
}

function writeOne(masonhub: MasonHub, method: string, record: Record_): WriteAnswer & { label: boolean; odd: boolean } {
  const identifier = String(record['customer_identifier'])
  if (masonhub.world.hits('record refused', [identifier])) return { code: null, label: false, odd: true }
  if (method === 'DELETE') return { ...masonhub.remove(identifier), label: false, odd: false }
  // Without the flag, MasonHub buys a label (masonhub.md §4.4).
  const label = record['generate_return_label'] !== false
  const answer =
    method === 'POST' ? masonhub.create(identifier, writtenIn(record)) : masonhub.update(identifier, writtenIn(record))
  if (label && answer.code === null) masonhub.labelsBought.push(identifier)
  return { ...answer, label: label && answer.code === null, odd: false }
}

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null)

/** A PUT replaces everything: fields that are left out are lost (masonhub.md §4.5). */
function writtenIn(record: Record_): Written {
  const lines = record['line_items'] as Record_[]
  return {
    packageId: text(record['package_id']) ?? '',
    manifestId: text(record['manifest_id']),
    instructions: text(record['customer_instructions']),
    lines: lines.map((line) => ({
      sku: String(line['customer_sku_id']),
      quantity: Number(line['quantity']),
      reasonCode: String(line['return_reason_code']),
      requestedStatus: String(line['return_inventory_status']),
      notes: text(line['return_notes']),
      orderId: text(line['customer_order_id']),
      reported: null,
      details: null,
      unannounced: false,
    })),
  }
}

type Row = ReturnType<typeof writeOne> & { identifier: string }

const texts = {
  '301': (id: string) => `301: '${id}' is already taken and 'customer_identifier' must be unique`,
  '303': (id: string) => `303: 'RMA' with customer_identifier '${id}' does not exist`,
  '409': (id: string) => `409: '${id}' must be in the 'open' status to be updated.`,
}

function envelope({ world, habits }: MasonHub, rows: readonly Row[]): unknown {
  const random = world.random('envelopes')
  const results = rows
    .filter(({ identifier }) => !world.hits('result missing', [identifier]))
    .map((row) => resultOf(row, habits.quirks, world.hits('result odd', [row.identifier]), random))
  if (habits.quirks && random.chance(0.2)) return results
  if (habits.quirks) results.reverse()
  const succeeded = rows.filter(({ code, odd }) => code === null && !odd).length
  return {
    records_submitted: rows.length,
    records_processed: rows.length,
    records_failed: rows.length - succeeded,
    records_succeeded: succeeded,
    results,
  }
}

function resultOf(row: Row, quirks: boolean, odd: boolean, random: Random): Record_ {
  const { identifier, code } = row
  const failed = code !== null || row.odd
  const message = code === null ? 'This record could not be processed.' : texts[code](identifier)
  const word = failed ? 'failure' : 'success'
  const spelt = quirks && random.chance(0.5) ? word.charAt(0).toUpperCase() + word.slice(1) : word
  const messages = [
    [message],
    [{ field_name: 'customer_identifier', errors: [message] }],
    [{ customer_identifier: [message] }],
  ]
  return {
    customer_identifier: odd && random.chance(0.5) ? null : identifier,
    status: odd ? 'queued' : spelt,
    [quirks ? 'url' : 'uri']: `https://app.masonhub.co/demo/api/v1/rmas?cid=${identifier}`,
    ...(failed ? { messages: messages[random.below(messages.length)] } : {}),
    ...(row.label ? { additional_data: { return_tracking_number: '9302020514103629166400' } } : {}),
  }
}

/** A callback's body for one event (masonhub.md §5.3, §5.4). */
export function callbackOf(masonhub: MasonHub, rma: Rma, event: string, messageId: string, at: number): unknown {
  const { apiVersion } = masonhub.habits
  const record = recordOf(masonhub, rma, latest(rma))
  const row =
    apiVersion === '1.0'
      ? record
      : {
          id: `e-${messageId}`,
          customer_identifier: rma.customerIdentifier,
          ...(event === 'received' ? { status: event, details: record } : { event_type: event }),
          as_of: iso(at),
        }
  const data = apiVersion === '1.0' && event !== 'received' ? [{ ...record, event_type: event }] : [row]
  return {
    callback_url: 'https://mhloop.example.com/in',
    message_type: 'rmaEvent',
    message_id: messageId,
    api_version: apiVersion,
    data,
  }
}
