import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { Fault } from '../../../src/core/errors/fault.ts'
import { createMasonHubClient } from '../../../src/masonhub/create-masonhub-client.ts'
import { fakeTransport, loginPage, type Reply } from '../fake-transport.ts'

const clientOf = (reply: Reply) => {
  const transport = fakeTransport(() => reply)
  return { ...createMasonHubClient(transport), transport }
}

async function faultFrom(attempt: Promise<unknown>): Promise<Fault> {
  try {
    await attempt
  } catch (error) {
    assert.ok(error instanceof Fault, String(error))
    return error
  }
  return assert.fail('nothing was thrown')
}

const callback = { url: 'https://mhloop.example/masonhub', messageType: 'rmaEvent', apiVersion: '2.0' as const }

describe('callbacks (masonhub.md §5.1)', () => {
  const row = { id: 'cb79', url: 'https://x/y', message_type: 'rmaEvent', api_version: '2.0', token: 'hidden' }
  const model = { callbackId: 'cb79', url: 'https://x/y', messageType: 'rmaEvent', apiVersion: '2.0' }
  for (const [name, json] of [
    ['a bare array', [row]],
    ['results', { results: [row] }],
    ['data', { data: [row] }],
  ] as const) {
    it(`lists ${name}, without tokens`, async () => {
      assert.deepEqual(await clientOf({ json }).callbacks.list(), [model])
    })
  }
  it('lists none', async () => {
    assert.deepEqual(await clientOf({ json: [] }).callbacks.list(), [])
    assert.deepEqual(await clientOf({ text: 'null' }).callbacks.list(), [])
  })
  it('does not list what could not be removed', async () => {
    for (const json of [[{ ...row, id: '' }], [{ ...row, id: undefined }], { message: 'hi' }, 'text'])
      assert.equal((await faultFrom(clientOf({ json }).callbacks.list())).code, 'MASONHUB_UNREADABLE')
  })

  it('registers with the version always said, once', async () => {
    for (const json of [
      [{ message_type: 'rmaEvent', id: 'cb79', status: 'Success', messages: ['Callback url updated successfuly.'] }],
      { results: [{ customer_identifier: 'rmaEvent', status: 'success' }] },
    ]) {
      const { callbacks, transport } = clientOf({ json })
      await callbacks.create([{ ...callback, token: 'canary-token' }])
      assert.deepEqual(
        transport.seen.map(({ method, path, effect, body }) => ({ method, path, effect, body })),
        [
          {
            method: 'POST',
            path: '/callbacks',
            effect: 'once',
            body: [{ url: callback.url, message_type: 'rmaEvent', api_version: '2.0', token: 'canary-token' }],
          },
        ],
      )
    }
  })
  it('a failed registration is thrown, with its reason and without its token (F58)', async () => {
    const messages = ['Callback url update failed. Token canary-token is odd.']
    const { callbacks } = clientOf({ json: [{ id: 'a', status: 'Failure', messages }] })
    const fault = await faultFrom(callbacks.create([{ ...callback, token: 'canary-token' }]))
    assert.deepEqual([fault.code, fault.exit], ['MASONHUB_REFUSED', 6])
    assert.match(fault.message, /Callback url update failed/)
    assert.equal(inspect(fault, { depth: 9 }).includes('canary-token'), false)
  })
  it('a registration without a row is in doubt', async () => {
    const fault = await faultFrom(clientOf({ json: [] }).callbacks.create([callback]))
    assert.deepEqual([fault.code, fault.exit], ['MASONHUB_IN_DOUBT', 8])
  })

  it('removes by id', async () => {
    for (const reply of [
      { json: 'callbacks deleted' },
      { text: 'callbacks deleted' },
      { status: 204, text: '' },
      { json: [{ id: 'cb79', status: 'Success' }] },
    ]) {
      const { callbacks, transport } = clientOf(reply)
      await callbacks.remove(['cb79'])
      assert.deepEqual([transport.seen[0]?.method, transport.seen[0]?.body], ['DELETE', ['cb79']])
    }
  })
  it('removes thirty at a time, as MasonHub takes them', async () => {
    const ids = Array.from({ length: 65 }, (_, index) => `cb${index}`)
    const { callbacks, transport } = clientOf({ json: 'callbacks deleted' })
    await callbacks.remove(ids)
    const bodies = transport.seen.map(({ body }) => body as string[])
    assert.deepEqual(
      bodies.map(({ length }) => length),
      [30, 30, 5],
    )
    assert.deepEqual(bodies.flat(), ids)
  })
  it('removes nothing when given nothing', async () => {
    const { callbacks, transport } = clientOf({ json: 'callbacks deleted' })
    await callbacks.remove([])
    assert.equal(transport.count, 0)
  })
  it('a removal that failed is thrown', async () => {
    const failed = [{ id: 'cb79', status: 'Failure', messages: ['no'] }]
    assert.equal((await faultFrom(clientOf({ json: failed }).callbacks.remove(['cb79']))).code, 'MASONHUB_REFUSED')
    assert.equal((await faultFrom(clientOf(loginPage).callbacks.remove(['cb79']))).code, 'MASONHUB_WRONG_SLUG')
    // H27: this page is no login page.
    assert.equal((await faultFrom(clientOf({ text: '<p>hi' }).callbacks.remove(['a']))).code, 'MASONHUB_UNREADABLE')
    assert.equal((await faultFrom(clientOf({ json: {} }).callbacks.remove(['a']))).code, 'MASONHUB_UNREADABLE')
  })
})

describe('callback holds (masonhub.md §5.2)', () => {
  it('lists them', async () => {
    const json = [{ message_type: 'rmaEvent', created_at: '2019-06-04T21:00:58.912684Z' }]
    assert.deepEqual(await clientOf({ json }).holds.list(), [
      { messageType: 'rmaEvent', createdAt: '2019-06-04T21:00:58.912Z' },
    ])
  })
  it('makes and removes them as objects', async () => {
    for (const [verb, method] of [
      ['create', 'POST'],
      ['remove', 'DELETE'],
    ] as const) {
      const { holds, transport } = clientOf({ json: [{ customer_identifier: 'rmaEvent', status: 'success' }] })
      await holds[verb](['rmaEvent'])
      await holds[verb]([])
      assert.deepEqual(
        transport.seen.map(({ path, body, ...rest }) => [rest.method, path, body]),
        [[method, '/callback_holds', [{ message_type: 'rmaEvent' }]]],
      )
    }
  })
  it('a refused hold is thrown', async () => {
    const json = [{ customer_identifier: 'rmaEvent', status: 'failure', messages: ['not now'] }]
    const fault = await faultFrom(clientOf({ json }).holds.create(['rmaEvent']))
    assert.match(fault.message, /refused 1 of 1: not now/)
  })
})

describe('secrets (API-005, F60)', () => {
  const phrase = 'canary-phrase-8d1f and more'
  const token = 'eyJjanaryToken.body.signature'

  it('reads encrypted_key, else encrypted_token', async () => {
    for (const json of [
      { encrypted_key: token, encrypted_token: 'old', secret_phrase: phrase, deleted_at: '' },
      { encrypted_key: '', encrypted_token: token },
      { encrypted_token: token },
    ]) {
      const { secrets, transport } = clientOf({ json })
      assert.deepEqual(await secrets.create(phrase), { token })
      assert.deepEqual(
        transport.seen.map(({ method, path, effect, body }) => ({ method, path, effect, body })),
        [{ method: 'POST', path: '/secrets', effect: 'once', body: { secret_phrase: phrase } }],
      )
    }
  })

  it('deletes with a POST, and reads the sentence that echoes the phrase', async () => {
    for (const reply of [{ json: `secrets successfully deleted:${phrase}` }, { text: `deleted:${phrase}` }]) {
      const { secrets, transport } = clientOf(reply)
      await secrets.remove(phrase)
      assert.deepEqual(
        transport.seen.map(({ method, path, body }) => ({ method, path, body })),
        [{ method: 'POST', path: '/delete_secrets', body: { secret_phrase: phrase } }],
      )
    }
  })

  const echo = {
    message: `"${phrase}" and ${token}`,
    encrypted_keys: token,
    error: phrase,
    errors: { message: phrase },
  }
  for (const [name, reply] of [
    ['a 200 without a token', { json: echo }],
    ['a 200 that is no JSON', { text: `<p>${phrase} ${token}` }],
    ['400', { status: 400, json: echo }],
    ['400 as text', { status: 400, text: `${phrase} ${token}` }],
    ['401', { status: 401, json: echo }],
    ['403', { status: 403, json: echo }],
    ['404', { status: 404, json: echo }],
    ['500', { status: 500, json: echo }],
    ['a login page', { ...loginPage, text: `<a href="/login?${phrase}${token}">` }],
    ['no answer', { failure: { kind: 'timeout', sent: 'maybe' } }],
  ] as [string, Reply][]) {
    it(`no part of request or answer is in the Fault for ${name}`, async () => {
      const { secrets } = clientOf(reply)
      const faults = [await faultFrom(secrets.create(phrase))]
      if (name !== 'a 200 without a token') faults.push(await faultFrom(secrets.remove(phrase)))
      for (const fault of faults) {
        const everything = `${inspect(fault, { depth: 9, showHidden: true })}${JSON.stringify(fault)}${fault.stack}`
        for (const canary of [phrase, token, 'canary', 'janary']) assert.equal(everything.includes(canary), false)
        assert.match(fault.message, /^MasonHub POST \/(delete_)?secrets /)
      }
    })
  }
})

describe('data factory (masonhub.md §6)', () => {
  const events = [
    { customerIdentifier: '99904598', event: 'receiveFull' as const, randomizeInventoryStatuses: true },
    { customerIdentifier: '99904599', event: 'tendered' as const },
  ]

  it('one row that carries the action name counts for every event', async () => {
    const { dataFactory, transport } = clientOf({
      json: { records_submitted: 2, results: [{ customer_identifier: 'rmaEvent', status: 'success' }] },
    })
    assert.deepEqual(await dataFactory.rmaEvent(events), [
      { kind: 'accepted', labelUrl: null },
      { kind: 'accepted', labelUrl: null },
    ])
    assert.deepEqual(
      transport.seen.map(({ method, path, effect, body }) => ({ method, path, effect, body })),
      [
        {
          method: 'POST',
          path: '/data_factory/rmaEvent',
          effect: 'once',
          body: [
            { customer_identifier: '99904598', event: 'receiveFull', randomize_inventory_statuses: true },
            { customer_identifier: '99904599', event: 'tendered' },
          ],
        },
      ],
    )
  })

  it('a failure of the call is a failure of all; a row with its identifier counts for that one', async () => {
    const failed = { customer_identifier: 'rmaEvent', status: 'failure', messages: ['no'] }
    const kinds = async (json: unknown) =>
      (await clientOf({ json }).dataFactory.rmaEvent(events)).map(({ kind }) => kind)
    assert.deepEqual(await kinds([failed]), ['refused', 'refused'])
    assert.deepEqual(await kinds([failed, { customer_identifier: '99904599', status: 'success' }]), [
      'refused',
      'accepted',
    ])
    assert.deepEqual(await kinds([]), ['in_doubt', 'in_doubt'])
  })

  it('answers, whatever happens: a production account has no such thing', async () => {
    const [answer] = await clientOf({ status: 404, json: { message: 'no' } }).dataFactory.rmaEvent(events)
    assert.equal(answer?.kind, 'refused')
  })

  it('has batches of 30', async () => {
    const { dataFactory, transport } = clientOf({ json: [{ customer_identifier: 'rmaEvent', status: 'success' }] })
    const many = Array.from({ length: 31 }, () => events[1] ?? events[0]).filter((one) => one !== undefined)
    assert.equal((await dataFactory.rmaEvent(many)).length, 31)
    assert.equal(transport.count, 2)
  })
})

describe('check: which of slug and token is wrong (API-001)', () => {
  it('asks for one RMA', async () => {
    const { check, transport } = clientOf({ json: { limit: 1, data: [] } })
    await check()
    assert.deepEqual(
      transport.seen.map(({ method, path, rawQuery, effect }) => [method, path + rawQuery, effect]),
      [['GET', '/rmas?limit=1', 'read']],
    )
  })

  for (const [name, reply, code] of [
    ['a login page', loginPage, 'MASONHUB_WRONG_SLUG'],
    ['a page of HTML that is no login (H27)', { text: '<!doctype html>' }, 'MASONHUB_UNREADABLE'],
    ['401', { status: 401, json: { message: 'missing or invlid' } }, 'MASONHUB_UNAUTHORIZED'],
    ['403', { status: 403, json: {} }, 'MASONHUB_FORBIDDEN'],
    ['JSON of something else', { json: { status: 'up' } }, 'MASONHUB_UNREADABLE'],
    ['no connection', { failure: { kind: 'connection', sent: 'no' } }, 'MASONHUB_UNREACHABLE'],
  ] as [string, Reply, string][]) {
    it(`${name}: ${code}`, async () => {
      const { check, transport } = clientOf(reply)
      const fault = await faultFrom(check())
      assert.equal(fault.code, code)
      assert.notEqual(fault.hint, null)
      assert.equal(transport.count, 1)
    })
  }

  it('404: an account without RMAs is fine, an unknown account is not', async () => {
    const none: Reply = { status: 404, json: { message: 'could not be found' } }
    const locations: Reply = { json: [{ id: 'a', short_code: 'RC1' }] }
    const fresh = createMasonHubClient(fakeTransport(({ path }) => (path === '/rmas' ? none : locations)))
    await fresh.check()
    const fault = await faultFrom(clientOf(none).check())
    assert.deepEqual([fault.code, fault.exit], ['MASONHUB_WRONG_SLUG', 4])
  })
})
