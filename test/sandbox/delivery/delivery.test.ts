import assert from 'node:assert/strict'
import type { Delivery } from '../../../src/sandbox/delivery/deliveries.ts'
import { loopbackTarget, retryAfterMilliseconds } from '../../../src/sandbox/delivery/post.ts'
import { createQueue } from '../../../src/sandbox/delivery/queue.ts'
import type { Line } from './harness.ts'
import { openLine } from './harness.ts'

const day = 86_400_000

describe('sandbox delivery: to this machine only', () => {
  it('takes loopback addresses as written, nothing else', () => {
    for (const url of ['http://127.0.0.1:1/a', 'https://localhost/x', 'http://[::1]:9', 'http://127.8.9.1']) {
      assert.equal(loopbackTarget(url)?.href, new URL(url).href, url)
    }
    for (const url of [
      'https://hooks.example.com/loop',
      'http://127.0.0.1.example.com',
      'http://localhost.example.com',
      'http://127.0.0.1@example.com/',
      'http://10.0.0.1',
      'http://0.0.0.0',
      'http://[::ffff:10.0.0.1]',
      'ftp://127.0.0.1',
      'file:///etc/hosts',
      'nonsense',
    ]) {
      assert.equal(loopbackTarget(url), null, url)
    }
  })

  it('refuses a message for any other host without a try', async () => {
    const line = await openLine()
    await line.webhook('return', 'return.created', { url: 'https://hooks.example.com/loop' })
    line.file()
    await line.pass(day)
    const [delivery] = line.sandbox.deliveries.log
    assert.equal(delivery?.outcome, 'refused')
    assert.deepEqual(delivery?.tries, [])
    await line.close()
  })
})

describe('sandbox delivery: tries', () => {
  let line: Line
  beforeEach(async () => {
    line = await openLine()
  })
  afterEach(() => line.close())

  const log = () => line.sandbox.deliveries.log as readonly Delivery[]
  const statuses = (delivery: Delivery | undefined) => delivery?.tries.map(({ status, problem }) => status ?? problem)
  const returnIds = () => line.receiver.received.map(({ body }) => body.id)

  it('delivers each message once and at once', async () => {
    await line.webhook('return', 'return.created')
    const ids = [line.file(), line.file(), line.file()]
    await line.pass(0)
    assert.deepEqual(returnIds().sort(), ids.sort())
    await line.pass(day)
    assert.equal(line.receiver.received.length, 3)
    assert.deepEqual(
      log().map(({ outcome, copy, tries }) => [outcome, copy, tries.length]),
      [
        ['delivered', 0, 1],
        ['delivered', 0, 1],
        ['delivered', 0, 1],
      ],
    )
  })

  it('tries a webhook six times, each wait about twice the last, then gives it up (loop.md §7.3)', async () => {
    await line.webhook('return', 'return.created')
    line.receiver.usual = { status: 500 }
    line.file()
    await line.pass(0)
    for (let hour = 0; hour < 6; hour += 1) await line.pass(3_600_000)
    const [delivery] = log()
    assert.equal(delivery?.outcome, 'failed')
    assert.deepEqual(statuses(delivery), [500, 500, 500, 500, 500, 500])
    assert.equal(line.receiver.received.length, 6)
    const bodies = new Set(line.receiver.received.map(({ raw }) => raw.toString()))
    assert.equal(bodies.size, 1)
  })

  it('waits between half of the backoff and all of it, doubled each time', async () => {
    await line.webhook('return', 'return.created')
    line.fault('loop.webhook-backoff-ms', 1_000)
    line.receiver.usual = { status: 503 }
    line.file()
    await line.pass(0)
    for (const [tried, longest] of [1_000, 2_000, 4_000, 8_000, 16_000].entries()) {
      await line.pass(longest / 2 - 1)
      assert.equal(line.receiver.received.length, tried + 1)
      await line.pass(longest / 2 + 1)
      assert.equal(line.receiver.received.length, tried + 2)
    }
  })

  it('retries what was cut or never answered, and delivers in the end', async () => {
    await line.webhook('return', 'return.created')
    line.fault('loop.webhook-retries', 1)
    line.receiver.reactions.push('cut', { status: 302, headers: { location: `${line.receiver.url}/elsewhere` } })
    line.file()
    await line.pass(0)
    await line.pass(3_600_000)
    await line.pass(3_600_000)
    assert.equal(log()[0]?.outcome, 'delivered')
    assert.deepEqual(statuses(log()[0]), ['ECONNRESET', 302, 200])
    assert.deepEqual(
      line.receiver.received.map(({ path }) => path),
      ['/loop', '/loop', '/loop'],
    )
  })

  it('stops waiting for an answer after its timeout', async () => {
    await line.webhook('return', 'return.created')
    line.fault('loop.webhook-timeout-ms', 20)
    line.fault('loop.webhook-attempts', 1)
    line.receiver.usual = 'hang'
    line.file()
    await line.sandbox.deliveries.settled()
    assert.deepEqual(statuses(log()[0]), ['timeout'])
    assert.equal(log()[0]?.outcome, 'failed')
  })

  it('a leap of the manual clock is no timeout', async () => {
    await line.webhook('return', 'return.created')
    line.file()
    await line.pass(day)
    assert.equal(log()[0]?.outcome, 'delivered')
  })

  it('honours Retry-After up to 30 minutes, in seconds or as a date, and fails above (loop.md §7.3, F44)', async () => {
    await line.webhook('return', 'return.created')
    line.fault('loop.webhook-retries', 1)
    const at = new Date(line.clock.now().getTime() + 1_000_000)
    line.receiver.reactions.push(
      { status: 503, headers: { 'retry-after': '1000' } },
      { status: 429, headers: { 'retry-after': new Date(at.getTime() + 600_000).toUTCString() } },
      { status: 429, headers: { 'retry-after': '1801' } },
    )
    line.file()
    await line.pass(0)
    await line.pass(999_999)
    assert.equal(line.receiver.received.length, 1)
    await line.pass(1)
    assert.equal(line.receiver.received.length, 2)
    await line.pass(599_999)
    assert.equal(line.receiver.received.length, 2)
    await line.pass(1)
    assert.equal(line.receiver.received.length, 3)
    assert.equal(log()[0]?.outcome, 'failed')
    const now = new Date('2026-11-23T12:00:00Z')
    assert.equal(retryAfterMilliseconds('soon', now), null)
    assert.equal(retryAfterMilliseconds('Mon, 23 Nov 2026 11:00:00 GMT', now), 0)
  })

  it('loses a random share of the messages, for good, and says so in the log (F25)', async () => {
    await line.webhook('return', 'return.created')
    line.fault('loop.webhook-loss', 1)
    line.file()
    await line.pass(day)
    assert.equal(line.receiver.received.length, 0)
    assert.equal(log()[0]?.outcome, 'lost')
    line.fault('loop.webhook-loss', 0.5)
    for (let round = 0; round < 60; round += 1) line.file()
    await line.pass(0)
    const arrived = line.receiver.received.length
    assert.ok(arrived > 10 && arrived < 50, String(arrived))
    assert.equal(log().filter(({ outcome }) => outcome === 'lost').length, 61 - arrived)
  })

  it('sends duplicates with the very same bytes and signature (F50)', async () => {
    await line.webhook('return', 'return.created')
    line.fault('loop.webhook-duplicates', 2)
    line.file()
    await line.pass(0)
    assert.equal(line.receiver.received.length, 3)
    assert.equal(new Set(line.receiver.received.map(({ raw }) => raw.toString())).size, 1)
    assert.equal(new Set(line.receiver.received.map(({ headers }) => headers['x-loop-signature'])).size, 1)
    assert.deepEqual(
      log().map(({ copy }) => copy),
      [0, 1, 2],
    )
  })

  it('delays at random, so that messages change places; the same seed does the same again', async () => {
    const arrivals: number[][] = []
    for (let round = 0; round < 2; round += 1) {
      const other = await openLine({ 'loop.webhook-delay-ms': 60_000 })
      await other.webhook('return', 'return.created')
      const ids = Array.from({ length: 8 }, () => other.file())
      // A tenth of a second at a time, so that messages arrive in the order of the clock.
      for (let step = 0; step <= 600; step += 1) await other.pass(100)
      arrivals.push(other.receiver.received.map(({ body }) => ids.indexOf(body.id)))
      await other.close()
    }
    assert.deepEqual(arrivals[0], arrivals[1])
    assert.deepEqual([...(arrivals[0] ?? [])].sort(), [0, 1, 2, 3, 4, 5, 6, 7])
    assert.notDeepEqual(arrivals[0], [0, 1, 2, 3, 4, 5, 6, 7])
  })

  it('a slow or failing receiver changes nothing for the other messages', async () => {
    const arrivals: string[][] = []
    for (const first of [200, 503]) {
      const other = await openLine({ 'loop.webhook-delay-ms': 60_000, 'loop.webhook-attempts': 2 })
      await other.webhook('return', 'return.created')
      other.receiver.reactions.push({ status: first })
      for (let round = 0; round < 4; round += 1) {
        other.file()
        await other.pass(0)
        await other.pass(120_000)
      }
      arrivals.push(other.sandbox.deliveries.log.map(({ tries }) => tries[0]?.at ?? ''))
      assert.equal(other.receiver.received.length, first === 200 ? 4 : 5)
      await other.close()
    }
    assert.deepEqual(arrivals[0], arrivals[1])
  })

  it('keeps the last few thousand deliveries only', async () => {
    await line.webhook('return', 'return.created', { url: 'http://elsewhere.example' })
    for (let round = 0; round < 5_001; round += 1) line.file()
    assert.equal(log().length, 4_001)
    assert.equal(log().at(-1)?.about, String([...line.sandbox.loop.returns.keys()].at(-1)))
  })

  /** The statuses that a message still got after this one; none: it never came again. */
  async function triesAfter(...reactions: { status: number }[]): Promise<(number | string | null)[]> {
    const before = log().length
    line.receiver.reactions.push(...reactions)
    line.file()
    await line.pass(0)
    for (let hour = 0; hour < 4; hour += 1) await line.pass(3_600_000)
    return statuses(log()[before])?.slice(1) ?? []
  }

  for (const status of [400, 401, 403, 404, 405]) {
    it(`never sends a webhook again that was answered ${status}, unless the switch asks for everything (loop.md §14.3)`, async () => {
      await line.webhook('return', 'return.created')
      for (const style of [0, 1]) {
        line.fault('loop.webhook-retries', style)
        assert.deepEqual(await triesAfter({ status }), [])
        assert.equal(log().at(-1)?.outcome, 'failed')
      }
      line.fault('loop.webhook-retries', 2)
      assert.deepEqual(await triesAfter({ status }), [200])
    })
  }

  it('sends again after 500 and 503, and after a status that Loop does not name only when switched (loop.md §14.3)', async () => {
    await line.webhook('return', 'return.created')
    assert.deepEqual(await triesAfter({ status: 500 }, { status: 503 }), [503, 200])
    for (const status of [302, 408, 410, 413, 429, 502, 504]) {
      line.fault('loop.webhook-retries', 0)
      assert.deepEqual(await triesAfter({ status }), [], String(status))
      line.fault('loop.webhook-retries', 1)
      assert.deepEqual(await triesAfter({ status }), [200], String(status))
    }
  })

  it('a 4xx can end a callback at the first try, but never 408 or 429 (F28)', async () => {
    await line.callback('rmaEvent', '2.0')
    line.fault('masonhub.callback-drops-on-4xx', 1)
    for (const first of [429, 408]) {
      line.receiver.reactions.push({ status: first }, { status: 404 })
      line.sandbox.masonhub.warehouse.returnedToSender()
      await line.pass(0)
      for (let hour = 0; hour < 4; hour += 1) await line.pass(3_600_000)
      const callback = log().at(-1)
      // A third try would have been allowed.
      assert.deepEqual([callback?.channel, statuses(callback)], ['masonhub.callback', [first, 404]])
      assert.equal(callback?.outcome, 'failed')
    }
  })

  it('sets a webhook inactive after enough failures in a row, until a person activates it (F25, loop.md §10.6)', async () => {
    const id = await line.webhook('return', 'return.created')
    const status = async () => (await line.get('/webhooks')).body.webhooks[0].status
    line.fault('loop.webhook-deactivate-after', 3)
    line.fault('loop.webhook-attempts', 1)
    // A success in between resets the count.
    line.receiver.reactions.push({ status: 500 }, { status: 500 }, { status: 200 }, { status: 500 }, { status: 410 })
    for (let round = 0; round < 5; round += 1) {
      line.file()
      await line.pass(0)
    }
    assert.equal(await status(), 'active')
    line.receiver.reactions.push({ status: 500 })
    line.file()
    await line.pass(0)
    assert.equal(await status(), 'inactive')
    line.file()
    await line.pass(0)
    assert.equal(line.receiver.received.length, 6)
    const url = `${line.receiver.url}/loop`
    await line.ask('PUT', `/webhooks/${id}`, { topic: 'return', trigger: 'return.created', url, status: 'active' })
    line.file()
    await line.pass(0)
    assert.equal(line.receiver.received.length, 7)
  })

  it('tries nothing more for a webhook that was deleted meanwhile', async () => {
    const id = await line.webhook('return', 'return.created')
    line.receiver.usual = { status: 500 }
    line.file()
    await line.pass(0)
    await line.ask('DELETE', `/webhooks/${id}`)
    await line.pass(day)
    assert.equal(line.receiver.received.length, 1)
    assert.equal(log()[0]?.outcome, 'unwanted')
  })

  it('forgets everything when the sandbox stops, also what hangs', async () => {
    await line.webhook('return', 'return.created')
    line.receiver.usual = 'hang'
    line.fault('loop.webhook-timeout-ms', 600_000)
    line.file()
    await line.sandbox.stop()
    await line.sandbox.deliveries.settled()
    assert.equal(log()[0]?.outcome, 'waiting')
    assert.equal(line.clock.pending, 0)
  })

  it('shows the log to other processes, without bodies', async () => {
    await line.webhook('return', 'return.created')
    const id = line.file()
    await line.pass(0)
    const answer = await fetch(`${line.sandbox.url}/_sandbox/deliveries`)
    const text = await answer.text()
    const [delivery] = JSON.parse(text).deliveries
    assert.equal(delivery.what, 'return return.created')
    assert.equal(delivery.about, id)
    assert.equal(delivery.url, `${line.receiver.url}/loop`)
    assert.deepEqual(delivery.tries, [{ at: line.clock.now().toISOString(), status: 200, problem: null }])
    assert.doesNotMatch(text, /shopper@example\.com/)
    const status = await fetch(`${line.sandbox.url}/_sandbox/status`)
    assert.deepEqual(((await status.json()) as { deliveries: unknown }).deliveries, { delivered: 1 })
  })
})

describe('sandbox delivery: how much at once', () => {
  it('runs a limited number of pieces of work, in order, and settles when the last is done', async () => {
    const queue = createQueue(2)
    const started: number[] = []
    const ends: (() => void)[] = []
    for (let work = 0; work < 4; work += 1) {
      queue.add(() => {
        started.push(work)
        return new Promise((resolve) => ends.push(resolve))
      })
    }
    assert.deepEqual(started, [0, 1])
    let settled = false
    const rest = queue.settled().then(() => {
      settled = true
    })
    for (let work = 0; work < 4; work += 1) {
      assert.equal(settled, false)
      ends[work]?.()
      await new Promise((resolve) => setImmediate(resolve))
    }
    await rest
    assert.deepEqual(started, [0, 1, 2, 3])
    await queue.settled()
  })
})
