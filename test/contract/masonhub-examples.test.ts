import assert from 'node:assert/strict'
import type { Rma, RmaLine } from '../../src/core/rmas/rma.ts'
import { parseLosslessly } from '../../src/http/json.ts'
import { createMasonHubClient } from '../../src/masonhub/create-masonhub-client.ts'
import { parseRmaEvents } from '../../src/masonhub/rmas/rma-event.ts'
import { anRma } from '../masonhub/build.ts'
import { fakeTransport } from '../masonhub/fake-transport.ts'
import { answerExample, needContracts, operationOf } from './openapi.ts'

const file = 'masonhub.yaml'

/** A client that gets this example of MasonHub's file as every answer. */
function clientOf(method: string, path: string, name: string) {
  const json = answerExample(file, method, path, name)
  return createMasonHubClient(fakeTransport(() => ({ json })))
}

/** An example of the messages that MasonHub posts to us, as it arrives. */
function message(name: string): unknown {
  const example = operationOf(file, 'POST', '/rmaEvent')?.example[name]
  assert.ok(example !== undefined, name)
  return parseLosslessly(JSON.stringify((example as { value: unknown }).value))
}

function line(special: Partial<RmaLine>): RmaLine {
  return {
    sku: 'pants3456',
    quantity: 1,
    reasonCode: 'tooBig',
    requestedStatus: 'qc',
    notes: "Didn't fit.",
    orderId: '12345',
    quantityReceived: 1,
    notOnOriginalRma: false,
    received: [{ disposition: 'damaged', quantity: 1, notes: 'Has a hole' }],
    ...special,
  }
}

const shirt = {
  sku: 'shirts435234',
  reasonCode: 'other',
  notes: "Color didn't match expectations.",
  notOnOriginalRma: true,
  received: [{ disposition: 'available', quantity: 1, notes: 'Good condition' }],
}

const timestamp = '2018-08-06T11:18:46.000Z'

const rma123: Rma = {
  rmaId: '7bda07f7-be88-42dc-a26b-800e211c44f4',
  customerIdentifier: 'rma123',
  manifestId: null,
  packageId: '9302020514103629166400',
  returnType: 'rma_submitted_by_customer',
  status: 'open',
  rawStatus: 'open',
  version: 1,
  notes: null,
  instructions: 'Dry Clean',
  labelUrl: 'https://app.masonhub.co/demo_account/api/v1/return-labels/demo1234.pdf',
  receivedAt: null,
  createdAt: timestamp,
  updatedAt: timestamp,
  deletedAt: null,
  lines: [line({}), line(shirt)],
}

const rma555: Rma = {
  ...rma123,
  rmaId: '7bda07f7-be88-42dc-a26b-800e211c44f5',
  customerIdentifier: 'rma555',
  packageId: '1z3422345232323',
  status: 'received',
  rawStatus: 'received',
  labelUrl: null,
  receivedAt: timestamp,
  lines: [
    line({ received: [{ disposition: 'available', quantity: 1, notes: 'Good condition' }] }),
    line({ ...shirt, received: [{ disposition: 'damaged', quantity: 1, notes: 'Stained' }] }),
  ],
}

describe("MasonHub's own examples", () => {
  before(needContracts)

  it('GET /rmas, by our identifier', async () => {
    const { rmas } = clientOf('GET', '/rmas', 'returns_list')
    const found = await rmas.byCustomerIdentifiers(['rma123', 'rma555'])
    assert.deepEqual(
      [...found],
      [
        ['rma123', [rma123]],
        ['rma555', [rma555]],
      ],
    )
  })

  it('GET /rmas, by UUID and by window', async () => {
    const { rmas } = clientOf('GET', '/rmas', 'returns_list')
    assert.deepEqual(await rmas.byIds([rma123.rmaId ?? '', rma555.rmaId ?? '']), [rma123, rma555])
    const pages: Rma[][] = []
    for await (const page of rmas.created({ from: '2018-08-01T00:00:00Z', to: '2018-09-01T00:00:00Z' }))
      pages.push(page)
    assert.deepEqual(pages, [[rma123, rma555]])
  })

  it('POST /rmas: accepted, and a bought label is reported', async () => {
    const { rmas } = clientOf('POST', '/rmas', 'one')
    const answers = await rmas.create([anRma({ customerIdentifier: '1234' })])
    assert.deepEqual(
      [...answers],
      [
        [
          '1234',
          { kind: 'accepted', labelUrl: 'https://app.masonhub.co/demo_account/api/v1/return-labels/demo1234.pdf' },
        ],
      ],
    )
  })

  it('PUT /rmas and DELETE /rmas', async () => {
    const updated = await clientOf('PUT', '/rmas', 'one').rmas.update([anRma({ customerIdentifier: '1234' })])
    assert.deepEqual([...updated], [['1234', { kind: 'accepted', labelUrl: null }]])
    const removed = await clientOf('DELETE', '/rmas', 'one').rmas.remove(['rma123'])
    assert.deepEqual([...removed], [['rma123', { kind: 'accepted', labelUrl: null }]])
  })

  it('POST /skus: the mixed answer that MasonHub prints for all bulk writes', async () => {
    const content = operationOf(file, 'PUT', '/rmas')?.responses['200'] as {
      content: { 'application/json': { schema: { items?: { value?: unknown }; value?: unknown } } }
    }
    const { schema } = content.content['application/json']
    const json = schema.value ?? schema.items?.value
    assert.ok(json !== undefined, 'the example inside the schema has moved')
    const { rmas } = createMasonHubClient(fakeTransport(() => ({ json })))
    const answers = await rmas.create(
      ['shirts34563', 'shirts450293', 'neither'].map((customerIdentifier) => anRma({ customerIdentifier })),
    )
    assert.deepEqual(
      [...answers],
      [
        ['shirts34563', { kind: 'accepted', labelUrl: null }],
        [
          'shirts450293',
          {
            kind: 'refused',
            code: '301',
            messages: ["301: 'shirts450293' is already taken and 'customer_identifier' must be unique"],
          },
        ],
        [
          'neither',
          { kind: 'in_doubt', detail: "MasonHub's answer says nothing about this record [request request-1]" },
        ],
      ],
    )
  })

  it('errors: 401 of a bulk write and of a read', async () => {
    const responses = operationOf(file, 'GET', '/rmas')?.responses as Record<
      string,
      { content: { 'application/json': { example: unknown } } }
    >
    const json = responses['401']?.content['application/json'].example
    assert.deepEqual(json, { message: 'The access token provided is missing or invlid.' })
    const client = createMasonHubClient(fakeTransport(() => ({ status: 401, json })))
    await assert.rejects(client.check(), { code: 'MASONHUB_UNAUTHORIZED', exit: 4 })
    const answer = (await client.rmas.create([anRma()])).get('99904598')
    assert.match(answer?.kind === 'refused' ? (answer.messages[0] ?? '') : '', /^MASONHUB_UNAUTHORIZED/)
  })

  it('GET /skus: every SKU of the examples is deleted, except those of the summary', async () => {
    const ids = ['pants4523', 'shirts450293', 'kit0002']
    for (const name of [
      'detailed_sku_with_inventory',
      'detailed_sku_without_inventory',
      'detailed_kit_sku_with_inventory',
    ]) {
      const json = answerExample(file, 'GET', '/skus', name) as { data: { customer_identifier: string }[] }
      const there = json.data.map((sku) => sku.customer_identifier)
      assert.ok(there.every((id) => ids.includes(id)))
      assert.deepEqual([...(await clientOf('GET', '/skus', name).knownSkus(there))], [])
      const alive = { ...json, data: json.data.map((sku) => ({ ...sku, deleted_at: '0001-01-01T00:00:00Z' })) }
      const { knownSkus } = createMasonHubClient(fakeTransport(() => ({ json: alive })))
      assert.deepEqual([...(await knownSkus(there))], there)
    }
    const summary = await clientOf('GET', '/skus', 'sku_summary').knownSkus(['pant3432', '12345342', '880234'])
    assert.deepEqual([...summary], ['pant3432', '12345342', '880234'])
  })

  it('GET /skus: the kit of the examples, and its parts (masonhub.md §7.1)', async () => {
    const json = answerExample(file, 'GET', '/skus', 'detailed_kit_sku_with_inventory') as {
      data: { kit_skus: object[] }[]
    }
    const alive = json.data.map((sku) => ({ ...sku, deleted_at: '0001-01-01T00:00:00Z' }))
    const parts = alive.flatMap(({ kit_skus }) => kit_skus)
    const client = createMasonHubClient(
      fakeTransport(({ query }) => ({ json: { ...json, data: query.cid === 'kit0002' ? alive : parts } })),
    )
    const made = new Map([
      ['shirtjacket34423', 1],
      ['helmet342523', 1],
    ])
    assert.deepEqual([...(await client.kits(['kit0002']))], [['kit0002', made]])
  })

  it('callbacks: list, create and delete', async () => {
    assert.deepEqual(await clientOf('GET', '/callbacks', 'callback_list').callbacks.list(), [
      {
        callbackId: 'cb79fyn5-ec61-7892-ae7b-57a173b68133',
        url: 'https://api.clienturl.com/api/inventory_event',
        messageType: 'skuInventoryChange',
        apiVersion: '1.0',
      },
    ])
    const { callbacks } = clientOf('POST', '/callbacks', 'one')
    const two = ['skuInventoryChange', 'rmaEvent'].map((messageType) => ({
      url: 'https://api.clienturl.com/api/x',
      messageType,
      apiVersion: '2.0' as const,
    }))
    await assert.rejects(callbacks.create(two), (error: Error) => {
      assert.match(error.message, /POST \/callbacks refused 1 of 2: Callback url update failed\./)
      return true
    })
    await clientOf('DELETE', '/callbacks', 'delete_callback_response').callbacks.remove(['cb79fyn5'])
  })

  it('callback holds', async () => {
    assert.deepEqual(await clientOf('GET', '/callback_holds', 'callback_list').holds.list(), [
      { messageType: 'skuInventoryChange', createdAt: '2019-06-04T21:00:58.912Z' },
    ])
    await clientOf('POST', '/callback_holds', 'one').holds.create(['skuInventoryChange'])
    await clientOf('DELETE', '/callback_holds', 'delete_callback_response').holds.remove(['skuInventoryChange'])
  })

  it('secrets', async () => {
    const example = answerExample(file, 'POST', '/secrets', 'one') as { encrypted_key: string }
    assert.match(example.encrypted_key, /^eyJ/)
    const { token } = await clientOf('POST', '/secrets', 'one').secrets.create('a phrase of ours')
    assert.equal(token, example.encrypted_key)
    await clientOf('POST', '/delete_secrets', 'one').secrets.remove('a phrase of ours')
  })

  it('data factory', async () => {
    const { dataFactory } = clientOf('POST', '/data_factory/rmaEvent', 'post_sku')
    const answers = await dataFactory.rmaEvent([
      { customerIdentifier: 'rma123', event: 'receiveFull', randomizeInventoryStatuses: true },
      { customerIdentifier: 'rma555', event: 'receivePartial' },
    ])
    assert.deepEqual(answers, [
      { kind: 'accepted', labelUrl: null },
      { kind: 'accepted', labelUrl: null },
    ])
  })

  const receivedLines = (orders: [string, string], skus: [string, string]) => [
    line({ orderId: orders[0], sku: skus[0] }),
    line({ ...shirt, orderId: orders[1], sku: skus[1], quantityReceived: 0 }),
  ]

  it('rmaEvent 1.0: received', () => {
    const [read, ...others] = parseRmaEvents(message('posted_sku_snapshot_callback'))
    assert.equal(others.length, 0)
    assert.deepEqual([read?.messageId, read?.apiVersion], ['0896116f-e54b-4756-9d3e-1b0c4a25d821', '1.0'])
    const rma: Rma = {
      ...rma123,
      rmaId: 'vf79fyn5-ec61-7892-ae7b-57a173b68133',
      customerIdentifier: '1234',
      packageId: '1z324897234nferg45',
      status: 'received',
      rawStatus: 'received',
      version: null,
      notes: 'Missing one item',
      labelUrl: null,
      receivedAt: timestamp,
      createdAt: null,
      updatedAt: null,
      lines: receivedLines(['54321', '54321'], ['pants3456', 'shirts435234']),
    }
    assert.deepEqual(read?.rows, [
      { eventId: null, customerIdentifier: '1234', event: 'received', asOf: timestamp, rma },
    ])
  })

  it('rmaEvent 2.0: received, with scalars as text', () => {
    const [read] = parseRmaEvents([message('posted_rma_event_callback_received_v2.0')])
    assert.deepEqual([read?.messageId, read?.apiVersion], ['52e7a437-5735-46b7-b10c-a76602ea56a0', '2.0'])
    const asOf = '2020-08-16T11:20:46.000Z'
    const rma: Rma = {
      ...rma123,
      rmaId: '15218a8a-9252-419a-87e2-1a8a59d1a8b4',
      customerIdentifier: '100172',
      manifestId: '100172',
      packageId: '100172',
      status: 'received',
      rawStatus: 'received',
      version: 8,
      notes: 'Missing one item',
      labelUrl: 'https://app.masonhub.co/account/return-labels/account/100172.pdf',
      receivedAt: asOf,
      createdAt: '2020-08-01T11:20:46.000Z',
      updatedAt: asOf,
      lines: receivedLines(['111232', '111233'], ['JeansPants', 'JeansShirt']),
    }
    const eventId = '33455ccc-40f5-431b-81a1-44098f8a92bd'
    assert.deepEqual(read?.rows, [{ eventId, customerIdentifier: '12345', event: 'received', asOf, rma }])
  })

  it('rmaEvent 2.0: tendered', () => {
    const [read] = parseRmaEvents(message('posted_rma_event_callback_tendered_v2.0'))
    assert.deepEqual(read?.rows, [
      {
        eventId: 'b29a6e2e-d67f-474b-a5b8-c68c9f502b60',
        customerIdentifier: '1008908',
        event: 'tendered',
        asOf: '2020-02-20T13:48:32.284Z',
        rma: null,
      },
    ])
  })
})
