/**
 * Loop → MasonHub while the outcome of a write is unknown: every sync reports that until the outcome is known (G13).
 */
import assert from 'node:assert/strict'
import { exitCodes } from '../../src/core/errors/fault.ts'
import type { FaultName } from '../../src/sandbox/fault-injection.ts'
import { exitOfSync, type SyncResult } from '../../src/usecases/sync/result.ts'
import type { SyncRequest } from '../../src/usecases/sync/sync.ts'
import { acceptance, type Harness, hour, minute } from './harness.ts'

const writes = (at: Harness) => at.requests('masonhub').filter(({ method }) => method !== 'GET').length
const codes = ({ failed }: SyncResult) => failed.map(({ returnId, code }) => [returnId, code])

/** Another system's RMA takes the number of a return: neither its SKU nor its tracking number matches. */
function takeNumber(at: Harness, id: string): void {
  const line = { customer_sku_id: 'CAP-RED', quantity: 1, return_reason_code: 'other', return_inventory_status: 'qc' }
  at.sandbox.masonhub.addRmas([
    {
      customer_identifier: id,
      manifest_id: 'theirs',
      package_id: '1Z999AA10123456784',
      return_type: 'rma_submitted_by_customer',
      line_items: [line],
    },
  ])
}

function assertUntouched(at: Harness, id: string): void {
  const rma = at.rma(id)
  assert.deepEqual([rma?.version, rma?.status, rma?.lines[0]?.sku], [1, 'open', 'CAP-RED'])
}

/** Every way to sync reports the same: in doubt, nothing written, neither done nor planned. */
async function assertInDoubt(at: Harness, id: string, about: string): Promise<void> {
  const before = writes(at)
  const ways: Partial<SyncRequest>[] = [
    {},
    { returnIds: [id] },
    { dryRun: true },
    { returnIds: [id], dryRun: true },
    { source: 'list' },
  ]
  for (const way of ways) {
    const result = await at.sync(way)
    const name = `${about} ${JSON.stringify(way)}`
    assert.deepEqual(codes(result), [[id, 'IN_DOUBT']], name)
    assert.deepEqual([result.created, result.updated, result.deleted, result.unchanged], [[], [], [], 0], name)
    assert.equal(exitOfSync(result, false), exitCodes.inDoubt, name)
    assert.match(result.failed[0]?.message ?? '', /^An? \w+ was sent at .*A sync after 20.*Z checks it/, name)
  }
  assert.equal(writes(at), before, about)
}

describe('acceptance: sync, in doubt (G13)', () => {
  const open = acceptance()

  const cases: {
    what: 'create' | 'update' | 'delete'
    change(at: Harness, id: string): void
    done(at: Harness, id: string): boolean
  }[] = [
    { what: 'create', change: () => {}, done: (at, id) => at.rma(id)?.status === 'open' },
    {
      what: 'update',
      change: (at, id) => void at.sandbox.loop.edit(id, { add: [{ sku: 'CAP-RED' }] }),
      done: (at, id) => at.rma(id)?.lines.length === 2,
    },
    {
      what: 'delete',
      change: (at, id) => void at.sandbox.loop.cancel(id),
      done: (at, id) => at.rma(id)?.status !== 'open',
    },
  ]

  for (const { what, change, done } of cases) {
    const begin = async (fault: FaultName, faults: Partial<Record<FaultName, number>> = {}) => {
      const at = await open({ faults })
      const id = at.file()
      if (what !== 'create') await at.sync()
      at.pass(5 * minute)
      change(at, id)
      at.pass(minute)
      at.fault(fault, 1)
      assert.deepEqual(codes(await at.sync()), [[id, 'IN_DOUBT']])
      at.fault(fault, 0)
      return { at, id }
    }

    it(`G13 a ${what} that never arrived: in doubt until it is known, and then done`, async () => {
      const { at, id } = await begin(`masonhub.drop-next-${what}-request`)
      assert.equal(done(at, id), false)
      await assertInDoubt(at, id, 'at once')
      at.pass(minute)
      await assertInDoubt(at, id, 'a minute later')
      at.pass(2 * minute)
      const plan = await at.sync({ dryRun: true })
      const known = await at.sync()
      for (const result of [plan, known]) {
        assert.deepEqual(result.failed, [])
        assert.equal([...result.created, ...result.updated, ...result.deleted].length, 1)
        assert.equal(exitOfSync(result, false), undefined)
      }
      assert.equal(done(at, id), true)
    })

    it(`G13 a ${what} whose answer was lost, shown late: in doubt until it shows, and never repeated`, async () => {
      const { at, id } = await begin(`masonhub.drop-next-${what}-answer`, { 'masonhub.visible-after-ms': minute })
      const sent = writes(at)
      await assertInDoubt(at, id, 'at once')
      at.pass(90_000)
      const known = await at.sync()
      assert.deepEqual(known.failed, [])
      assert.equal(exitOfSync(known, false), undefined)
      assert.equal(writes(at), sent)
      assert.equal(done(at, id), true)
    })
  }

  it('G13 a process that was killed in the middle of a create leaves doubt, too', async () => {
    const at = await open()
    const id = at.file()
    const { masonhub } = at.context
    const create = () => Promise.reject(new Error('killed'))
    const dying = at.worker({ masonhub: { ...masonhub, rmas: { ...masonhub.rmas, create } } })
    await assert.rejects(dying.sync(), /killed/)
    await assertInDoubt(at, id, 'after the crash')
    at.pass(3 * minute)
    assert.deepEqual((await at.sync()).created, [{ returnId: id, units: 1 }])
  })

  it('G13 a return that is cancelled while its create is in doubt: an RMA may still appear', async () => {
    const at = await open({ faults: { 'masonhub.visible-after-ms': minute } })
    const id = at.file()
    at.fault('masonhub.drop-next-create-answer', 1)
    await at.sync()
    at.fault('masonhub.drop-next-create-answer', 0)
    at.sandbox.loop.cancel(id)
    await assertInDoubt(at, id, 'cancelled')
    at.pass(90_000)
    const known = await at.sync()
    assert.deepEqual([known.failed, known.deleted.length], [[], 1])
  })

  it('G13 a write that another process has just begun is not known to be done: 3, so that a script comes again', () => {
    const skipped = (reason: string) => [{ returnId: '1', reason, message: '' }]
    assert.equal(exitOfSync({ failed: [], skipped: skipped('ANOTHER_WRITER') }, false), exitCodes.findings)
    assert.equal(exitOfSync({ failed: [], skipped: skipped('CLOSED') }, false), undefined)
    const down = [{ returnId: '2', code: 'MASONHUB_UNREACHABLE', message: '' }]
    assert.equal(exitOfSync({ failed: down, skipped: skipped('CLOSED') }, false), exitCodes.vendorDown)
  })

  for (const way of ['in a window', 'by its id'] as const) {
    it(`F34, G13 somebody else’s RMA never confirms a create in doubt, and is left alone (${way})`, async () => {
      const at = await open()
      const id = at.file()
      const sync = async () => await at.sync(way === 'by its id' ? { returnIds: [id] } : {})
      const created = async () => (await at.effects(id, 'rma.create')).map(({ state }) => state)
      at.fault('masonhub.drop-next-create-request', 1)
      await sync()
      at.fault('masonhub.drop-next-create-request', 0)
      takeNumber(at, id)
      const [young] = (await sync()).failed
      assert.equal(young?.code, 'IN_DOUBT')
      assert.match(
        young?.message ?? '',
        /under this identifier that shares neither .* A sync after 20.*Z checks it again/,
      )
      assert.deepEqual(await created(), ['in_doubt'])
      at.pass(hour)
      assert.deepEqual(codes(await sync()), [[id, 'RMA_FOREIGN']])
      assert.deepEqual(await created(), ['refused'])
      at.pass(hour)
      at.sandbox.loop.cancel(id)
      assert.deepEqual(codes(await sync()), [[id, 'RMA_FOREIGN']])
      assertUntouched(at, id)
    })
  }

  it('F34 once somebody else’s RMA is gone, the create that it kept from being made is sent', async () => {
    const at = await open()
    const id = at.file()
    at.fault('masonhub.drop-next-create-request', 1)
    await at.sync()
    at.fault('masonhub.drop-next-create-request', 0)
    takeNumber(at, id)
    at.pass(hour)
    assert.deepEqual(codes(await at.sync()), [[id, 'RMA_FOREIGN']])
    await at.context.masonhub.rmas.remove([id])
    at.pass(hour)
    assert.deepEqual((await at.sync()).created, [{ returnId: id, units: 1 }])
  })

  it('F34 that ours was created once makes no other RMA ours: neither overwritten nor deleted', async () => {
    const at = await open()
    const id = at.file()
    const sync = async () => await at.sync({ returnIds: [id] })
    await sync()
    at.pass(hour)
    await sync()
    assert.deepEqual(
      (await at.effects(id, 'rma.create')).map(({ state }) => state),
      ['confirmed'],
    )
    // A person at MasonHub deletes it, and another RMA uses the number again.
    await at.context.masonhub.rmas.remove([id])
    takeNumber(at, id)
    at.pass(hour)
    assert.deepEqual(codes(await sync()), [[id, 'RMA_FOREIGN']])
    at.sandbox.loop.cancel(id)
    assert.deepEqual(codes(await sync()), [[id, 'RMA_FOREIGN']])
    assertUntouched(at, id)
  })

  it('G12 the plan of a sync reports what was refused so often that it waits, as the sync does', async () => {
    const at = await open({ faults: { 'masonhub.fail-create': 1 } })
    const id = at.file()
    for (let run = 0; run < 3; run += 1) {
      await at.sync()
      at.pass(3 * minute)
    }
    const [plan, done] = [await at.sync({ dryRun: true }), await at.sync()]
    assert.deepEqual(plan.created, [])
    assert.deepEqual(plan.failed, done.failed)
    assert.deepEqual(codes(done), [[id, 'MASONHUB_REFUSED']])
    const explicit = await at.sync({ returnIds: [id], dryRun: true })
    assert.deepEqual(explicit.created, [{ returnId: id, units: 1 }])
  })
})
