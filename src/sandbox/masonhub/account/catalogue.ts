import type { Answer } from '../answer.ts'
import { badParameters, notFound, ok } from '../answer.ts'
import type { Refusal } from '../bulk.ts'
import { bulkAnswer, taken } from '../bulk.ts'
import type { Query } from '../query.ts'
import { isStrict, list, listType, page, requestsCounts, single, uuidList } from '../query.ts'
import { asFields } from '../rmas/rma-input.ts'
import type { Order, Sku } from '../types.ts'
import type { Account } from './store.ts'
import { addSku } from './store.ts'

/** GET /skus (masonhub.md §7.1). Unknown ones are absent. */
export function listSkus(account: Account, request: { query: Query }): Answer {
  const found = pageOf(account, account.skus, request.query, (sku) => sku.visibleAt <= account.nowMs())
  if (!found) return badParameters()
  if (found.rows.length === 0 && account.world.faults.get('masonhub.empty-is-404')) return notFound()
  const strict = isStrict(account)
  const type = listType(request.query, strict)
  const withCounts = type === 'summary' || requestsCounts(request.query, strict)
  const extra = account.quirk(0.5)
  const data = found.rows.map((sku) => {
    if (type === 'summary') return { id: sku.id, customer_identifier: sku.customerIdentifier, ...totals(account, sku) }
    return { ...skuRecord(sku, extra), ...kitFields(account, sku, extra), ...(withCounts ? totals(account, sku) : {}) }
  })
  if (account.quirk(0.25)) return ok(data)
  const { limit, offset } = found
  return ok({ include_counts: withCounts, limit, list_type: type, offset, data })
}

/** POST /skus: a new SKU needs only its identifier; 201 as documented, 200 as logged (masonhub.md §3.5). */
export function createSkus(account: Account, request: { body: unknown; base: string }): Answer {
  if (!Array.isArray(request.body)) return badParameters()
  const visibleAt = account.nowMs() + account.world.faults.get('masonhub.visible-after-ms')
  const outcomes = request.body.map((record) => {
    const identifier = asFields(record)['customer_identifier']
    const url = `${request.base}/skus?id=${encodeURIComponent(String(identifier ?? ''))}`
    return { identifier, url, refusals: refuseSku(account, identifier, visibleAt) }
  })
  return bulkAnswer(account, outcomes, { status: account.quirk(0.5) ? 200 : 201 })
}

function refuseSku(account: Account, identifier: unknown, visibleAt: number): Refusal[] {
  const field = 'customer_identifier'
  if (typeof identifier !== 'string' || identifier.length < 2 || identifier.length > 250) {
    return [{ field, text: `'${field}' must have between 2 and 250 characters.` }]
  }
  return addSku(account, identifier, visibleAt) ? [] : [taken(identifier)]
}

/** GET /orders, the part that order checks need (masonhub.md §7.2). `cid` works, although it is not documented. */
export function listOrders(account: Account, request: { query: Query }): Answer {
  const found = pageOf(account, account.orders, request.query, () => true)
  if (!found) return badParameters()
  if (found.rows.length === 0 && account.world.faults.get('masonhub.empty-is-404')) return notFound()
  const data = found.rows.map((order) => orderRecord(account, order))
  // Examples show a bare array; working clients read `data` (masonhub.md §9.31).
  if (account.quirk(0.5)) return ok(data)
  return ok({ limit: found.limit, offset: found.offset, list_type: 'detail', include_counts: false, data })
}

type Identified = { id: string; customerIdentifier: string }

function pageOf<Row extends Identified>(
  account: Account,
  all: ReadonlyMap<string, Row>,
  query: Query,
  isVisible: (row: Row) => boolean,
): { rows: Row[]; limit: number; offset: number } | null {
  const paging = page(query)
  const ids = uuidList(query, 'id')
  const identifiers = list(query, 'cid')
  if (paging === 'bad' || ids === 'bad' || identifiers === 'bad' || listType(query, isStrict(account)) === 'bad') {
    return null
  }
  const named = identifiers && lookUp(all, identifiers, single(query, 'cid') ?? '')
  const rows = (named ?? [...all.values()]).filter((row) => isVisible(row) && (!ids || ids.includes(row.id)))
  return { ...paging, rows: rows.slice(paging.offset, paging.offset + paging.limit) }
}

/** Finds rows by identifier. One that contains a comma is found if it is the whole list (masonhub.md §7.1). */
function lookUp<Row>(all: ReadonlyMap<string, Row>, identifiers: string[], whole: string): Row[] {
  const rows = new Set([whole, ...identifiers].map((identifier) => all.get(identifier)))
  return [...rows].filter((row) => row !== undefined)
}

function skuRecord(sku: Sku, extra: boolean): Record<string, unknown> {
  const name = sku.customerIdentifier
  const record: Record<string, unknown> = {
    id: sku.id,
    customer_identifier: name,
    customer_bar_code: String(Number.parseInt(sku.id.slice(0, 8), 16)).padStart(12, '0'),
    vendor_style: 'sandbox',
    brand_name: 'Sandbox',
    product_name: `Item ${name}`,
    product_category: 'apparel',
    product_sub_category: 'sandbox',
    product_description: `The sandbox's item ${name}`,
    vendor_brand_code: 'SB',
    customer_brand_code: 'SB',
    ormd: false,
    lot_controlled: false,
    dim_weight: 12,
    dim_length: 10,
    dim_width: 8,
    dim_height: 2,
    dim_volume: 160,
    country_of_origin: 'US',
    created_at: '2024-01-02T15:04:05Z',
    updated_at: '2024-01-02T15:04:05Z',
  }
  return extra ? { ...record, unique_sku_name: `${name}-1`, deleted_at: '0001-01-01T00:00:00Z' } : record
}

/** A part is named by its SKU or, as allowed as well, by MasonHub's own id. */
function kitFields(account: Account, { kit }: Sku, byId: boolean): Record<string, unknown> {
  if (kit === null) return {}
  const nameOf = (sku: string) => (byId ? { sku_id: account.skus.get(sku)?.id } : { customer_identifier: sku })
  return { is_kit: true, kit_skus: kit.map(({ sku, quantity }) => ({ ...nameOf(sku), quantity })) }
}

function totals(account: Account, sku: Sku): Record<string, unknown> {
  const counts = [...account.inventory.counts(sku.customerIdentifier)]
  const asOf = account.now()
  const byStatus = counts.map(([status, count]) => ({ inventory_status: status, count, as_of: asOf }))
  const units = counts.filter(([status]) => status !== 'expected').reduce((sum, [, count]) => sum + count, 0)
  return {
    inventory_totals: {
      sku_id: sku.id,
      customer_identifier: sku.customerIdentifier,
      total_units: units,
      total_available_to_sell: counts.find(([status]) => status === 'available')?.[1] ?? 0,
      as_of: asOf,
      counts_by_status: byStatus,
    },
  }
}

function orderRecord(account: Account, order: Order): Record<string, unknown> {
  const statusSpelling = account.quirk(0.5) ? 'completed' : 'fulfilled'
  return {
    id: order.id,
    customer_identifier: order.customerIdentifier,
    order_type: 'customer',
    status: statusSpelling,
    shipping_provider: 'masonhub',
    shipper_service_level: 'ground',
    shipping_address_name: 'Sandbox Shopper',
    shipping_address_street_line_one: '1 Sandbox Street',
    shipping_address_city: 'Springfield',
    shipping_address_locale: 'IL',
    shipping_address_postal_code: '62701',
    shipping_address_country_code: 'US',
    submitted_at: '2024-01-02T15:04:05Z',
    line_items: order.lines.map((line) => ({ sku_customer_id: line.sku, quantity: line.quantity })),
    created_at: '2024-01-02T15:04:05Z',
    updated_at: '2024-01-02T15:04:05Z',
  }
}

/** GET /inventory_locations: a bare array (masonhub.md §3.2). */
export function listLocations(account: Account): Answer {
  const location = {
    id: 'bf7bb516-ce52-8950-2a8b-9008f0091d93',
    name: 'Rancho Cucamonga',
    city: 'Rancho Cucamonga',
    locale_code: 'CA',
    short_code: 'RC1',
    timezone: 'America/Los_Angeles',
    created_at: '2022-05-27T17:06:39.615736Z',
    updated_at: '2022-05-27T17:06:39.615736Z',
  }
  return ok([account.quirk(0.5) ? { ...location, street_line_three: null, deleted_at: null } : location])
}
