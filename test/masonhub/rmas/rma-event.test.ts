import assert from 'node:assert/strict'
import fc from 'fast-check'
import { parseRmaEvents } from '../../../src/masonhub/rmas/rma-event.ts'

const lines = [{ customer_sku_id: 'SHIRT-M', quantity: 1, receiving_details: { available: [{ quantity: 1 }] } }]
const received = { id: 'r1', customer_identifier: '99904598', status: 'received', version: 2, line_items: lines }
const message = (data: unknown, version?: string) => ({
  callback_url: 'https://mhloop.example/masonhub',
  message_type: 'rmaEvent',
  message_id: 'm1',
  ...(version ? { api_version: version } : {}),
  data,
})

describe('rmaEvent callbacks (CB-001, F14, masonhub.md §5.4)', () => {
  it('version 1: the row is the RMA, and has no event id', () => {
    const [read] = parseRmaEvents(message([{ ...received, received_at: '2026-11-20T10:00:00-05:00' }], '1.0'))
    const [row] = read?.rows ?? []
    assert.deepEqual([read?.messageId, read?.apiVersion], ['m1', '1.0'])
    assert.deepEqual(
      [row?.eventId, row?.customerIdentifier, row?.event, row?.asOf, row?.rma?.rmaId, row?.rma?.status],
      [null, '99904598', 'received', '2026-11-20T15:00:00.000Z', 'r1', 'received'],
    )
  })

  it('version 2: the row is the event, its details the RMA', () => {
    const data = [
      {
        id: 'e1',
        customer_identifier: '99904598',
        status: 'received',
        as_of: '2026-11-20T15:00:00Z',
        details: received,
      },
    ]
    const [row] = parseRmaEvents(message(data, '2.0'))[0]?.rows ?? []
    assert.deepEqual(
      [row?.eventId, row?.customerIdentifier, row?.event, row?.asOf, row?.rma?.rmaId],
      ['e1', '99904598', 'received', '2026-11-20T15:00:00.000Z', 'r1'],
    )
  })

  it('both versions give the same event and the same RMA', () => {
    const [one] = parseRmaEvents(message([received], '1.0'))[0]?.rows ?? []
    const details = { ...received, version: '2', line_items: [{ ...lines[0], quantity: '1' }] }
    const [two] =
      parseRmaEvents(message([{ id: 'e', customer_identifier: '99904598', event_type: 'received', details }]))[0]
        ?.rows ?? []
    assert.deepEqual([two?.event, two?.customerIdentifier, two?.rma], [one?.event, one?.customerIdentifier, one?.rma])
  })

  it('milestones carry no RMA; event_type is read before status', () => {
    const row = {
      id: 'e2',
      customer_identifier: '1008908',
      event_type: 'tendered',
      status: 'open',
      as_of: '2020-02-20T08:48:32.284951-05:00',
    }
    assert.deepEqual(parseRmaEvents(message([row], '2.0'))[0]?.rows, [
      { eventId: 'e2', customerIdentifier: '1008908', event: 'tendered', asOf: '2020-02-20T13:48:32.284Z', rma: null },
    ])
  })

  it('RCV-007: a return of the dock has no identifier', () => {
    const [row] = parseRmaEvents(message([{ ...received, customer_identifier: null }]))[0]?.rows ?? []
    assert.equal(row?.customerIdentifier, null)
    assert.equal(row?.rma?.lines.length, 1)
  })

  it('reads a message alone, in an array, several at once, and a lone data object', () => {
    const one = message([received], '1.0')
    assert.deepEqual(parseRmaEvents([one]), parseRmaEvents(one))
    assert.deepEqual(parseRmaEvents(message(received, '1.0')), parseRmaEvents(one))
    assert.equal(parseRmaEvents([one, { ...one, message_id: 'm2' }]).length, 2)
    assert.equal(parseRmaEvents(message([received, received]))[0]?.rows.length, 2)
  })

  it('leaves out other types of message, and keeps the rest of the array', () => {
    const other = { ...message([{ customer_identifier: 'SKU' }]), message_type: 'skuInventoryChange' }
    assert.deepEqual(parseRmaEvents(other), [])
    assert.equal(parseRmaEvents([other, null, 'x', message([received, null, 7])]).length, 1)
    assert.equal(parseRmaEvents([message([received, null, 7])])[0]?.rows.length, 1)
  })

  it('an RMA of unknown shape is no RMA, but the event is still returned', () => {
    const [row] = parseRmaEvents(message([{ id: 'e', status: 'received', details: 'none' }]))[0]?.rows ?? []
    assert.deepEqual([row?.event, row?.rma], ['received', null])
  })

  it('reads any JSON at all without throwing', () => {
    const odd = fc.oneof(
      fc.jsonValue(),
      fc.jsonValue().map((data) => message(data)),
      fc.jsonValue().map((details) => message([{ details, line_items: details }])),
    )
    fc.assert(fc.property(odd, (body) => assert.ok(Array.isArray(parseRmaEvents(body)))))
  })
})
