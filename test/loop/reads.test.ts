import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import type { Fault } from '../../src/core/errors/fault.ts'
import { mockedNetwork } from '../http/networks.ts'
import { canary } from '../http/server.ts'
import { listRow, loopClient, loopMock, root } from './loop-at.ts'

const detailsPath = `${root}/warehouse/return/details`
const notFound = { error: { message: 'No return found with this ID.' } }

describe('details (loop.md §4.3)', () => {
  mockedNetwork()

  it('asks by return id and reads integers and spaced times', async () => {
    loopMock()
      .get(detailsPath)
      .query({ return_id: '99904598' })
      .reply(200, listRow({ id: 99904598, created_at: '2026-11-20 10:00:00' }))
    const found = await loopClient().loop.details('99904598')
    assert.deepEqual([found?.returnId, found?.createdAt], ['99904598', '2026-11-20T10:00:00.000Z'])
  })

  for (const [name, status, body] of [
    ['a 200 with an error body', 200, notFound],
    ['a 200 with errors', 200, { errors: { message: 'No return found with this ID.' } }],
    ['a 200 with a code alone', 200, { errors: { code: 'NOT_FOUND' } }],
    ['a 200 with other words', 200, { message: 'The return does not exist.' }],
    ['a 200 with its number', 200, { errors: 'Return #1 not found' }],
    ['a 404 that is about a return', 404, { errors: { message: 'No return found with this ID.' } }],
    ['a 404 with a code and words', 404, { code: 'NOT_FOUND', message: 'The return could not be found.' }],
  ] as const) {
    it(`takes ${name} for "no such return"`, async () => {
      loopMock().get(detailsPath).query(true).reply(status, body)
      assert.equal(await loopClient().loop.details('1'), null)
    })
  }

  for (const [name, status, body, code] of [
    ['another error body', 200, { error: { message: 'Something went wrong.' } }, 'LOOP_UNREADABLE'],
    ['a web page under 404, as of a wrong base URL', 404, '<html></html>', 'LOOP_UNREADABLE'],
    // H25: a base URL with a wrong or retired version would make every return look deleted.
    ['a 404 of a router', 404, { message: 'Not Found' }, 'LOOP_NOT_FOUND'],
    [
      'a 404 that names the route',
      404,
      { message: 'The route api/2027-01/warehouse/return/details could not be found.' },
      'LOOP_NOT_FOUND',
    ],
    ['a 404 of a gateway', 404, { message: 'no Route matched with those values' }, 'LOOP_NOT_FOUND'],
    ['a 404 with a code alone', 404, { errors: { code: 'NOT_FOUND' } }, 'LOOP_NOT_FOUND'],
    ['a 404 about a shop', 404, { error: { code: 'NOT_FOUND', message: 'Shop not found.' } }, 'LOOP_NOT_FOUND'],
    ['a 404 about an order', 404, { errors: { message: 'Order not found.' } }, 'LOOP_NOT_FOUND'],
    ['a 200 about a version', 200, { error: { message: 'API version not found.' } }, 'LOOP_UNREADABLE'],
    ['a 200 about something else', 200, { code: 'NOT_FOUND', message: 'Shop not found.' }, 'LOOP_UNREADABLE'],
    ['an empty list', 200, [], 'LOOP_UNREADABLE'],
    ['another return', 200, listRow({ id: 2 }), 'LOOP_UNREADABLE'],
    ['true', 200, 'true', 'LOOP_UNREADABLE'],
  ] as const) {
    it(`does not take ${name} for "no such return", nor for the return`, async () => {
      loopMock().get(detailsPath).query(true).reply(status, body)
      const blame = code === 'LOOP_NOT_FOUND' ? 'input' : 'loop'
      await assert.rejects(loopClient().loop.details('1'), { code, blame })
    })
  }

  it('a 404 that is not about a return says what to check', async () => {
    loopMock().get(detailsPath).query(true).reply(404, { message: 'Not Found' })
    await assert.rejects(loopClient().loop.details('1'), { hint: /base URL .*mhloop merchant show/ })
  })

  for (const [status, body] of [
    [200, { errors: { code: 'ORDER_NOT_FOUND', message: 'Nothing here.' } }],
    [404, { errors: { message: 'No order found with this name.' } }],
  ] as const) {
    it(`takes ${status} ${JSON.stringify(body)} for an order without a return`, async () => {
      loopMock().get(detailsPath).query(true).reply(status, body)
      assert.equal(await loopClient().loop.detailsByOrderName('1001'), null)
    })
  }

  it('asks for an order name without its #', async () => {
    loopMock().get(detailsPath).query({ order_name: '1001' }).times(3).reply(200, listRow())
    const { loop } = loopClient()
    assert.equal((await loop.detailsByOrderName('#1001'))?.returnId, '99904598')
    assert.equal((await loop.detailsByOrderName(' 1001'))?.returnId, '99904598')
  })

  it('copes with a list of returns for an order name, even an empty one', async () => {
    loopMock()
      .get(detailsPath)
      .query(true)
      .reply(200, [listRow(), listRow({ id: '2' })])
    loopMock().get(detailsPath).query(true).reply(200, [])
    const { loop } = loopClient()
    assert.equal((await loop.detailsByOrderName('1001'))?.returnId, '99904598')
    assert.equal(await loop.detailsByOrderName('1001'), null)
  })
})

describe('notes (loop.md §5.6)', () => {
  mockedNetwork()

  const notes = [{ id: 3, content: 'Two damaged', created_at: '2026-11-20 10:00:00' }]
  const read = [{ noteId: '3', content: 'Two damaged', createdAt: '2026-11-20T10:00:00.000Z' }]
  for (const [name, status, body, expected] of [
    ['a bare array', 200, notes, read],
    ['a wrapped array', 200, { notes }, read],
    ['no notes: 422 with false', 422, 'false', []],
    ['no notes: 422 with the text “false”', 422, '"false"', []],
    ['an empty array', 200, [], []],
  ] as const) {
    it(`reads ${name}`, async () => {
      loopMock().get(`${root}/warehouse/return/7/notes`).reply(status, body)
      assert.deepEqual(await loopClient().loop.notes('7'), expected)
    })
  }

  it('says that a return is unknown', async () => {
    loopMock()
      .get(/notes/)
      .reply(200, { errors: { message: 'No return found with this ID.' } })
    await assert.rejects(loopClient().loop.notes('7'), { code: 'RETURN_NOT_FOUND', exit: 5, returnId: '7' })
  })

  for (const [status, body, code] of [
    [422, { message: 'Invalid' }, 'LOOP_REJECTED'],
    [200, { comments: [] }, 'LOOP_UNREADABLE'],
    // G1: one page is not the whole timeline.
    [200, { notes: [], next_page_url: 'https://example.com/2' }, 'LOOP_UNREADABLE'],
    [200, 'false', 'LOOP_UNREADABLE'],
  ] as const) {
    it(`does not take ${status} ${JSON.stringify(body)} for "no notes"`, async () => {
      loopMock().get(/notes/).reply(status, body)
      await assert.rejects(loopClient().loop.notes('7'), { code })
    })
  }
})

describe('destinations and webhooks (loop.md §6b, §7.1)', () => {
  mockedNetwork()

  it('lists destinations', async () => {
    const row = { id: 5, name: 'Dallas', type: 'warehouse', enabled: true, provider_location_id: null }
    loopMock()
      .get(`${root}/destinations`)
      .reply(200, { destinations: [row] })
    assert.deepEqual(await loopClient().loop.destinations(), [
      { destinationId: '5', name: 'Dallas', type: 'warehouse', enabled: true },
    ])
  })

  it('lists webhooks with their status', async () => {
    const row = {
      id: 1,
      shop_id: 2,
      topic: 'return',
      trigger: 'return.closed',
      url: 'https://x.example',
      status: 'inactive',
    }
    loopMock()
      .get(`${root}/webhooks`)
      .reply(200, { webhooks: [row, { ...row, id: '9', status: 'deactivated' }] })
    const list = await loopClient().loop.webhooks.list()
    assert.deepEqual(
      list.map(({ webhookId, status }) => [webhookId, status]),
      [
        ['1', 'inactive'],
        ['9', 'unknown'],
      ],
    )
  })

  const hook = { topic: 'return', trigger: 'return.created', url: 'https://hooks.example/loop' }
  for (const status of [200, 201]) {
    it(`creates an active webhook, answered with ${status} (loop.md §10.4)`, async () => {
      loopMock()
        .post(`${root}/webhooks`, { ...hook, status: 'active' })
        .reply(status, { ...hook, id: 12, status: 'active' })
      const made = await loopClient().loop.webhooks.create(hook)
      assert.deepEqual(made, { webhookId: '12', ...hook, status: 'active' })
    })
  }

  it('does not repeat a creation that may have happened, and says so', async () => {
    loopMock().persist().post(`${root}/webhooks`).reply(502)
    const { loop, transport } = loopClient()
    await assert.rejects(loop.webhooks.create(hook), { code: 'LOOP_IN_DOUBT', exit: 8 })
    assert.equal(transport.count, 1)
  })

  it('says why a webhook was rejected', async () => {
    loopMock()
      .post(/webhooks/)
      .reply(422, { message: 'Must be one of: return', errors: {} })
    await assert.rejects(loopClient().loop.webhooks.create(hook), /rejected with 422: Must be one of: return/)
  })

  it('updates and removes; what is gone already counts as removed', async () => {
    loopMock()
      .put(`${root}/webhooks/12`, { ...hook, status: 'active' })
      .reply(204)
    loopMock().delete(`${root}/webhooks/12`).reply(204)
    loopMock()
      .delete(`${root}/webhooks/13`)
      .reply(404, { errors: { code: 'NOT_FOUND' } })
    loopMock()
      .put(`${root}/webhooks/13`)
      .reply(404, { errors: { code: 'NOT_FOUND' } })
    const { loop } = loopClient()
    await loop.webhooks.update('12', hook)
    await loop.webhooks.remove('12')
    await loop.webhooks.remove('13')
    await assert.rejects(loop.webhooks.update('13', hook), { code: 'LOOP_NOT_FOUND', exit: 5 })
  })
})

describe('check', () => {
  mockedNetwork()
  const list = () => loopMock().get(`${root}/warehouse/return/list`).query({ paginate: 'true', pageSize: '1' })

  it('is content with a list of returns', async () => {
    list().reply(200, { returns: [], nextPageUrl: null })
    await loopClient().loop.check()
  })

  for (const [status, body, code, exit] of [
    [401, { error: { code: '401', http_code: 'GEN-UNAUTHORIZED', message: 'Unauthorized.' } }, 'LOOP_UNAUTHORIZED', 4],
    [401, { errors: 'Unauthorized.' }, 'LOOP_UNAUTHORIZED', 4],
    [403, {}, 'LOOP_FORBIDDEN', 4],
    [404, { message: 'no route' }, 'LOOP_NOT_FOUND', 5],
    [302, '', 'LOOP_UNREADABLE', 7],
    [200, '<!doctype html><p>hi', 'LOOP_UNREADABLE', 7],
    [200, { data: [] }, 'LOOP_UNREADABLE', 7],
    [429, {}, 'LOOP_RATE_LIMITED', 7],
    [500, {}, 'LOOP_SERVER_ERROR', 7],
  ] as const) {
    it(`says ${code} for ${status} ${JSON.stringify(body)}`, async () => {
      loopMock().persist().get(/list/).reply(status, body)
      await assert.rejects(loopClient().loop.check(), (fault: Fault) => {
        assert.deepEqual([fault.code, fault.exit], [code, exit])
        assert.match(fault.message, /^Loop GET \/warehouse\/return\/list .*\[request [0-9a-f-]{36}\]$/)
        assert.ok(fault.requestId && fault.message.includes(fault.requestId))
        return true
      })
    })
  }
})

describe('the API key never comes out (F58)', () => {
  mockedNetwork()

  it('not in any error, its inspection or JSON, nor in the traces, even if Loop echoes it', async () => {
    const echo = { message: `Bad key ${canary}`, errors: { message: canary, code: canary } }
    for (const status of [200, 302, 400, 401, 403, 404, 422, 429, 500]) {
      loopMock()
        .persist()
        .get(/.*/)
        .reply(status, echo, { location: `/login?key=${canary}` })
      loopMock().persist().post(/.*/).reply(status, echo)
      const { loop, traces } = loopClient()
      const errors: unknown[] = []
      const keep = (error: unknown) => errors.push(error)
      await loop.check().catch(keep)
      await loop.details('7').catch(keep)
      await loop.notes('7').catch(keep)
      await loop.destinations().catch(keep)
      await loop.webhooks.create({ topic: 'return', trigger: 'return.created', url: 'https://x.example' }).catch(keep)
      const answer = await loop.process('7', {})
      assert.ok(errors.length > 0)
      const texts = [...errors, traces, answer].flatMap((one) => [
        inspect(one, { depth: 20, showHidden: true }),
        JSON.stringify(one),
        one instanceof Error ? `${one.message}${one.stack}${String(one.cause)}` : '',
      ])
      assert.equal(texts.join('\n').includes(canary), false)
    }
  })

  it('not when the connection fails', async () => {
    loopMock().persist().get(/.*/).replyWithError(`failed with ${canary}`)
    const { loop } = loopClient()
    await assert.rejects(loop.check(), (fault: Fault) => {
      assert.equal(fault.code, 'LOOP_UNREACHABLE')
      assert.equal(inspect(fault, { depth: 20, showHidden: true }).includes(canary), false)
      return true
    })
  })
})
