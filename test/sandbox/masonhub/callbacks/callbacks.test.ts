import assert from 'node:assert/strict'
import type { OutboundMessage } from '../../../../src/sandbox/masonhub/types.ts'
import type { Dock, Json } from '../dock-harness.ts'
import { openDock, rma, rowsOf } from '../dock-harness.ts'

describe('MasonHub stand-in: callbacks (masonhub.md §5)', () => {
  let dock: Dock
  beforeEach(async () => {
    dock = await openDock()
    dock.masonhub.addRmas(['10001', '10002', '10003'].map((identifier) => rma(identifier)))
  })
  afterEach(() => dock.sandbox.stop())

  const url = 'http://localhost:9999/masonhub'
  const register = (messageType: string, apiVersion?: string, token?: string) =>
    dock.ask('POST', '/callbacks', [{ url, message_type: messageType, api_version: apiVersion, token }])
  const bodies = () => dock.masonhub.outbound.messages.map((message) => message.body as Json)

  it('registers several side by side, lists them in a bare array, deletes them by id', async () => {
    assert.equal((await register('rmaEvent', '2.0', 'secret')).body.results[0].status, 'success')
    await register('rmaEvent', '1.0')
    await register('skuInventoryChange')
    const all = await dock.ask('GET', '/callbacks')
    assert.deepEqual(
      all.body.map((one: Json) => [one.message_type, one.api_version, 'token' in one]),
      [
        ['rmaEvent', '2.0', false],
        ['rmaEvent', '1.0', false],
        ['skuInventoryChange', '1.0', false],
      ],
    )
    assert.equal((await dock.ask('GET', '/callbacks?message_type=rmaEvent')).body.length, 2)
    const deleted = await dock.ask('DELETE', '/callbacks', [all.body[0].id])
    assert.equal(deleted.body, 'callbacks deleted')
    assert.equal((await dock.ask('GET', '/callbacks')).body.length, 2)
    assert.equal((await dock.ask('DELETE', '/callbacks', [{ id: all.body[1].id }])).status, 400)
  })

  it('takes a lone object, refuses unknown types, versions and urls per record', async () => {
    assert.equal((await dock.ask('POST', '/callbacks', { url, message_type: 'rmaEvent' })).status, 200)
    const bad = [
      { url, message_type: 'shipmentEvent' },
      { url: 'nowhere', message_type: 'rmaEvent' },
      { url, message_type: 'rmaEvent', api_version: '3.0' },
    ]
    const answer = await dock.ask('POST', '/callbacks', bad)
    assert.equal(answer.body.records_failed, 3)
    assert.equal((await dock.ask('GET', '/callbacks')).body.length, 1)
    assert.equal((await dock.ask('GET', '/callbacks?message_type=snapshotReady')).status, 400)
  })

  it('posts nothing without a registration', () => {
    dock.masonhub.warehouse.receive('10001')
    assert.equal(dock.masonhub.outbound.messages.length, 0)
  })

  it('CB-001 writes version 1 as the record itself', async () => {
    await register('rmaEvent', '1.0')
    dock.masonhub.warehouse.receive('10001')
    const [body] = bodies()
    assert.equal(body.message_type, 'rmaEvent')
    assert.equal(body.api_version, '1.0')
    assert.equal(body.callback_url, url)
    assert.equal(body.data[0].status, 'received')
    assert.equal(body.data[0].id, dock.masonhub.rmas.get('10001')?.id)
    assert.deepEqual(body.data[0].line_items[0].receiving_details, { available: [{ notes: '', quantity: 1 }] })
  })

  it('CB-001 writes version 2 as an event: `status` and details for a receipt, `event_type` for the rest', async () => {
    await register('rmaEvent', '2.0', 'secret')
    dock.masonhub.warehouse.milestone('10001', 'tendered')
    dock.masonhub.warehouse.receive('10001')
    const [tendered, received] = bodies()
    assert.equal(tendered.data[0].event_type, 'tendered')
    assert.equal(tendered.data[0].details, undefined)
    const [event] = received.data
    assert.equal(event.status, 'received')
    assert.notEqual(event.id, event.details.id)
    assert.equal(event.details.version, '1')
    assert.equal(event.details.generate_return_label, 'false')
    assert.equal(event.details.line_items[0].quantity_received, 1)
    const ids = bodies().map((body) => body.message_id)
    assert.equal(new Set(ids).size, 2)
    assert.deepEqual(
      dock.masonhub.outbound.messages.map((message) => message.token),
      ['secret', 'secret'],
    )
  })

  it('sends null identifiers of returns that the dock made up', async () => {
    await register('rmaEvent', '2.0')
    dock.masonhub.warehouse.createAtDock()
    assert.equal(bodies()[0].data[0].customer_identifier, null)
  })

  it('wraps some bodies in an array in quirk mode', async () => {
    await register('rmaEvent', '2.0')
    dock.fault('masonhub.quirks', 1)
    for (let round = 0; round < 40; round += 1) dock.masonhub.warehouse.milestone('10001', 'inTransit')
    assert.deepEqual(new Set(bodies().map((body) => Array.isArray(body))), new Set([true, false]))
  })

  it('CB-004 keeps messages during a hold and sends all of them on release', async () => {
    await register('rmaEvent', '2.0')
    const held = await dock.ask('POST', '/callback_holds', [{ message_type: 'rmaEvent' }])
    assert.deepEqual(held.body, [{ customer_identifier: 'rmaEvent', status: 'success' }])
    const [hold] = (await dock.ask('GET', '/callback_holds')).body
    assert.equal(hold.message_type, 'rmaEvent')
    assert.equal(Date.parse(hold.created_at), dock.clock.now().getTime())
    dock.masonhub.warehouse.receive('10001')
    dock.masonhub.warehouse.receive('10002')
    assert.equal(dock.masonhub.outbound.messages.length, 0)
    assert.equal(dock.masonhub.outbound.held, 2)
    const heard: OutboundMessage[] = []
    dock.masonhub.outbound.subscribe((message) => heard.push(message))
    await dock.ask('DELETE', '/callback_holds', [{ message_type: 'rmaEvent' }])
    assert.deepEqual(
      bodies().map((body) => body.data[0].customer_identifier),
      ['10001', '10002'],
    )
    assert.equal(heard.length, 2)
    assert.deepEqual((await dock.ask('GET', '/callback_holds')).body, [])
  })

  it('after a hold sends only the latest count of each SKU (masonhub.md §5.2)', async () => {
    await register('skuInventoryChange', '1.0')
    await dock.ask('POST', '/callback_holds', [{ message_type: 'skuInventoryChange' }])
    for (const identifier of ['10001', '10002', '10003']) dock.masonhub.warehouse.receive(identifier)
    dock.masonhub.addRmas([rma('10004', { line_items: rma('x', {})['line_items'] })])
    await dock.ask('DELETE', '/callback_holds', [{ message_type: 'skuInventoryChange' }])
    assert.equal(bodies().length, 1)
    const [count] = bodies()[0].data
    assert.equal(count.customer_identifier, 'SHIRT-S')
    assert.equal(count.total_available_to_sell, 3)
    const byStatus = Object.fromEntries(count.status_counts.map((one: Json) => [one.inventory_status, one.quantity]))
    assert.deepEqual(byStatus, { expected: 1, available: 3 })
  })

  it('cannot hold snapshotReady', async () => {
    const refused = await dock.ask('POST', '/callback_holds', [{ message_type: 'snapshotReady' }])
    assert.equal(rowsOf(refused.body)[0].status, 'failure')
    assert.equal(dock.masonhub.outbound.held, 0)
  })

  it('stops telling a listener that unsubscribed', async () => {
    await register('rmaEvent', '2.0')
    let heard = 0
    const stop = dock.masonhub.outbound.subscribe(() => {
      heard += 1
    })
    dock.masonhub.warehouse.milestone('10001', 'onDock')
    stop()
    dock.masonhub.warehouse.milestone('10001', 'receivingStarted')
    assert.equal(heard, 1)
    assert.equal(dock.masonhub.outbound.messages.length, 2)
  })
})
