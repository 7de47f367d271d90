import assert from 'node:assert/strict'
import type { NewEvent } from '../../src/journal/journal.ts'
import { eventsSince } from '../../src/usecases/events.ts'
import { at, freshJournal, minutes } from '../journal/fresh.ts'

describe('eventsSince', () => {
  let open: Awaited<ReturnType<typeof freshJournal>>
  beforeEach(async () => {
    open = await freshJournal()
  })
  afterEach(() => open.dispose())

  const store = (digest: string, seconds: number, merchant = 'acme') =>
    open.journal.events.storeMany([
      {
        merchant,
        source: 'loop',
        digest,
        topic: 'return.created',
        returnId: '1',
        body: '',
        state: 'new',
        reason: null,
        receivedAt: new Date(Date.parse(at) + seconds * 1_000).toISOString(),
      } satisfies NewEvent,
    ])
  const digests = async (next: () => Promise<{ digest: string }[]>) => (await next()).map(({ digest }) => digest)

  it('yields each once, in the order they came', async () => {
    const next = eventsSince(open.journal, {}, minutes(-1))
    await store('too old', -61)
    await store('a', 0)
    await store('b', 1)
    assert.deepEqual(await digests(next), ['a', 'b'])
    assert.deepEqual(await digests(next), [])
    await store('c', 600)
    assert.deepEqual(await digests(next), ['c'])
    assert.deepEqual(await digests(next), [])
  })

  it('misses none that was stored late, by a receiver whose clock is some seconds behind', async () => {
    const next = eventsSince(open.journal, {}, minutes(-1))
    await store('a', 100)
    assert.deepEqual(await digests(next), ['a'])
    await store('late', 92)
    assert.deepEqual(await digests(next), ['late'])
    await store('b', 101)
    assert.deepEqual(await digests(next), ['b'])
  })

  it('never goes back behind its begin', async () => {
    const next = eventsSince(open.journal, {}, at)
    await store('a', 2)
    assert.deepEqual(await digests(next), ['a'])
    await store('before the begin', -1)
    assert.deepEqual(await digests(next), [])
  })

  it('keeps to its filter', async () => {
    const next = eventsSince(open.journal, { merchant: 'acme' }, at)
    await store('theirs', 1, 'other')
    await store('ours', 1)
    assert.deepEqual(await digests(next), ['ours'])
  })
})
