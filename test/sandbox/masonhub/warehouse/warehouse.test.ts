import assert from 'node:assert/strict'
import type { Receipt } from '../../../../src/sandbox/masonhub/types.ts'
import type { Dock, Json } from '../dock-harness.ts'
import { line, openDock, rma, texts } from '../dock-harness.ts'

describe('MasonHub stand-in: the warehouse (masonhub.md §4.6, §4.8, §6)', () => {
  let dock: Dock
  beforeEach(async () => {
    dock = await openDock()
    dock.masonhub.addRmas([rma('10001', { line_items: [line('SHIRT-S', 3), line('HAT', 2)] })])
  })
  afterEach(() => dock.sandbox.stop())

  const play = (...events: Record<string, unknown>[]) => dock.ask('POST', '/data_factory/rmaEvent', events)
  async function read(identifier = '10001'): Promise<Json> {
    return (await dock.ask('GET', `/rmas?cid=${identifier}`)).body.data[0]
  }
  async function received(receipt: Receipt): Promise<Json[]> {
    dock.masonhub.warehouse.receive('10001', receipt)
    return (await read()).line_items
  }
  const units = (details: Json) =>
    Object.values(details as Record<string, Json[]>)
      .flat()
      .reduce((sum: number, entry: Json) => sum + entry.quantity, 0)

  it('RCV-001 receiveFull, the default, makes everything available', async () => {
    const answer = await play({ customer_identifier: '10001' })
    assert.deepEqual(
      answer.body.results.map((row: Json) => [row.customer_identifier, row.status]),
      [['rmaEvent', 'success']],
    )
    const record = await read()
    assert.equal(record.status, 'received')
    assert.equal(record.version, 1)
    assert.equal(Date.parse(record.received_at), dock.clock.now().getTime())
    assert.deepEqual(
      record.line_items.map((one: Json) => one.receiving_details),
      [{ available: [{ notes: '', quantity: 3 }] }, { available: [{ notes: '', quantity: 2 }] }],
    )
    assert.deepEqual(
      record.line_items.map((one: Json) => one.quantity_received),
      [3, 2],
    )
    assert.equal(dock.masonhub.inventory('HAT')['expected'], 0)
    assert.equal(dock.masonhub.inventory('HAT')['available'], 2)
    assert.equal(dock.sandbox.world.groundTruth.entries.at(-1)?.what, 'rma_received')
  })

  it('RCV-002 receivePartial never receives everything, whatever the random numbers are', async () => {
    for (let index = 0; index < 30; index += 1) {
      const identifier = String(20_000 + index)
      dock.masonhub.addRmas([rma(identifier, { line_items: [line('HAT', 1), line('SHIRT-M', 2)] })])
      await play({ customer_identifier: identifier, event: 'receivePartial' })
      const record = await read(identifier)
      assert.equal(record.status, 'received')
      const total = record.line_items.reduce((sum: number, one: Json) => sum + one.quantity_received, 0)
      assert.ok(total < 3, `${total}`)
      for (const one of record.line_items) assert.equal(one.quantity_received, units(one.receiving_details))
    }
  })

  it('RCV-003 spreads units over the five dispositions when asked to', async () => {
    dock.masonhub.addRmas([rma('10002', { line_items: [line('HAT', 200)] })])
    await play({ customer_identifier: '10002', event: 'receiveFull', randomize_inventory_statuses: true })
    const [one] = (await read('10002')).line_items
    const five = ['available', 'damaged', 'quality-control', 'refurbishing', 'under-investigation']
    assert.deepEqual(Object.keys(one.receiving_details).sort(), five)
    assert.equal(units(one.receiving_details), 200)
  })

  it('RCV-004 receiveUnexpected adds an item of the catalogue that was not announced', async () => {
    await play({ customer_identifier: '10001', event: 'receiveUnexpected' })
    const lines = (await read()).line_items
    assert.equal(lines.length, 3)
    assert.equal(lines[2].customer_sku_id, 'SHIRT-M')
    assert.equal(lines[2].not_on_original_rma, true)
    assert.equal(lines[2].quantity_received, 1)
    dock.masonhub.addRmas([rma('10002', { line_items: [line('SHIRT-S', 1), line('SHIRT-M', 1), line('HAT', 1)] })])
    const none = await play({ customer_identifier: '10002', event: 'receiveUnexpected' })
    assert.deepEqual(texts(none.body.results[0]), ['Sku not found.'])
    assert.equal((await read('10002')).status, 'open')
  })

  it('RCV-006 milestones move no goods; only receivingStarted changes the status', async () => {
    for (const event of ['tendered', 'inTransit', 'delivered', 'undeliverable']) {
      assert.equal((await play({ customer_identifier: '10001', event })).body.results[0].status, 'success')
      assert.equal((await read()).status, 'open')
    }
    await play({ customer_identifier: '10001', event: 'receivingStarted' })
    const record = await read()
    assert.equal(record.status, 'in-receiving')
    assert.ok(record.line_items.every((one: Json) => one.quantity_received === undefined))
  })

  it('refuses events that do not exist, unknown RMAs, and a second receipt', async () => {
    const bad = await play({ customer_identifier: '10001', event: 'onDock' }, { customer_identifier: '99999' })
    assert.equal(bad.body.results[0].status, 'failure')
    assert.match(texts(bad.body.results[0]).join(' '), /'event' must be one of .*303: 'RMA'/)
    await play({ customer_identifier: '10001' })
    assert.match(texts((await play({ customer_identifier: '10001' })).body.results[0])[0] ?? '', /^409: /)
  })

  it('crafts damage, several entries of one disposition, short and unknown keys', async () => {
    const crafted = [
      { disposition: 'available', quantity: 1 },
      { disposition: 'damaged', quantity: 1, notes: 'Has a hole' },
      { disposition: 'damaged', quantity: 1, notes: 'Stained' },
    ]
    const odd = ['qc', 'short', 'melted'].map((disposition) => ({ disposition, quantity: 1 }))
    const [shirt, hat] = await received({
      lines: [
        { sku: 'SHIRT-S', received: crafted },
        { sku: 'HAT', received: odd },
      ],
    })
    assert.deepEqual(shirt.receiving_details, {
      available: [{ notes: '', quantity: 1 }],
      damaged: [
        { notes: 'Has a hole', quantity: 1 },
        { notes: 'Stained', quantity: 1 },
      ],
    })
    assert.equal(shirt.quantity_received, 3)
    assert.deepEqual(Object.keys(hat.receiving_details), ['qc', 'short', 'melted'])
    assert.equal(hat.quantity_received, 2)
  })

  it('RCV-005 crafts over-receipts, counts that contradict, and missing details', async () => {
    const [shirt, hat] = await received({
      lines: [
        { sku: 'SHIRT-S', received: [{ disposition: 'available', quantity: 4 }] },
        { sku: 'HAT', received: [{ disposition: 'available', quantity: 2 }], quantityReceived: 0 },
      ],
    })
    assert.equal(shirt.quantity_received, 4)
    assert.equal(hat.quantity_received, 0)
    assert.equal(units(hat.receiving_details), 2)
    const again = await received({ lines: [{ sku: 'SHIRT-S', received: null }] })
    assert.equal('receiving_details' in again[0], false)
    assert.equal(again[0].quantity_received, 3)
    assert.deepEqual([again[1].quantity_received, again[1].receiving_details], [0, {}])
  })

  it('creates unexpected items with both readings of their quantity, and unannounced items', async () => {
    const lines = await received({
      lines: [{ sku: 'SHIRT-M', received: [{ disposition: 'damaged', quantity: 1 }] }],
      unexpected: [
        { sku: 'SHIRT-L', quantity: 1 },
        { sku: 'SHIRT-XL', disposition: 'quality-control' },
      ],
    })
    const extra = lines.filter((one) => one.not_on_original_rma)
    assert.deepEqual(
      extra.map((one) => [one.customer_sku_id, one.quantity, one.quantity_received]),
      [
        ['SHIRT-M', 0, 1],
        ['SHIRT-L', 1, 1],
        ['SHIRT-XL', 0, 1],
      ],
    )
  })

  it('F14 writes scalars of a receipt as strings when asked to', async () => {
    const [shirt] = await received({ stringified: true })
    assert.equal(shirt.quantity_received, '3')
    assert.deepEqual(shirt.receiving_details, { available: [{ notes: '', quantity: '3' }] })
  })

  it('F17 receives in several parcels, the last one closing it', async () => {
    const first = { sku: 'SHIRT-S', received: [{ disposition: 'available', quantity: 3 }] }
    const second = { sku: 'HAT', received: [{ disposition: 'available', quantity: 2 }] }
    await received({ status: 'in-receiving', lines: [first] })
    const between = await read()
    assert.equal(between.status, 'in-receiving')
    assert.equal(between.received_at, undefined)
    assert.equal(dock.masonhub.inventory('HAT')['expected'], 2)
    await received({ lines: [first, second] })
    assert.equal((await read()).status, 'received')
    assert.equal(dock.masonhub.inventory('HAT')['expected'], 0)
    assert.equal(dock.masonhub.inventory('SHIRT-S')['available'], 3)
  })

  it('takes the lines of a repeated SKU one after the other', async () => {
    dock.masonhub.addRmas([rma('10002', { line_items: [line('HAT', 1), line('HAT', 1)] })])
    dock.masonhub.warehouse.receive('10002', {
      lines: [{ sku: 'HAT', received: [{ disposition: 'damaged', quantity: 1 }] }],
    })
    const lines = (await read('10002')).line_items
    assert.deepEqual(
      lines.map((one: Json) => one.quantity_received),
      [1, 0],
    )
  })

  it('shows a receipt late when asked to, and never before the RMA itself', async () => {
    dock.fault('masonhub.receipt-visible-after-ms', 1_000)
    dock.masonhub.warehouse.receive('10001')
    assert.equal((await read()).status, 'open')
    dock.clock.advance(1_000)
    assert.equal((await read()).status, 'received')
  })

  it('sends a receipt again with a higher version when asked to', async () => {
    dock.fault('masonhub.received-again-ms', 60_000)
    dock.masonhub.warehouse.receive('10001')
    assert.equal((await read()).version, 1)
    dock.clock.advance(60_000)
    const record = await read()
    assert.deepEqual([record.status, record.version], ['received', 2])
  })

  it('RCV-007 makes up returns at the dock: null identifiers, and parcels returned to sender', async () => {
    dock.masonhub.warehouse.createAtDock({ packageId: '1ZSTRAY' })
    dock.masonhub.warehouse.returnedToSender()
    const { data } = (await dock.ask('GET', '/rmas?status=received')).body
    assert.deepEqual(
      data.map((record: Json) => record.return_type),
      ['rma_created_by_distribution_center', 'returned_to_sender'],
    )
    assert.equal(data[0].customer_identifier, null)
    assert.equal(data[0].package_id, '1ZSTRAY')
    assert.equal(data[0].line_items[0].not_on_original_rma, true)
    assert.match(data[1].customer_identifier, /^RTS-/)
  })

  it('throws for an RMA that does not exist or was deleted', async () => {
    await dock.ask('DELETE', '/rmas', [{ customer_identifier: '10001' }])
    assert.throws(() => dock.masonhub.warehouse.receive('10001'), /no live RMA 10001/)
    assert.throws(() => dock.masonhub.warehouse.milestone('99999', 'tendered'), /99999/)
  })
})
