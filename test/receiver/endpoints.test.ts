import assert from 'node:assert/strict'
import { Fault } from '../../src/core/errors/fault.ts'
import { createReceiver } from '../../src/receiver/create-receiver.ts'
import { bearsToken, createEndpoints } from '../../src/receiver/endpoints.ts'
import {
  endpoint,
  key,
  type Opened,
  openReceiver,
  paths,
  send,
  sendLoop,
  sendMasonHub,
  sign,
  webhook,
} from './open-receiver.ts'

const otherKey = 'o'.repeat(43)
const other = {
  ...endpoint,
  merchant: 'other',
  key: otherKey,
  loopSecrets: ['other-secret'],
  callbackTokens: ['other-token'],
}

describe('the doors of the receiver (F51)', () => {
  let opened: Opened
  before(async () => {
    opened = await openReceiver({ endpoints: [endpoint, other] })
  })
  after(() => opened.receiver.close())

  const signed = { 'x-loop-signature': sign(webhook()), authorization: 'Bearer callback-token' }
  const knock = (path: string, method = 'POST') =>
    send(opened.url, { path, method, headers: signed, ...(method === 'POST' ? { body: webhook() } : {}) })

  it('are found only with the key, and reveal nothing of what was wrong', async () => {
    const wrong = [
      '/',
      '/in',
      '/in/',
      `/in/${key}`,
      `/in/${key}/`,
      `/in/${key}/other`,
      `/in/${key}/loop/`,
      `/in/${key}/loop/more`,
      `/IN/${key}/loop`,
      `/in/${'x'.repeat(43)}/loop`,
      `/in/${'x'.repeat(43)}/masonhub`,
      `/in/${key.slice(0, -1)}/loop`,
      `/in/${key}k/loop`,
      `/in//loop`,
      `/in/${'x'.repeat(3_000)}/loop`,
      '/in/%zz/loop',
      `//in/${key}/loop`,
    ]
    for (const path of wrong) {
      const { status, body } = await knock(path)
      assert.deepEqual([path, status, body], [path, 404, '{"error":"not found"}'])
    }
    assert.deepEqual(opened.stored, [])
    assert.deepEqual(opened.logged, [], 'scanners do not fill the log')
    assert.deepEqual(opened.receiver.counts(), [])
  })

  it('take POST only, whether the key is right or not', async () => {
    for (const path of [paths.loop, paths.masonhub, `/in/${'x'.repeat(43)}/loop`]) {
      for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND']) {
        const { status, headers } = await knock(path, method)
        assert.deepEqual([path, method, status, headers.allow], [path, method, 405, 'POST'])
      }
    }
    assert.deepEqual(opened.stored, [])
  })

  it('of one merchant do not open with the proofs of another (F22)', async () => {
    const body = webhook()
    const loop = await send(opened.url, { path: `/in/${otherKey}/loop`, headers: signed, body })
    const masonhub = await send(opened.url, { path: `/in/${otherKey}/masonhub`, headers: signed, body })
    assert.deepEqual([loop.status, masonhub.status], [401, 401])
    assert.deepEqual(opened.stored, [])
  })

  it('open for their own merchant', async () => {
    assert.equal((await sendLoop(opened.url, webhook())).status, 200)
    assert.deepEqual(
      opened.stored.map(({ merchant, returnId }) => [merchant, returnId]),
      [['acme', '99904598']],
    )
  })
})

describe('the keys of the doors', () => {
  it('are found among many, and only whole', () => {
    const endpoints = createEndpoints([other, endpoint])
    assert.equal(endpoints.withKey(key), endpoint)
    assert.equal(endpoints.withKey(otherKey), other)
    for (const wrong of ['', key.slice(1), `${key}k`, key.toUpperCase(), '__proto__']) {
      assert.equal(endpoints.withKey(wrong), null)
    }
    assert.equal(createEndpoints([]).withKey(key), null)
  })

  it('are refused when they can be guessed, or belong to two merchants (F22)', async () => {
    const keys = (...endpoints: (typeof endpoint)[]) =>
      createReceiver({
        endpoints,
        host: '127.0.0.1',
        port: 0,
        tls: null,
        store: async () => [],
        wake: () => undefined,
        now: () => new Date(),
        log: () => undefined,
      })
    for (const bad of ['', 'short', `${key}/..`, `${key} `]) {
      await assert.rejects(keys({ ...endpoint, key: bad }), (error) => {
        assert.ok(error instanceof Fault)
        assert.deepEqual([error.code, error.exit, error.merchant], ['RECEIVER_KEY', 2, 'acme'])
        return true
      })
    }
    await assert.rejects(keys(endpoint, { ...other, key }), (error) => {
      assert.ok(error instanceof Fault)
      assert.match(error.message, /other is also the key of acme/)
      assert.doesNotMatch(error.message, /kkk/)
      return true
    })
  })
})

describe('bearer tokens (CB-002, F51)', () => {
  it('match whole, under any spelling of the scheme', () => {
    for (const header of ['Bearer t1', 'bearer t1', 'BEARER  t1 ']) assert.equal(bearsToken(header, ['t0', 't1']), true)
    const wrong = [
      undefined,
      '',
      't1',
      'Bearer',
      'Bearer ',
      'Bearer t',
      'Bearer t12',
      'Basic t1',
      'Bearer t1 t1',
      'Bearer T1',
    ]
    for (const header of wrong) assert.equal(bearsToken(header, ['t0', 't1']), false, header)
  })

  it('prove nothing when there is none, or an empty one', () => {
    for (const tokens of [[], ['']]) {
      for (const header of [undefined, '', 'Bearer', 'Bearer ', 'Bearer x'])
        assert.equal(bearsToken(header, tokens), false)
    }
  })

  it('are accepted while one replaces another', async () => {
    const opened = await openReceiver({ endpoints: [{ ...endpoint, callbackTokens: ['new', 'old'] }] })
    const status = async (token: string) =>
      (await sendMasonHub(opened.url, '[]', { authorization: `Bearer ${token}` })).status
    assert.deepEqual([await status('new'), await status('old'), await status('older')], [200, 200, 401])
    await opened.receiver.close()
  })

  it('and signing secrets are read again before a sender is refused, at most every ten seconds', async () => {
    let now = Date.parse('2026-03-01T12:00:00Z')
    let reads = 0
    const proofs = { loopSecrets: ['new-secret'], callbackTokens: ['new', 'old'] }
    const opened = await openReceiver({
      endpoints: [{ ...endpoint, callbackTokens: ['old'] }],
      now: () => new Date(now),
      renew: async (merchant) => {
        reads += 1
        assert.equal(merchant, 'acme')
        return reads === 3 ? Promise.reject(new Error('the keychain is locked')) : proofs
      },
    })
    const bearing = async (token: string) =>
      (await sendMasonHub(opened.url, '[]', { authorization: `Bearer ${token}` })).status
    assert.equal(await bearing('old'), 200)
    assert.equal(reads, 0, 'nothing is read while everybody is known')
    assert.deepEqual([await bearing('new'), reads], [200, 1])
    assert.deepEqual([await bearing('stranger'), await bearing('stranger'), reads], [401, 401, 1])
    const body = webhook()
    const signed = async (secret: string) =>
      (await sendLoop(opened.url, body, { 'x-loop-signature': sign(body, secret) })).status
    assert.deepEqual([await signed('new-secret'), reads], [200, 1])
    now += 10_000
    assert.deepEqual([await signed('strange-secret'), reads], [401, 2])
    now += 10_000
    assert.deepEqual([await bearing('stranger'), reads, await bearing('new')], [401, 3, 200])
    await opened.receiver.close()
  })
})

describe('secrets after the clock was set back (C5)', () => {
  it('C5 are read again after ten seconds, not once the clock has caught up', async () => {
    let now = Date.parse('2026-03-01T12:00:00Z')
    let token = 'old'
    const { receiver, url } = await openReceiver({
      endpoints: [{ ...endpoint, callbackTokens: ['older'] }],
      now: () => new Date(now),
      renew: async () => ({ loopSecrets: [], callbackTokens: [token] }),
    })
    const bearing = async (provided: string) =>
      (await sendMasonHub(url, '[]', { authorization: `Bearer ${provided}` })).status
    assert.equal(await bearing('old'), 200)
    token = 'new'
    now -= 3_600_000
    assert.equal(await bearing('new'), 401)
    now += 10_000
    assert.equal(await bearing('new'), 200)
    await receiver.close()
  })
})

describe('an endpoint whose secret is not there yet (H6)', () => {
  it('H6: asks its senders to come again, late enough that a person can give it, and takes them once it is there', async () => {
    let now = Date.parse('2026-03-01T12:00:00Z')
    let secrets = { loopSecrets: [] as string[], callbackTokens: [''] }
    const { receiver, url, stored, logged } = await openReceiver({
      endpoints: [{ ...endpoint, ...secrets }],
      now: () => new Date(now),
      renew: async () => secrets,
    })
    const answers = [await sendLoop(url, webhook()), await sendMasonHub(url, '[]'), await sendLoop(url, 'forged')]
    // Loop retries 503 and never 401, up to five times, and honours at most 30 minutes.
    assert.deepEqual(
      answers.map(({ status, headers }) => [status, headers.get('retry-after')]),
      [
        [503, '1200'],
        [503, '1200'],
        [503, '1200'],
      ],
    )
    assert.deepEqual(
      receiver.counts().map(({ source, outcome, count }) => [source, outcome, count]),
      [
        ['loop', 'no-secret', 2],
        ['masonhub', 'no-secret', 1],
      ],
    )
    assert.match(logged[0]?.detail ?? '', /mhloop merchant set -m acme loop-webhook-secret$/)
    assert.match(logged[1]?.detail ?? '', /mhloop merchant rotate callback -m acme$/)
    secrets = { loopSecrets: ['loop-secret'], callbackTokens: ['callback-token'] }
    now += 10_000
    assert.deepEqual([(await sendLoop(url, webhook())).status, (await sendMasonHub(url, '[]')).status], [200, 200])
    assert.equal((await sendLoop(url, 'forged', { 'x-loop-signature': 'AAAA' })).status, 401)
    assert.equal(stored.length, 1)
    await receiver.close()
  })

  it('H6: strangers without its key learn nothing of it', async () => {
    const { receiver, url } = await openReceiver({ endpoints: [{ ...endpoint, loopSecrets: [] }] })
    assert.equal((await send(url, { path: `/in/${'x'.repeat(43)}/loop`, body: webhook() })).status, 404)
    await receiver.close()
  })
})
