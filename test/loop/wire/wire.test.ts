import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { LoopReturn } from '../../../src/core/returns/return.ts'
import { parseLosslessly } from '../../../src/http/json.ts'
import { timeOf } from '../../../src/loop/wire/fields.ts'
import { readReturn } from '../../../src/loop/wire/wire.ts'
import { listRow } from '../loop-at.ts'

function readOf(changes: Record<string, unknown> = {}): LoopReturn {
  const reading = readReturn(listRow(changes))
  assert.ok(reading.ok, JSON.stringify(reading))
  return reading.value
}

describe('a return of Loop in our words', () => {
  it('reads a list row', () => {
    assert.deepEqual(readOf(), {
      returnId: '99904598',
      state: 'open',
      rawState: 'open',
      outcome: 'refund',
      orderName: '#1001',
      providerOrderId: '5512',
      createdAt: '2026-11-20T10:00:00.000Z',
      updatedAt: '2026-11-20T10:05:00.000Z',
      destinationId: '77',
      destinationName: null,
      returnMethod: null,
      units: [
        {
          lineItemId: '1',
          providerLineItemId: '900',
          sku: 'TEE-S',
          barcode: null,
          title: 'Tee',
          reason: 'Too small',
          parentReason: 'Size',
          comment: null,
          outcome: 'default',
        },
      ],
      labels: [{ trackingNumber: '9400111899223100001234', carrier: 'USPS', status: 'pre_transit', lineItemIds: [] }],
      trackingNumbers: ['9400111899223100001234'],
      money: {
        refund: '47.50',
        giftCard: '0.00',
        currency: 'USD',
        wasProcessed: false,
        refundBeforeInspection: false,
        refunds: 0,
      },
    })
  })

  it('reads Shopify’s GraphQL ids as their digits, and leaves every other text alone (loop.md §14.6)', () => {
    const orderOf = (id: unknown) => readOf({ provider_order_id: id }).providerOrderId
    for (const id of [
      'gid://shopify/Order/5512',
      'GID://Shopify/Order/5512',
      'gid://shopify/Order/5512?key=1',
      5512,
      ' 5512 ',
    ])
      assert.equal(orderOf(id), '5512', String(id))
    for (const id of ['gid://shopify/Order/', 'gid://shopify/Order/55x', 'gid://other/Order/5512', '#1001'])
      assert.equal(orderOf(id), id)
    for (const id of [null, undefined, '', 'N/A']) assert.equal(orderOf(id), null)
    const [row] = listRow().line_items as Record<string, unknown>[]
    const line_items = [{ ...row, provider_line_item_id: 'gid://shopify/LineItem/900' }]
    assert.equal(readOf({ line_items }).units[0]?.providerLineItemId, '900')
  })

  it('reads ids as numbers or text alike (loop.md §10.2)', () => {
    const text = readOf()
    const numbers = readOf({
      id: 99904598,
      provider_order_id: 5512,
      line_items: [
        {
          line_item_id: 1,
          provider_line_item_id: 900,
          sku: 'TEE-S',
          line_item_title: 'Tee',
          reason: 'Too small',
          parent_reason: 'Size',
          outcome: 'default',
        },
      ],
    })
    assert.deepEqual(numbers, text)
  })

  it('keeps every digit of a tracking number that came as a number (F31)', () => {
    const digits = fc.stringMatching(/^[1-9]\d{0,39}$/)
    fc.assert(
      fc.property(digits, (number) => {
        const json = JSON.stringify(listRow({ tracking_number: 'HERE' })).replace('"HERE"', number)
        const reading = readReturn(parseLosslessly(json))
        assert.ok(reading.ok)
        assert.deepEqual(reading.value.trackingNumbers, [number])
      }),
    )
  })

  for (const nothing of ['', 'N/A', 'n/a', ' ', null, undefined]) {
    it(`takes ${JSON.stringify(nothing)} for nothing (loop.md §8.4)`, () => {
      const read = readOf({
        tracking_number: nothing,
        carrier: nothing,
        label_status: nothing,
        destination_id: nothing,
        updated_at: nothing,
      })
      assert.deepEqual([read.labels, read.trackingNumbers, read.destinationId, read.updatedAt], [[], [], null, null])
    })
  }

  it('shows a label that is still to come', () => {
    const read = readOf({ carrier: '', tracking_number: 'N/A', label_status: 'pending' })
    assert.deepEqual(read.labels, [{ trackingNumber: null, carrier: null, status: 'pending', lineItemIds: [] }])
    assert.deepEqual(read.trackingNumbers, [])
  })

  it('merges several labels with their units, and the top-level one only once', () => {
    const labels = [
      { tracking_number: 'A1', carrier: 'UPS', status: 'new', line_items: [1, '2'] },
      { tracking_number: 'B2', carrier: 'UPS', status: 'new', line_items: [] },
    ]
    const read = readOf({ labels, tracking_number: 'A1' })
    assert.deepEqual(read.trackingNumbers, ['A1', 'B2'])
    assert.deepEqual(read.labels[0]?.lineItemIds, ['1', '2'])
    assert.deepEqual(readOf({ labels, tracking_number: 'C3' }).trackingNumbers, ['C3', 'A1', 'B2'])
    assert.deepEqual(readOf({ labels, tracking_number: 'N/A' }).trackingNumbers, ['A1', 'B2'])
  })

  const states: [unknown, string][] = [
    ['open', 'open'],
    ['needs review', 'review'],
    ['Needs Review', 'review'],
    ['review', 'review'],
    ['cancelled', 'cancelled'],
    ['canceled', 'cancelled'],
    ['expired', 'expired'],
    ['archived', 'unknown'],
    [null, 'unknown'],
    [7, 'unknown'],
  ]
  for (const [word, state] of states) {
    it(`reads the state ${JSON.stringify(word)} as ${state} (loop.md §7.4)`, () => {
      assert.equal(readOf({ state: word }).state, state)
    })
  }

  it('keeps the word of a state that it does not know', () => {
    assert.equal(readOf({ state: 'archived' }).rawState, 'archived')
  })

  it('reads the return method as object or word', () => {
    assert.equal(
      readOf({ return_method: { provider: 'happy_returns', method_type: 'drop' } }).returnMethod,
      'happy_returns',
    )
    assert.equal(readOf({ return_method: { provider: null, method_type: 'drop' } }).returnMethod, 'drop')
    assert.equal(readOf({ return_method: 'keep' }).returnMethod, 'keep')
    assert.equal(readOf({ return_method: [] }).returnMethod, null)
  })

  it('reads lists that PHP wrote as objects, and null as none', () => {
    const { line_items } = listRow()
    const unit = (line_items as unknown[])[0]
    assert.equal(readOf({ line_items: { 0: unit, 2: { ...(unit as object), line_item_id: '3' } } }).units.length, 2)
    assert.equal(readOf({ line_items: null }).units.length, 0)
  })

  it('counts the refunds of either list', () => {
    assert.equal(readOf({ refunds: [{}, {}] }).money.refunds, 2)
    assert.equal(readOf({ shopify_refund_object: [{ id: 1 }] }).money.refunds, 1)
    assert.equal(readOf({ shopify_refund_object: { id: 1, return_id: 2 } }).money.refunds, 1)
    assert.equal(readOf({ refunds: { 1: { gateway: 'x' }, 4: { gateway: 'y' } } }).money.refunds, 2)
    assert.equal(readOf({ refunds: null, shopify_refund_object: {} }).money.refunds, 0)
  })

  it('knows that a return was processed if any outcome has a date, whatever was_processed says (F19)', () => {
    const date = { date: '2026-11-20 10:00:00.000000', timezone_type: 3, timezone: 'UTC' }
    const dates = { return_processed: null, refund_processed: date }
    assert.equal(readOf({ was_processed: false, outcomes_processed_at: dates }).money.wasProcessed, true)
    const none = { return_processed: null, refund_processed: null }
    assert.equal(readOf({ was_processed: false, outcomes_processed_at: none }).money.wasProcessed, false)
    assert.equal(readOf({ was_processed: undefined, outcomes_processed_at: none }).money.wasProcessed, null)
  })

  for (const [written, read] of [
    [true, true],
    ['1', true],
    [0, false],
    ['false', false],
    ['maybe', null],
    [null, null],
  ] as const) {
    it(`reads the flag ${JSON.stringify(written)} as ${read}`, () => {
      assert.equal(readOf({ refund_before_inspection: written }).money.refundBeforeInspection, read)
    })
  }

  it('never fails on any value of a field that is not an identity', () => {
    const fields = Object.keys(listRow()).filter((name) => !['id', 'line_items', 'labels'].includes(name))
    fc.assert(
      fc.property(fc.constantFrom(...fields), fc.jsonValue(), (name, value) => {
        assert.ok(readReturn(listRow({ [name]: value })).ok)
      }),
      { numRuns: 500 },
    )
  })

  it('does not take a prototype from a hostile body (F54)', () => {
    const reading = readReturn(parseLosslessly(`{"__proto__":${JSON.stringify(listRow())}}`))
    assert.equal(reading.ok, false)
    assert.equal(Reflect.get({}, 'line_items'), undefined)
  })
})

describe('times of Loop', () => {
  for (const [written, read] of [
    ['2026-11-20T10:00:00.000Z', '2026-11-20T10:00:00.000Z'],
    ['2026-11-20T10:00:00.000000Z', '2026-11-20T10:00:00.000Z'],
    ['2026-11-20T10:00:00+02:00', '2026-11-20T08:00:00.000Z'],
    ['2026-11-20 10:00:00', '2026-11-20T10:00:00.000Z'],
    ['2026-11-20T10:00:00', '2026-11-20T10:00:00.000Z'],
    ['2026-11-20', '2026-11-20T00:00:00.000Z'],
    ['N/A', null],
    ['', null],
    ['0000-00-00 00:00:00', null],
    ['2026-13-45 10:00:00', null],
    ['yesterday', null],
    [1763632800, null],
  ] as const) {
    it(`reads ${JSON.stringify(written)} as ${read}`, () => assert.equal(timeOf(written), read))
  }
})
