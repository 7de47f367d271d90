import assert from 'node:assert/strict'
import type { Dock, Json } from './dock-harness.ts'
import { line, openDock, recordsOf, rma } from './dock-harness.ts'

describe('MasonHub stand-in: reading (masonhub.md §3.1, §3.2, §4.2)', () => {
  let dock: Dock
  beforeEach(async () => {
    dock = await openDock()
  })
  afterEach(() => dock.sandbox.stop())

  const get = (path: string) => dock.ask('GET', path)
  const identifiers = (body: Json) => recordsOf(body).map((record: Json) => record.customer_identifier)

  function seed(count: number, from = 10_000): void {
    dock.masonhub.addRmas(Array.from({ length: count }, (_, index) => rma(String(from + index))))
  }

  it('answers in the envelope, with the search echoed, 30 rows from zero by default', async () => {
    seed(35)
    const { body } = await get('/rmas')
    assert.deepEqual(body.search_criteria, { status: 'all', sdt: null, edt: null })
    assert.deepEqual([body.limit, body.offset, body.list_type, body.data.length], [30, 0, 'detail', 30])
    const last = await get('/rmas?limit=30&offset=30')
    assert.deepEqual(identifiers(last.body), ['10030', '10031', '10032', '10033', '10034'])
    assert.deepEqual((await get('/rmas?limit=30&offset=35')).body.data, [])
  })

  it('API-003 shows every RMA exactly once over pages of 100', async () => {
    seed(250)
    const seen: string[] = []
    for (let offset = 0; offset < 300; offset += 100) {
      seen.push(...identifiers((await get(`/rmas?limit=100&offset=${offset}`)).body))
    }
    assert.equal(seen.length, 250)
    assert.equal(new Set(seen).size, 250)
  })

  it('refuses bad parameters with 400 and a message', async () => {
    const thirtyOne = Array.from({ length: 31 }, (_, index) => String(10_000 + index)).join(',')
    const bad = ['limit=101', 'limit=0', 'limit=x', 'offset=-1', `cid=${thirtyOne}`, 'id=nothing', 'sdt=yesterday']
    for (const query of [...bad, 'edt=2026-11-23', 'list_type=long']) {
      const answer = await get(`/rmas?${query}`)
      assert.equal(answer.status, 400, query)
      assert.equal(typeof answer.body.message, 'string')
    }
  })

  it('finds by cid and by id in comma lists, unknown ones being absent', async () => {
    seed(40)
    const byCid = await get('/rmas?cid=10003,10001,99999')
    assert.deepEqual(identifiers(byCid.body), ['10001', '10003'])
    assert.deepEqual(byCid.body.search_criteria.cids, ['10003', '10001', '99999'])
    const ids = byCid.body.data.map((record: Json) => record.id)
    assert.deepEqual(identifiers((await get(`/rmas?id=${ids.join(',')}`)).body), ['10001', '10003'])
    const encoded = await get(`/rmas?cid=${encodeURIComponent('10003,10001')}`)
    assert.deepEqual(identifiers(encoded.body), ['10001', '10003'])
    const repeated = await get('/rmas?cid=10003&cid=10001')
    assert.deepEqual(identifiers(repeated.body), ['10001'])
  })

  it('filters by status and by the created date, bounds included, and by nothing else', async () => {
    seed(2)
    dock.clock.advance(60_000)
    seed(2, 20_000)
    dock.masonhub.warehouse.receive('10000')
    assert.deepEqual(identifiers((await get('/rmas?status=received')).body), ['10000'])
    assert.deepEqual(identifiers((await get('/rmas?status=open')).body), ['10001', '20000', '20001'])
    assert.deepEqual(identifiers((await get('/rmas?status=unheard-of')).body), [])
    const later = '2026-11-23T12:01:00Z'
    assert.deepEqual(identifiers((await get(`/rmas?sdt=${later}`)).body), ['20000', '20001'])
    assert.deepEqual(identifiers((await get('/rmas?edt=2026-11-23T12:00:59.999Z')).body), ['10000', '10001'])
    const offset = encodeURIComponent('2026-11-23T14:01:00+02:00')
    assert.deepEqual(identifiers((await get(`/rmas?sdt=${offset}&edt=${offset}`)).body), ['20000', '20001'])
  })

  it('lists deleted RMAs, or hides them, as the switch says', async () => {
    seed(2)
    await dock.ask('DELETE', '/rmas', [{ customer_identifier: '10000' }])
    assert.deepEqual(identifiers((await get('/rmas')).body), ['10000', '10001'])
    dock.fault('masonhub.deleted-listed', 0)
    assert.deepEqual(identifiers((await get('/rmas')).body), ['10001'])
  })

  it('answers a read without a match with an empty list, or 404, as the switch says', async () => {
    assert.deepEqual((await get('/rmas?cid=10000')).body.data, [])
    dock.fault('masonhub.empty-is-404', 1)
    for (const path of ['/rmas?cid=10000', '/skus?cid=NO-SUCH', '/orders?cid=NO-SUCH']) {
      assert.equal((await get(path)).status, 404, path)
    }
  })

  it('ignores the cid or the status filter when switched so', async () => {
    seed(3)
    dock.fault('masonhub.ignore-cid', 1)
    assert.equal((await get('/rmas?cid=10001')).body.data.length, 3)
    dock.fault('masonhub.ignore-status', 1)
    assert.equal((await get('/rmas?status=received')).body.data.length, 3)
  })

  it('F42 moves rows between two pages when switched so', async () => {
    seed(6)
    dock.fault('masonhub.shift-pages', 1)
    assert.deepEqual(identifiers((await get('/rmas?limit=3&offset=3')).body), ['10004', '10005'])
    dock.fault('masonhub.shift-pages', 0)
    dock.fault('masonhub.repeat-rows', 1)
    assert.deepEqual(identifiers((await get('/rmas?limit=3&offset=3')).body), ['10002', '10003', '10004'])
  })

  it('F37 receives an RMA right after a list showed it open', async () => {
    seed(2)
    dock.fault('masonhub.receive-during-list', 1)
    const first = await get('/rmas')
    assert.deepEqual(
      first.body.data.map((record: Json) => record.status),
      ['open', 'open'],
    )
    const second = await get('/rmas')
    assert.deepEqual(
      second.body.data.map((record: Json) => record.status),
      ['received', 'open'],
    )
  })

  it('has a summary of another shape', async () => {
    dock.masonhub.addRmas([rma('10000', { line_items: [line('HAT', 2), line('SHIRT-S', 1)] })])
    const { body } = await get('/rmas?list_type=summary')
    assert.equal(body.number_of_returns, '1')
    assert.equal(body.returns[0].return_customer_identifier, '10000')
    assert.deepEqual([body.returns[0].number_skus, body.returns[0].number_units], ['2', '3'])
  })

  it('with quirks on mixes bare arrays, two spellings, zero dates and unknown fields', async () => {
    dock.fault('masonhub.quirks', 1)
    dock.masonhub.addRmas([rma('10000', { customer_instructions: 'Fold' })])
    dock.masonhub.warehouse.receive('10000')
    const seen = new Set<string>()
    for (let round = 0; round < 80; round += 1) {
      const { body } = await get('/rmas?cid=10000')
      const [record] = recordsOf(body)
      assert.equal(record.customer_instructions ?? record.customer_instruction, 'Fold')
      assert.equal(Date.parse(record.received_at ?? record.processed_at), dock.clock.now().getTime())
      for (const trait of traits(body, record)) seen.add(trait)
    }
    const spellings = ['bare', 'envelope', 'singular', 'plural', 'processed_at', 'received_at', 'utc', 'offset']
    const zeros = ['deleted_at undefined', 'deleted_at null', 'deleted_at 0001-01-01T00:00:00Z']
    assert.deepEqual([...seen].sort(), [...spellings, ...zeros, 'extra', 'documented'].sort())
  })

  function traits(body: Json, record: Json): string[] {
    return [
      Array.isArray(body) ? 'bare' : 'envelope',
      record.customer_instruction ? 'singular' : 'plural',
      record.processed_at ? 'processed_at' : 'received_at',
      `deleted_at ${record.deleted_at}`,
      record.created_at.endsWith('Z') ? 'utc' : 'offset',
      record.warehouse_id ? 'extra' : 'documented',
    ]
  }

  it('finds SKUs by cid, one with a comma when it is asked for alone, with counts when wanted', async () => {
    dock.masonhub.addSkus(['A,B', 'R&D 1'])
    assert.deepEqual(identifiers((await get('/skus?cid=HAT,NO-SUCH')).body), ['HAT'])
    assert.deepEqual(identifiers((await get(`/skus?cid=${encodeURIComponent('A,B')}`)).body), ['A,B'])
    assert.deepEqual(identifiers((await get(`/skus?cid=${encodeURIComponent('R&D 1')}`)).body), ['R&D 1'])
    dock.masonhub.addRmas([rma('10000', { line_items: [line('HAT', 2)] })])
    const counted = await get('/skus?cid=HAT&include_counts=true')
    const totals = counted.body.data[0].inventory_totals
    assert.deepEqual(
      totals.counts_by_status.map((one: Json) => [one.inventory_status, one.count]),
      [['expected', 2]],
    )
    assert.equal((await get(`/skus?cid=${Array.from({ length: 31 }, (_, i) => `S${i}`).join(',')}`)).status, 400)
  })

  it('adds SKUs by POST with 201, which show late, and refuses those that it has', async () => {
    dock.fault('masonhub.visible-after-ms', 300)
    const made = await dock.ask('POST', '/skus', [{ customer_identifier: 'NEW' }, { customer_identifier: 'HAT' }])
    assert.equal(made.status, 201)
    assert.deepEqual(
      made.body.results.map((row: Json) => row.status),
      ['success', 'failure'],
    )
    assert.deepEqual((await get('/skus?cid=NEW')).body.data, [])
    dock.clock.advance(300)
    assert.deepEqual(identifiers((await get('/skus?cid=NEW')).body), ['NEW'])
  })

  it('shows orders by cid, and warehouses as a bare array', async () => {
    dock.masonhub.addOrders([{ customerIdentifier: 'ORDER-1', lines: [{ sku: 'HAT', quantity: 1 }] }])
    const orders = await get('/orders?cid=ORDER-1,ORDER-2')
    assert.deepEqual(recordsOf(orders.body)[0].line_items, [{ sku_customer_id: 'HAT', quantity: 1 }])
    const locations = await get('/inventory_locations')
    assert.equal(locations.body[0].short_code, 'RC1')
  })

  it('holds 100,000 RMAs and finds any of them by index', async () => {
    dock.masonhub.addRmas(
      (function* () {
        for (let index = 0; index < 100_000; index += 1) yield rma(String(1_000_000 + index))
      })(),
    )
    const requested = Array.from({ length: 30 }, (_, index) => String(1_000_000 + index * 3_333))
    assert.deepEqual(identifiers((await get(`/rmas?cid=${requested.join(',')}`)).body), requested)
    assert.deepEqual(identifiers((await get('/rmas?limit=1&offset=99999')).body), ['1099999'])
    assert.equal(dock.masonhub.summary().rmasByStatus.open, 100_000)
  })
})
