import assert from 'node:assert/strict'
import type { Line } from '../../delivery/harness.ts'
import { openLine } from '../../delivery/harness.ts'

describe('Loop stand-in: Happy Returns shipments (loop.md §14.4, point 6)', () => {
  let line: Line
  beforeEach(async () => {
    line = await openLine({ 'loop.rate-limit': 0 })
  })
  afterEach(() => line.close())

  /** Hands in a return for each list of SKUs, and ships them on one pallet. */
  function ship(...returns: string[][]) {
    const ids = returns.map((skus) => {
      const units = skus.map((sku) => ({ sku, title: `A ${sku}` }))
      const { id } = line.sandbox.loop.createReturn({ boxFree: true, units })
      line.sandbox.loop.dropOff(id, { bags: skus.length })
      return id
    })
    return { ids, shipment: line.sandbox.loop.shipBags() }
  }
  const list = async (query = '') => (await line.get(`/happy-returns/shipments${query}`)).body

  it('lists what was shipped in the last 24 hours, or between two times', async () => {
    const { shipment } = ship(['A', 'B'], ['C'])
    const { data, total, current_page, last_page, from, to, path } = await list()
    assert.deepEqual(data, [
      {
        loop_shipment_id: shipment.loopId,
        happy_returns_shipment_id: shipment.happyReturnsId,
        line_item_count: 3,
        return_count: 2,
        created_at: '2026-11-23T12:00:00+00:00',
        updated_at: '2026-11-23T12:00:00+00:00',
      },
    ])
    assert.deepEqual([total, current_page, last_page, from, to], [1, 1, 1, 1, 1])
    assert.match(path, /\/happy-returns\/shipments$/)
    line.clock.advance(25 * 3_600_000)
    const empty = await list()
    assert.deepEqual([empty.data, empty.from, empty.total], [[], null, 0])
    assert.equal((await list('?from=2026-11-23T00:00:00Z&to=2026-11-23T23:00:00Z')).total, 1)
    assert.equal((await line.get('/happy-returns/shipments?from=soon')).status, 422)
  })

  it('takes one number for the pallet and another for its items', async () => {
    const { shipment } = ship(['A'])
    const { loopId, happyReturnsId } = shipment
    const one = await line.get(`/happy-returns/shipments/${happyReturnsId}`)
    assert.equal(one.body.loop_shipment_id, loopId)
    assert.equal((await line.get(`/happy-returns/shipments/${loopId}`)).status, 404)
    assert.equal((await line.get(`/happy-returns/shipments/${loopId}/items`)).body.total, 1)
    assert.equal((await line.get(`/happy-returns/shipments/${happyReturnsId}/items`)).status, 404)
  })

  it('shows each unit with its bags and return; carrier and tracking number are the pallet’s', async () => {
    const { ids, shipment } = ship(['A', 'B'], ['C'])
    const { data } = (await line.get(`/happy-returns/shipments/${shipment.loopId}/items`)).body
    assert.deepEqual(
      data.map((row: Record<string, unknown>) => [row['return_id'], row['sku'], row['item_title']]),
      [
        [ids[0], 'A', 'A A'],
        [ids[0], 'B', 'A B'],
        [ids[1], 'C', 'A C'],
      ],
    )
    const record = line.sandbox.loop.returns.get(ids[0] ?? 0)
    assert.deepEqual(data[0].happy_returns_return_bag_barcodes, record?.packageReference?.split(','))
    assert.equal(data[0].happy_returns_rma_id, record?.returnMethod?.rmaId)
    assert.equal(new Set(data.map((row: Record<string, unknown>) => row['tracking_number'])).size, 1)
    assert.equal(data[0].shipping_box_barcode, shipment.box)
  })

  it('leaves out what was never handed in, also where an exchange keeps it', async () => {
    const units = [{ sku: 'A' }, { sku: 'B' }]
    const { id } = line.sandbox.loop.createReturn({ boxFree: true, units, exchanges: [{ price: 5_000 }] })
    line.sandbox.loop.dropOff(id, { missing: [0] })
    line.clock.advance(48 * 3_600_000)
    const { loopId } = line.sandbox.loop.shipBags()
    const { data } = (await line.get(`/happy-returns/shipments/${loopId}/items`)).body
    assert.deepEqual(
      data.map((row: { sku: string }) => row.sku),
      ['B'],
    )
  })

  it('pages by number, with Laravel’s links', async () => {
    line.fault('loop.shipments-per-page', 2)
    const { shipment } = ship(['A'], ['B'], ['C'], ['D'], ['E'])
    const seen: string[] = []
    let path: string | null = `/happy-returns/shipments/${shipment.loopId}/items`
    let pages = 0
    for (; path !== null && pages < 5; pages += 1) {
      const { body } = await line.get(path)
      seen.push(...body.data.map((row: { sku: string }) => row.sku))
      assert.equal(body.last_page, 3)
      path = body.next_page_url === null ? null : String(body.next_page_url).replace(/^.*\/api\/2026-10/, '')
    }
    assert.deepEqual([seen, pages], [['A', 'B', 'C', 'D', 'E'], 3])
  })

  it('needs a scope of its own', async () => {
    line.sandbox.loop.addKey('returns-only', ['returns'])
    assert.equal((await line.get('/happy-returns/shipments', { key: 'returns-only' })).status, 401)
    assert.equal((await line.get('/happy-returns/shipments')).status, 200)
    line.fault('loop.missing-scope-shipments', 1)
    assert.equal((await line.get('/happy-returns/shipments')).status, 401)
    assert.equal((await line.get('/warehouse/return/list')).status, 200)
  })

  it('is told by a webhook that names the pallet and none of its returns', async () => {
    await line.webhook('happy.returns.shipment', 'shipment.processed')
    const { shipment } = ship(['A'], ['B'])
    await line.pass(0)
    assert.deepEqual(
      line.receiver.received.map(({ body }) => body),
      [
        {
          topic: 'happy.returns.shipment',
          trigger: 'shipment.processed',
          loop_shipment_id: shipment.loopId,
          happy_returns_shipment_id: shipment.happyReturnsId,
        },
      ],
    )
  })

  it('ships and hands in from another process, too', async () => {
    const { createControlClient } = await import('../../../../src/sandbox/control/control-client.ts')
    const control = createControlClient(line.sandbox.url)
    const { returnId } = await control.createReturn({ boxFree: true })
    await control.act(returnId, 'drop-off', { bags: ['HR200250DB9E'] })
    const shipment = await control.shipBags()
    assert.deepEqual(shipment.returnIds, [Number(returnId)])
    await assert.rejects(control.shipBags(), /No bag waits/)
    const found = line.sandbox.loop.returns.get(Number(returnId))
    assert.equal(found?.packageReference, 'HR200250DB9E')
  })
})
