/** Vendors that are down or refuse mhloop, returns that can't be processed, and the worker and process around them. */
import assert from 'node:assert/strict'
import { exitCodes, Fault } from '../../src/core/errors/fault.ts'
import type { LoopClient } from '../../src/loop/client.ts'
import type { Polled } from '../../src/usecases/serve/due-polls.ts'
import { drainInbox } from '../../src/usecases/serve/inbox.ts'
import { poll, pull } from '../../src/usecases/serve/jobs.ts'
import { connectedHarnesses } from './connected-harness.ts'
import { hour, minute } from './harness.ts'

const second = 1_000

describe('serve: a vendor is out', () => {
  const open = connectedHarnesses()

  for (const fault of [
    ...(['masonhub.unauthorized', 'loop.unauthorized', 'masonhub.down', 'loop.down'] as const),
    // A vendor may also fail for a single return like this (F47): with a maintenance page, or with an error of its own.
    ...(['masonhub.html', 'loop.html', 'masonhub.error-500', 'loop.error-500'] as const),
  ]) {
    it(`F45 ${fault} for an hour: nothing is lost, nobody's tries are used up, and it goes on afterwards`, async () => {
      const at = await open()
      // The journal knows the other return, too, so that an outage must be told from a single unreadable return (F47).
      const [received] = [at.file(), at.file()]
      await at.run(2 * minute, { jobs: false })
      at.fault(fault, 1)
      at.receive(received)
      const filed = at.file()
      for (let minutes = 0; minutes < 60; minutes += 1) {
        at.pass(minute)
        const { stoppedBy } = await at.work()
        assert.equal(stoppedBy?.exit, fault.endsWith('unauthorized') ? exitCodes.credentials : exitCodes.vendorDown)
      }
      const waiting = await at.events({ states: ['new'] })
      assert.ok(waiting.length >= 2)
      assert.deepEqual(new Set(waiting.map(({ tries }) => tries)), new Set([0]))
      assert.equal((await at.events({ states: ['quarantined'] })).length, 0)
      assert.equal(at.groundTruth('process_accepted').length, 0)
      at.fault(fault, 0)
      await at.run(3 * minute, { jobs: false })
      assert.deepEqual([at.paidByUs(received), at.rma(filed)?.status], [1, 'open'])
      assert.equal((await at.events({ states: ['new'] })).length, 0)
    })
  }

  it('an answer that is lost after the refund: read later, never sent again', async () => {
    const at = await open({ faults: { 'loop.drop-next-process-answer': 1 } })
    const id = at.file()
    await at.run(2 * minute, { jobs: false })
    at.receive(id)
    await at.run(30 * minute)
    assert.deepEqual([at.paidByUs(id), at.requests('loop', 'POST', '/process').length], [1, 1])
  })
})

describe('serve: one return can’t be processed (F47)', () => {
  const open = connectedHarnesses()
  const unreadable = new Fault('Loop answered with something that nobody can read.', {
    code: 'LOOP_UNREADABLE',
  })

  it('the others are resolved; its event is tried six times, quarantined with the reason, and works when replayed', async () => {
    const at = await open()
    const ids = Array.from({ length: 5 }, () => at.file())
    await at.run(2 * minute, { jobs: false })
    const [bad = '', ...good] = ids
    let isUnreadable = true
    const details: LoopClient['details'] = async (returnId) => {
      if (isUnreadable && returnId === bad) throw unreadable
      return await at.context.loop.details(returnId)
    }
    const { context } = at.worker({ loop: { ...at.context.loop, details } })
    const report = () => undefined
    for (const id of ids) at.receive(id)
    let quarantined = 0
    for (let minutes = 0; minutes < 10; minutes += 1) {
      at.pass(minute)
      await at.sandbox.deliveries.settled()
      const drained = await drainInbox(context, { resolve: true, report }, 'worker')
      assert.equal(drained.stoppedBy, null)
      quarantined += drained.quarantined
    }
    for (const id of good) assert.equal(at.paidByUs(id), 1)
    const [event, ...others] = await at.events({ states: ['quarantined'] })
    assert.deepEqual([quarantined, others, event?.returnId, event?.tries], [1, [], bad, 6])
    assert.equal(event?.reason, 'LOOP_UNREADABLE')
    isUnreadable = false
    await at.journal.events.replay([event?.eventId ?? ''])
    await at.run(2 * minute, { jobs: false })
    assert.equal(at.paidByUs(bad), 1)
  })

  it('chores, too: a return that cannot be read stops no other', async () => {
    const at = await open({ connected: false })
    const ids = Array.from({ length: 5 }, () => at.file())
    await at.run(10 * minute)
    const [bad = '', ...good] = ids
    const details: LoopClient['details'] = async (returnId) => {
      if (returnId === bad) throw unreadable
      return await at.context.loop.details(returnId)
    }
    const { context } = at.worker({ loop: { ...at.context.loop, details } })
    for (const id of ids) at.receive(id)
    at.pass(2 * hour)
    const polled: Polled = new Map()
    const polling = poll(context, { resolve: true, report: () => undefined }, polled)
    await polling.catch((error: unknown) => assert.ok(error instanceof Fault))
    await pull(context)
    at.pass(minute)
    for (const id of good) assert.equal(at.paidByUs(id), 1)
    assert.equal(at.paidByUs(bad), 0)
  })
})

describe('serve: what the warehouse said is not visible yet (C9)', () => {
  const open = connectedHarnesses()

  it('observed again after 2, 4, 8 seconds, and refunded once it shows', async () => {
    const at = await open({ faults: { 'masonhub.receipt-visible-after-ms': 5 * second } })
    const id = at.file()
    await at.run(2 * minute, { jobs: false })
    at.receive(id)
    await at.work()
    assert.equal((await at.events({ states: ['new'] })).length, 1)
    await at.run(minute, { jobs: false, step: 2 * second })
    assert.equal(at.paidByUs(id), 1)
    assert.equal((await at.events({ states: ['new'] })).length, 0)
  })

  it('not visible for an hour: the callback gives up, the poll finds it', async () => {
    const at = await open({ faults: { 'masonhub.receipt-visible-after-ms': hour } })
    const id = at.file()
    await at.run(2 * minute, { jobs: false })
    at.receive(id)
    await at.run(10 * minute)
    assert.deepEqual([at.paidByUs(id), (await at.events({ states: ['new'] })).length], [0, 0])
    await at.run(3 * hour)
    assert.equal(at.paidByUs(id), 1)
  })
})
