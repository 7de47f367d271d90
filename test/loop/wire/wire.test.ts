import assert from 'node:assert/strict'
import fc from 'fast-check'
import { type LoopReturn, methodUnsaid } from '../../../src/core/returns/return.ts'
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
      method: { ...methodUnsaid, known: true },
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
          price: null,
          refund: null,
          condition: undefined,
          disposition: undefined,
        },
      ],
      labels: [
        {
          trackingNumber: '9400111899223100001234',
          carrier: 'USPS',
          status: 'pre_transit',
          updatedAt: null,
          lineItemIds: [],
        },
      ],
      bags: [],
      deliveredAt: null,
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
    assert.deepEqual(read.labels, [
      { trackingNumber: null, carrier: null, status: 'pending', updatedAt: null, lineItemIds: [] },
    ])
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

  it('knows when each label changed; the top-level time is about the label that it repeats', () => {
    const at = '2026-11-20T10:00:00+00:00'
    const labels = [
      { tracking_number: 'A1', status: 'new', updated_at: at },
      { tracking_number: 'B2', status: 'in_transit' },
      { tracking_number: 'C3', status: 'new', updated_at: 'N/A' },
    ]
    const timesOf = (changes: Record<string, unknown>) =>
      readOf({ labels, ...changes }).labels.map(({ trackingNumber, updatedAt }) => [trackingNumber, updatedAt])
    const later = '2026-11-21 08:30:00'
    assert.deepEqual(timesOf({ tracking_number: 'B2', label_updated_at: later }), [
      ['A1', '2026-11-20T10:00:00.000Z'],
      ['B2', '2026-11-21T08:30:00.000Z'],
      ['C3', null],
    ])
    assert.deepEqual(timesOf({ tracking_number: 'D4', label_updated_at: later })[0], ['D4', '2026-11-21T08:30:00.000Z'])
    assert.deepEqual(timesOf({ tracking_number: 'A1', label_updated_at: later })[0], ['A1', '2026-11-20T10:00:00.000Z'])
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

  describe('reads bags, methods and conditions of both versions (loop.md §14.1, §14.4)', () => {
    const nothing = { ...methodUnsaid, known: true }

    it('the return method as object or word', () => {
      const object = {
        provider: 'happyreturns',
        method_type: 'drop_off',
        address: { city: 'Dallas' },
        state: 'created',
        rma_id: 'HRJYTQ5J',
        scannable_id: 7,
      }
      const asObject = readOf({ return_method: object })
      assert.deepEqual(asObject.method, {
        provider: 'happyreturns',
        type: 'drop_off',
        state: 'created',
        rmaId: 'HRJYTQ5J',
        scannableId: '7',
        known: true,
      })
      assert.equal(asObject.returnMethod, 'happyreturns')
      const typeOnly = readOf({ return_method: { provider: null, method_type: 'drop' } })
      assert.deepEqual([typeOnly.method, typeOnly.returnMethod], [{ ...nothing, type: 'drop' }, 'drop'])
      const word = readOf({ return_method: 'keep' })
      assert.deepEqual([word.method, word.returnMethod], [{ ...nothing, provider: 'keep' }, 'keep'])
    })

    it('plain mail, which is not the same as an answer that says nothing about the method', () => {
      for (const mail of [null, '', 'N/A', [], {}])
        assert.deepEqual(
          [readOf({ return_method: mail }).method, readOf({ return_method: mail }).returnMethod],
          [nothing, null],
        )
      const { return_method: _left, ...row } = listRow()
      const reading = readReturn(row)
      assert.ok(reading.ok)
      assert.deepEqual([reading.value.method, reading.value.returnMethod], [methodUnsaid, null])
    })

    for (const [written, bags] of [
      ['HR200250DB9E', ['HR200250DB9E']],
      ['HR1A, HR2B', ['HR1A', 'HR2B']],
      ['HR1A HR2B;HR1A | HR3C\n', ['HR1A', 'HR2B', 'HR3C']],
      [
        ['HR1A', 'HR2B,HR3C', null, 'N/A'],
        ['HR1A', 'HR2B', 'HR3C'],
      ],
      [{ 0: 'HR1A', 3: 'HR2B' }, ['HR1A', 'HR2B']],
      [400123, ['400123']],
      ['N/A, n/a', []],
      ['', []],
      [null, []],
      [undefined, []],
      [[], []],
      [true, []],
    ] as const) {
      it(`the bags ${JSON.stringify(written)} (A-44)`, () => {
        assert.deepEqual(readOf({ package_reference: written }).bags, bags)
      })
    }

    const unitOf = (changes: Record<string, unknown>) => {
      const [row] = listRow().line_items as Record<string, unknown>[]
      const [unit] = readOf({ line_items: [{ ...row, ...changes }] }).units
      assert.ok(unit)
      return unit
    }
    const none = { subject: null, title: null, grade: null, description: null }
    const graded = { subject: 'Item condition grade', title: 'Grade B', grade: 'grade_b' }
    for (const [what, written, condition] of [
      [
        'an object since 2026-10',
        { description: 'Worn', condition_category: graded },
        { ...graded, description: 'Worn' },
      ],
      [
        'a word before',
        { description: 'Worn', condition_category: 'grade_b' },
        { ...none, grade: 'grade_b', description: 'Worn' },
      ],
      [
        'a category without a grade',
        { condition_category: { subject: 'S', title: 'T' } },
        { ...none, subject: 'S', title: 'T' },
      ],
      ['no category', { description: 'Worn', condition_category: null }, { ...none, description: 'Worn' }],
      ['a word by itself', 'missing', { ...none, grade: 'missing' }],
      ['none', null, null],
      ['an empty object of PHP', [], null],
      ['a placeholder', 'N/A', null],
    ] as const) {
      it(`a condition: ${what}`, () => assert.deepEqual(unitOf({ condition: written }).condition, condition))
    }

    it('a disposition as object or word; what an answer leaves out is not none', () => {
      const outcome = { disposition_outcome: 'back_to_stock', note: 'x' }
      assert.equal(unitOf({ disposition: outcome }).disposition, 'back_to_stock')
      assert.equal(unitOf({ disposition: 'resale_hold' }).disposition, 'resale_hold')
      for (const nothing of [null, '', 'N/A', {}, []]) assert.equal(unitOf({ disposition: nothing }).disposition, null)
      assert.deepEqual([unitOf({}).condition, unitOf({}).disposition], [undefined, undefined])
    })

    it("a unit's price and refund, as the decimal strings they are", () => {
      const { price, refund } = unitOf({ price: '50.00', refund: '47.50' })
      assert.deepEqual([price, refund], ['50.00', '47.50'])
      assert.deepEqual([unitOf({}).price, unitOf({ refund: 'N/A' }).refund], [null, null])
    })

    it('and never fails on any value of them', () => {
      const names = ['package_reference', 'return_method', 'label_updated_at'] as const
      fc.assert(
        fc.property(fc.constantFrom(...names), fc.jsonValue(), (name, value) => {
          for (const bag of readOf({ [name]: value }).bags) assert.match(bag, /^[^\s,;|]+$/)
        }),
        { numRuns: 500 },
      )
      const ofUnits = ['condition', 'disposition', 'price', 'refund'] as const
      fc.assert(
        fc.property(fc.constantFrom(...ofUnits), fc.jsonValue(), (name, value) => {
          const { condition, disposition } = unitOf({ [name]: value })
          assert.equal(condition === undefined, name !== 'condition')
          assert.equal(disposition === undefined, name !== 'disposition')
        }),
        { numRuns: 500 },
      )
    })
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
