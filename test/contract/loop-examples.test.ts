import assert from 'node:assert/strict'
import { type LoopReturn, methodUnsaid } from '../../src/core/returns/return.ts'
import { createLoopClient } from '../../src/loop/create-loop-client.ts'
import { fakeTransport } from '../masonhub/fake-transport.ts'
import { type ContractFile, needContracts, operationOf, validateResponse } from './openapi.ts'

type Json = Record<string, unknown>

const placeholders: Json = { string: 'text', integer: 42, number: 4.2, boolean: true }

/** The answer that a schema describes: its examples where it has some, and placeholders of the right type elsewhere. */
function exampleOf(schema: Json, name = ''): unknown {
  const [first] = Array.isArray(schema.examples) ? schema.examples : []
  const example = schema.example ?? first
  if (example !== undefined) return example
  if (Array.isArray(schema.enum)) return schema.enum[0]
  if (schema.properties !== undefined) {
    const properties = Object.entries(schema.properties as Record<string, Json>)
    return Object.fromEntries(properties.map(([key, one]) => [key, exampleOf(one, key)]))
  }
  if (schema.type === 'array') return [exampleOf(schema.items as Json, name)]
  if (schema.format === 'date-time') return '2026-11-02T09:30:00.000Z'
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type
  if (type === 'string' && /(^|_)id$/.test(name)) return '4242'
  return type === 'string' && name !== '' ? `a ${name}` : (placeholders[String(type)] ?? {})
}

function schemaOf(file: ContractFile, method: string, path: string, status = '200'): Json {
  const answer = operationOf(file, method, path)?.responses[status] as { content?: Json } | undefined
  const schema = (answer?.content?.['application/json'] as { schema?: Json } | undefined)?.schema
  assert.ok(schema, `${file} has no answer ${status} of ${method} ${path}`)
  return schema
}

const newest = 'https://api.loopreturns.com/api/2026-10'
const answering = (json: unknown, status = 200) =>
  createLoopClient(
    fakeTransport(() => ({ json, status })),
    newest,
  )

/** The variants of an answer that has several shapes. */
const variants = (schema: Json) => (schema.oneOf as Json[]).map((one) => exampleOf(one))

const window = { from: '2026-11-01T00:00:00Z', to: '2026-11-10T00:00:00Z' }

describe("Loop's own examples", () => {
  before(needContracts)

  it('ASN report: every documented field has its place', async () => {
    const [row] = exampleOf(schemaOf('loop-returns.yml', 'GET', '/warehouse/reporting/asn')) as Json[]
    assert.deepEqual(validateResponse('loop-returns.yml', 'GET', '/warehouse/reporting/asn', 200, [row]), [])
    const [[read, ...others] = []] = await Array.fromAsync(answering([{ ...row, state: 'open' }]).asn(window))
    assert.equal(others.length, 0)
    const expected: LoopReturn = {
      returnId: '42',
      state: 'open',
      rawState: 'open',
      outcome: null,
      orderName: 'a order_name',
      providerOrderId: null,
      createdAt: '2026-11-02T09:30:00.000Z',
      updatedAt: '2026-11-02T09:30:00.000Z',
      destinationId: null,
      destinationName: null,
      returnMethod: null,
      method: methodUnsaid,
      units: [
        {
          lineItemId: '4242',
          providerLineItemId: null,
          sku: 'a sku',
          barcode: 'a barcode',
          title: 'a title',
          reason: null,
          parentReason: null,
          comment: null,
          outcome: null,
          price: null,
          refund: null,
          condition: undefined,
          disposition: undefined,
        },
      ],
      labels: [
        {
          trackingNumber: 'a tracking_number',
          carrier: 'a carrier',
          status: 'a label_status',
          updatedAt: null,
          lineItemIds: ['4242'],
        },
      ],
      bags: [],
      deliveredAt: null,
      trackingNumbers: ['a tracking_number'],
      money: {
        refund: null,
        giftCard: null,
        currency: 'a currency',
        wasProcessed: null,
        refundBeforeInspection: null,
        refunds: 0,
      },
    }
    assert.deepEqual(read, expected)
  })

  it('list: the documented fields, bare and in an envelope', async () => {
    const path = '/warehouse/return/list'
    const [row] = exampleOf(schemaOf('loop-returns.yml', 'GET', path)) as Json[]
    // The file is a shortened copy that leaves out the line items (loop.md §4.2).
    const whole = { ...row, line_items: [{ line_item_id: '501', sku: 'SHIRT-M' }] }
    for (const answer of [[whole], { returns: [whole], nextPageUrl: null, previousPageUrl: null }]) {
      assert.deepEqual(validateResponse('loop-returns.yml', 'GET', path, 200, answer), [])
      const found: LoopReturn[] = []
      for await (const page of answering(answer).list({ ...window, filter: 'created_at', states: ['open'] }))
        found.push(...page)
      assert.deepEqual(
        found.map((one) => ({ ...one, units: one.units.map(({ lineItemId, sku }) => [lineItemId, sku]) })),
        [
          {
            returnId: '4242',
            state: 'open',
            rawState: 'open',
            outcome: null,
            orderName: 'a order_name',
            providerOrderId: null,
            createdAt: '2026-11-02T09:30:00.000Z',
            updatedAt: '2026-11-02T09:30:00.000Z',
            destinationId: '4242',
            destinationName: null,
            returnMethod: null,
            method: methodUnsaid,
            units: [['501', 'SHIRT-M']],
            labels: [
              {
                trackingNumber: 'a tracking_number',
                carrier: 'a carrier',
                status: 'a label_status',
                updatedAt: null,
                lineItemIds: [],
              },
            ],
            bags: [],
            deliveredAt: null,
            trackingNumbers: ['a tracking_number'],
            money: {
              refund: '63.30',
              giftCard: null,
              currency: 'USD',
              wasProcessed: null,
              refundBeforeInspection: null,
              refunds: 0,
            },
          },
        ],
      )
    }
  })

  it('details', async () => {
    const example = exampleOf(schemaOf('loop-returns.yml', 'GET', '/warehouse/return/details')) as Json
    const record = { ...example, id: 37603922, state: 'review', line_items: [{ line_item_id: 501, reason: 'Too big' }] }
    assert.deepEqual(validateResponse('loop-returns.yml', 'GET', '/warehouse/return/details', 200, record), [])
    const read = await answering(record).details('37603922')
    assert.deepEqual(
      [read?.returnId, read?.state, read?.outcome, read?.orderName, read?.createdAt],
      ['37603922', 'review', 'a outcome', 'a order_name', '2026-11-02T09:30:00.000Z'],
    )
    assert.deepEqual(
      read?.units.map(({ lineItemId, reason }) => [lineItemId, reason]),
      [['501', 'Too big']],
    )
  })

  for (const action of ['process', 'flag', 'close', 'cancel'] as const) {
    it(`${action}: of all documented answers with 200, one is acceptance`, async () => {
      const schema = schemaOf('loop-returns.yml', 'POST', `/warehouse/return/1/${action}`)
      const answers = await Promise.all(
        variants(schema).map((json) =>
          action === 'process' ? answering(json).process('1', {}) : answering(json)[action]('1'),
        ),
      )
      assert.deepEqual(
        answers.map(({ kind }) => kind),
        ['accepted', ...answers.slice(1).map(() => 'refused')],
      )
      assert.ok(answers.length > 1)
      for (const answer of answers.slice(1)) {
        assert.match(
          answer.kind === 'refused' ? answer.text : '',
          /^Return is (closed|cancelled|review|expired|flagged) /,
        )
      }
    })
  }

  it('process: refusals carry the code that Loop gives, or ours', async () => {
    const schema = schemaOf('loop-returns.yml', 'POST', '/warehouse/return/1/process')
    const answers = await Promise.all(variants(schema).map((json) => answering(json).process('1', {})))
    assert.deepEqual(
      answers.map((answer) => (answer.kind === 'refused' ? answer.code : answer.kind)),
      ['accepted', 'LOOP_REFUSED', 'UNPROCESSABLE_RETURN', 'LOOP_REFUSED'],
    )
  })

  it('401 of an action and of a read', async () => {
    const json = exampleOf(schemaOf('loop-returns.yml', 'POST', '/warehouse/return/1/process', '401'))
    assert.deepEqual(json, { error: { code: '401', http_code: 'GEN-UNAUTHORIZED', message: 'Unauthorized.' } })
    const answer = await answering(json, 401).process('1', {})
    assert.equal(answer.kind === 'refused' && answer.code, 'LOOP_UNAUTHORIZED')
    await assert.rejects(answering(json, 401).check(), { code: 'LOOP_UNAUTHORIZED', exit: 4 })
  })

  it('notes: list, none, create, too long', async () => {
    const path = '/warehouse/return/1/notes'
    const example = exampleOf(schemaOf('loop-returns.yml', 'GET', path))
    const note = { noteId: '42', content: 'a content', createdAt: '2026-11-02T09:30:00.000Z' }
    assert.deepEqual(await answering(example).notes('1'), [note])
    const created = exampleOf(schemaOf('loop-returns.yml', 'POST', '/warehouse/return/1/note'))
    assert.equal(created, 'true')
    assert.deepEqual(await answering(created).addNote('1', 'Arrived damaged'), { kind: 'accepted' })
    const tooLong = exampleOf(schemaOf('loop-returns.yml', 'POST', '/warehouse/return/1/note', '422'))
    const answer = await answering(tooLong, 422).addNote('1', 'Arrived damaged')
    assert.match(answer.kind === 'refused' ? answer.text : '', /^Content is required and must be less than 255/)
  })

  it('destinations', async () => {
    const example = exampleOf(schemaOf('loop-destinations.yml', 'GET', '/destinations'))
    assert.deepEqual(await answering(example).destinations(), [
      { destinationId: '1', name: 'Example Destination', type: 'warehouse', enabled: true },
    ])
  })

  it('webhooks: list and create, with 200 and with 201', async () => {
    const webhook = {
      webhookId: '12345',
      topic: 'return',
      trigger: 'return.created',
      url: 'https://example.com/webhook',
      status: 'active',
    }
    const example = exampleOf(schemaOf('loop-webhooks.yml', 'GET', '/webhooks'))
    assert.deepEqual(await answering(example).webhooks.list(), [webhook])
    const created = exampleOf(schemaOf('loop-webhooks.yml', 'POST', '/webhooks'))
    for (const status of [200, 201])
      assert.deepEqual(await answering(created, status).webhooks.create(webhook), webhook)
    const missing = exampleOf(schemaOf('loop-webhooks.yml', 'PUT', '/webhooks/1', '404'))
    await assert.rejects(answering(missing, 404).webhooks.update('1', webhook), { code: 'LOOP_NOT_FOUND', exit: 5 })
  })
})
