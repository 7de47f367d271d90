/**
 * Rows F40, F41 and F43 of failures.md: where a pull begins, which rows its pages skip, and answers that break off in
 * the middle of a run.
 */
import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { exitCodes, Fault } from '../../src/core/errors/fault.ts'
import type { FaultName } from '../../src/sandbox/fault-injection.ts'
import { rescan } from '../../src/usecases/serve/jobs.ts'
import { listCursor } from '../../src/usecases/sync/observe-window.ts'
import { withCalls } from './calls.ts'
import { acceptance, day, type Harness, hour, minute } from './harness.ts'
import { unreadables } from './unreadable.ts'

const cursorOf = (at: Harness) => at.journal.cursors.get('acme', listCursor)
const createdOnce = (at: Harness, ids: readonly string[]) =>
  assert.deepEqual(
    ids.map((id) => at.groundTruth('rma_created', id).length),
    ids.map(() => 1),
  )

describe('acceptance: cursor and pages', () => {
  const open = acceptance()

  it('F40 the cursor is the newest remote time seen; two pulls share their edge, and an empty one moves nothing', async () => {
    const at = await open()
    await at.sync()
    assert.equal(await cursorOf(at), null)
    const first = at.file()
    const edge = at.clock.now().toISOString()
    await at.sync()
    assert.equal(await cursorOf(at), edge)
    // One return has the same millisecond as the last one seen; another was committed late with an older timestamp.
    const same = at.file()
    const late = at.file({ createdAt: new Date(at.clock.now().getTime() - 20 * minute) })
    const result = await at.sync()
    assert.deepEqual(new Set(result.created.map(({ returnId }) => returnId)), new Set([same, late]))
    at.pass(10 * day)
    await at.sync()
    assert.equal(await cursorOf(at), edge)
    createdOnce(at, [first, same, late])
  })

  it('F40 a vendor’s time in the future never becomes the cursor, and hides no return', async () => {
    const at = await open()
    const normal = at.file()
    const future = at.file({ createdAt: new Date(at.clock.now().getTime() + hour) })
    await at.sync()
    const cursor = await cursorOf(at)
    assert.ok(cursor === null || Date.parse(cursor) <= at.clock.now().getTime() + 5 * minute, String(cursor))
    at.pass(5 * minute)
    const next = at.file()
    await at.sync()
    at.pass(2 * hour)
    await at.sync()
    createdOnce(at, [normal, future, next])
  })

  for (const skew of [-hour, hour]) {
    it(`F40 our clock is an hour ${skew < 0 ? 'behind' : 'ahead of'} Loop’s: nothing is missed`, async () => {
      const at = await open()
      const skewed = at.worker({ clock: { now: () => new Date(at.clock.now().getTime() + skew) } })
      const ids: string[] = []
      for (let round = 0; round < 5; round += 1) {
        ids.push(at.file())
        await skewed.sync()
        at.pass(20 * minute)
      }
      at.pass(3 * minute)
      await skewed.sync()
      createdOnce(at, ids)
    })
  }

  it('F40 an edit is found however long ago its return was filed', async () => {
    const at = await open()
    const id = at.file()
    await at.sync()
    at.pass(20 * day)
    at.file()
    await at.sync()
    at.pass(20 * day)
    at.sandbox.loop.edit(id, { add: [{ sku: 'CAP-RED' }] })
    const result = await at.sync()
    assert.deepEqual(
      result.updated.map(({ returnId }) => returnId),
      [id],
    )
  })

  for (const repeats of [0, 1, 2]) {
    it(`F41 rows that share a second at a page edge (${['skipped', 'repeated', 'either'][repeats]}) are found by the list alone, once each`, async () => {
      const at = await open({ faults: { 'loop.cursor-repeats': repeats } })
      const now = at.clock.now().getTime()
      const ids = Array.from({ length: 780 }, (_, index) => {
        // Newest first: rows 740 to 769 of them share the second of the edge at 750.
        const age = index < 740 ? index : index < 770 ? 740 : index
        return at.file({ createdAt: new Date(now - age * 1000) })
      })
      const result = await at.sync({ source: 'list' })
      assert.equal(result.created.length, 780)
      createdOnce(at, ids)
      assert.equal(at.requests('loop', 'GET', '/warehouse/return/details').length, 0)
    })
  }

  it('F41 every parameter is always sent: both ends of the window, each state, paging; never more than 120 days', async () => {
    const at = await open()
    await at.sync({ since: '2026-01-01T00:00:00Z' })
    const lists = at.requests('loop', 'GET', '/warehouse/return/list')
    for (const { query } of lists) {
      assert.deepEqual(Object.keys(query).sort(), ['filter', 'from', 'pageSize', 'paginate', 'state', 'to'])
      const span = Date.parse(String(query.to)) - Date.parse(String(query.from))
      assert.ok(span > 0 && span <= 119 * day)
    }
    assert.deepEqual(
      new Set(lists.map(({ query }) => query.state)),
      new Set(['open', 'review', 'closed', 'cancelled', 'expired']),
    )
    for (const { query } of at.requests('loop', 'GET', '/warehouse/reporting/asn')) {
      assert.match(`${query.from} ${query.to}`, /^\d{4}-\d{2}-\d{2} \d{4}-\d{2}-\d{2}$/)
    }
  })

  it('F41 returns in review are announced too, and cancelled ones withdrawn, though the plain list shows neither', async () => {
    const at = await open()
    const review = at.file({ state: 'review' })
    const gone = at.file()
    await at.sync({ source: 'list' })
    at.sandbox.loop.cancel(gone)
    at.pass(hour)
    await at.sync({ source: 'list' })
    assert.deepEqual([at.rma(review)?.status, at.rma(gone)?.status], ['open', 'deleted'])
  })
})

type Step = 'loop.asn' | 'loop.details' | 'masonhub.rmas.byCustomerIdentifiers' | 'masonhub.knownSkus'

/** A worker for which one kind of call meets an injected fault. */
function unlucky(at: Harness, step: Step | 'masonhub.rmas.create', fault: FaultName) {
  const around = async (call: () => Promise<unknown>, name: string) => {
    if (name !== step) return await call()
    at.fault(fault, 1)
    try {
      return await call()
    } finally {
      at.fault(fault, 0)
    }
  }
  const { loop, masonhub } = at.context
  return at.worker({ loop: withCalls(loop, around, 'loop.'), masonhub: withCalls(masonhub, around, 'masonhub.') })
}

describe('acceptance: broken answers mid-run (F43)', () => {
  const open = acceptance()

  const reads: [Step, FaultName, string, number][] = [
    ['loop.asn', 'loop.html', 'LOOP_UNREADABLE', exitCodes.vendorDown],
    ['loop.asn', 'loop.truncated', 'LOOP_UNREADABLE', exitCodes.vendorDown],
    ['loop.asn', 'loop.oversized', 'LOOP_UNREADABLE', exitCodes.vendorDown],
    ['loop.asn', 'loop.unknown-shape', 'LOOP_UNREADABLE', exitCodes.vendorDown],
    ['loop.asn', 'loop.down', 'LOOP_UNREACHABLE', exitCodes.vendorDown],
    ['masonhub.rmas.byCustomerIdentifiers', 'masonhub.truncated', 'MASONHUB_UNREADABLE', exitCodes.vendorDown],
    ['masonhub.rmas.byCustomerIdentifiers', 'masonhub.down', 'MASONHUB_UNREACHABLE', exitCodes.vendorDown],
    ['masonhub.rmas.byCustomerIdentifiers', 'masonhub.html', 'MASONHUB_UNREADABLE', exitCodes.vendorDown],
    ['masonhub.knownSkus', 'masonhub.redirect', 'MASONHUB_WRONG_SLUG', exitCodes.credentials],
    ['masonhub.knownSkus', 'masonhub.truncated', 'MASONHUB_UNREADABLE', exitCodes.vendorDown],
  ]
  for (const [step, fault, code, exit] of reads) {
    it(`${fault} at ${step}: ${code}, exit ${exit}, the cursor stays, and the next run completes`, async () => {
      const at = await open()
      const since = '2026-11-23T00:00:00Z'
      const ids = Array.from({ length: 35 }, () => at.file())
      try {
        await unlucky(at, step, fault).sync(step === 'loop.asn' ? { since } : {})
        assert.fail('it should have failed')
      } catch (error) {
        assert.ok(error instanceof Fault, inspect(error))
        assert.deepEqual([error.code, error.exit], [code, exit])
        assert.doesNotMatch(error.message, /doctype|Just a moment|One moment/)
      }
      assert.equal(await cursorOf(at), null)
      // The returns that the list yielded before the report failed have their RMAs already.
      if (step === 'loop.asn') createdOnce(at, ids)
      at.pass(5 * minute)
      await at.sync()
      createdOnce(at, ids)
      assert.notEqual(await cursorOf(at), null)
    })
  }

  const working = { resolve: true, report: () => undefined }

  it('F47 a report that fails every time: held returns are read again, and a rescan resolves what is ready', async () => {
    const at = await open()
    const held = at.file({ label: { after: 'never' } })
    await at.sync()
    at.pass(day)
    const ready = at.file()
    await at.sync()
    at.pass(hour)
    at.receive(ready)
    const unreported = unlucky(at, 'loop.asn', 'loop.error-500')
    const isHeld = ({ path, query }: { path: string; query: Record<string, unknown> }) =>
      path.endsWith('/details') && query.return_id === held
    const before = at.sandbox.requests.filter(isHeld).length
    await assert.rejects(unreported.sync(), { code: 'LOOP_SERVER_ERROR' })
    assert.equal(at.sandbox.requests.filter(isHeld).length, before + 1)
    await assert.rejects(rescan(unreported.context, working), { code: 'LOOP_SERVER_ERROR' })
    at.pass(minute)
    assert.equal(at.paidByUs(ready), 1)
  })

  it('F47 an RMA that MasonHub cannot deliver, left from an earlier pull: the next ones make RMAs and move the cursor', async () => {
    const at = await open()
    const [bad] = [at.file(), at.file()] as const
    await at.sync()
    unreadables['a 500 for its RMA'].spoil(at, bad)
    at.sandbox.loop.edit(bad, { add: [{ sku: 'CAP-RED' }] })
    at.pass(hour)
    assert.deepEqual(
      (await at.sync()).failed.map(({ returnId }) => returnId),
      [bad],
    )
    at.pass(3 * day)
    // From then on, the list begins at this return.
    at.file()
    await at.sync()
    const before = await cursorOf(at)
    at.pass(3 * day)
    const later = at.file()
    assert.deepEqual(
      (await at.sync()).failed.map(({ returnId }) => returnId),
      [bad],
    )
    createdOnce(at, [later])
    assert.notEqual(await cursorOf(at), before)
  })

  it('F47 a row without an id: the others get their RMAs and their refunds, and the cursor stays', async () => {
    const at = await open()
    const [nameless, ...ids] = [at.file(), at.file(), at.file(), at.file()] as const
    Object.assign(at.sandbox.loop.returns.get(Number(nameless)) ?? {}, { id: '' })
    await assert.rejects(at.sync(), { code: 'LOOP_UNREADABLE' })
    createdOnce(at, ids)
    assert.equal(await cursorOf(at), null)
    at.pass(hour)
    for (const id of ids) at.receive(id)
    await assert.rejects(rescan(at.context, working), { code: 'LOOP_UNREADABLE' })
    at.pass(minute)
    for (const id of ids) assert.equal(at.paidByUs(id), 1)
  })

  for (const fault of [
    'masonhub.html',
    'masonhub.truncated',
    'masonhub.error-500-after-work',
    'masonhub.drop-answer',
    'masonhub.drop-request',
    'masonhub.redirect',
  ] as const) {
    it(`${fault} at a create: every record is reported, and the next runs make each RMA once`, async () => {
      const at = await open()
      const ids = Array.from({ length: 35 }, () => at.file())
      const result = await unlucky(at, 'masonhub.rmas.create', fault).sync()
      assert.equal(result.failed.length, 35)
      for (let run = 0; run < 3; run += 1) {
        at.pass(5 * minute)
        await at.sync()
      }
      createdOnce(at, ids)
      assert.deepEqual((await at.sync()).failed, [])
    })
  }

  it('a broken answer while resolving: nothing is sent on half a reading, and the next run resolves', async () => {
    for (const [step, fault] of [
      ['loop.details', 'loop.html'],
      ['loop.details', 'loop.truncated'],
      ['masonhub.rmas.byCustomerIdentifiers', 'masonhub.truncated'],
    ] as const) {
      const at = await open()
      const id = at.file()
      await at.sync()
      at.pass(hour)
      at.receive(id)
      await assert.rejects(unlucky(at, step, fault).resolve(id), Fault)
      assert.equal(at.requests('loop', 'POST').length, 0)
      await at.resolve('ready', { wait: minute })
      assert.equal(at.paidByUs(id), 1)
    }
  })
})
