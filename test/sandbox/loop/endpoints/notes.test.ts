import assert from 'node:assert/strict'
import type { FaultName } from '../../../../src/sandbox/fault-injection.ts'
import type { Harness } from '../../harness.ts'
import { startHarness } from '../../harness.ts'

/** A return's timeline, as two installations that compete for a refund may see it (G1). */
describe('the Loop stand-in: the timeline', () => {
  let harness: Harness
  beforeEach(async () => {
    harness = await startHarness({ faults: { 'loop.rate-limit': 0 } })
  })
  afterEach(() => harness.sandbox.stop())

  const fault = (name: FaultName, value: number) => harness.sandbox.world.faults.set(name, value)
  const write = (id: string, content: string) => harness.post(`/warehouse/return/${id}/note`, { content })
  const read = async (id: string): Promise<{ id: number; content: string }[]> => {
    const { body } = await harness.get(`/warehouse/return/${id}/notes`)
    return body === false ? [] : body
  }
  const contents = async (id: string) => (await read(id)).map(({ content }) => content)

  it('shows the whole list as it was a while ago, never with gaps', async () => {
    const id = harness.file()
    fault('loop.notes-visible-after-ms', 1_000)
    await write(id, 'one')
    harness.clock.advance(600)
    await write(id, 'two')
    assert.deepEqual(await contents(id), [])
    harness.clock.advance(400)
    assert.deepEqual(await contents(id), ['one'])
    harness.clock.advance(600)
    assert.deepEqual(await contents(id), ['one', 'two'])
  })

  it('may show a note after one with a higher id: ids are given before the notes are there', async () => {
    fault('loop.note-ids-before-commit', 5_000)
    const orders = new Set<string>()
    for (let round = 0; round < 12; round += 1) {
      const id = harness.file()
      await write(id, 'one')
      await write(id, 'two')
      const seen: string[] = []
      for (let step = 0; step < 60; step += 1) {
        for (const content of await contents(id)) if (!seen.includes(content)) seen.push(content)
        harness.clock.advance(100)
      }
      orders.add(seen.join())
      const [first, second] = (await read(id)).toSorted((a, b) => a.id - b.id)
      assert.deepEqual([first?.content, second?.content], ['one', 'two'])
    }
    assert.ok(orders.has('two,one'), [...orders].join(' '))
  })

  it('adds a note whose request was cut, later, if the fault is set', async () => {
    const id = harness.file()
    fault('loop.drop-request-note', 1)
    await assert.rejects(write(id, 'lost'))
    fault('loop.lost-note-arrives-after-ms', 2_000)
    await assert.rejects(write(id, 'late'))
    assert.deepEqual(await contents(id), [])
    harness.clock.advance(2_000)
    assert.deepEqual(await contents(id), ['late'])
  })

  it('shows the body of a refund at once, when its job runs, or never', async () => {
    for (const [when, atOnce, later] of [
      [0, 0, 0],
      [1, 1, 1],
      [2, 0, 1],
    ] as const) {
      fault('loop.process-note', when)
      const id = harness.file()
      await harness.post(`/warehouse/return/${id}/process`, { mhloop: 'me' })
      assert.equal((await read(id)).length, atOnce)
      harness.clock.advance(60_000)
      assert.equal((await read(id)).length, later)
    }
  })

  it('forgets a note that a person deletes', async () => {
    const id = harness.file()
    for (const content of ['one', 'two', 'three']) await write(id, content)
    harness.sandbox.loop.deleteNote(id, 1)
    assert.deepEqual(await contents(id), ['one', 'three'])
    harness.sandbox.loop.deleteNote(id, 1)
    assert.deepEqual(await contents(id), ['one'])
    assert.throws(() => harness.sandbox.loop.deleteNote(id, 5), /no note at position 5/)
  })

  it('may move updated_at with a note, and send an event', async () => {
    const id = harness.file()
    harness.clock.advance(60_000)
    const events = () => harness.sandbox.loop.emitted.filter(({ trigger }) => trigger === 'return.updated').length
    await write(id, 'one')
    const before = events()
    fault('loop.note-updates-return', 1)
    await write(id, 'two')
    assert.equal(events(), before + 1)
    assert.equal(harness.sandbox.loop.returns.get(Number(id))?.updatedAt, harness.clock.now().getTime())
  })
})
