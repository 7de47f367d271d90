import assert from 'node:assert/strict'
import type { Harness } from '../harness.ts'
import { startHarness } from '../harness.ts'

/** What the network and Loop's own failures do to requests (C1, F1, F2, F3, F43, F44). */
describe('Loop stand-in: faults on demand', () => {
  let harness: Harness
  beforeEach(async () => {
    harness = await startHarness({ faults: { 'loop.success-body': 0 } })
  })
  afterEach(() => harness.sandbox.stop())

  const set = (name: Parameters<typeof harness.sandbox.world.faults.set>[0], value: number) =>
    harness.sandbox.world.faults.set(name, value)
  const process = (id: string) => harness.post(`/warehouse/return/${id}/process`)
  const paid = (id: string) => {
    harness.clock.advance(5_000)
    return harness.sandbox.loop.refundsPaid(id)
  }

  it('loses a request before any work (F2)', async () => {
    const id = harness.file()
    set('loop.drop-request-process', 1)
    await assert.rejects(process(id))
    assert.equal(paid(id), 0)
    assert.equal(harness.sandbox.requests.at(-1)?.status, 0)
    assert.equal((await harness.get('/destinations')).status, 200)
  })

  it('loses an answer after the work (F1)', async () => {
    const id = harness.file()
    set('loop.drop-answer-process', 1)
    await assert.rejects(process(id))
    assert.equal(paid(id), 1)
  })

  it('loses the next process answer, or request, once', async () => {
    const lost = harness.file()
    set('loop.drop-next-process-answer', 1)
    await harness.get('/warehouse/return/list')
    await assert.rejects(process(lost))
    assert.equal(paid(lost), 1)
    const unsent = harness.file()
    set('loop.drop-next-process-request', 1)
    await assert.rejects(process(unsent))
    assert.equal(paid(unsent), 0)
    assert.equal((await process(unsent)).body, true)
  })

  it('is down', async () => {
    set('loop.down', 1)
    await assert.rejects(harness.get('/destinations'))
    set('loop.down', 0)
    assert.equal((await harness.get('/destinations')).status, 200)
  })

  it('answers 500, 503 and 429 without doing the work', async () => {
    for (const [name, status] of [
      ['loop.error-500', 500],
      ['loop.error-503', 503],
      ['loop.error-429', 429],
    ] as const) {
      const id = harness.file()
      set(name, 1)
      assert.equal((await process(id)).status, status)
      set(name, 0)
      assert.equal(paid(id), 0)
    }
  })

  it('answers 500, HTML, an unknown shape, half a body or far too much although the work was done (F3, F43)', async () => {
    const done = async (name: Parameters<typeof set>[0], read: (id: string) => Promise<void>) => {
      const id = harness.file()
      set(name, 1)
      await read(id)
      set(name, 0)
      assert.equal(paid(id), 1, name)
    }
    await done('loop.error-500-after-work', async (id) => assert.equal((await process(id)).status, 500))
    await done('loop.html', async (id) => {
      const { status, headers } = await process(id)
      assert.equal(status, 200)
      assert.match(headers.get('content-type') ?? '', /^text\/html/)
    })
    await done('loop.unknown-shape', async (id) => assert.deepEqual((await process(id)).body, { data: { ok: 1 } }))
    await done('loop.truncated', async (id) => {
      await assert.rejects(process(id))
    })
    await done('loop.oversized', async (id) => assert.ok((await process(id)).text.length > 20 * 2 ** 20))
  })

  it('is slow: the work is done, the answer waits', async () => {
    const id = harness.file()
    set('loop.slow-ms', 40_000)
    const answer = process(id)
    while (harness.sandbox.requests.length === 0 || harness.sandbox.world.groundTruth.entries.length === 0) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    assert.equal(paid(id), 1)
    harness.clock.advance(40_000)
    assert.equal((await answer).body, true)
  })

  it('refuses every key as long as the fault is set (F45)', async () => {
    set('loop.unauthorized', 1)
    assert.equal((await process(harness.file())).status, 401)
    set('loop.unauthorized-body', 0)
    assert.equal((await harness.get('/warehouse/return/list')).body.error.code, '401')
  })

  it('logs what it was asked, with body, query and answer', async () => {
    const id = harness.file()
    await harness.post(`/warehouse/return/${id}/note?x=1`, { content: 'Seen.' })
    assert.deepEqual(harness.sandbox.requests, [
      {
        vendor: 'loop',
        method: 'POST',
        path: `/api/2026-10/warehouse/return/${id}/note`,
        query: { x: '1' },
        body: { content: 'Seen.' },
        status: 200,
      },
    ])
    assert.deepEqual(harness.sandbox.requestCounts, { loop: 1, masonhub: 0 })
  })

  it('records what really happened, whatever the answers were', async () => {
    const id = harness.file()
    set('loop.drop-next-process-answer', 1)
    await assert.rejects(process(id))
    await harness.post(`/warehouse/return/${id}/note`, { content: 'Seen.' })
    harness.clock.advance(5_000)
    await process(id)
    const happened = harness.sandbox.world.groundTruth.entries.map((entry) => entry.what)
    assert.deepEqual(happened, ['process_accepted', 'note_added', 'refund_paid', 'return_closed', 'process_refused'])
    assert.ok(harness.sandbox.world.groundTruth.entries.every((entry) => entry.returnId === id))
  })

  it('draws the same random numbers for the same seed', async () => {
    const run = async (seed: number) => {
      const one = await startHarness({ seed, faults: { 'loop.error-500': 0.5 } })
      const statuses: number[] = []
      for (let i = 0; i < 16; i += 1) statuses.push((await one.get('/destinations')).status)
      await one.sandbox.stop()
      return statuses.join()
    }
    assert.equal(await run(7), await run(7))
    assert.notEqual(await run(7), await run(8))
  })
})
