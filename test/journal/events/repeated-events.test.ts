/** Webhooks with the same bytes as earlier ones: open, review, and open again (H5). */
import assert from 'node:assert/strict'
import type { Journal, NewEvent } from '../../../src/journal/journal.ts'
import { sized } from '../../size.ts'
import { at, event, minutes, type Opened, onEachEngine } from '../fresh.ts'

const permits = sized(200, 1_000)

onEachEngine('webhooks that repeat an earlier one', ({ freshJournal }) => {
  let opened: Opened
  let events: Journal['events']
  beforeEach(async () => {
    opened = await freshJournal()
    events = opened.journal.events
  })
  afterEach(() => opened.dispose())

  const [open, review] = [event({ digest: 'open' }), event({ digest: 'review' })]
  const store = async (one: NewEvent, receivedAt = at) => (await events.storeMany([{ ...one, receivedAt }]))[0]
  /** Processes everything that is due; returns the number of events. */
  async function work(now = at): Promise<number> {
    const due = await events.take('acme', 'w1', now, 100)
    const done = { state: 'done' as const, tries: 1, nextTryAt: null, reason: null }
    await events.settleMany(
      due.map(({ eventId }) => ({ eventId, ...done })),
      now,
    )
    return due.length
  }

  it('H5: open, review, open: the third is new again, and its own repetitions are not', async () => {
    assert.equal(await store(open), true)
    await work()
    assert.equal(await store(open), false, 'nothing came in between')
    assert.equal(await store(review), true)
    await work()
    assert.equal(await store(open), true)
    assert.equal(await work(), 1)
    for (let again = 0; again < 50; again += 1) assert.equal(await store(open), false)
    assert.equal(await work(), 0)
    assert.equal((await events.find({})).length, 3)
  })

  it('H5: one that waits already causes the return to be observed for all of them', async () => {
    await store(open)
    await store(review)
    assert.equal(await store(open), false)
    assert.equal(await work(), 2)
  })

  it('H5: one that a worker processes now may have been read too early', async () => {
    await store(open)
    await store(review)
    await events.take('acme', 'w1', at, 100)
    assert.equal(await store(open), true)
  })

  it('H5: an event of MasonHub in between counts; one of another return, or of another merchant, does not', async () => {
    await store(open)
    await work()
    await store(event({ digest: 'x', returnId: '2' }))
    await store(event({ digest: 'y', merchant: 'other' }))
    await work()
    assert.equal(await store(open), false)
    await store(event({ digest: 'z', source: 'masonhub' }))
    await work()
    assert.equal(await store(open), true)
  })

  it('H5: a callback of MasonHub has an id: one that comes again is the same one (CB-003)', async () => {
    const [first, second] = ['m1', 'm2'].map((digest) => event({ digest, source: 'masonhub' }))
    assert.ok(first && second)
    await store(first)
    await store(second)
    await work()
    assert.equal(await store(first), false)
  })

  it('H5: what was not read names no return, and is the same one', async () => {
    const unread = event({ digest: 'u', returnId: null, state: 'quarantined', reason: 'NOT_JSON', body: '{' })
    await store(unread)
    await store(event({ digest: 'v', returnId: null, state: 'quarantined', reason: 'NOT_JSON', body: '[' }))
    assert.equal(await store(unread), false)
  })

  it('H5 F50: two that are replayed alternately, hundreds of times in a minute: a few readings, then one a minute', async () => {
    await store(open)
    await work()
    let reads = 0
    for (let round = 0; round < permits; round += 1) {
      const now = new Date(Date.parse(at) + round * (50_000 / permits)).toISOString()
      await store(round % 2 === 0 ? review : open, now)
      reads += await work(now)
    }
    assert.ok(reads >= 2 && reads <= 7, String(reads))
    // The last of them is processed, too.
    assert.equal(await work(minutes(3)), 1)
  }).timeout(120_000)
})
