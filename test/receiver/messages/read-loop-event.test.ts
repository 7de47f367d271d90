import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { readLoopEvent } from '../../../src/receiver/messages/read-loop-event.ts'
import { at } from '../open-receiver.ts'

const read = (body: unknown) => readBytes(Buffer.from(JSON.stringify(body)))
const readBytes = (raw: Buffer) => {
  const events = readLoopEvent('acme', raw, at)
  assert.ok(events.length <= 1)
  return events[0]
}

describe("Loop's webhook as an event (loop.md §7)", () => {
  it('names the return and the trigger, and keeps nothing else', () => {
    const raw = Buffer.from(
      '{"topic":"return","trigger":"return.created","id":"99904598","customer":"ann@example.com","url":"https:\\/\\/x"}',
    )
    assert.deepEqual(readBytes(raw), {
      merchant: 'acme',
      source: 'loop',
      digest: createHash('sha256').update(raw).digest('hex'),
      topic: 'return.created',
      returnId: '99904598',
      body: '',
      state: 'new',
      reason: null,
      receivedAt: at,
    })
  })

  const rows: [string, unknown, string, string][] = [
    [
      'a label',
      { topic: 'label', trigger: 'label.created', id: 99904598, shipment_id: 7 },
      'label.created',
      '99904598',
    ],
    ['a restock', { topic: 'restock', trigger: 'restock.requested', id: '5' }, 'restock.requested', '5'],
    [
      'processing that failed, whose key is return_id',
      { topic: 'return.processing', trigger: 'return.processing.failed', return_id: 88, id: 1 },
      'return.processing.failed',
      '88',
    ],
    [
      'the payload by its topic, whatever the trigger',
      { topic: 'return', trigger: 'label.updated', id: 9 },
      'label.updated',
      '9',
    ],
    [
      'a message without a topic',
      { trigger: 'return.processing.failed', return_id: 88, id: 1 },
      'return.processing.failed',
      '88',
    ],
    ['a message without a trigger', { topic: 'return', id: '12' }, 'return', '12'],
  ]
  for (const [what, body, topic, returnId] of rows) {
    it(`reads ${what}`, () => {
      const event = read(body)
      assert.deepEqual([event?.topic, event?.returnId, event?.state, event?.body], [topic, returnId, 'new', ''])
    })
  }

  it('keeps every digit of an id that came as a number (F31)', () => {
    const event = readBytes(Buffer.from('{"topic":"return","trigger":"return.updated","id":9007199254740993}'))
    assert.equal(event?.returnId, '9007199254740993')
  })

  it('is none when it is about something else: its id would be no return (loop.md §7.2)', () => {
    for (const body of [
      { topic: 'giftcard', trigger: 'giftcard.requested', id: 1 },
      { topic: 'label.request', trigger: 'label.request.issued', id: 1 },
      { trigger: 'label.request.cancelled', id: 1 },
      { topic: 'happy.returns.shipment', trigger: 'shipment.processed', id: 1 },
    ]) {
      assert.equal(read(body), undefined)
    }
  })

  it('is quarantined with its body when it can’t be read (F28)', () => {
    const rows: [string, string][] = [
      ['{"id":', 'NOT_JSON'],
      ['', 'NOT_JSON'],
      ['['.repeat(200_000), 'NOT_JSON'],
      ['[]', 'UNKNOWN_TOPIC'],
      ['null', 'UNKNOWN_TOPIC'],
      ['{"topic":"parcel","id":1}', 'UNKNOWN_TOPIC'],
      ['{"topic":"return","trigger":"return.created"}', 'NO_RETURN_ID'],
      ['{"topic":"return","id":"12; drop table"}', 'NO_RETURN_ID'],
      ['{"topic":"return","id":-1}', 'NO_RETURN_ID'],
      ['{"topic":"return","id":{"a":1}}', 'NO_RETURN_ID'],
      ['{"topic":"return.processing","id":7}', 'NO_RETURN_ID'],
    ]
    for (const [text, reason] of rows) {
      const event = readBytes(Buffer.from(text))
      const summary = [event?.state, event?.reason, event?.topic, event?.returnId, event?.body]
      assert.deepEqual(summary, ['quarantined', reason, null, null, text.slice(0, 64 * 1024)])
    }
  })

  it('keeps 64 KiB of an unread body, without what a database refuses', () => {
    const raw = Buffer.concat([Buffer.from([0xff, 0x00, 0x41]), Buffer.alloc(100_000, 'x')])
    const body = readBytes(raw)?.body ?? ''
    assert.equal(body.length, 64 * 1024)
    assert.equal(body.slice(0, 3), '\ufffd\ufffdA')
  })

  it('makes a topic from outside printable (F55)', () => {
    const topic = read({ topic: 'return', trigger: `\u001b[31m\u202e${'x'.repeat(300)}`, id: 1 })?.topic ?? ''
    assert.equal([...topic].length, 100)
    assert.match(topic, /^\[31mx+…$/)
  })

  it('changes no prototype, and reads nothing that was inherited (F54)', () => {
    const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']
    for (const name of names) {
      const inner = '{"topic":"return","trigger":"return.created","id":"666","polluted":true}'
      const text = `{"${name}":${inner}}`
      assert.equal(readBytes(Buffer.from(text))?.reason, 'UNKNOWN_TOPIC', text)
      const topic = `{"topic":"${name}","id":"1","${name}":${inner}}`
      assert.equal(readBytes(Buffer.from(topic))?.reason, 'UNKNOWN_TOPIC', topic)
    }
    assert.equal(({} as Record<string, unknown>).polluted, undefined)
  })

  it('reads any bytes at all without throwing, to one event or none', () => {
    const bodies = fc.oneof(
      fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      fc.json().map((text) => Buffer.from(text)),
      fc
        .record({ topic: fc.constantFrom('return', 'label', 'x'), trigger: fc.jsonValue(), id: fc.jsonValue() })
        .map((body) => Buffer.from(JSON.stringify(body))),
    )
    fc.assert(
      fc.property(bodies, (raw) => {
        const event = readBytes(raw)
        if (event === undefined) return
        assert.equal(event.state === 'new', event.returnId !== null)
        assert.equal(event.state === 'new', event.body === '' && event.reason === null)
      }),
    )
  })
})
