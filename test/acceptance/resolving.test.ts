/** Cases in which resolving returns could pay wrongly, stop other returns, or leave an operator without an answer. */
import assert from 'node:assert/strict'
import { exitCodes, Fault } from '../../src/core/errors/fault.ts'
import type { Receipt } from '../../src/sandbox/masonhub/types.ts'
import { proposeMany } from '../../src/usecases/resolve/propose.ts'
import { readyReturns } from '../../src/usecases/resolve/ready.ts'
import { exitOfResults, resolveMany } from '../../src/usecases/resolve/resolve-many.ts'
import { acceptance, codesOf, day, type Harness, hour, minute } from './harness.ts'

const missing: Receipt = { lines: [] }
const damaged: Receipt = { lines: [{ sku: 'TEE-BLK-M', received: [{ disposition: 'damaged', quantity: 1 }] }] }

async function received(at: Harness, receipt?: Receipt): Promise<string> {
  const id = at.file()
  await at.sync({ returnIds: [id] })
  at.pass(hour)
  at.receive(id, receipt)
  return id
}

describe('review: resolving', () => {
  const open = acceptance()

  it('a machine whose journal has never seen the return resolves it all the same', async () => {
    const at = await open()
    const [good, bad] = [await received(at), await received(at, missing)]
    const fresh = at.worker({ journal: await at.foreignJournal() })
    const results = await fresh.resolve([good, bad], { wait: minute })
    assert.deepEqual(
      results.map(({ action, outcome }) => [action, outcome]),
      [
        ['refund', 'confirmed'],
        ['flag', 'confirmed'],
      ],
    )
  })

  it('a refund that was displayed as good is not forced when the receipt turns bad before it is sent', async () => {
    const at = await open()
    const id = await received(at)
    const proposed = await proposeMany(at.context, [id], { requested: 'refund', force: true })
    assert.equal(proposed[0]?.forced, false)
    at.sandbox.masonhub.rmas.current(id)
    at.receive(id, damaged)
    at.pass(minute)
    const request = { requested: 'refund', force: true, note: null, wait: 0 } as const
    const { results } = await resolveMany(at.context, proposed, request)
    assert.deepEqual([results[0]?.outcome, codesOf(results[0])[0]], ['skipped', 'CHANGED_SINCE_SHOWN'])
    assert.equal(at.paidByUs(id), 0)
  })

  it('a refund that waits for its permit is not sent by a reading that has grown old meanwhile (F9)', async () => {
    const at = await open()
    const id = await received(at)
    const { loop } = at.context
    const slow = at.worker({
      loop: {
        ...loop,
        process(returnId, details, mayStart) {
          // As under a rate limit: the permit comes long after it was requested.
          at.pass(2 * minute)
          return loop.process(returnId, details, mayStart)
        },
      },
    })
    const [resolved] = await slow.resolve(id)
    assert.deepEqual([resolved?.outcome, codesOf(resolved)[0]], ['skipped', 'READ_TOO_OLD'])
    assert.equal(at.paidByUs(id), 0)
    // The claim that was given up is still on the timeline: the next one is posted a minute later at the earliest (G1).
    at.pass(minute)
    await at.resolve(id)
    at.pass(minute)
    assert.equal(at.paidByUs(id), 1)
  })

  it('one return that cannot be read does not keep the others from being resolved, and is reported (F47)', async () => {
    const at = await open()
    const ids = [await received(at), await received(at), await received(at)]
    const { loop } = at.context
    const poisoned = at.worker({
      loop: {
        ...loop,
        async details(returnId) {
          if (returnId !== ids[1]) return await loop.details(returnId)
          throw new Fault('Loop GET … was answered with something unreadable', {
            code: 'LOOP_UNREADABLE',
          })
        },
      },
    })
    const results = await poisoned.resolve(ids)
    assert.deepEqual(
      results.map(({ returnId, outcome }) => [returnId, outcome]).sort(),
      [
        [ids[0], 'accepted'],
        [ids[1], 'skipped'],
        [ids[2], 'accepted'],
      ].sort(),
    )
    assert.equal(exitOfResults(results, null), exitCodes.findings)
  })

  it('one Loop account under two merchant names (a profile, and the environment’s) pays once', async () => {
    const at = await open()
    const id = await received(at)
    const { merchant } = at.context
    const env = at.worker({ merchant: { ...merchant, name: 'env' } })
    assert.equal((await at.resolve(id))[0]?.outcome, 'accepted')
    // Loop has queued the refund and still shows the return open.
    const [second] = await env.resolve(id)
    assert.deepEqual([second?.outcome, codesOf(second)[0]], ['skipped', 'NOT_PLANNED'])
    assert.match(second?.reasons[0]?.message ?? '', /for merchant acme/)
    at.pass(hour)
    assert.equal(at.paidByUs(id), 1)
  })

  it('a flag that `rma show` saw confirmed still gets its note from the next run of --ready (F21)', async () => {
    const at = await open()
    const id = await received(at, missing)
    at.fault('loop.drop-answer-flag', 1)
    await at.resolve(id)
    at.fault('loop.drop-answer-flag', 0)
    await at.show(id)
    assert.equal((await at.effects(id, 'flag'))[0]?.state, 'confirmed')
    assert.deepEqual(at.notes(id), [])
    await at.resolve('ready')
    assert.equal(at.notes(id).length, 1)
    await at.resolve('ready')
    assert.equal(at.notes(id).length, 1)
    assert.deepEqual(await readyReturns(at.context), [])
  })

  it('a note that was lost is looked for, written once more after a while, and never stays in doubt (F21)', async () => {
    const at = await open({ faults: { 'loop.drop-request-note': 1 } })
    const id = await received(at, missing)
    await at.resolve(id)
    assert.equal((await at.effects(id, 'note'))[0]?.state, 'in_doubt')
    at.pass(hour)
    // The second attempt is lost as well: then a person is told, and no run tries again.
    await at.resolve('ready')
    at.fault('loop.drop-request-note', 0)
    at.pass(hour)
    await at.resolve('ready')
    assert.deepEqual(at.notes(id), [])
    const [note] = await at.effects(id, 'note')
    assert.deepEqual([note?.state, note?.attempts], ['refused', 2])
    assert.deepEqual(await readyReturns(at.context), [])
  })

  it('notes that cannot be read do not hide that the flag is done, nor stop the run', async () => {
    const at = await open({ faults: { 'loop.drop-request-note': 1 } })
    const [first, second] = [await received(at, missing), await received(at, missing)]
    await at.resolve(first)
    at.fault('loop.drop-request-note', 0)
    at.pass(hour)
    at.fault('loop.drop-answer-notes', 1)
    const results = await at.resolve([first, second])
    assert.deepEqual(
      results.map(({ outcome }) => outcome),
      ['confirmed', 'confirmed'],
    )
  })

  it('an old return that was edited lately is found ready, though it was created long before Loop’s 120 days', async () => {
    const at = await open()
    const id = at.file({ label: { after: 0, status: 'in_transit', walks: false } })
    at.pass(150 * day)
    at.sandbox.loop.edit(id, { add: [{ sku: 'CAP-RED' }] })
    await at.sync()
    at.pass(hour)
    at.receive(id)
    assert.deepEqual(await readyReturns(at.context), [id])
  })

  it('a lease that a clock far ahead left behind does not block a return for ever (C5)', async () => {
    const at = await open()
    const id = await received(at)
    const ahead = await at.secondJournal({ now: () => new Date(at.clock.now().getTime() + 300 * day) })
    await ahead.leases.acquire('acme', `resolve:${id}`, 'dead', minute)
    const [resolved] = await at.resolve(id)
    assert.equal(resolved?.outcome, 'accepted')
  })

  it('a refund whose sending a clock far ahead has dated is parked, not awaited until then (C5)', async () => {
    const at = await open({ faults: { 'loop.drop-next-process-request': 1 } })
    const id = await received(at)
    const skewed = at.worker({ clock: { now: () => new Date(at.clock.now().getTime() + 300 * day) } })
    await skewed.resolve(id)
    at.pass(hour)
    await at.show(id)
    assert.equal((await at.effects(id, 'process'))[0]?.state, 'parked')
  })

  it('what was sent after a reading is not judged by that reading', async () => {
    const at = await open()
    const id = await received(at)
    const { loop } = at.context
    let slept = false
    const sleepy = at.worker({
      loop: {
        ...loop,
        async details(returnId) {
          const seen = await loop.details(returnId)
          if (slept) return seen
          slept = true
          // Another worker refunds the return between our reading of Loop and our reading of the journal; then the
          // machine sleeps.
          await at.resolve(id)
          at.pass(20 * minute)
          return seen
        },
      },
    })
    await sleepy.show(id)
    assert.equal((await at.effects(id, 'process'))[0]?.state, 'accepted')
    await at.show(id)
    assert.equal((await at.effects(id, 'process'))[0]?.state, 'confirmed')
  })
})
