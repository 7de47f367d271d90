/**
 * Returns that change while Loop's list is read (F41): they are processed in their latest state, never in an earlier
 * one.
 */
import assert from 'node:assert/strict'
import { prefetch } from '../../src/core/concurrency/prefetch.ts'
import type { LoopReturn } from '../../src/core/returns/return.ts'
import { acceptance, day, type Harness, minute } from './harness.ts'

describe('acceptance: a return that moves while the list is read', () => {
  const open = acceptance()

  /** A worker whose list shows these returns as they are, then calls `meanwhile`, and shows them again. */
  function moving(at: Harness, ids: string[], meanwhile: () => void | Promise<void>) {
    const { loop } = at.context
    const read = async (): Promise<LoopReturn[]> => {
      const returns = await Promise.all(ids.map((id) => loop.details(id)))
      return returns.filter((one) => one !== null)
    }
    return at.worker({
      loop: {
        ...loop,
        async *list() {
          yield await read()
          await meanwhile()
          yield await read()
        },
        async *asn() {},
      },
    })
  }

  const since = (at: Harness) => new Date(at.clock.now().getTime() - day).toISOString()

  it('is not written by its older reading once the newer one is there', async () => {
    const at = await open()
    const id = at.file()
    at.pass(minute)
    const worker = moving(at, [id], () => {
      at.pass(minute)
      at.sandbox.loop.cancel(id)
    })
    const result = await worker.sync({ since: since(at) })
    assert.deepEqual([result.created, result.observed], [[], 1])
    assert.equal(at.rma(id), undefined)
    assert.equal((await at.journal.links.get('acme', id))?.status, 'gone')
  })

  it('that was written already is brought to where it is now, in the same run', async () => {
    const at = await open({ faults: { 'masonhub.visible-after-ms': 0 } })
    // They fill one chunk: 600 returns are compared together, and their writes begin before the next page is read.
    const ids = Array.from({ length: 600 }, () => at.file({ silent: true, label: { status: 'in_transit' } }))
    const [moved = ''] = ids
    at.pass(minute)
    const worker = moving(at, ids, async () => {
      while (at.rma(moved) === undefined) await new Promise(setImmediate)
      at.pass(20 * minute)
      at.sandbox.loop.cancel(moved)
    })
    const result = await worker.sync({ since: since(at) })
    assert.deepEqual([result.created.length, result.observed], [600, 600])
    assert.deepEqual(
      result.deleted.map(({ returnId }) => returnId),
      [moved],
    )
    assert.equal(at.rma(moved)?.status, 'deleted')
  })

  it('is audited as it is now', async () => {
    const at = await open({ faults: { 'masonhub.visible-after-ms': 0 } })
    const id = at.file()
    await at.sync()
    at.pass(20 * minute)
    const worker = moving(at, [id], () => {
      at.pass(minute)
      at.sandbox.loop.cancel(id)
    })
    const { findings, checked } = await worker.audit()
    assert.deepEqual(checked, { returns: 1, rmas: 1 })
    assert.deepEqual(
      findings.filter(({ severity }) => severity !== 'info').map(({ code }) => code),
      ['CANCELLED_RMA_OPEN'],
    )
  })

  it('is audited even when it was in no pass of the list, if it has an RMA', async () => {
    const at = await open({ faults: { 'masonhub.visible-after-ms': 0 } })
    const id = at.file()
    await at.sync()
    at.sandbox.loop.cancel(id)
    at.pass(20 * minute)
    const { findings, checked } = await moving(at, [], () => {}).audit()
    assert.deepEqual(checked, { returns: 1, rmas: 1 })
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['CANCELLED_RMA_OPEN'],
    )
  })
})

describe('reading ahead', () => {
  it('asks for the next while this one is worked on, and for no more', async () => {
    const seenRequests: number[] = []
    async function* source() {
      for (let count = 1; count <= 3; count += 1) {
        seenRequests.push(count)
        yield count
      }
    }
    const seen: number[][] = []
    for await (const item of prefetch(source())) {
      await new Promise(setImmediate)
      seen.push([item, seenRequests.length])
    }
    assert.deepEqual(seen, [
      [1, 2],
      [2, 3],
      [3, 3],
    ])
  })

  it('gives on the failure where it comes, and ends the source when its reader stops', async () => {
    let ended = false
    async function* source() {
      try {
        yield 1
        yield 2
        throw new Error('broken')
      } finally {
        ended = true
      }
    }
    const seen: number[] = []
    await assert.rejects(async () => {
      for await (const item of prefetch(source())) seen.push(item)
    }, /broken/)
    assert.deepEqual([seen, ended], [[1, 2], true])
    ended = false
    for await (const item of prefetch(source())) if (item === 1) break
    assert.equal(ended, true)
  })
})
