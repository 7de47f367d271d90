/** Cases in which a sync could lose a return, stop for good, or leave an operator without an answer. */
import assert from 'node:assert/strict'
import { exitCodes, type Fault } from '../../src/core/errors/fault.ts'
import { receiptOf } from '../../src/core/refunds/receipt.ts'
import type { LoopReturn } from '../../src/core/returns/return.ts'
import { readAll, rmaSchema } from '../../src/masonhub/wire.ts'
import { readyReturns } from '../../src/usecases/resolve/ready.ts'
import { listCursor } from '../../src/usecases/sync/observe-window.ts'
import { exitOfSync } from '../../src/usecases/sync/result.ts'
import { acceptance, day, type Harness, hour, minute } from './harness.ts'

const cursorOf = (at: Harness) => at.journal.cursors.get('acme', listCursor)
const unlabelled = { label: { after: 'never' } } as const
const codes = ({ failed }: { failed: readonly { returnId: string; code: string }[] }) =>
  failed.map(({ returnId, code }) => [returnId, code])

/** Makes Loop write a unit of the return so that it can't be read. */
function makeUnreadable(at: Harness, returnId: string): void {
  const unit = at.sandbox.loop.returns.get(Number(returnId))?.units[0]
  assert.ok(unit)
  Object.assign(unit, { lineItemId: 'b7c1-uuid' })
}

/** Moves the cursor past the returns filed so far, so that no later window contains them by itself. */
async function moveCursor(at: Harness): Promise<void> {
  await at.sync()
  at.pass(day)
  at.file()
  await at.sync()
  at.pass(day)
}

async function rejected(work: Promise<unknown>): Promise<Fault> {
  try {
    await work
  } catch (error) {
    return error as Fault
  }
  throw new assert.AssertionError({ message: 'it did not fail' })
}

describe('review: syncing', () => {
  const open = acceptance()

  it('the ASN report moves no cursor, because it is unknown which time its window tests (A-06)', async () => {
    const at = await open()
    at.file()
    await at.sync({ source: 'asn' })
    assert.equal(await cursorOf(at), null)
    await at.sync()
    assert.notEqual(await cursorOf(at), null)
  })

  it('a held return that is read long after the list does not carry the cursor past returns that were not read (F40)', async () => {
    const at = await open()
    const held = at.file(unlabelled)
    await moveCursor(at)
    let late = ''
    const { loop } = at.context
    const slow = at.worker({
      loop: {
        ...loop,
        async details(returnId) {
          at.pass(5 * minute)
          late = at.file()
          at.pass(2 * hour)
          at.sandbox.loop.edit(held, { add: [{ sku: 'CAP-RED' }] })
          return await loop.details(returnId)
        },
      },
    })
    at.file()
    await slow.sync({ source: 'list' })
    assert.notEqual(late, '')
    await at.sync({ source: 'list' })
    assert.equal(at.groundTruth('rma_created', late).length, 1)
  })

  it('one time from the future does not keep the cursor where it is (F40)', async () => {
    const at = await open()
    at.file()
    await at.sync()
    const before = await cursorOf(at)
    at.file({ createdAt: new Date(at.clock.now().getTime() + 300 * day) })
    at.pass(day)
    at.file()
    await at.sync({ source: 'list' })
    const { loop } = at.context
    // A server that ignores the end of the window.
    const unheeding = at.worker({ loop: { ...loop, list: (query) => loop.list({ ...query, to: '2028-01-01' }) } })
    at.pass(day)
    at.file()
    const edge = at.clock.now().toISOString()
    await unheeding.sync({ source: 'list' })
    assert.notEqual(await cursorOf(at), before)
    assert.equal(await cursorOf(at), edge)
  })

  it('a clock that was set back behind the cursor is no wrong usage (C5)', async () => {
    const at = await open()
    at.file()
    await at.sync()
    at.pass(minute)
    const back = at.worker({ clock: { now: () => new Date(at.clock.now().getTime() - day) } })
    assert.deepEqual((await back.sync()).failed, [])
  })

  it('a create that was accepted and never came to be is found by later syncs, though Loop shows nothing new (C9)', async () => {
    const at = await open({ faults: { 'masonhub.lose-queued': 1 } })
    const id = at.file()
    await at.sync()
    at.fault('masonhub.lose-queued', 0)
    at.file()
    at.pass(day)
    at.file()
    await at.sync()
    at.pass(day)
    await at.sync()
    assert.equal(at.groundTruth('rma_created', id).length, 1)
    assert.deepEqual(
      (await at.effects(id, 'rma.create')).map(({ state }) => state),
      ['refused', 'confirmed'],
    )
  })

  it('what an interrupted run has planned is done or given up by a later one, and reported', async () => {
    const at = await open()
    const [id, gone] = [at.file(), at.file()]
    const interrupt = new AbortController()
    const { masonhub } = at.context
    const interrupted = at.worker({
      signal: interrupt.signal,
      masonhub: {
        ...masonhub,
        async knownSkus(skus) {
          interrupt.abort()
          return await masonhub.knownSkus(skus)
        },
      },
    })
    const result = await interrupted.sync({ returnIds: [id, gone] })
    assert.deepEqual(
      result.skipped.map(({ returnId, reason }) => [returnId, reason]),
      [
        [id, 'INTERRUPTED'],
        [gone, 'INTERRUPTED'],
      ],
    )
    at.sandbox.loop.close(gone)
    at.pass(day)
    at.file()
    await at.sync({ since: at.clock.now().toISOString() })
    assert.equal(at.groundTruth('rma_created', id).length, 1)
    assert.equal((await at.effects(gone, 'rma.create'))[0]?.state, 'abandoned')
  })

  it('an audit that has read an older state does not take a write from the sync that is about to send it', async () => {
    const at = await open()
    const id = at.file({ label: { after: 'never' } })
    const { journal } = at
    const sync = at.worker({
      journal: {
        ...journal,
        effects: {
          ...journal.effects,
          async claimMany(...args: Parameters<typeof journal.effects.claimMany>) {
            await stale.audit()
            return await journal.effects.claimMany(...args)
          },
        },
      },
    })
    const { loop } = at.context
    const before: LoopReturn[] = []
    for await (const page of loop.list({ from: '2026-11-01', to: '2026-12-01', filter: 'created_at' }))
      before.push(...page)
    const stale = at.worker({
      loop: {
        ...loop,
        async *list() {
          yield before
        },
      },
    })
    at.sandbox.loop.label(id)
    at.pass(minute)
    assert.deepEqual((await sync.sync({ returnIds: [id] })).created, [{ returnId: id, units: 1 }])
  })

  it('a write that was accepted and is no longer needed ends, and is not read for ever', async () => {
    const at = await open({ faults: { 'masonhub.lose-queued': 1 } })
    const id = at.file()
    await at.sync()
    at.sandbox.loop.close(id)
    at.pass(day)
    await at.sync()
    assert.equal((await at.effects(id, 'rma.create'))[0]?.state, 'refused')
    at.pass(day)
    const before = at.requests('loop', 'GET', '/details').length
    await at.sync({ source: 'list' })
    assert.equal(at.requests('loop', 'GET', '/details').length, before)
  })

  it('an interrupted sync by id does not say of returns that it never read that Loop knows none', async () => {
    const at = await open()
    const ids = [at.file(), at.file(), at.file(), at.file(), at.file(), at.file()]
    const interrupt = new AbortController()
    const { loop } = at.context
    const interrupted = at.worker({
      signal: interrupt.signal,
      loop: {
        ...loop,
        async details(returnId) {
          interrupt.abort()
          return await loop.details(returnId)
        },
      },
    })
    const result = await interrupted.sync({ returnIds: ids })
    assert.deepEqual(result.failed, [])
    assert.equal(exitOfSync(result, true), undefined)
  })

  it('an interrupted run says so (130), whatever else failed; doubt alone weighs more', () => {
    const failed = [{ returnId: '1', code: 'SKU_UNKNOWN', message: '' }]
    assert.equal(exitOfSync({ skipped: [], failed }, false), exitCodes.findings)
    assert.equal(exitOfSync({ skipped: [], failed }, true), undefined)
    assert.equal(
      exitOfSync({ skipped: [], failed: [...failed, { returnId: '2', code: 'IN_DOUBT', message: '' }] }, true),
      8,
    )
  })

  for (const source of ['list', 'asn', 'both'] as const) {
    it(`one return that cannot be read (--source ${source}) is reported, and stops no other (F47)`, async () => {
      const at = await open()
      const ids = [at.file(), at.file(), at.file()] as const
      makeUnreadable(at, ids[1])
      const result = await at.sync({ source })
      assert.deepEqual(codes(result), [[ids[1], 'LOOP_UNREADABLE']])
      assert.deepEqual(result.created.map(({ returnId }) => returnId).sort(), [ids[0], ids[2]])
      at.pass(day)
      const next = at.file()
      const again = await at.sync({ source: 'list' })
      assert.deepEqual(codes(again), [[ids[1], 'LOOP_UNREADABLE']])
      assert.deepEqual(
        again.created.map(({ returnId }) => returnId),
        [next],
      )
    })
  }

  it('one return that cannot be read stops neither the audit nor `resolve --ready`, and both report it (F47)', async () => {
    const at = await open()
    const [good, bad] = [at.file(), at.file()]
    await at.sync()
    at.pass(hour)
    at.receive(good)
    makeUnreadable(at, bad)
    const result = await at.audit()
    assert.deepEqual(
      result.unreadable.map(({ returnId }) => returnId),
      [bad],
    )
    assert.ok(result.findings.some(({ code, returnId }) => code === 'RECEIVED_UNRESOLVED' && returnId === good))
    assert.deepEqual(await readyReturns(at.context), [good])
    at.receive(bad)
    const results = await at.resolve('ready')
    assert.deepEqual(
      results.map(({ returnId, outcome, reasons }) => [returnId, outcome, reasons[0]?.code]),
      [
        [good, 'accepted', 'ALL_AVAILABLE'],
        [bad, 'skipped', 'NOT_READ'],
      ],
    )
  })

  it('a vendor that fails for every single return is down: the returns are not to blame', async () => {
    const at = await open()
    const ids = [at.file(unlabelled), at.file(unlabelled), at.file(unlabelled), at.file(unlabelled)]
    at.fault('loop.error-500', 1)
    assert.equal((await rejected(at.sync({ returnIds: ids }))).code, 'LOOP_SERVER_ERROR')
    assert.ok(at.requests('loop', 'GET', '/details').length <= 4 * 4)
  })

  it('a record that MasonHub refuses again and again is tried ever more rarely, reported each time, and tried at once on request', async () => {
    const at = await open({ faults: { 'masonhub.fail-create': 1 } })
    const id = at.file()
    for (let run = 0; run < 100; run += 1) {
      const result = await at.sync()
      assert.deepEqual(codes(result), [[id, 'MASONHUB_REFUSED']], `run ${run}`)
      at.pass(5 * minute)
    }
    assert.ok(at.groundTruth('rma_created').length === 0)
    const tries = (await at.effects(id, 'rma.create')).length
    assert.ok(tries >= 5 && tries <= 12, `${tries} tries in 500 minutes`)
    const [failure] = (await at.sync()).failed
    assert.match(failure?.message ?? '', new RegExp(`mhloop asn sync ${id}`))
    at.fault('masonhub.fail-create', 0)
    await at.sync({ returnIds: [id] })
    assert.equal(at.groundTruth('rma_created', id).length, 1)
  })

  it('an update that MasonHub accepts and never shows does not go out for ever', async () => {
    const at = await open()
    const id = at.file()
    await at.sync()
    at.pass(hour)
    at.sandbox.loop.edit(id, { add: [{ sku: 'CAP-RED' }] })
    at.fault('masonhub.lose-queued', 1)
    for (let run = 0; run < 100; run += 1) {
      await at.sync()
      at.pass(5 * minute)
    }
    const tries = (await at.effects(id, 'rma.update')).length
    assert.ok(tries >= 4 && tries <= 12, `${tries} tries in 500 minutes`)
    assert.deepEqual(codes(await at.sync()), [[id, 'NOT_TAKEN']])
  })

  it('a create that a clock far ahead has dated is not awaited until then (C5)', async () => {
    const at = await open({ faults: { 'masonhub.lose-queued': 1 } })
    const id = at.file()
    const ahead = at.worker({ clock: { now: () => new Date(at.clock.now().getTime() + 20 * day) } })
    await ahead.sync({ returnIds: [id] })
    at.fault('masonhub.lose-queued', 0)
    at.pass(hour)
    await at.sync()
    assert.equal(at.groundTruth('rma_created', id).length, 1)
  })

  it('a held return that Loop no longer knows is reported once, and not asked for at every sync', async () => {
    const at = await open()
    const id = at.file(unlabelled)
    await moveCursor(at)
    ;(at.sandbox.loop.returns as Map<number, unknown>).delete(Number(id))
    assert.deepEqual(
      (await at.sync()).skipped.map(({ returnId, reason }) => [returnId, reason]),
      [[id, 'RETURN_UNKNOWN']],
    )
    const before = at.requests('loop', 'GET', '/details').length
    assert.deepEqual((await at.sync()).skipped, [])
    assert.equal(at.requests('loop', 'GET', '/details').length, before)
  })

  it('a number that MasonHub keeps for a deleted RMA is no doubt: it says whom to ask (F39)', async () => {
    const at = await open({ faults: { 'masonhub.deleted-reusable': 0 } })
    const id = at.file()
    await at.sync()
    at.pass(hour)
    await at.context.masonhub.rmas.remove([id])
    at.pass(hour)
    const result = await at.sync({ returnIds: [id] })
    assert.deepEqual(codes(result), [[id, 'RMA_DELETED']])
    assert.equal(exitOfSync(result, false), exitCodes.findings)
  })

  it('requests stay small for a record that came to nothing more than thirty times', async () => {
    const at = await open({ faults: { 'masonhub.lose-queued': 1 } })
    const id = at.file()
    for (let run = 0; run < 33; run += 1) {
      await at.sync({ returnIds: [id] })
      at.pass(5 * minute)
    }
    const others = Array.from({ length: 5 }, () => at.file())
    const before = at.requests('masonhub', 'POST', '/rmas').length
    await at.sync({ returnIds: [id, ...others] })
    assert.equal(at.requests('masonhub', 'POST', '/rmas').length - before, 2)
  })

  it('an RMA whose lines cannot be read stops no other return and is never called good (F47)', () => {
    for (const line_items of ['none', { a: 1 }, 7, [null], ['TEE'], [[]]]) {
      const [rma] =
        readAll(rmaSchema, [{ id: 'x', customer_identifier: '99904598', status: 'received', line_items }]) ?? []
      assert.ok(rma, JSON.stringify(line_items))
      assert.ok(rma.lines.length > 0)
      assert.ok(receiptOf(rma)?.contradictions.some(({ code }) => code === 'COUNTS_UNREADABLE'))
    }
  })

  it('H22 one SKU that MasonHub answers loosely fails its return alone, and the SKU that it found is named', async () => {
    const at = await open()
    const [loose, good] = [at.file({ units: [{ sku: 'CAFE-1' }] }), at.file()]
    const { masonhub } = at.context
    const knownSkus = async (skus: readonly string[]) => {
      const known = new Set(skus.filter((sku) => sku !== 'CAFE-1'))
      return Object.assign(known, { similar: new Map([['CAFE-1', 'CAFÉ-1']]) })
    }
    const result = await at.worker({ masonhub: { ...masonhub, knownSkus } }).sync()
    assert.deepEqual(codes(result), [[loose, 'SKU_UNKNOWN']])
    assert.equal(result.failed[0]?.message, 'MasonHub has no SKU CAFE-1. It has “CAFÉ-1”, which is not the same.')
    assert.deepEqual(
      result.created.map(({ returnId }) => returnId),
      [good],
    )
  })

  it('H23 a SKU with a comma: sent, and MasonHub’s answer to the row decides', async () => {
    const at = await open()
    at.sandbox.masonhub.addSkus(['MUG,BLUE'])
    const known = at.file({ units: [{ sku: 'MUG,BLUE' }] })
    const unknown = at.file({ units: [{ sku: 'MUG,RED' }] })
    const result = await at.sync()
    assert.deepEqual(
      result.created.map(({ returnId }) => returnId),
      [known],
    )
    assert.deepEqual(
      result.failed.map(({ returnId, code }) => [returnId, /^MASONHUB_/.test(code)]),
      [[unknown, true]],
    )
  })

  it('H25 a return without units is reported as such, and one that lists a unit twice is held', async () => {
    const at = await open()
    const [none, twice] = [at.file(), at.file()]
    const { loop } = at.context
    const odd = at.worker({
      loop: {
        ...loop,
        async details(returnId) {
          const found = await loop.details(returnId)
          if (found === null) return null
          return { ...found, units: returnId === none ? [] : [...found.units, ...found.units] }
        },
      },
    })
    const { skipped, held, created } = await odd.sync({ returnIds: [none, twice] })
    assert.deepEqual(
      [...skipped, ...held].map(({ returnId, reason }) => [returnId, reason]),
      [
        [none, 'NO_UNITS'],
        [twice, 'UNITS_REPEATED'],
      ],
    )
    assert.deepEqual(created, [])
  })
})
