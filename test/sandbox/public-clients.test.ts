import assert from 'node:assert/strict'
import type { Dock, Json } from './masonhub/dock-harness.ts'
import { openDockAsItIs, rma } from './masonhub/dock-harness.ts'

/** What clients that are in production with the real MasonHub send and read; a server that refuses it is too strict. */
describe('the sandbox accepts what two public clients send (masonhub.md §15)', () => {
  let dock: Dock
  beforeEach(async () => {
    dock = await openDockAsItIs()
    dock.fault('masonhub.visible-after-ms', 0)
    dock.masonhub.addRmas([rma('10001')])
    dock.clock.advance(3_600_000)
    dock.masonhub.addRmas([rma('10002')])
  })
  afterEach(() => dock.sandbox.stop())

  const get = async (path: string): Promise<Json> => {
    const { status, text, body } = await dock.ask('GET', path)
    assert.equal(status, 200, `${path}: ${text}`)
    return body
  }
  const names = ({ data }: Json) => data.map((row: Json) => row.customer_identifier)

  it('the ETL job: sdt without a zone, as UTC (masonhub.md §3.1)', async () => {
    assert.deepEqual(names(await get('/rmas?sdt=2026-11-23T13:00:00&limit=100')), ['10002'])
    assert.deepEqual(names(await get('/rmas?sdt=2026-11-01T00:00:00&edt=2026-11-23T12:00:00.000')), ['10001'])
    assert.deepEqual(names(await get('/rmas?sdt=2026-11-23T13:00:00Z')), ['10002'])
  })

  it('the ETL job: list_type=details and include_counts=True (masonhub.md §7.1)', async () => {
    const { list_type, include_counts, data } = await get('/skus?list_type=details&include_counts=True&cid=SHIRT-S')
    assert.deepEqual([list_type, include_counts], ['detail', true])
    assert.equal(data[0].inventory_totals.counts_by_status[0].count, 2)
    assert.deepEqual(names(await get('/rmas?list_type=Details')), ['10001', '10002'])
    assert.equal((await get('/rmas?list_type=Summary')).number_of_returns, '2')
    const without = await get('/skus?list_type=details&include_counts=False&cid=SHIRT-S')
    assert.equal(without.data[0].inventory_totals, undefined)
  })

  it('PostCo’s gem: results of POST /callbacks and PUT /rmas, data of GET /rmas, a bare list of callbacks (masonhub.md §13.3)', async () => {
    const url = 'http://127.0.0.1:9/hook'
    const made = await dock.ask('POST', '/callbacks', [{ url, message_type: 'rmaEvent', api_version: '2.0' }])
    assert.equal(made.body.results[0].status, 'success')
    const changed = await dock.ask('PUT', '/rmas', [rma('10001', { manifest_id: 'new' })])
    assert.equal(changed.body.results[0].status, 'success')
    assert.deepEqual(names(await get('/rmas?cid=10001')), ['10001'])
    const [callback] = await get('/callbacks')
    assert.equal(callback.url, url)
    const deleted = await dock.ask('DELETE', '/rmas', [{ customer_identifier: '10002' }])
    assert.match(deleted.body.results[0].status, /^(success|deleted)$/)
  })

  it('and refuses it to the letter of the documents when switched', async () => {
    dock.fault('masonhub.strict-query', 1)
    for (const query of ['/rmas?sdt=2026-11-01T00:00:00', '/rmas?list_type=details', '/skus?list_type=details']) {
      assert.equal((await dock.ask('GET', query)).status, 400, query)
    }
    const { data, include_counts } = await get('/skus?include_counts=True&cid=SHIRT-S')
    assert.deepEqual([include_counts, data[0].inventory_totals], [false, undefined])
  })
})
