/**
 * What a process leaves behind when it is killed between two steps; the kill loop (test/proof/kills) found these cases.
 */
import assert from 'node:assert/strict'
import type { Journal } from '../../src/journal/journal.ts'
import { acceptance, codesOf, type Harness, hour } from './harness.ts'

/** A worker that is killed when it records the outcomes of its writes. */
function dyingAtFiling(at: Harness) {
  const dies: Journal['links']['setStatus'] = async (_merchant, changes) => {
    if (changes.length > 0) throw new Error('killed')
  }
  return at.worker({ journal: { ...at.journal, links: { ...at.journal.links, setStatus: dies } } })
}

describe('a crash between MasonHub’s answer and filing it (F7, F18)', () => {
  const open = acceptance()
  const two = { units: [{ sku: 'TEE-BLK-M' }, { sku: 'CAP-RED' }] }

  for (const seenBy of ['a sync', 'the resolution'] as const) {
    it(`the receipt is held against the units of the update, as ${seenBy} finds it out`, async () => {
      const at = await open()
      const id = at.file(two)
      await at.sync()
      at.pass(hour)
      at.sandbox.loop.edit(id, { remove: [0] })
      await assert.rejects(dyingAtFiling(at).sync(), /killed/)
      at.pass(hour)
      if (seenBy === 'a sync') await at.sync()
      at.receive(id)
      const [resolved] = await at.resolve(id)
      assert.deepEqual(
        [resolved?.action, resolved?.outcome, codesOf(resolved)],
        ['refund', 'accepted', ['ALL_AVAILABLE']],
      )
    })
  }

  it('units that changed once more after the update are still found out', async () => {
    const at = await open()
    const id = at.file(two)
    await at.sync()
    at.pass(hour)
    at.sandbox.loop.edit(id, { remove: [0] })
    await assert.rejects(dyingAtFiling(at).sync(), /killed/)
    at.pass(hour)
    at.receive(id)
    // Another unit of the same SKU: MasonHub's count agrees, but the parcel contains the earlier unit.
    at.sandbox.loop.edit(id, { remove: [0], add: [{ sku: 'CAP-RED' }] })
    const [resolved] = await at.resolve(id)
    assert.deepEqual([resolved?.action, codesOf(resolved)], ['flag', ['UNITS_CHANGED']])
  })
})

describe('a sync that was overtaken files what it has read before (F8, F18)', () => {
  const open = acceptance()

  it('the receipt is held against the units of the last update all the same', async () => {
    const at = await open()
    const id = at.file({ units: [{ sku: 'TEE-BLK-M' }, { sku: 'CAP-RED' }] })
    // The first worker is killed during its create. The next one does not know the units, reads both sides, and then
    // pauses.
    await assert.rejects(dyingAtFiling(at).sync(), /killed/)
    at.pass(hour)
    const setStatus: Journal['links']['setStatus'] = async (...filed) => {
      if (filed[1].length > 0 && at.groundTruth('rma_updated').length === 0) {
        at.sandbox.loop.edit(id, { remove: [0] })
        await at.sync()
      }
      await at.journal.links.setStatus(...filed)
    }
    await at.worker({ journal: { ...at.journal, links: { ...at.journal.links, setStatus } } }).sync()
    assert.equal(at.groundTruth('rma_updated').length, 1)
    at.pass(hour)
    at.receive(id)
    const [resolved] = await at.resolve(id)
    assert.deepEqual([resolved?.action, codesOf(resolved)], ['refund', ['ALL_AVAILABLE']])
  })
})
