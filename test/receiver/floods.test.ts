/** Authentic senders that send far too much: what they make us hold and store is limited (H1). */
import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { setImmediate as round } from 'node:timers/promises'
import type { NewEvent } from '../../src/journal/journal.ts'
import { defaultLimits } from '../../src/receiver/receiver.ts'
import {
  callback,
  type Opened,
  openReceiver,
  paths,
  send,
  sendLoop,
  sendMasonHub,
  sign,
  webhook,
} from './open-receiver.ts'

const mebibyte = 1024 * 1024

/** An authentic callback of 64 KiB with 1,000 unreadable elements. */
const empty = `[${Array.from({ length: 1_000 }, () => '{}').join(',')}${' '.repeat(62_000)}]`

/** A callback about 1,000 RMAs that are not ours. */
function unmatched(messageId: string, rows = 1_000): string {
  const row = (number: number) => ({ id: `e${number}`, customer_identifier: `FOREIGN-${number}`, status: 'received' })
  return callback(
    Array.from({ length: rows }, (_, number) => row(number)),
    { message_id: messageId },
  )
}

describe('floods of authentic messages (H1)', () => {
  let opened: Opened
  const open = async (change: Parameters<typeof openReceiver>[0] = {}) => {
    opened = await openReceiver(change)
    return opened
  }
  afterEach(() => opened.receiver.close())
  const counts = () =>
    Object.fromEntries(opened.receiver.counts().map(({ source, outcome, count }) => [`${source} ${outcome}`, count]))
  const storedBytes = (events: readonly NewEvent[]) => events.reduce((sum, { body }) => sum + body.length, 0)

  /** A store whose commits the test releases. */
  function heldStore() {
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const calls: (readonly NewEvent[])[] = []
    const store = async (events: readonly NewEvent[]) => {
      calls.push(events)
      await held
      return events.map(() => true)
    }
    return { calls, store, release: () => release() }
  }

  it('H1: 1,000 unreadable elements in one callback are one record with the body, beside what can be read', async () => {
    const { url, stored, woken } = await open()
    assert.equal((await sendMasonHub(url, empty)).status, 200)
    assert.deepEqual(
      stored.map(({ reason, body }) => [reason, body === empty.slice(0, 64 * 1024)]),
      [['UNREADABLE', true]],
    )
    const row = { id: 'e1', customer_identifier: '99904598', status: 'received' }
    const mixed = `[{},${callback([row])},{},null]`
    assert.equal((await sendMasonHub(url, mixed)).status, 200)
    assert.deepEqual(
      stored.slice(1).map(({ reason, returnId }) => reason ?? returnId),
      ['UNREADABLE', '99904598'],
    )
    assert.deepEqual(woken, ['acme'])
  })

  it('H1: an array of more elements than any callback has is one record, and is not read further', async () => {
    const { url, stored } = await open()
    assert.equal((await sendMasonHub(url, `[${Array.from({ length: 300_000 }, () => '{}').join(',')}]`)).status, 200)
    assert.deepEqual(
      stored.map(({ reason, body }) => [reason, body.length]),
      [['TOO_MANY_ROWS', 64 * 1024]],
    )
  })

  it('H1: twelve at once hold no more than their twelve bodies', async () => {
    const { store, calls, release } = heldStore()
    const { url } = await open({ store })
    const answers = Promise.all(Array.from({ length: 12 }, (_, one) => sendMasonHub(url, `${empty}${' '.repeat(one)}`)))
    while (calls.length === 0) await round()
    release()
    assert.deepEqual(new Set((await answers).map(({ status }) => status)), new Set([200]))
    const events = calls.flat()
    assert.deepEqual([events.length, storedBytes(events) <= 12 * 64 * 1024], [12, true])
  })

  it('H1: beyond the bytes that may wait for a commit senders hear 503 and when to come again, and are taken later', async () => {
    const { store, calls, release } = heldStore()
    // Each of these takes a little more than half a mebibyte while it waits.
    const { url } = await open({ store, limits: { waitingBytes: 2 * mebibyte } })
    const first = sendMasonHub(url, unmatched('m0'))
    while (calls.length === 0) await round()
    const others = Array.from({ length: 6 }, (_, one) => sendMasonHub(url, unmatched(`m${one + 1}`)))
    while ((counts()['masonhub unavailable'] ?? 0) < 4) await round()
    release()
    const answers = await Promise.all([first, ...others])
    const refused = answers.filter(({ status }) => status === 503)
    assert.deepEqual(
      [refused.length, new Set(refused.map(({ headers }) => headers.get('retry-after')))],
      [4, new Set(['5'])],
    )
    assert.equal(answers.filter(({ status }) => status === 200).length, 3)
    assert.equal((await sendMasonHub(url, unmatched('m9'))).status, 200)
  })

  it('H1: one message that is larger than all that may wait is taken when it is alone', async () => {
    const { url, stored } = await open({ limits: { waitingBytes: 1_000 } })
    assert.equal((await sendMasonHub(url, unmatched('m0'))).status, 200)
    assert.equal(stored.length, 1_000)
  })

  it('H1: beyond a day of bytes an unreadable message is acknowledged, and all of them are one record without a body', async () => {
    let now = '2026-03-01T12:00:00.000Z'
    const { url, stored, logged } = await open({
      now: () => new Date(now),
      limits: { quarantinedBytesPerDay: 300 * 1024 },
    })
    for (let one = 0; one < 20; one += 1)
      assert.equal((await sendMasonHub(url, `${empty}${' '.repeat(one)}`)).status, 200)
    assert.deepEqual(
      stored.map(({ state, reason, body }) => [state, reason, body === '']),
      [
        ['quarantined', 'UNREADABLE', false],
        ['quarantined', 'UNREADABLE', false],
        ['quarantined', 'TOO_MANY_UNREAD', true],
      ],
    )
    assert.equal(counts()['masonhub quarantined'], 20)
    assert.equal(logged.at(0)?.event, 'a message could not be read')
    // Loop's endpoint, and the next day, have their own quota.
    assert.equal((await sendLoop(url, 'no JSON')).status, 200)
    now = '2026-03-02T00:00:00.000Z'
    assert.equal((await sendMasonHub(url, `${empty}\n`)).status, 200)
    assert.deepEqual(
      stored.slice(3).map(({ reason }) => reason),
      ['NOT_JSON', 'UNREADABLE'],
    )
  })

  it('H1: whatever names a return is stored and wakes, however much was unreadable before and beside it', async () => {
    const { url, stored, woken } = await open({ limits: { quarantinedBytesPerDay: 0 } })
    const row = { id: 'e1', customer_identifier: '99904598', status: 'received' }
    assert.equal((await sendMasonHub(url, `[{},${callback([row])},{},${unmatched('m2', 3)}]`)).status, 200)
    assert.deepEqual(
      stored.map(({ reason, returnId }) => reason ?? returnId),
      ['TOO_MANY_UNREAD', '99904598'],
    )
    assert.deepEqual(woken, ['acme'])
  })

  it('H1: a message that comes again, or could not be stored, uses nothing of the day', async () => {
    let works = true
    const seen = new Set<string>()
    const reasons: (string | null)[] = []
    const { url } = await open({
      limits: { quarantinedBytesPerDay: 300 * 1024 },
      store: async (events) => {
        if (!works) throw new Error('the disk is full')
        return events.map(({ digest, reason }) => {
          const isNew = !seen.has(digest)
          if (isNew) reasons.push(reason)
          seen.add(digest)
          return isNew
        })
      },
    })
    for (let one = 0; one < 10; one += 1) assert.equal((await sendMasonHub(url, empty)).status, 200)
    works = false
    for (let one = 0; one < 10; one += 1) assert.equal((await sendMasonHub(url, `${empty} `)).status, 503)
    works = true
    assert.equal((await sendMasonHub(url, `${empty} `)).status, 200)
    assert.deepEqual(reasons, ['UNREADABLE', 'UNREADABLE'])
  })

  it('H1: bodies that are being read, or wait for their answer, are bounded together; other endpoints have room', async () => {
    const { store, calls, release } = heldStore()
    const limits = { bodyBytes: 100_000, bodiesBytes: 400_000 }
    const { url } = await open({ store, limits })
    const large = (id: number) => Buffer.from(webhook({ id }).padEnd(90_000))
    const first = sendLoop(url, large(1))
    while (calls.length === 0) await round()
    // A second one would exceed a quarter of all bytes that may be held.
    const second = await send(url, {
      path: paths.loop,
      headers: { 'x-loop-signature': sign(large(2)) },
      body: large(2),
    })
    assert.deepEqual([second.status, second.headers['retry-after']], [503, '5'])
    const third = sendLoop(url, webhook({ id: 3 }))
    release()
    assert.deepEqual([(await first).status, (await third).status], [200, 200])
    assert.equal((await sendLoop(url, large(2))).status, 200, 'there is room again')
    assert.deepEqual([counts()['loop unavailable'], opened.logged.filter(({ level }) => level === 'error')], [1, []])
  })

  it('H1: a sender who breaks off gives back what was held for it', async () => {
    const limits = { bodyBytes: 100_000, bodiesBytes: 400_000 }
    const { url } = await open({ limits })
    const { hostname, port } = new URL(url)
    for (let one = 0; one < 3; one += 1) {
      const head = `POST ${paths.loop} HTTP/1.1\r\nHost: receiver\r\nX-Loop-Signature: x\r\nContent-Length: 99000\r\n\r\n`
      const socket = connect(Number(port), hostname)
      socket.on('error', () => undefined)
      await new Promise<void>((resolve) => socket.write(head + 'x'.repeat(80_000), () => resolve()))
      // The receiver has read this far once it has answered another request.
      assert.equal((await send(url, { path: '/healthz', method: 'GET' })).status, 200)
      socket.destroy()
    }
    const large = webhook().padEnd(90_000)
    let status = 503
    while (status === 503) status = (await sendLoop(url, large)).status
    assert.equal(status, 200)
  })

  it('H1: the bounds are far from what the vendors send, and far below what a small machine has', () => {
    const { bodiesBytes, waitingBytes, quarantinedBytesPerDay } = defaultLimits
    assert.deepEqual(
      [bodiesBytes, waitingBytes, quarantinedBytesPerDay],
      [64, 16, 16].map((size) => size * mebibyte),
    )
  })
})
