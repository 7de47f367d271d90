/** Made-up ids and repeated webhooks: real messages do not wait for them (H2, H5). */
import assert from 'node:assert/strict'
import { readMasonHubEvents } from '../../src/receiver/messages/read-masonhub-event.ts'
import { drainInbox } from '../../src/usecases/serve/inbox.ts'
import { createUnknownReturnsBudget } from '../../src/usecases/serve/unknown-returns-budget.ts'
import { sized } from '../size.ts'
import { type ConnectedHarness, connectedHarnesses } from './connected-harness.ts'
import { hour, minute } from './harness.ts'

/** Divides the numbers of the full run (`npm run prove`). */
const part = sized(5, 1)
const [flood, replays] = [1_000 / part, 10_000 / part]

/** A callback that says "received" for returns that do not exist. */
function madeUp(count: number, from = 500_000_000): string {
  const row = (id: number) => ({ id: `e${id}`, customer_identifier: String(id), status: 'received' })
  const data = Array.from({ length: count }, (_, index) => row(from + index))
  return JSON.stringify({ message_type: 'rmaEvent', message_id: `m${from}`, api_version: '2.0', data })
}

function signedAbout(id: string | number, trigger = 'return.updated', state = 'open'): string {
  return JSON.stringify({ topic: 'return', trigger, id: String(id), state })
}

/** The inbox as the worker drains it, with one budget for its whole life. */
function inboxOf(at: ConnectedHarness) {
  const budget = createUnknownReturnsBudget(() => at.clock.now().getTime())
  const options = { resolve: true, report: () => undefined }
  return async () => {
    await at.sandbox.deliveries.settled()
    return await drainInbox(at.context, options, 'worker', budget)
  }
}

/** Messages, and the changes that they report, become visible at once. */
const prompt = { 'masonhub.visible-after-ms': 0, 'masonhub.receipt-visible-after-ms': 0 } as const

/** Which returns Loop was asked for since then, in order. */
function readings(at: ConnectedHarness, since = 0): string[] {
  return at.sandbox.requests
    .slice(since)
    .filter(({ vendor, path }) => vendor === 'loop' && path.endsWith('/warehouse/return/details'))
    .map(({ query }) => String(query.return_id))
}

describe('serve: floods of made-up ids (H2)', () => {
  const open = connectedHarnesses()

  it('H2: a real receipt behind hundreds of them is worked on before any more, and each of them is read once', async () => {
    const at = await open({ faults: prompt })
    const id = at.file()
    await at.run(2 * minute, { jobs: false })
    const drain = inboxOf(at)
    assert.equal(await at.post('masonhub', madeUp(flood)), 200)
    await drain()
    assert.ok(readings(at).filter((one) => one !== id).length <= 10, 'a few at once, and then slowly')
    at.receive(id)
    const before = at.sandbox.requests.length
    await drain()
    assert.equal(at.groundTruth('process_accepted', id).length, 1)
    assert.deepEqual(new Set(readings(at, before)), new Set([id]))
    // Loop is asked for a third of a return per second: for each return, and for none twice.
    const since = at.sandbox.requests.length
    for (let half = 1; half <= flood / 10; half += 1) {
      at.pass(minute / 2)
      await drain()
      assert.ok(readings(at, since).length <= 10 + 10 * half)
    }
    const made = readings(at).filter((one) => one !== id)
    assert.deepEqual([made.length, new Set(made).size], [flood, flood])
    assert.deepEqual(await at.events({ states: ['new'] }), [])
  }).timeout(240_000)

  it('H2: among those that are taken together, a receipt that comes meanwhile is next', async () => {
    const at = await open({ faults: prompt })
    const id = at.file()
    await at.run(2 * minute, { jobs: false })
    const budget = createUnknownReturnsBudget(() => at.clock.now().getTime())
    await at.post('masonhub', madeUp(100))
    const before = at.sandbox.requests.length
    let isReceived = false
    const { loop } = at.context
    const details: typeof loop.details = async (returnId) => {
      const found = await loop.details(returnId)
      if (!isReceived) {
        isReceived = true
        at.receive(id)
        await at.sandbox.deliveries.settled()
      }
      return found
    }
    const { context } = at.worker({ loop: { ...loop, details } })
    await drainInbox(context, { resolve: true, report: () => undefined }, 'worker', budget)
    const order = readings(at, before)
    assert.ok(order.includes(id) && order.indexOf(id) <= 5, `after ${order.indexOf(id)} others`)
    assert.equal(at.groundTruth('process_accepted', id).length, 1)
  })

  it('H2: a new return, which the journal can’t know yet, is announced at once while hundreds of callbacks wait', async () => {
    const at = await open({ faults: prompt })
    const drain = inboxOf(at)
    await at.post('masonhub', madeUp(1_000))
    await drain()
    const id = at.file()
    const before = at.sandbox.requests.length
    await drain()
    assert.equal(at.rma(id)?.status, 'open')
    assert.deepEqual(new Set(readings(at, before)), new Set([id]))
  })

  it('H2: 40 new returns at once are announced at once; of 500 made-up ones with a stolen secret 60 are read, and then one a second', async () => {
    const at = await open({ faults: prompt })
    const drain = inboxOf(at)
    const ids = Array.from({ length: 40 }, () => at.file())
    await drain()
    for (const id of ids) assert.equal(at.rma(id)?.status, 'open')
    at.pass(hour)
    await drain()
    const before = at.sandbox.requests.length
    for (let number = 0; number < 500; number += 1) await at.post('loop', signedAbout(600_000_000 + number))
    await drain()
    assert.equal(readings(at, before).length, 60)
    at.pass(10_000)
    await drain()
    assert.equal(readings(at, before).length, 70)
  }).timeout(120_000)

  it('H2: an RMA of ours that no pull has brought yet is still found by its callback', async () => {
    const at = await open({ connected: false, faults: prompt })
    const id = at.file()
    await at.sync()
    at.receive(id)
    const fresh = await at.foreignJournal()
    const data = [{ id: 'e', customer_identifier: id, status: 'received' }]
    const body = JSON.stringify({ message_type: 'rmaEvent', message_id: 'm', api_version: '2.0', data })
    const { context } = at.worker({ journal: fresh })
    const [event] = readMasonHubEvents('acme', Buffer.from(body), at.clock.now().toISOString())
    await fresh.events.storeMany(event ? [event] : [])
    const budget = createUnknownReturnsBudget(() => at.clock.now().getTime())
    const { worked, postponed } = await drainInbox(
      context,
      { resolve: false, report: () => undefined },
      'worker',
      budget,
    )
    assert.deepEqual([worked, postponed], [1, 0])
  })
})

describe('serve: webhooks that come again (H5)', () => {
  const open = connectedHarnesses()

  it('H5: open, review, open, without polls: the return is observed again, and replays cause no more requests', async () => {
    const at = await open({ faults: prompt })
    const id = at.file()
    await at.run(2 * minute, { jobs: false })
    const [opened, review] = [signedAbout(id), signedAbout(id, 'return.updated', 'review')]
    const post = async (body: string) => {
      const before = at.sandbox.requests.length
      assert.equal(await at.post('loop', body), 200)
      await at.work()
      return readings(at, before).length > 0
    }
    assert.deepEqual([await post(opened), await post(review), await post(opened)], [true, true, true])
    const seenRequests = at.sandbox.requests.length
    for (let sent = 0; sent < replays / 20; sent += 1) assert.equal(await post(opened), false)
    assert.equal(at.sandbox.requests.length, seenRequests)
    assert.deepEqual(
      at.receiver
        .counts()
        .filter(({ outcome }) => outcome === 'repeated')
        .map(({ count }) => count),
      [replays / 20],
    )
  }).timeout(120_000)

  it('H5 F50: two captured webhooks replayed alternately, thousands of times: no effect, and a bounded number of readings', async () => {
    const at = await open({ faults: prompt })
    const id = at.file()
    await at.run(2 * minute, { jobs: false })
    const bodies = [signedAbout(id), signedAbout(id, 'return.updated', 'review')]
    const effects = (await at.journal.effects.find({})).length
    const before = at.sandbox.requests.length
    for (let sent = 0; sent < replays; sent += 100) {
      const some = Array.from({ length: 100 }, (_, index) => at.post('loop', bodies[index % 2] ?? ''))
      assert.deepEqual(new Set(await Promise.all(some)), new Set([200]))
      await at.work()
    }
    assert.ok(readings(at, before).length <= 30, `${readings(at, before).length} readings`)
    assert.equal((await at.journal.effects.find({})).length, effects)
    assert.equal(at.rma(id)?.version, 1)
  }).timeout(240_000)
})
