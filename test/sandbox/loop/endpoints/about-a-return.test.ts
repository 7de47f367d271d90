import assert from 'node:assert/strict'
import type { Harness } from '../../harness.ts'
import { startHarness } from '../../harness.ts'

describe('Loop stand-in: a label on request (loop.md §14.5)', () => {
  let harness: Harness
  beforeEach(async () => {
    harness = await startHarness()
  })
  afterEach(() => harness.sandbox.stop())

  const ask = (id: string) => harness.post(`/returns/${id}/labels`)
  const labels = (id: string) => harness.sandbox.loop.returns.get(Number(id))?.labels.length
  const bought = () =>
    harness.sandbox.world.groundTruth.entries.filter(({ what }) => what === 'loop_label_bought').length
  const without = () => harness.file({ label: { after: 'never' } })

  it('answers 202, which only queues; the label comes seconds later, and webhooks tell of it', async () => {
    const id = without()
    const { status, body } = await ask(id)
    assert.equal(status, 202)
    assert.deepEqual(Object.keys(body), ['message', 'returnId'])
    assert.equal(body.returnId, Number(id))
    assert.equal(labels(id), 0)
    harness.clock.advance(6_000)
    assert.equal(labels(id), 1)
    const triggers = harness.sandbox.loop.emitted.map(({ trigger }) => trigger)
    assert.deepEqual(triggers.slice(-2), ['label.created', 'return.updated'])
    assert.equal(bought(), 1)
  })

  it('refuses with 409 where one exists, but two requests before the first is there buy two', async () => {
    const refused = await ask(harness.file())
    assert.deepEqual([refused.status, refused.body.code], [409, 'label_already_exists'])
    const id = without()
    for (let call = 0; call < 2; call += 1) assert.equal((await ask(id)).status, 202)
    harness.clock.advance(6_000)
    assert.equal(labels(id), 2)
    assert.equal(bought(), 2)
  })

  it('refuses with 404 and 422 what is unknown, over, or box-free, and when no label can be made', async () => {
    const missing = await ask('1')
    assert.deepEqual([missing.status, missing.body.code], [404, 'return_not_found'])
    const closed = harness.file({ label: { after: 'never' }, state: 'closed' })
    const boxFree = harness.file({ boxFree: true })
    for (const id of [closed, boxFree]) {
      const refused = await ask(id)
      assert.deepEqual([refused.status, refused.body.code], [422, 'return_cannot_receive_label'])
    }
    harness.sandbox.world.faults.set('loop.label-fails', 1)
    const failed = await ask(without())
    assert.deepEqual([failed.status, failed.body.code], [422, 'label_generation_failed'])
    harness.clock.advance(60_000)
    assert.equal(bought(), 0)
  })
})

describe('Loop stand-in: a fraud report (loop.md §5.7)', () => {
  let harness: Harness
  beforeEach(async () => {
    harness = await startHarness()
  })
  afterEach(() => harness.sandbox.stop())

  const report = (id: string, body: unknown) => harness.post(`/returns/${id}/fraud-report`, body)

  it('is kept once for each return, and leaves the return alone', async () => {
    const id = harness.file()
    const record = harness.sandbox.loop.returns.get(Number(id))
    const before = JSON.stringify({ ...record, fraudReport: null })
    const { status, body } = await report(id, { category: 'package-is-empty', comment: 'Only paper inside' })
    assert.equal(status, 201)
    assert.deepEqual(
      { ...body, id: 0 },
      {
        id: 0,
        return_id: Number(id),
        category: 'package-is-empty',
        comment: 'Only paper inside',
        created_at: '2026-11-23T12:00:00+00:00',
      },
    )
    const again = await report(id, { category: 'item-is-worn' })
    assert.equal(again.status, 409)
    assert.deepEqual(again.body, { errors: { message: 'Fraud Report already exists.' } })
    assert.equal(JSON.stringify({ ...record, fraudReport: null }), before)
  })

  it('needs a known category, at most 512 characters, and a comment for other', async () => {
    const id = harness.file()
    for (const [body, field] of [
      [undefined, 'category'],
      [{ category: 'theft' }, 'category'],
      [{ category: 'other' }, 'comment'],
      [{ category: 'package-is-empty', comment: 'x'.repeat(513) }, 'comment'],
    ] as const) {
      const refused = await report(id, body)
      assert.equal(refused.status, 422, JSON.stringify(body))
      assert.deepEqual(Object.keys(refused.body.errors), [field])
    }
    const missing = await report('1', { category: 'package-is-empty' })
    assert.equal(missing.status, 404)
    assert.deepEqual(missing.body, { errors: { message: 'No return found with this ID.' } })
    assert.equal((await report(id, { category: 'other', comment: 'x'.repeat(512) })).status, 201)
  })
})
