import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { setImmediate as round } from 'node:timers/promises'
import { Fault } from '../../src/core/errors/fault.ts'
import type { NewEvent } from '../../src/journal/journal.ts'
import { freshJournal } from '../journal/fresh.ts'
import {
  at,
  callback,
  endpoint,
  type Opened,
  openReceiver,
  paths,
  send,
  sendLoop,
  sendMasonHub,
  sign,
  webhook,
} from './open-receiver.ts'

describe('the receiver', () => {
  let opened: Opened
  const open = async (change: Parameters<typeof openReceiver>[0] = {}) => {
    opened = await openReceiver(change)
    return opened
  }
  afterEach(() => opened.receiver.close())

  const outcomes = () =>
    Object.fromEntries(opened.receiver.counts().map(({ source, outcome, count }) => [`${source} ${outcome}`, count]))

  it("stores Loop's webhook, and then says so", async () => {
    const { url, stored, woken } = await open()
    const body = webhook({ customer: 'ann@example.com' })
    const answer = await sendLoop(url, body)
    assert.deepEqual([answer.status, await answer.json()], [200, { status: 'stored' }])
    assert.deepEqual(stored, [
      {
        merchant: 'acme',
        source: 'loop',
        digest: createHash('sha256').update(body).digest('hex'),
        topic: 'return.created',
        returnId: '99904598',
        body: '',
        state: 'new',
        reason: null,
        receivedAt: at,
      },
    ])
    assert.deepEqual(woken, ['acme'])
    assert.deepEqual(outcomes(), { 'loop stored': 1 })
  })

  it("CB-001: stores MasonHub's callback, one event for each row", async () => {
    const { url, stored, calls, woken } = await open()
    const rows = [
      { id: 'e1', customer_identifier: '99904598', event_type: 'tendered' },
      { id: 'e2', customer_identifier: null, status: 'received' },
    ]
    assert.equal((await sendMasonHub(url, `[${callback(rows)}]`)).status, 200)
    assert.deepEqual(
      stored.map(({ source, topic, returnId, state }) => [source, topic, returnId, state]),
      [
        ['masonhub', 'tendered', '99904598', 'new'],
        ['masonhub', 'received', null, 'quarantined'],
      ],
    )
    assert.deepEqual([calls, woken], [[2], ['acme']])
    assert.deepEqual(outcomes(), { 'masonhub stored': 1, 'masonhub quarantined': 1 })
  })

  it('acknowledges what is true but not followed, and stores nothing of it', async () => {
    const { url, calls } = await open()
    const inventory = callback([{ customer_sku_id: 'A' }], { message_type: 'skuInventoryChange' })
    const answer = await sendMasonHub(url, inventory)
    assert.deepEqual([answer.status, await answer.json()], [200, { status: 'ignored' }])
    assert.equal((await sendLoop(url, '{"topic":"giftcard","trigger":"giftcard.requested","id":1}')).status, 200)
    assert.deepEqual(calls, [])
    assert.deepEqual(outcomes(), { 'masonhub ignored': 1, 'loop ignored': 1 })
  })

  it('F28: keeps what it cannot read and answers 200, whatever its type, and wakes no worker', async () => {
    const { url, stored, woken, logged } = await open()
    const types = ['application/json', 'text/html; charset=nonsense', 'garbage', 'application/x-www-form-urlencoded']
    for (const [index, type] of types.entries()) {
      const body = `{"torn":${index}`
      const headers = { 'content-type': type, 'x-loop-signature': sign(body) }
      assert.equal((await send(url, { path: paths.loop, headers, body })).status, 200, type)
    }
    const headers = { authorization: 'Bearer callback-token' }
    assert.equal((await send(url, { path: paths.masonhub, headers, body: 'a=b' })).status, 200, 'without a type')
    assert.equal((await send(url, { path: paths.masonhub, headers })).status, 200, 'without a body')
    const loopEmpty = { 'x-loop-signature': sign('') }
    assert.equal((await send(url, { path: paths.loop, headers: loopEmpty })).status, 200, 'without a body')
    assert.deepEqual(
      stored.map(({ state, reason, body }) => `${state} ${reason} ${body}`),
      [0, 1, 2, 3]
        .map((index) => `quarantined NOT_JSON {"torn":${index}`)
        .concat('quarantined NOT_JSON a=b', 'quarantined NOT_JSON ', 'quarantined NOT_JSON '),
    )
    assert.deepEqual(woken, [])
    assert.deepEqual(
      logged.map(({ level, merchant, detail }) => [level, merchant, detail]),
      [
        ['warn', 'acme', 'loop, 1 since the start'],
        ['warn', 'acme', 'masonhub, 1 since the start'],
      ],
      'told once, not with every message',
    )
  })

  it('F49: takes a webhook only as it was signed, over its raw bytes', async () => {
    const { url, stored } = await open()
    const body = '{"topic":"return","trigger":"return.created","id":"7","url":"https:\\/\\/x.example"}'
    const signature = sign(body)
    const again = JSON.stringify(JSON.parse(body))
    const flipped = Buffer.from(body)
    flipped[20] = (flipped[20] ?? 0) ^ 1
    const rows: [string, string | Buffer, Record<string, string>][] = [
      ['no signature', body, {}],
      ['an empty one', body, { 'x-loop-signature': '' }],
      ['of another secret', body, { 'x-loop-signature': sign(body, 'other-secret') }],
      ['of an empty secret', body, { 'x-loop-signature': sign(body, '') }],
      ['of the body written again', again, { 'x-loop-signature': signature }],
      ['of a body with one bit changed', flipped, { 'x-loop-signature': signature }],
      [
        'with one letter changed',
        body,
        { 'x-loop-signature': `${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}` },
      ],
      ['of no body', '', { 'x-loop-signature': signature }],
      ['with the token of the other vendor', body, { authorization: 'Bearer callback-token' }],
    ]
    for (const [what, sent, headers] of rows) {
      const answer = await send(url, { path: paths.loop, headers, body: sent })
      assert.deepEqual([what, answer.status, answer.body], [what, 401, '{"error":"unauthorized"}'])
    }
    assert.deepEqual(stored, [])
    assert.deepEqual(outcomes(), { 'loop refused': rows.length })
    assert.equal((await sendLoop(url, body)).status, 200)
    assert.equal(stored.length, 1)
  })

  it('F49 H6: takes every secret of the merchant, and nothing as long as there is none', async () => {
    const { url } = await open({ endpoints: [{ ...endpoint, loopSecrets: ['first', 'second'] }] })
    const status = async (secret: string) =>
      (await sendLoop(url, webhook(), { 'x-loop-signature': sign(webhook(), secret) })).status
    assert.deepEqual([await status('first'), await status('second'), await status('third')], [200, 200, 401])
    await opened.receiver.close()
    await open({ endpoints: [{ ...endpoint, loopSecrets: [] }] })
    // 503 and not 401, after which Loop would never send it again (H6).
    assert.equal((await sendLoop(opened.url, webhook(), { 'x-loop-signature': sign(webhook(), '') })).status, 503)
    assert.deepEqual(opened.stored, [])
  })

  it('CB-002: a missing or wrong bearer is refused, without effect', async () => {
    const { url, stored, woken } = await open()
    const body = callback([{ customer_identifier: '99904598', event_type: 'received' }])
    const wrong: Record<string, string>[] = [
      {},
      { authorization: 'callback-token' },
      { authorization: 'Bearer wrong-token' },
      { authorization: 'Bearer callback-toke' },
      { 'x-loop-signature': sign(body) },
    ]
    for (const headers of wrong) assert.equal((await send(url, { path: paths.masonhub, headers, body })).status, 401)
    const inBody = callback([], { token: 'callback-token' })
    assert.equal((await send(url, { path: paths.masonhub, body: inBody })).status, 401, 'a token in the body is none')
    assert.deepEqual([stored, woken], [[], []])
    assert.deepEqual(outcomes(), { 'masonhub refused': 6 })
  })

  it('F51: what a callback claims is never kept, so that nothing can act upon it', async () => {
    const { url, stored } = await open()
    const receiving_details = { available: [{ quantity: 9 }] }
    const details = {
      id: 'r',
      status: 'received',
      line_items: [{ customer_sku_id: 'A', quantity: 9, receiving_details }],
    }
    await sendMasonHub(url, callback([{ customer_identifier: '99904598', event_type: 'received', details }]))
    assert.doesNotMatch(JSON.stringify(stored), /available|quantity/)
  })

  it('F26: answers nothing before the commit', async () => {
    const order: string[] = []
    let release = () => {}
    const { url } = await open({
      store: async (events) => {
        order.push('storing')
        await new Promise<void>((resolve) => {
          release = resolve
        })
        order.push('committed')
        return events.map(() => true)
      },
    })
    const answer = sendLoop(url, webhook()).then(({ status }) => order.push(`told ${status}`))
    while (order.length === 0) await round()
    // Any log line so far would appear before the answer to this request.
    assert.equal((await fetch(`${url}/healthz`)).status, 200)
    assert.deepEqual(order, ['storing'])
    release()
    await answer
    assert.deepEqual(order, ['storing', 'committed', 'told 200'])
  })

  it('F26, F46: a store that fails acknowledges nothing, and asks to come again', async () => {
    let isFull = true
    const retained: NewEvent[] = []
    const { url, woken, logged } = await open({
      store: async (events) => {
        const details = { code: 'JOURNAL_UNWRITABLE' } as const
        if (isFull) throw new Fault('The journal cannot be written: its disk is full.', details)
        retained.push(...events)
        return events.map(() => true)
      },
    })
    const answers = await Promise.all([
      sendLoop(url, webhook()),
      sendLoop(url, '{"torn":'),
      sendMasonHub(url, callback([{ customer_identifier: '1', event_type: 'received' }])),
    ])
    for (const { status, headers } of answers) assert.deepEqual([status, headers.get('retry-after')], [503, '5'])
    assert.deepEqual(woken, [])
    assert.deepEqual(outcomes(), { 'loop unavailable': 2, 'masonhub unavailable': 1 })
    const failures = logged.filter(({ level }) => level === 'error').map(({ detail }) => detail)
    assert.ok(failures.includes('JOURNAL_UNWRITABLE: The journal cannot be written: its disk is full.'))
    isFull = false
    assert.equal((await sendLoop(url, webhook())).status, 200)
    assert.equal(retained.length, 1)
  })

  it('reveals nothing of an unforeseen error (F58)', async () => {
    const { url, logged } = await open({
      store: async () => {
        throw new TypeError('secret-canary')
      },
    })
    const answer = await sendLoop(url, webhook())
    assert.equal(answer.status, 503)
    assert.doesNotMatch(await answer.text(), /canary/)
    assert.equal(logged.find(({ level }) => level === 'error')?.detail, 'TypeError')
  })

  it('H7: whatever goes wrong, the log holds no key, no token, no signature and no address', async () => {
    let works = true
    const { url, logged } = await open({
      endpoints: [{ ...endpoint, loopSecrets: ['secret-canary'], callbackTokens: ['token-canary'] }],
      store: async (events) => {
        if (!works) throw new Error(`the disk is full at ${paths.loop}`)
        return events.map(() => true)
      },
    })
    for (works of [true, false]) {
      await sendLoop(url, webhook())
      await sendLoop(url, webhook({ id: 2 }), { 'x-loop-signature': sign(webhook({ id: 2 }), 'secret-canary') })
      await sendLoop(url, 'no JSON', { 'x-loop-signature': sign('no JSON', 'secret-canary') })
      await sendMasonHub(url, '[]', { authorization: 'Bearer other-canary' })
      await sendMasonHub(url, 'x'.repeat(2_000_000), { authorization: 'Bearer token-canary' }).catch(() => undefined)
      await send(url, { path: `${paths.loop}/more`, headers: { 'x-loop-signature': 'x' } })
    }
    assert.ok(logged.length >= 4, 'it does say something')
    const text = JSON.stringify(logged)
    assert.doesNotMatch(text, /canary|kkkk|\/in\//)
  })

  it('when too many wait, asks the others to come again', async () => {
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const { url } = await open({
      limits: { waiting: 3 },
      store: async (events) => {
        await held
        return events.map(() => true)
      },
    })
    const all = Array.from({ length: 10 }, (_, id) => sendLoop(url, webhook({ id })))
    while ((outcomes()['loop unavailable'] ?? 0) < 7) await round()
    release()
    const answers = await Promise.all(all)
    assert.equal(answers.filter(({ status }) => status === 200).length, 3)
    const refused = answers.filter(({ status }) => status === 503)
    assert.deepEqual([refused.length, refused[0]?.headers.get('retry-after')], [7, '5'])
  })

  it('stores what arrives together in far fewer commits', async () => {
    const { url, calls, stored } = await open()
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) => sendLoop(url, webhook({ id: index + 1 }))),
    )
    assert.ok(answers.every(({ status }) => status === 200))
    assert.equal(stored.length, 200)
    assert.ok(calls.length < 100, `${calls.length} commits for 200 messages`)
  })

  // acceptance/serve-messages.test.ts sends 10,000 of them through every part.
  it('F50: 1,000 repetitions of one signed webhook are one event, and wake once', async () => {
    const { journal, dispose } = await freshJournal()
    const { url, woken } = await open({ store: (events) => journal.events.storeMany(events) })
    const body = webhook()
    const repeat = async () => {
      for (let count = 0; count < 25; count += 1) assert.equal((await sendLoop(url, body)).status, 200)
    }
    await Promise.all(Array.from({ length: 40 }, repeat))
    assert.equal((await journal.events.find({})).length, 1)
    assert.deepEqual(woken, ['acme'])
    assert.deepEqual(outcomes(), { 'loop stored': 1, 'loop repeated': 999 })
    await opened.receiver.close()
    await dispose()
  })

  it('CB-003: a repeated message_id is stored once in the journal', async () => {
    const { journal, dispose } = await freshJournal()
    const { url } = await open({ store: (events) => journal.events.storeMany(events) })
    const rows = [{ id: 'e1', customer_identifier: '99904598', status: 'received' }]
    for (const body of [callback(rows), callback(rows), `[ ${callback(rows)} ]`]) {
      assert.equal((await sendMasonHub(url, body)).status, 200)
    }
    assert.equal((await journal.events.find({})).length, 1)
    assert.deepEqual(outcomes(), { 'masonhub stored': 1, 'masonhub repeated': 2 })
    await opened.receiver.close()
    await dispose()
  })

  it('F54: hostile keys change no prototype', async () => {
    const { url } = await open()
    const hostile = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"topic":"return","id":5}'
    assert.equal((await sendLoop(url, hostile)).status, 200)
    assert.equal((await sendMasonHub(url, hostile)).status, 200)
    assert.equal(({} as Record<string, unknown>).polluted, undefined)
  })
})
