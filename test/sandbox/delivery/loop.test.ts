import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { phpJson } from '../../../src/sandbox/loop/webhooks/php-json.ts'
import type { Line } from './harness.ts'
import { openLine } from './harness.ts'

const sign = (raw: Buffer, secret: string) => createHmac('sha256', secret).update(raw).digest('base64')
const day = 86_400_000

describe('PHP-style JSON (loop.md §7.3)', () => {
  it('escapes slashes and everything beyond ASCII, and has no white space', () => {
    assert.equal(
      phpJson({ url: 'https://a/b', 'k/é': ['’', '😀', '\n\\/'] }),
      String.raw`{"url":"https:\/\/a\/b","k\/\u00e9":["\u2019","\ud83d\ude00","\n\\\/"]}`,
    )
    assert.equal(phpJson([]), '[]')
  })
})

describe('Loop webhooks as they are sent (loop.md §7)', () => {
  let line: Line
  beforeEach(async () => {
    line = await openLine()
  })
  afterEach(() => line.close())

  const last = () => {
    const received = line.receiver.received.at(-1)
    assert.ok(received)
    return received
  }
  const triggers = () => line.receiver.received.map(({ body }) => body.trigger)

  it('are posted as JSON with one header, signed over the very bytes', async () => {
    await line.webhook('return', 'return.created')
    line.file()
    await line.pass(0)
    const { raw, headers, path } = last()
    assert.equal(path, '/loop')
    assert.equal(headers['content-type'], 'application/json')
    assert.equal(headers['x-loop-signature'], sign(raw, line.sandbox.loop.webhookSecret()))
    assert.ok(raw.includes(String.raw`https:\/\/returns.example.com\/`))
    assert.ok(raw.includes(String.raw`12 Rue de l\u2019\u00c9glise c\/o Zo\u00eb`))
    assert.ok(raw.every((byte) => byte >= 32 && byte < 127))
    assert.notEqual(
      sign(Buffer.from(JSON.stringify(last().body)), line.sandbox.loop.webhookSecret()),
      headers['x-loop-signature'],
    )
    assert.deepEqual(Object.keys(headers).sort(), [
      'connection',
      'content-length',
      'content-type',
      'host',
      'x-loop-signature',
    ])
  })

  it('are signed with the shop’s secret, or with one of their own; the API shows neither (loop.md §7.1)', async () => {
    const own = await line.webhook('return', 'return.created')
    line.sandbox.loop.setWebhookSecret('only this one', own)
    await line.webhook('return', 'return.updated')
    line.sandbox.loop.setWebhookSecret('the shop’s')
    line.file()
    await line.pass(0)
    const secretOf = { 'return.created': 'only this one', 'return.updated': 'the shop’s' }
    assert.deepEqual(triggers().sort(), ['return.created', 'return.updated'])
    for (const { raw, headers, body } of line.receiver.received) {
      const secret = secretOf[body.trigger as keyof typeof secretOf]
      assert.equal(headers['x-loop-signature'], sign(raw, secret))
    }
    assert.equal(line.sandbox.loop.webhookSecret(own), 'only this one')
    assert.equal(line.sandbox.loop.webhookSecret(), 'the shop’s')
    assert.doesNotMatch((await line.get('/webhooks')).text, /secret|only this one/)
    const status = await fetch(`${line.sandbox.url}/_sandbox/status`)
    const { settings } = (await status.json()) as { settings: { loopWebhookSecret: string } }
    assert.equal(settings.loopWebhookSecret, 'the shop’s')
  })

  it('report a return just submitted: no label yet, the shopper in clear, no time of the event (F30)', async () => {
    await line.webhook('return', 'return.created')
    const record = line.sandbox.loop.createReturn({
      orderName: '1042',
      outcome: 'refund',
      units: [{ sku: 'A/B', title: 'Tee', price: 2_500, tax: 100, quantity: 2 }],
    })
    await line.pass(0)
    const { body } = last()
    assert.equal(body.topic, 'return')
    assert.equal(body.trigger, 'return.created')
    assert.equal(typeof body.shop_id, 'number')
    assert.equal(body.id, String(record.id))
    assert.equal(body.state, 'open')
    assert.equal('updated_at' in body, false)
    assert.equal(body.order_name, '#1042')
    assert.equal(body.order_id, String(record.orderId))
    assert.equal(body.provider_order_number, record.providerOrderNumber)
    assert.equal(body.carrier, '')
    assert.equal(body.tracking_number, 'N/A')
    assert.equal(body.label_status, 'pending')
    assert.deepEqual([body.labels, body.refunds, body.exchanges], [[], [], []])
    assert.equal(body.return_total, '52.00')
    assert.equal(body.customer, record.customer.email)
    assert.deepEqual(body.customer_detail, {
      email: record.customer.email,
      first_name: 'Sam',
      middle_name: null,
      last_name: 'Shopper',
    })
    assert.equal(body.address.phone, '+1 514 555 0142')
    assert.equal(body.line_items.length, 2)
    const [unit] = body.line_items
    assert.equal(unit.line_item_id, String(record.units[0]?.lineItemId))
    assert.equal(unit.sku, 'A/B')
    assert.equal(unit.return_reason, 'Too small')
    assert.equal(unit.parent_return_reason, 'Size')
    assert.equal(unit.barcode, '')
    assert.equal(unit.price, '25.00')
    assert.equal(body.line_items[0].provider_line_item_id, body.line_items[1].provider_line_item_id)
  })

  it('are written when the event happens, not when they are delivered', async () => {
    await line.webhook('return', 'return.created')
    line.receiver.reactions.push({ status: 503 })
    const id = line.file({ state: 'open' })
    await line.pass(0)
    line.sandbox.loop.cancel(id)
    await line.pass(day)
    assert.deepEqual(
      line.receiver.received.map(({ body }) => body.state),
      ['open', 'open'],
    )
  })

  it('report each label, seconds later, with the return’s id and its own tracking (loop.md §7.5)', async () => {
    await line.webhook('label', 'label.created')
    await line.webhook('return', 'return.updated')
    const record = line.sandbox.loop.createReturn({
      units: [{ quantity: 2 }],
      label: { after: 4_000, walks: false, parcels: [{ trackingNumber: '123', units: [0] }, { units: [1] }] },
    })
    await line.pass(3_999)
    assert.equal(line.receiver.received.length, 0)
    await line.pass(1)
    const bodies = line.receiver.received.map(({ body }) => body)
    const labels = bodies.filter(({ topic }) => topic === 'label')
    assert.deepEqual(
      labels.map(({ id, trigger, label_status }) => [id, trigger, label_status]),
      [
        [String(record.id), 'label.created', 'new'],
        [String(record.id), 'label.created', 'new'],
      ],
    )
    assert.deepEqual(
      new Set(labels.map(({ tracking_number }) => tracking_number)),
      new Set(record.labels.map(({ trackingNumber }) => trackingNumber)),
    )
    assert.equal('customer' in labels[0], false)
    const [updated] = bodies.filter(({ topic }) => topic === 'return')
    assert.equal(updated.tracking_number, '123')
    assert.equal(updated.labels.length, 2)
    assert.equal(updated.labels[0].rate, 795)
    assert.deepEqual(updated.labels[0].line_items, [record.units[0]?.lineItemId])
  })

  it('report the carrier’s scans', async () => {
    await line.webhook('label', 'label.updated')
    const id = line.file()
    line.sandbox.loop.ship(id, 'in_transit')
    await line.pass(0)
    assert.equal(last().body.label_status, 'in_transit')
    assert.equal(last().body.trigger, 'label.updated')
  })

  it('report the closing, with what was refunded', async () => {
    await line.webhook('return', 'return.closed')
    const id = line.file({ units: [{ price: 2_500 }] })
    await line.post(`/warehouse/return/${id}/process`)
    await line.pass(5_000)
    const { body } = last()
    assert.equal(body.state, 'closed')
    assert.deepEqual(
      body.refunds.map(({ gateway, amount }: Record<string, string>) => [gateway, amount]),
      [['shopify_payments', '25.00']],
    )
    assert.deepEqual(triggers(), ['return.closed'])
  })

  it('report a failed processing by return_id, with a message that may be null (F6)', async () => {
    await line.webhook('return.processing', 'return.processing.failed')
    line.fault('loop.process-fails', 1)
    const id = line.file()
    await line.post(`/warehouse/return/${id}/process`)
    await line.pass(5_000)
    const expected = {
      topic: 'return.processing',
      trigger: 'return.processing.failed',
      return_id: Number(id),
      return_state: 'review',
      message: null,
      source: 'api',
    }
    assert.deepEqual(last().body, expected)
    line.fault('loop.process-failure-message', 1)
    const byPerson = line.file()
    line.sandbox.loop.process(byPerson)
    await line.pass(5_000)
    assert.deepEqual(last().body, {
      ...expected,
      return_id: Number(byPerson),
      message: 'The refund was declined.',
      source: 'admin',
    })
  })

  it('write ids as strings, as numbers, or alternately (loop.md §10.2)', async () => {
    await line.webhook('return', 'return.created')
    const types = []
    for (const style of [0, 1, 2, 2]) {
      line.fault('loop.webhook-numeric-ids', style)
      line.sandbox.loop.createReturn({ label: { after: 'never' } })
      await line.pass(0)
      const { id, order_id, line_items } = last().body
      assert.equal(typeof id, typeof order_id)
      assert.equal(typeof id, typeof line_items[0].line_item_id)
      types.push(typeof id)
    }
    assert.deepEqual(types.slice(0, 2), ['string', 'number'])
    assert.deepEqual(new Set(types.slice(2)), new Set(['string', 'number']))
  })

  it('are empty when topic and trigger don’t fit (loop.md §7.2)', async () => {
    await line.webhook('label', 'return.created')
    await line.webhook('restock', 'return.created')
    line.file()
    await line.pass(0)
    assert.deepEqual(
      line.receiver.received.map(({ raw }) => raw.toString()),
      ['[]', '[]'],
    )
    assert.equal(last().headers['x-loop-signature'], sign(Buffer.from('[]'), line.sandbox.loop.webhookSecret()))
  })

  it('pass inactive webhooks by, also those born so (loop.md §10.4)', async () => {
    await line.webhook('return', 'return.created', { status: 'inactive' })
    await line.webhook('return', 'return.created', { status: undefined })
    line.file()
    await line.pass(day)
    assert.equal(line.receiver.received.length, 0)
    assert.equal(line.sandbox.deliveries.log.length, 0)
  })

  it('say nothing of returns that were seeded as past', async () => {
    await line.webhook('return', 'return.created')
    line.file({ silent: true })
    await line.pass(0)
    assert.equal(line.receiver.received.length, 0)
  })
})
