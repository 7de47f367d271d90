/**
 * One return that a vendor can't deliver, in each way in which the stand-ins can fail: it stops no other return (F47).
 */
import assert from 'node:assert/strict'
import { Fault } from '../../src/core/errors/fault.ts'
import { endQuarantine } from '../../src/usecases/refunds/end-refund-quarantine.ts'
import { isOutage } from '../../src/usecases/returns/one-by-one.ts'
import { type Drained, drainInbox } from '../../src/usecases/serve/inbox.ts'
import { type ConnectedHarness, connectedHarnesses } from './connected-harness.ts'
import { day, hour, minute } from './harness.ts'
import { type Unreadable, unreadables } from './unreadable.ts'

const kinds = Object.entries(unreadables) as [keyof typeof unreadables, Unreadable][]

/** Ten received returns, of which one in the middle can't be read. */
async function received(at: ConnectedHarness, { spoil }: Unreadable) {
  const ids = Array.from({ length: 10 }, () => at.file())
  await at.job('pull')
  at.pass(hour)
  for (const id of ids) at.receive(id)
  await at.sandbox.deliveries.settled()
  const [bad = ''] = ids.splice(4, 1)
  return { bad, good: ids, heal: spoil(at, bad) }
}

async function faultOf(work: Promise<unknown>): Promise<Fault> {
  const error = await work.then(
    () => null,
    (error: unknown) => error,
  )
  assert.ok(error instanceof Fault, String(error))
  return error
}

/** The fault names the return that can't be read, and does not count as an outage. */
function assertNamed(fault: Fault, returnId: string, code: string): void {
  assert.deepEqual([fault.code, fault.returnId, isOutage(fault)], [code, returnId, false])
  assert.match(fault.message, new RegExp(`\\b${returnId}\\b`))
  assert.match(fault.hint ?? '', new RegExp(`mhloop rma show ${returnId}$`))
}

describe('serve: one return that a vendor cannot deliver (F47)', () => {
  const open = connectedHarnesses()

  for (const [name, kind] of kinds) {
    it(`${name}: the events of others are processed; its own is quarantined after six tries, and works when replayed`, async () => {
      const at = await open()
      const { bad, good, heal } = await received(at, kind)
      const all: Drained[] = []
      for (let minutes = 0; minutes < 10; minutes += 1) {
        at.pass(minute)
        all.push(await at.work())
      }
      for (const id of good) assert.equal(at.paidByUs(id), 1)
      assert.deepEqual(
        all.filter(({ stoppedBy }) => stoppedBy !== null),
        [],
      )
      assert.equal((await at.events({ states: ['new'] })).length, 0)
      const quarantined = await at.events({ states: ['quarantined'] })
      const ofReceipt = quarantined.find(({ topic }) => topic === 'received')
      assert.deepEqual([ofReceipt?.returnId, ofReceipt?.tries, ofReceipt?.reason], [bad, 6, kind.code])
      assert.deepEqual(new Set(quarantined.map(({ returnId }) => returnId)), new Set([bad]))
      const faults = all.flatMap(({ quarantinedBy }) => quarantinedBy)
      assert.ok(faults.length > 0)
      for (const fault of faults) assertNamed(fault, bad, kind.code)
      heal()
      await at.journal.events.replay(quarantined.map(({ eventId }) => eventId))
      await at.run(2 * minute, { jobs: false })
      assert.equal(at.paidByUs(bad), 1)
    })

    it(`${name}: a poll resolves the others, and names it`, async () => {
      const at = await open({ connected: false })
      const { bad, good } = await received(at, kind)
      assertNamed(await faultOf(at.job('poll')), bad, kind.code)
      at.pass(minute)
      for (const id of good) assert.equal(at.paidByUs(id), 1)
      assert.equal(at.paidByUs(bad), 0)
    })

    it(`${name}: what was sent for others is settled`, async () => {
      const at = await open({ connected: false })
      const ids = Array.from({ length: 5 }, () => at.file())
      await at.job('pull')
      at.pass(hour)
      for (const id of ids) at.receive(id)
      await at.job('poll')
      at.pass(minute)
      const [bad = '', ...good] = ids
      kind.spoil(at, bad)
      assertNamed(await faultOf(at.job('settle')), bad, kind.code)
      for (const id of good) assert.equal((await at.effects(id, 'process'))[0]?.state, 'confirmed')
    })

    it(`${name}: a rescan resolves the others`, async () => {
      const at = await open({ connected: false })
      const { bad, good } = await received(at, kind)
      const fault = await faultOf(at.job('rescan'))
      assert.deepEqual([fault.returnId, isOutage(fault)], [bad, false])
      at.pass(minute)
      for (const id of good) assert.equal(at.paidByUs(id), 1)
    })

    it(`${name}: it keeps a quarantine of refunds, which reads all others and names it (F11)`, async () => {
      const at = await open({ connected: false })
      const { bad, good, heal } = await received(at, kind)
      await at.journal.refunds.quarantine('acme', 'moved', 'ann@desk', at.clock.now().toISOString())
      at.pass(hour)
      const reconciled = await endQuarantine(at.context)
      assert.deepEqual([reconciled?.lifted, reconciled?.read, reconciled?.unreadable], [false, good.length, [bad]])
      heal()
      assert.equal((await endQuarantine(at.context))?.lifted, true)
    })
  }

  /** The inbox of a worker with a changed Loop client. */
  async function drain(at: ConnectedHarness, change: Partial<ConnectedHarness['context']['loop']>): Promise<Drained> {
    const context = { ...at.context, loop: { ...at.context.loop, ...change } }
    return await drainInbox(context, { resolve: true, report: () => undefined }, 'another')
  }

  it('H25 a 404 for every return, as of a wrong base URL, is an outage: it is reported and costs no message a try', async () => {
    const at = await open()
    await received(at, unreadables['a 500 for its RMA'])
    const details = async () => {
      throw new Fault('Loop GET /warehouse/return/details found nothing (404)', { code: 'LOOP_NOT_FOUND' })
    }
    const { stoppedBy } = await drain(at, { details })
    assert.ok(stoppedBy)
    assert.deepEqual([stoppedBy.code, isOutage(stoppedBy)], ['LOOP_NOT_FOUND', true])
    assert.deepEqual(new Set((await at.events({ states: ['new'] })).map(({ tries }) => tries)), new Set([0]))
    assert.deepEqual(await at.events({ states: ['done', 'quarantined'] }), [])
  })

  it('one that can no longer be read when it is read again before its refund: its message is not done', async () => {
    const at = await open()
    const { bad, good, heal } = await received(at, unreadables['a 500 for its RMA'])
    heal()
    at.pass(minute)
    let reads = 0
    const details = async (returnId: string) => {
      if (returnId === bad) reads += 1
      // The earlier reading is too old to act on.
      if (returnId === bad && reads === 1) at.pass(minute)
      if (returnId === bad && reads > 1) throw new Fault('Loop GET details failed', { code: 'LOOP_SERVER_ERROR' })
      return await at.context.loop.details(returnId)
    }
    const drained = await drain(at, { details })
    assert.equal(drained.stoppedBy, null)
    const waiting = await at.events({ states: ['new'], returnId: bad })
    assert.ok(waiting.length > 0)
    for (const { reason, tries } of waiting) assert.deepEqual([reason, tries], ['LOOP_SERVER_ERROR', 1])
    await at.run(2 * minute, { jobs: false })
    for (const id of [bad, ...good]) assert.equal(at.paidByUs(id), 1)
  })

  it('many of them, side by side: the others go on all the same', async () => {
    const at = await open()
    const ids = Array.from({ length: 12 }, () => at.file())
    await at.job('pull')
    at.pass(hour)
    for (const id of ids) at.receive(id)
    await at.sandbox.deliveries.settled()
    const bad = ids.slice(0, 6)
    for (const id of bad) unreadables['a 500 for its details'].spoil(at, id)
    await at.run(20 * minute, { jobs: false })
    for (const id of ids.slice(6)) assert.equal(at.paidByUs(id), 1)
    const quarantined = await at.events({ states: ['quarantined'] })
    assert.deepEqual(new Set(quarantined.map(({ returnId }) => returnId)), new Set(bad))
  })

  it('the only one that waits: other returns that the journal knows distinguish it from an outage', async () => {
    const at = await open()
    const [bad] = [at.file(), at.file(), at.file()] as const
    await at.run(2 * minute, { jobs: false })
    await at.job('pull')
    at.pass(day)
    at.receive(bad)
    await at.sandbox.deliveries.settled()
    unreadables['details without line_items'].spoil(at, bad)
    await at.run(10 * minute, { jobs: false })
    const [event] = await at.events({ states: ['quarantined'] })
    assert.deepEqual([event?.returnId, event?.tries], [bad, 6])
  })
})
