import type { Account } from '../account/store.ts'
import type { Answer } from '../answer.ts'
import { badParameters, notFound, ok } from '../answer.ts'
import { countDown } from '../middleware.ts'
import type { Page, Query } from '../query.ts'
import { isStrict, list, listType, page, single, timestamp, uuidList } from '../query.ts'
import type { RmaState, StoredRma } from '../types.ts'
import { receive } from '../warehouse/warehouse.ts'
import { current, visible } from './rma-store.ts'
import { recordStyle, rmaRecord } from './rma-wire.ts'

type Search = Page & {
  ids: string[] | null
  identifiers: string[] | null
  status: string | null
  from: number | null
  to: number | null
  type: 'detail' | 'summary'
}
type Listed = { rma: StoredRma; state: RmaState }

/** GET /rmas: filters on the collection, in the order of creation (masonhub.md §3.1, §4.2). */
export function listRmas(account: Account, request: { query: Query; base: string }): Answer {
  const search = readSearch(request.query, isStrict(account))
  if (!search) return badParameters()
  const { listed, total } = find(account, search)
  if (total === 0 && account.world.faults.get('masonhub.empty-is-404')) return notFound()
  if (search.type === 'summary') return ok(summary(listed))
  const style = recordStyle(account)
  const data = listed.map(({ rma, state }) => rmaRecord(rma, state, { style, labelBase: request.base }))
  receiveBehindTheReader(account, listed)
  if (account.quirk(0.25)) return ok(data)
  return ok({ ...echo(account, search, request.query), data })
}

function readSearch(query: Query, strict: boolean): Search | null {
  const paging = page(query)
  const ids = uuidList(query, 'id')
  const identifiers = list(query, 'cid')
  const from = timestamp(query, 'sdt', strict)
  const to = timestamp(query, 'edt', strict)
  const type = listType(query, strict)
  if (paging === 'bad' || ids === 'bad' || identifiers === 'bad') return null
  if (from === 'bad' || to === 'bad' || type === 'bad') return null
  const status = single(query, 'status')
  return { ...paging, ids, identifiers, status: status === 'all' ? null : status, from, to, type }
}

function find(account: Account, search: Search): { listed: Listed[]; total: number } {
  const offset = shift(account, search.offset)
  const found = search.ids || search.identifiers ? matching(account, search).found : scanned(account, search)
  return { listed: found.slice(offset, offset + search.limit), total: found.length }
}

function matching(account: Account, search: Search): { found: Listed[]; settled: boolean } {
  const now = account.nowMs()
  const found: Listed[] = []
  let settled = true
  for (const rma of candidates(account, search)) {
    const state = visible(rma, now)
    settled &&= state === current(rma)
    if (state && matches(account, search, { rma, state })) found.push({ rma, state })
  }
  return { found, settled }
}

/** The last scan of each account, kept because the pages of one list are requested one after another. */
const scans = new WeakMap<Account, { key: string; found: Listed[] }>()

function scanned(account: Account, search: Search): Listed[] {
  const { faults } = account.world
  const { status, from, to } = search
  const switches = [faults.get('masonhub.deleted-listed'), faults.get('masonhub.ignore-status')]
  const key = JSON.stringify([status, from, to, account.rmas.revision, ...switches])
  const last = scans.get(account)
  if (last?.key === key) return last.found
  const { found, settled } = matching(account, search)
  // A scan from before the latest states become visible can't serve the next pages.
  if (settled) scans.set(account, { key, found })
  return found
}

/** Looks up by index when there is an id list; otherwise returns the whole collection. */
function candidates(account: Account, search: Search): Iterable<StoredRma> {
  const { rmas } = account
  if (search.ids) {
    return rmas.inOrder(search.ids.map((id) => rmas.byId(id.toLowerCase())).filter((rma) => rma !== undefined))
  }
  if (!search.identifiers || account.world.faults.get('masonhub.ignore-cid')) return rmas.all()
  return rmas.inOrder(search.identifiers.flatMap((identifier) => rmas.byCustomerIdentifier(identifier)))
}

function matches(account: Account, search: Search, { rma, state }: Listed): boolean {
  const { faults } = account.world
  if (state.status === 'deleted' && !faults.get('masonhub.deleted-listed')) return false
  if (search.status !== null && state.status !== search.status && !faults.get('masonhub.ignore-status')) return false
  const created = account.rmas.createdMs(rma)
  return (search.from === null || created >= search.from) && (search.to === null || created <= search.to)
}

/** Shifts a page by one row, as rows that come and go between two pages do (F42). */
function shift(account: Account, offset: number): number {
  if (offset === 0) return 0
  const { random, faults } = account.world
  if (random.chance(faults.get('masonhub.shift-pages'))) return offset + 1
  return random.chance(faults.get('masonhub.repeat-rows')) ? offset - 1 : offset
}

function echo(account: Account, search: Search, query: Query): Record<string, unknown> {
  const criteria: Record<string, unknown> = {
    status: search.status ?? 'all',
    sdt: single(query, 'sdt'),
    edt: single(query, 'edt'),
  }
  if (search.identifiers) criteria['cids'] = search.identifiers
  if (search.ids) criteria['ids'] = search.ids
  const { limit, offset, type } = search
  const envelope = { search_criteria: criteria, limit, offset, list_type: type }
  return account.quirk(0.5) ? { ...envelope, include_counts: false } : envelope
}

/** The summary has a different envelope, with numbers as strings (masonhub.md §4.2). */
function summary(listed: readonly Listed[]): Record<string, unknown> {
  const returns = listed.map(({ rma, state }) => ({
    return_id: rma.id,
    return_customer_identifier: rma.customerIdentifier,
    customer_order_id: state.lines[0]?.orderId ?? '',
    return_type: state.returnType,
    return_package_id: state.packageId ?? '',
    return_status: state.status,
    number_skus: String(new Set(state.lines.map((line) => line.sku)).size),
    number_units: String(state.lines.reduce((sum, line) => sum + line.quantity, 0)),
    processed_at: state.receivedAt ?? '',
  }))
  return { number_of_returns: String(returns.length), returns }
}

/** Receives a parcel between a GET and the write that follows (F37). */
function receiveBehindTheReader(account: Account, listed: readonly Listed[]): void {
  for (const { rma, state } of listed) {
    if (state.status === 'open' && countDown(account, 'masonhub.receive-during-list')) receive(account, rma, {})
  }
}
