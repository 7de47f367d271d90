import assert from 'node:assert/strict'
import type { Dock } from '../sandbox/masonhub/dock-harness.ts'
import { address, line, openDock, rma } from '../sandbox/masonhub/dock-harness.ts'
import type { ContractFile } from './openapi.ts'
import { needContracts, validateResponse } from './openapi.ts'

/** Text in the file, a number in two samples of real answers (loop.md §4.2). */
const numericDestination = /^body\/\d+\/destination_id /

describe("the sandbox answers as the vendors' OpenAPI files say", () => {
  before(needContracts)

  describe('MasonHub, with quirks off', () => {
    let dock: Dock
    beforeEach(async () => {
      dock = await openDock()
      dock.masonhub.addRmas([rma('10001', { customer_instructions: 'Fold' }), rma('10002'), rma('10003')])
      dock.masonhub.addOrders([{ customerIdentifier: 'ORDER-1', lines: [{ sku: 'HAT', quantity: 1 }] }])
    })
    afterEach(() => dock.sandbox.stop())

    /** Sends a request, validates the answer against the file, and returns its body. */
    async function judged(status: number, method: string, path: string, body?: unknown, token?: string | null) {
      const answer = await dock.ask(method, path, body, token)
      assert.equal(answer.status, status, answer.text)
      const template = path.split('?')[0] ?? path
      const problems = validateResponse('masonhub.yaml', method, template, status, answer.body)
      assert.deepEqual(problems, [], `${method} ${path}: ${answer.text}`)
      return answer.body
    }

    it('GET /rmas: open, in receiving, received in every way, deleted, bought labels', async () => {
      const { warehouse } = dock.masonhub
      await dock.ask('POST', '/rmas', [rma('10004', { ...address, generate_return_label: true })])
      await dock.ask('DELETE', '/rmas', [{ customer_identifier: '10003' }])
      warehouse.milestone('10002', 'receivingStarted')
      warehouse.receive('10001', {
        notes: 'One is torn',
        lines: [{ sku: 'SHIRT-S', received: [{ disposition: 'damaged', quantity: 1, notes: 'torn' }] }],
        unexpected: [{ sku: 'HAT' }],
      })
      const { data } = await judged(200, 'GET', '/rmas?limit=100')
      const statuses = data.map((record: { status: string }) => record.status)
      assert.deepEqual(statuses, ['received', 'in-receiving', 'deleted', 'open'])
      await judged(200, 'GET', '/rmas?cid=99999')
      await judged(200, 'GET', '/rmas?cid=10001&status=received&sdt=2026-11-01T00:00:00Z')
    })

    it('GET /skus, /orders, /inventory_locations, /callbacks, /callback_holds', async () => {
      await judged(200, 'GET', '/skus?cid=HAT,SHIRT-S')
      await judged(200, 'GET', '/skus?cid=HAT&include_counts=true')
      await judged(200, 'GET', '/orders?cid=ORDER-1')
      await judged(200, 'GET', '/inventory_locations')
      await judged(200, 'POST', '/callbacks', [
        { url: 'http://localhost:9999/', message_type: 'rmaEvent', api_version: '2.0' },
        { url: 'nowhere', message_type: 'rmaEvent' },
      ])
      const [registered] = await judged(200, 'GET', '/callbacks')
      await judged(200, 'POST', '/callback_holds', [{ message_type: 'rmaEvent' }])
      await judged(200, 'GET', '/callback_holds')
      await judged(200, 'DELETE', '/callback_holds', [{ message_type: 'rmaEvent' }])
      await judged(200, 'DELETE', '/callbacks', [registered.id])
    })

    it('bulk writes, with accepted and refused records, and labels', async () => {
      const labelled = rma('20001', { ...address, generate_return_label: true })
      const bad = rma('20002', { line_items: [line('NO-SUCH-SKU', 0)] })
      const { results } = await judged(200, 'POST', '/rmas', [labelled, bad, rma('20003'), rma('10001')])
      assert.equal(typeof results[0].additional_data.return_tracking_number, 'string')
      await judged(200, 'PUT', '/rmas', [rma('20003'), rma('20009')])
      await judged(200, 'DELETE', '/rmas', [{ customer_identifier: '20003' }, { customer_identifier: '20009' }])
      await judged(201, 'POST', '/skus', [{ customer_identifier: 'NEW' }, { customer_identifier: 'HAT' }])
      await judged(200, 'POST', '/data_factory/rmaEvent', [{ customer_identifier: '10001', event: 'receivePartial' }])
    })

    it('POST /secrets and /delete_secrets', async () => {
      await judged(200, 'POST', '/secrets', { secret_phrase: 'a phrase' })
      await judged(200, 'POST', '/delete_secrets', { secret_phrase: 'a phrase' })
    })

    it('400, 401, 403, 404 and 500', async () => {
      await judged(400, 'GET', '/rmas?limit=1000')
      await judged(401, 'GET', '/rmas', undefined, 'nonsense')
      for (const [name, status] of [
        ['masonhub.forbidden', 403],
        ['masonhub.error-500', 500],
      ] as const) {
        dock.fault(name, 1)
        await judged(status, 'GET', '/rmas')
        dock.fault(name, 0)
      }
      dock.fault('masonhub.empty-is-404', 1)
      await judged(404, 'GET', '/rmas?cid=99999')
    })
  })

  describe('Loop', () => {
    let dock: Dock
    let returnId: number
    let lineItemId: number
    beforeEach(async () => {
      dock = await openDock()
      const filed = dock.sandbox.loop.createReturn({
        label: { after: 0, walks: false },
        units: [{ sku: 'HAT', quantity: 2 }, { sku: 'SHIRT-S' }],
      })
      returnId = filed.id
      lineItemId = filed.units[0]?.lineItemId ?? 0
    })
    afterEach(() => dock.sandbox.stop())

    async function judged(file: ContractFile, method: string, path: string, body?: unknown) {
      const headers: Record<string, string> = { 'x-authorization': dock.sandbox.world.installed.loopApiKey }
      if (body !== undefined) headers['content-type'] = 'application/json'
      const payload = body === undefined ? {} : { body: JSON.stringify(body) }
      const response = await fetch(`${dock.sandbox.loopBaseUrl}${path}`, { method, headers, ...payload })
      const text = await response.text()
      const template = path.split('?')[0] ?? path
      const parsed = text === '' ? undefined : JSON.parse(text)
      const found = validateResponse(file, method, template, response.status, parsed)
      const problems = found.filter((problem) => !numericDestination.test(problem))
      assert.deepEqual(problems, [], `${method} ${path} ${response.status}: ${text.slice(0, 2_000)}`)
      return parsed
    }
    const one = (verb: string) => `/warehouse/return/${returnId}/${verb}`
    const window = 'from=2026-11-01&to=2026-11-30'

    it('reads: ASN, list, details, notes', async () => {
      assert.equal((await judged('loop-returns.yml', 'GET', `/warehouse/reporting/asn?${window}`)).length, 3)
      await judged('loop-returns.yml', 'GET', `/warehouse/return/list?${window}`)
      await judged('loop-returns.yml', 'GET', `/warehouse/return/list?${window}&paginate=true&pageSize=10`)
      await judged('loop-returns.yml', 'GET', `/warehouse/return/details?return_id=${returnId}`)
      await judged('loop-returns.yml', 'POST', one('note'), { content: 'Damaged: HAT' })
      await judged('loop-returns.yml', 'GET', one('notes'))
    })

    it('actions, each in both spellings of success, and a refusal', async () => {
      await judged('loop-returns.yml', 'POST', one('flag'))
      assert.ok(lineItemId > 0)
      await judged('loop-returns.yml', 'POST', `${one('remove')}?line_item_id=${lineItemId}`)
      await judged('loop-returns.yml', 'POST', one('process'))
      await judged('loop-returns.yml', 'POST', one('close'))
      await judged('loop-returns.yml', 'POST', one('cancel'))
      await judged('loop-returns.yml', 'POST', one('process'), { mhloop: 'contract' })
    })

    it('destinations and webhooks', async () => {
      await judged('loop-destinations.yml', 'GET', '/destinations')
      const [destination] = [...dock.sandbox.loop.destinations.keys()]
      await judged('loop-destinations.yml', 'GET', `/destinations/${destination}`)
      const webhook = { topic: 'return', trigger: 'return.created', url: 'https://example.com/hook', status: 'active' }
      await judged('loop-webhooks.yml', 'POST', '/webhooks', webhook)
      await judged('loop-webhooks.yml', 'GET', '/webhooks')
      const [id] = [...dock.sandbox.loop.webhooks.keys()]
      await judged('loop-webhooks.yml', 'PUT', `/webhooks/${id}`, { ...webhook, status: 'inactive' })
      await judged('loop-webhooks.yml', 'DELETE', `/webhooks/${id}`)
    })
  })
})
