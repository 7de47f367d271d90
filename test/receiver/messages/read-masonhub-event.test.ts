import assert from 'node:assert/strict'
import fc from 'fast-check'
import { readMasonHubEvents } from '../../../src/receiver/messages/read-masonhub-event.ts'
import { at } from '../open-receiver.ts'

const readText = (text: string) => readMasonHubEvents('acme', Buffer.from(text), at)
const read = (body: unknown) => readText(JSON.stringify(body))

const lines = [{ customer_sku_id: 'SHIRT-M', quantity: 1 }]
const rma = { id: 'r1', customer_identifier: '99904598', status: 'received', version: 2, line_items: lines }
const one = (rows: unknown, change: Record<string, unknown> = {}) => ({
  callback_url: 'https://mhloop.example/in',
  message_type: 'rmaEvent',
  message_id: 'm1',
  api_version: '2.0',
  data: rows,
  ...change,
})
const row = (change: Record<string, unknown> = {}) => ({
  id: 'e1',
  customer_identifier: '99904598',
  event_type: 'received',
  as_of: '2026-02-20T08:48:32Z',
  ...change,
})

describe("MasonHub's callback as events (masonhub.md §5.4)", () => {
  it('one event for a row, with what to read and nothing else', () => {
    const [event, ...others] = read(one([row({ details: { ...rma, notes: 'Ann, 5 Elm Street' } })]))
    assert.equal(others.length, 0)
    const { digest, ...rest } = event ?? assert.fail()
    assert.match(digest, /^[0-9a-f]{64}$/)
    assert.deepEqual(rest, {
      merchant: 'acme',
      source: 'masonhub',
      topic: 'received',
      returnId: '99904598',
      body: '',
      state: 'new',
      reason: null,
      receivedAt: at,
    })
  })

  it('CB-001: versions 1 and 2, alone and in an array, give the same event', () => {
    const version2 = read(one([row({ details: rma })]))
    const version1 = read(one([rma], { api_version: '1.0' }))
    assert.equal(version2.length, 1)
    assert.deepEqual(version1, version2)
    assert.deepEqual(read([one([row()])]), version2)
    assert.deepEqual(read([one([rma])]), version2)
    assert.deepEqual(read(one(row())), version2, 'data that is no array')
  })

  it('every row of every message, each with its own digest', () => {
    const rows = [
      row(),
      row({ customer_identifier: '10002', event_type: 'tendered' }),
      row({ event_type: 'inTransit' }),
    ]
    const events = read([one(rows), one([row({ customer_identifier: 'loop-77' })], { message_id: 'm2' })])
    assert.deepEqual(
      events.map(({ topic, returnId, state }) => [topic, returnId, state]),
      [
        ['received', '99904598', 'new'],
        ['tendered', '10002', 'new'],
        ['inTransit', '99904598', 'new'],
        ['received', '77', 'new'],
      ],
    )
    assert.equal(new Set(events.map(({ digest }) => digest)).size, 4)
  })

  it('CB-003: the same message_id again is a repetition, also when its bytes differ', () => {
    const digests = (body: unknown) => read(body).map(({ digest }) => digest)
    const first = digests(one([row()]))
    assert.deepEqual(digests(one([row()])), first)
    assert.deepEqual(
      digests(one([row({ as_of: '2026-02-20T03:48:32-05:00' })], { callback_url: 'https://other.example' })),
      first,
    )
    assert.deepEqual(digests([one([row()], { message_id: 'm0' }), one([row()])])[1], first[0], 'in another batch')
    assert.notDeepEqual(digests(one([row()], { message_id: 'm2' })), first)
    assert.notDeepEqual(digests(one([row({ event_type: 'receivingStarted' })])), first, 'an id that is used twice')
    assert.notDeepEqual(digests(one([row({ customer_identifier: '10002' })])), first, 'an id that is used twice')
  })

  it('CB-003: without a message_id, the same bytes are a repetition', () => {
    const digests = (change: Record<string, unknown>) =>
      read(one([row(change), row(change)], { message_id: undefined })).map(({ digest }) => digest)
    assert.deepEqual(digests({}), digests({}))
    assert.notDeepEqual(digests({}), digests({ as_of: '2026-02-20T09:00:00Z' }))
    assert.equal(new Set(digests({})).size, 2)
  })

  it('RCV-007: an identifier that is none of ours is parked as unmatched, with enough to find it', () => {
    const foreign = [null, undefined, 'RTS-8812', '#1001', 'loop-99904598', '']
    const rows = foreign.map((customer_identifier) =>
      row({
        customer_identifier,
        details: { ...rma, customer_identifier, package_id: 'HR1A', notes: 'Ann, 5 Elm Street' },
      }),
    )
    const events = read(one(rows))
    assert.equal(events.length, foreign.length)
    for (const { state, reason, returnId, topic, body } of events) {
      assert.deepEqual([state, reason, returnId, topic], ['quarantined', 'UNMATCHED', null, 'received'])
      assert.deepEqual([JSON.parse(body).eventId, JSON.parse(body).rmaId], ['e1', 'r1'])
      assert.equal(JSON.parse(body).packageId, 'HR1A', 'the parcel says whose it is (A-50)')
      assert.doesNotMatch(body, /Elm/)
    }
    assert.equal(JSON.parse(events[2]?.body ?? '').customerIdentifier, 'RTS-8812')
    assert.equal(new Set(events.map(({ digest }) => digest)).size, foreign.length)
  })

  it('a test RMA of `mhloop smoke` is done at once: no return has to be read', () => {
    const test = 'mhloop-smoke-20261125T172300-3f9c1a-full'
    const [event] = read(one([row({ customer_identifier: test, details: { ...rma, customer_identifier: test } })]))
    const { state, reason, returnId, topic, body } = event ?? assert.fail()
    assert.deepEqual([state, reason, returnId, topic, body], ['done', 'SMOKE', test, 'received', ''])
  })

  it('nothing of other types of message, and the rmaEvents beside them', () => {
    const other = one([{ customer_identifier: '99904598' }], { message_type: 'skuInventoryChange' })
    assert.deepEqual(read(other), [])
    assert.deepEqual(read([other, { ...other, message_type: 'snapshotReady', data: { id: 1 } }]), [])
    assert.deepEqual(read([]), [])
    assert.equal(read([other, one([row()])]).length, 1)
  })

  it('what can’t be read is quarantined with its body, beside what can (F28)', () => {
    const texts: [string, string][] = [
      ['{"data":', 'NOT_JSON'],
      ['', 'NOT_JSON'],
      ['['.repeat(200_000), 'NOT_JSON'],
      ['{}', 'UNREADABLE'],
      ['7', 'UNREADABLE'],
      ['[[]]', 'UNREADABLE'],
      ['{"message_type":"rmaEvent","data":"none"}', 'UNREADABLE'],
      ['{"message_type":null,"data":[{"customer_identifier":"1"}]}', 'UNREADABLE'],
    ]
    for (const [text, reason] of texts) {
      const [event, ...others] = readText(text)
      assert.equal(others.length, 0)
      const summary = [event?.state, event?.reason, event?.returnId, event?.body]
      assert.deepEqual(summary, ['quarantined', reason, null, text.slice(0, 64 * 1024)])
    }
    const mixed = read([one([row()]), null, one([row()], { message_id: 'm2' })])
    assert.deepEqual(
      mixed.map(({ state, reason }) => reason ?? state),
      ['new', 'UNREADABLE', 'new'],
    )
  })

  it('a message of thousands of rows is one for a person', () => {
    const many = (count: number) => Array.from({ length: count }, (_, index) => row({ id: `e${index}` }))
    assert.equal(read(one(many(1_000))).length, 1_000)
    assert.deepEqual(
      read(one(many(1_001))).map(({ reason }) => reason),
      ['TOO_MANY_ROWS'],
    )
    assert.deepEqual(
      readText(`[${'{},'.repeat(200_000)}{}]`).map(({ reason }) => reason),
      ['TOO_MANY_ROWS'],
    )
  })

  it('a row without an event word is still a reason to read the return', () => {
    const [event] = read(one([row({ event_type: undefined })]))
    assert.deepEqual([event?.topic, event?.returnId, event?.state], [null, '99904598', 'new'])
  })

  it('changes no prototype, and reads nothing that was inherited (F54)', () => {
    for (const name of ['__proto__', 'constructor', 'prototype']) {
      const inner = JSON.stringify(one([row()])).slice(0, -1)
      const [event] = readText(`{"${name}":${inner},"polluted":true}}`)
      assert.equal(event?.reason, 'UNREADABLE')
      const [inRow] = readText(`{"message_id":"m","data":[{"${name}":${inner},"polluted":true}}]}`)
      assert.equal(inRow?.reason, 'UNMATCHED')
    }
    assert.equal(({} as Record<string, unknown>).polluted, undefined)
  })

  it('reads any bytes at all without throwing', () => {
    const bodies = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc.json().map((text) => Buffer.from(text)),
      fc.jsonValue().map((data) => Buffer.from(JSON.stringify(one(data)))),
      fc
        .array(fc.jsonValue().map((details) => row({ details, customer_identifier: details })))
        .map((rows) => Buffer.from(JSON.stringify(one(rows)))),
    )
    fc.assert(
      fc.property(bodies, (raw) => {
        for (const event of readMasonHubEvents('acme', raw, at)) {
          assert.equal(event.state === 'new', event.returnId !== null)
          assert.equal(event.state === 'new', event.reason === null)
          if (event.state === 'new') assert.equal(event.body, '')
        }
      }),
    )
  })
})
