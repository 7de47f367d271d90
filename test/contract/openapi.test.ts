import assert from 'node:assert/strict'
import { needContracts, operationOf, validateRequest, validateResponse } from './openapi.ts'

const record = {
  customer_identifier: '99904598',
  return_type: 'rma_submitted_by_customer',
  generate_return_label: false,
  package_id: '9400111899223197428490',
  line_items: [
    { customer_sku_id: 'SHIRT-M', quantity: 1, return_reason_code: 'tooBig', return_inventory_status: 'qc' },
  ],
}
const line = record.line_items[0]

describe('the judge of the contract tests', () => {
  before(needContracts)

  it('passes what is right', () => {
    assert.deepEqual(validateRequest('masonhub.yaml', 'POST', '/rmas', {}, [record]), [])
    assert.deepEqual(
      validateRequest('masonhub.yaml', 'GET', '/rmas', { cid: 'a,b', limit: '100', offset: '0' }, undefined),
      [],
    )
    assert.deepEqual(validateRequest('loop-returns.yml', 'POST', '/warehouse/return/99904598/flag', {}, undefined), [])
  })

  for (const [name, method, path, query, body] of [
    ['an unknown path', 'GET', '/rma', {}, undefined],
    ['an unknown method', 'PATCH', '/rmas', {}, [record]],
    ['an unknown parameter', 'GET', '/rmas', { page: '1' }, undefined],
    ['a limit over 100', 'GET', '/rmas', { limit: '101' }, undefined],
    ['a limit that is no number', 'GET', '/rmas', { limit: 'all' }, undefined],
    ['31 identifiers', 'GET', '/rmas', { cid: Array(31).fill('x').join(',') }, undefined],
    ['a date that is none', 'GET', '/rmas', { sdt: '2026-11-01' }, undefined],
    ['an id that is no UUID', 'GET', '/rmas', { id: '99904598' }, undefined],
    ['a boolean that is none', 'GET', '/skus', { include_counts: 'no' }, undefined],
    ['a missing body', 'POST', '/rmas', {}, undefined],
    ['a body that is no array', 'POST', '/rmas', {}, record],
    ['31 records', 'POST', '/rmas', {}, Array(31).fill(record)],
    ['an identifier of four characters', 'POST', '/rmas', {}, [{ ...record, customer_identifier: '1673' }]],
    ['a manifest of 21 characters', 'POST', '/rmas', {}, [{ ...record, manifest_id: 'm'.repeat(21) }]],
    ['an empty text', 'POST', '/rmas', {}, [{ ...record, manifest_id: '' }]],
    ['a field that only MasonHub sets', 'POST', '/rmas', {}, [{ ...record, version: 1 }]],
    ['a misspelt field', 'POST', '/rmas', {}, [{ ...record, generate_return_labels: false }]],
    ['a dead reason code', 'POST', '/rmas', {}, [{ ...record, line_items: [{ ...line, return_reason_code: 'fit' }] }]],
    [
      'a received disposition',
      'PUT',
      '/rmas',
      {},
      [{ ...record, line_items: [{ ...line, return_inventory_status: 'quality-control' }] }],
    ],
    ['a note of one character', 'PUT', '/rmas', {}, [{ ...record, line_items: [{ ...line, return_notes: 'x' }] }]],
    ['a callback by type', 'DELETE', '/callbacks', {}, [{ message_type: 'rmaEvent' }]],
    ['an event nobody knows', 'POST', '/data_factory/rmaEvent', {}, [{ customer_identifier: 'a', event: 'onDock' }]],
  ] as [string, string, string, Record<string, string>, unknown][]) {
    it(`refuses ${name}`, () => assert.notDeepEqual(validateRequest('masonhub.yaml', method, path, query, body), []))
  }

  for (const [name, file, method, path, query, body] of [
    ['a return id that is no number', 'loop-returns.yml', 'POST', '/warehouse/return/abc/flag', {}, undefined],
    ['a body where none is known', 'loop-returns.yml', 'POST', '/warehouse/return/1/flag', {}, { reason: 'damaged' }],
    ['a state in two words', 'loop-returns.yml', 'GET', '/warehouse/return/list', { state: 'needs review' }, undefined],
    ['a missing parameter', 'loop-returns.yml', 'POST', '/warehouse/return/1/remove', {}, undefined],
    ['a page over 750', 'loop-returns.yml', 'GET', '/warehouse/return/list', { pageSize: '751' }, undefined],
    ['a note without content', 'loop-returns.yml', 'POST', '/warehouse/return/1/note', {}, {}],
    [
      'a topic nobody knows',
      'loop-webhooks.yml',
      'POST',
      '/webhooks',
      {},
      { topic: 'refund', trigger: 'return.created', url: 'x' },
    ],
  ] as const) {
    it(`refuses ${name}`, () => assert.notDeepEqual(validateRequest(file, method, path, query, body), []))
  }

  it('judges answers: envelopes and rows, sentences, statuses', () => {
    const answer = {
      ...record,
      generate_return_label: undefined,
      id: '7bda07f7-be88-42dc-a26b-800e211c44f4',
      status: 'open',
      version: 1,
    }
    const { generate_return_label: _, ...rma } = answer
    const row = { customer_identifier: '99904598', status: 'success', url: 'https://x/rmas?cid=99904598' }
    const masonhub = (method: string, path: string, status: number, body: unknown) =>
      validateResponse('masonhub.yaml', method, path, status, body)
    const good = [
      masonhub('GET', '/rmas', 200, { limit: 30, offset: 0, list_type: 'detail', data: [rma] }),
      masonhub('GET', '/rmas', 200, [{ ...rma, notes: null, deleted_at: '', manifest_id: '' }]),
      masonhub('GET', '/skus', 200, { data: [] }),
      masonhub('POST', '/rmas', 200, { records_submitted: 1, results: [row] }),
      masonhub('POST', '/rmas', 401, { message: 'The access token provided is missing or invlid.' }),
      masonhub('DELETE', '/callbacks', 200, 'callbacks deleted'),
      masonhub('POST', '/callback_holds', 200, [{ customer_identifier: 'rmaEvent', status: 'success' }]),
      validateResponse('loop-returns.yml', 'POST', '/warehouse/return/1/flag', 200, true),
      validateResponse('loop-returns.yml', 'GET', '/warehouse/return/1/notes', 200, [
        { id: 1, content: 'x', created_at: '2026-11-01 10:00:00' },
      ]),
      validateResponse('loop-webhooks.yml', 'DELETE', '/webhooks/1', 204, undefined),
    ]
    assert.deepEqual(good.flat(), [])
    const bad = [
      masonhub('GET', '/rmas', 200, { data: [{ ...rma, status: 'tendered' }] }),
      masonhub('GET', '/rmas', 200, { data: [{ ...rma, line_items: undefined }] }),
      masonhub('GET', '/rmas', 200, { data: [{ ...rma, version: '8' }] }),
      masonhub('GET', '/rmas', 200, { data: [{ ...rma, created_at: 'today' }] }),
      masonhub('POST', '/rmas', 200, { records_submitted: 1, results: [{ ...row, status: 'queued' }] }),
      masonhub('POST', '/rmas', 200, { records_submitted: 1 }),
      masonhub('POST', '/rmas', 207, { results: [row] }),
      masonhub('GET', '/rmas', 429, { message: 'slow' }),
      masonhub('DELETE', '/callbacks', 200, { message: 'deleted' }),
      validateResponse('loop-returns.yml', 'GET', '/warehouse/return/list', 200, {
        returns: [{ id: '1', created_at: 'soon' }],
      }),
      validateResponse('loop-webhooks.yml', 'DELETE', '/webhooks/1', 204, {}),
    ]
    assert.deepEqual(
      bad.map((problems) => problems.length > 0),
      bad.map(() => true),
    )
  })

  it('knows every operation by its template', () => {
    assert.equal(
      operationOf('loop-returns.yml', 'POST', '/warehouse/return/1/process')?.template,
      '/warehouse/return/{return_id}/process',
    )
    assert.equal(operationOf('masonhub.yaml', 'POST', '/warehouse/return/1/process'), null)
  })
})
