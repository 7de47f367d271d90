/**
 * Loop → MasonHub as a whole: repetition, cost, crashes, two syncs at once, and the rows of failures.md about bulk
 * writes.
 */
import assert from 'node:assert/strict'
import { createRandom } from '../../src/sandbox/random.ts'
import { concurrentWorker, createMutex, killable, untilKilled } from './calls.ts'
import { acceptance, day, type Harness, hour, labelFlags, minute } from './harness.ts'

/** Files one return per minute, the newest last; far enough apart for Loop's cursor. */
function fileMany(at: Harness, count: number, sku: (index: number) => string = () => 'TEE-BLK-M'): string[] {
  const now = at.clock.now().getTime()
  return Array.from({ length: count }, (_, index) =>
    at.file({ createdAt: new Date(now - (count - index) * 10_000), units: [{ sku: sku(index) }] }),
  )
}

function assertEachOnce(at: Harness, ids: readonly string[], about = ''): void {
  const created = Map.groupBy(at.groundTruth('rma_created'), ({ returnId }) => returnId)
  for (const id of ids) assert.equal(created.get(id)?.length, 1, `${about} ${id}`)
  assert.equal(created.size, ids.length)
  assert.deepEqual(at.groundTruth('label_bought'), [])
}

const writes = (at: Harness) => at.requests('masonhub').filter(({ method }) => method !== 'GET').length

describe('acceptance: sync', () => {
  const open = acceptance()

  for (const lag of [0, 300, 90_000]) {
    it(`twice in a row makes no second write, though MasonHub shows writes ${lag} ms late`, async () => {
      const at = await open({ faults: { 'masonhub.visible-after-ms': lag } })
      const ids = fileMany(at, 35)
      assert.equal((await at.sync()).created.length, 35)
      const first = writes(at)
      for (const wait of [0, 1000, minute, hour]) {
        at.pass(wait)
        const again = await at.sync()
        assert.deepEqual([again.created, again.updated, again.failed, again.unchanged], [[], [], [], 35])
      }
      assert.equal(writes(at), first)
      assertEachOnce(at, ids)
      for (const effect of await at.journal.effects.find({ kinds: ['rma.create'] })) {
        assert.equal(effect.state, 'confirmed')
      }
    })
  }

  it('F41 what the list skips keeps the destination that only the report contains (A-20)', async () => {
    const at = await open()
    const id = at.file()
    const { loop } = at.context
    const skipping = at.worker({
      loop: {
        ...loop,
        async *list() {},
        async details(returnId) {
          const found = await loop.details(returnId)
          return found && { ...found, destinationId: null, destinationName: null }
        },
      },
    })
    const { created, held } = await skipping.sync({ source: 'both' })
    assert.deepEqual([created.map(({ returnId }) => returnId), held], [[id], []])
  })

  it('passes the list’s number of returns to the report, so that its pieces fit an answer', async () => {
    const at = await open()
    fileMany(at, 3)
    const totals: (number | undefined)[] = []
    const { loop } = at.context
    const asn: typeof loop.asn = (window) => {
      totals.push(window.expected)
      return loop.asn(window)
    }
    await at.worker({ loop: { ...loop, asn } }).sync({ source: 'both' })
    assert.deepEqual(totals, [3])
  })

  it('a dry run writes nothing, to neither vendor', async () => {
    const at = await open()
    const ids = fileMany(at, 3)
    const plan = await at.sync({ dryRun: true })
    assert.deepEqual(new Set(plan.created.map(({ returnId }) => returnId)), new Set(ids))
    assert.equal(writes(at), 0)
    assert.equal((await at.sync()).created.length, 3, 'the cursor did not move')
  })

  it('1,000 returns cost their list pages, one report, a look-up per 30 returns, one per 30 SKUs, and a create per 30', async () => {
    const at = await open({ faults: { 'masonhub.quirks': 0 } })
    const skus = Array.from({ length: 65 }, (_, index) => `SKU-${index}`)
    at.sandbox.masonhub.addSkus(skus)
    const ids = fileMany(at, 1000, (index) => skus[index % 65] ?? '')
    assert.equal((await at.sync()).created.length, 1000)
    const cost = (method: string, ending: string) => at.requests('masonhub', method, ending).length
    // Five states, a second page for the 1,000 open returns (750 per page), and the second at the edge of the two pages
    //
    assert.equal(at.requests('loop', 'GET', '/warehouse/return/list').length, 7)
    assert.equal(at.requests('loop', 'GET', '/warehouse/reporting/asn').length, 1)
    assert.equal(at.requests('loop').length, 8)
    assert.equal(cost('GET', '/rmas'), Math.ceil(1000 / 30))
    assert.equal(cost('GET', '/skus'), Math.ceil(65 / 30))
    assert.equal(cost('POST', '/rmas'), Math.ceil(1000 / 30))
    assert.equal(at.requests('masonhub').length, 34 + 3 + 34)
    at.pass(hour)
    await at.sync()
    // The window begins half an hour before the newest return.
    const inWindow = ids.filter((_, index) => (1000 - 1 - index) * 10_000 <= 30 * minute).length
    // The others are looked up once at MasonHub, because so far it has only accepted their writes.
    const lookUps = Math.ceil(inWindow / 30) + Math.ceil((1000 - inWindow) / 30)
    assert.equal(at.requests('masonhub').length, 34 + 3 + 34 + lookUps)
    await at.sync()
    assert.equal(at.requests('masonhub').length, 34 + 3 + 34 + lookUps + Math.ceil(inWindow / 30))
    assert.equal(at.requests('loop').length, 8 + 6 + 6, 'five states and the report, and no return one by one')
    assertEachOnce(at, ids)
  })

  for (const effect of ['before', 'after'] as const) {
    it(`killed in the middle, ${effect} the third request of creates: the next sync finishes, with no RMA twice`, async () => {
      const at = await open()
      const ids = fileMany(at, 100)
      const one = killable(at.context, { at: 3, effect, counts: (name) => name === 'masonhub.rmas.create' })
      assert.equal(await untilKilled(at.worker(one.context).sync()), 'killed')
      assert.equal(at.groundTruth('rma_created').length, effect === 'before' ? 60 : 90)
      const journal = await at.secondJournal()
      const other = at.worker({ journal })
      await other.sync()
      at.pass(3 * minute)
      const { failed } = await other.sync()
      assert.deepEqual(failed, [])
      at.pass(3 * minute)
      assert.equal((await other.sync()).unchanged, 100)
      assertEachOnce(at, ids)
    })
  }

  it('killed at every single step of a sync: nothing is lost and nothing doubled', async () => {
    const at = await open()
    for (const effect of ['before', 'after'] as const) {
      for (let step = 1, finished = false; !finished; step += 1) {
        const id = at.file()
        const edited = [...at.sandbox.masonhub.rmas.all()].at(-1)?.customerIdentifier
        if (edited) at.sandbox.loop.edit(edited, { add: [{ sku: 'CAP-RED' }] })
        const one = killable(at.context, { at: step, effect })
        finished = (await untilKilled(at.worker(one.context).sync({ source: 'list' }))) === 'done'
        const died = `${effect} ${one.calls.at(-1)}`
        at.pass(3 * minute)
        await at.sync({ source: 'list' })
        assert.equal(at.groundTruth('rma_created', id).length, 1, died)
        if (edited) assert.equal(at.rma(edited)?.lines.length, 2, died)
        at.pass(hour)
      }
    }
    assert.ok([...at.sandbox.masonhub.rmas.all()].length > 20)
    assert.deepEqual(at.groundTruth('label_bought'), [])
  })

  it('two syncs at the same time create each RMA once (F8)', async () => {
    const at = await open()
    const random = createRandom(5)
    const mutex = createMutex()
    const one = await concurrentWorker(at, mutex, { random: () => random.next(), actor: 'ann@desk' })
    const other = await concurrentWorker(at, mutex, { random: () => random.next(), actor: 'bob@laptop' })
    const ids: string[] = []
    for (let round = 0; round < 6; round += 1) {
      ids.push(...fileMany(at, 40))
      const results = await Promise.all([one.sync({ source: 'list' }), other.sync({ source: 'list' })])
      assert.deepEqual(
        results.flatMap(({ failed }) => failed),
        [],
      )
      at.pass(5 * minute)
      await at.sync()
    }
    assertEachOnce(at, ids)
    assert.ok([...at.sandbox.masonhub.rmas.all()].every((rma) => rma.states.length === 1))
  })

  for (const [about, after] of [
    ['at once', 0],
    ['after seconds', 4000],
    ['after an hour', hour],
    ['after a week', 7 * day],
  ] as const) {
    it(`F30 a label that comes ${about}: one RMA, as soon as it is there`, async () => {
      const at = await open()
      const id = at.file({ label: { after, walks: false } })
      // Other returns advance the cursor meanwhile.
      for (let run = 0; run < 4; run += 1) {
        await at.sync()
        at.pass(after / 3 + minute)
        at.file({ units: [{ sku: 'CAP-RED' }] })
      }
      await at.sync()
      assert.equal(at.groundTruth('rma_created', id).length, 1)
    })
  }

  it('a second parcel: MasonHub is told once, the first package stays', async () => {
    const at = await open()
    const id = at.file({ units: [{ sku: 'TEE-BLK-M' }, { sku: 'CAP-RED' }] })
    await at.sync()
    const first = at.rma(id)?.packageId
    at.pass(hour)
    at.sandbox.loop.label(id, { walks: false, parcels: [{ trackingNumber: '9400111899223344556677', units: [1] }] })
    for (let run = 0; run < 3; run += 1) {
      await at.sync({ since: '2026-11-20T00:00:00Z' })
      at.pass(hour)
    }
    const rma = at.rma(id)
    assert.deepEqual([rma?.version, rma?.packageId], [2, first])
    assert.match(rma?.customerInstructions ?? '', /9400111899223344556677/)
  })

  for (const fault of [
    'masonhub.drop-result-row',
    'masonhub.null-result-identifier',
    'masonhub.unknown-result-status',
  ] as const) {
    it(`F32 ${fault}: what is not surely done is reported, and the next sync finds it there`, async () => {
      const at = await open({ faults: { [fault]: 0.5 }, seed: 4 })
      const ids = fileMany(at, 60)
      const first = await at.sync()
      assert.ok(first.failed.length > 0)
      assert.equal(first.failed.length + first.created.length, 60)
      assert.equal(at.groundTruth('rma_created').length, 60)
      at.fault(fault, 0)
      at.pass(3 * minute)
      const second = await at.sync()
      assert.deepEqual([second.failed, second.created, second.unchanged], [[], [], 60])
      assertEachOnce(at, ids)
    })
  }

  it('F32, C9 a record that was accepted and lost in MasonHub’s queue is written again once it is surely not there', async () => {
    const at = await open({ faults: { 'masonhub.lose-queued': 0.3 }, seed: 2 })
    const ids = fileMany(at, 40)
    assert.equal((await at.sync()).created.length, 40)
    assert.ok(at.groundTruth('rma_created').length < 40)
    at.fault('masonhub.lose-queued', 0)
    at.pass(minute)
    assert.equal((await at.sync()).created.length, 0, 'it may still show')
    at.pass(3 * minute)
    await at.sync()
    assertEachOnce(at, ids)
  })

  it('F33 one bad record, at any place of a batch that is refused as a whole: the others are written, it is reported', async () => {
    for (const place of [0, 1, 14, 28, 29]) {
      const at = await open({ faults: { 'masonhub.batch-400': 1, 'masonhub.package-id-unique': 1 } })
      const parcel = { trackingNumber: '9400111899223344556677' }
      at.sandbox.masonhub.addRmas([
        {
          customer_identifier: 'somebody-else',
          package_id: parcel.trackingNumber,
          return_type: 'rma_submitted_by_customer',
          line_items: [
            { customer_sku_id: 'CAP-RED', quantity: 1, return_reason_code: 'other', return_inventory_status: 'qc' },
          ],
        },
      ])
      const now = at.clock.now().getTime()
      const ids = Array.from({ length: 30 }, (_, index) =>
        at.file({
          createdAt: new Date(now - index * minute),
          ...(index === place ? { label: { after: 0, walks: false, parcels: [parcel] } } : {}),
        }),
      )
      const result = await at.sync()
      assert.deepEqual(
        result.failed.map(({ returnId }) => returnId),
        [ids[place]],
        `place ${place}`,
      )
      assert.equal(result.created.length, 29)
      assert.equal(at.groundTruth('rma_created').length, 30, 'and the one of somebody else')
    }
  })

  it('F33 one bad record on which MasonHub fails with a 500: the others get through within a few syncs', async () => {
    const at = await open({ faults: { 'masonhub.batch-500': 1, 'masonhub.package-id-unique': 1 } })
    const shared = { after: 0, walks: false, parcels: [{ trackingNumber: '9400111899223344556677' }] }
    const before = at.file({ label: shared })
    await at.sync({ returnIds: [before] })
    const badReturn = at.file({ label: shared })
    const others = fileMany(at, 40)
    at.pass(minute)
    for (let run = 0; run < 8; run += 1) {
      await at.sync({ returnIds: [badReturn, ...others] })
      at.pass(5 * minute)
    }
    for (const id of others) assert.equal(at.groundTruth('rma_created', id).length, 1)
    assert.equal(at.groundTruth('rma_created', badReturn).length, 0)
    const [failure] = (await at.sync({ returnIds: [badReturn, ...others] })).failed
    assert.deepEqual([failure?.returnId, failure?.code], [badReturn, 'IN_DOUBT'])
  })

  for (const [about, lines, outcome] of [
    ['the same as ours: adopted as it is', [['TEE-BLK-M', 1]], 'adopted'],
    ['ours with other lines: updated', [['TEE-BLK-M', 3]], 'updated'],
    ['somebody else’s: left alone', [['CAP-RED', 1]], 'foreign'],
  ] as const) {
    it(`F34 “already taken” (301) by an RMA that is ${about}`, async () => {
      const at = await open()
      const id = at.file({ units: [{ sku: 'TEE-BLK-M', reason: 'Too small', parentReason: null }] })
      const packageId = at.sandbox.loop.returns.get(Number(id))?.labels[0]?.trackingNumber
      const { masonhub } = at.context
      const late = at.worker({
        masonhub: {
          ...masonhub,
          rmas: {
            ...masonhub.rmas,
            create(...args) {
              // After our look-up, and before our create.
              at.sandbox.masonhub.addRmas([
                {
                  customer_identifier: id,
                  manifest_id: 'theirs',
                  package_id: outcome === 'foreign' ? '1Z999AA10123456784' : packageId,
                  return_type: 'rma_submitted_by_customer',
                  line_items: lines.map(([sku, quantity]) => ({
                    customer_sku_id: sku,
                    quantity,
                    return_reason_code: 'tooSmall',
                    return_inventory_status: 'available',
                  })),
                },
              ])
              return masonhub.rmas.create(...args)
            },
          },
        },
      })
      const result = await late.sync()
      assert.equal(at.groundTruth('rma_created', id).length, 1)
      const rma = at.rma(id)
      switch (outcome) {
        case 'adopted':
          assert.deepEqual([result.failed, result.created, result.unchanged], [[], [], 1])
          assert.equal(rma?.version, 1)
          break
        case 'updated':
          assert.deepEqual(
            result.updated.map(({ returnId }) => returnId),
            [id],
          )
          assert.deepEqual([rma?.version, rma?.lines[0]?.quantity], [2, 1])
          break
        case 'foreign':
          assert.deepEqual(
            result.failed.map(({ code }) => code),
            ['RMA_FOREIGN'],
          )
          assert.deepEqual([rma?.version, rma?.lines[0]?.sku], [1, 'CAP-RED'])
      }
      at.pass(hour)
      const again = await at.sync()
      assert.deepEqual([again.created, again.updated], [[], []])
      assert.equal(at.groundTruth('rma_deleted').length, 0)
    })
  }

  it('F34 “already taken” by an RMA that does not show yet: reported, read again, adopted', async () => {
    const at = await open({ faults: { 'masonhub.visible-after-ms': minute } })
    const id = at.file()
    const foreign = at.worker({ journal: await at.foreignJournal() })
    await foreign.sync()
    const result = await at.sync()
    assert.deepEqual(
      result.failed.map(({ code }) => code),
      ['IN_DOUBT'],
    )
    at.pass(2 * minute)
    assert.equal((await at.sync()).unchanged, 1)
    assertEachOnce(at, [id])
  })

  it('F36 labels bought are 0 whatever happens, and every write said so', async () => {
    const at = await open({ faults: { 'masonhub.drop-next-create-answer': 2, 'masonhub.fail-create': 0.1 }, seed: 8 })
    const ids = fileMany(at, 70)
    for (let run = 0; run < 4; run += 1) {
      for (const id of ids.slice(run * 5, run * 5 + 5)) at.sandbox.loop.edit(id, { add: [{ sku: 'CAP-RED' }] })
      await at.sync()
      at.pass(5 * minute)
    }
    assertEachOnce(at, ids)
    assert.ok(labelFlags(at.sandbox.requests).every((flag) => flag === false))
  })

  it('F37, F38 cancelled while the warehouse receives it: our delete is refused, and reported', async () => {
    const at = await open()
    const id = at.file()
    await at.sync()
    at.pass(hour)
    at.sandbox.loop.cancel(id)
    at.fault('masonhub.receive-during-list', 1)
    const result = await at.sync()
    assert.deepEqual([result.deleted, result.failed.map(({ code }) => code)], [[], ['MASONHUB_409']])
    assert.equal(at.rma(id)?.status, 'received')
    at.pass(hour)
    assert.deepEqual(
      (await at.sync()).failed.map(({ code }) => code),
      ['CANCELLED_AFTER_RECEIPT'],
    )
  })

  it('F38 expired in Loop, and the parcel arrives all the same: its RMA stayed, and it is left to a person', async () => {
    const at = await open()
    const id = at.file()
    await at.sync()
    at.pass(hour)
    at.sandbox.loop.expire(id)
    await at.sync()
    assert.equal(at.rma(id)?.status, 'open')
    at.receive(id)
    const [resolved] = await at.resolve(id, { requested: 'refund', force: true })
    assert.deepEqual([resolved?.outcome, resolved?.reasons[0]?.code], ['refused', 'EXPIRED'])
    assert.match(resolved?.reasons[0]?.message ?? '', /parcel arrived/)
    assert.equal(at.requests('loop', 'POST').length, 0)
  })

  it('F39 cancelled, deleted, and filed again by the shopper: the new return has its own RMA', async () => {
    const at = await open()
    const first = at.file({ orderName: '1001' })
    await at.sync()
    at.pass(hour)
    at.sandbox.loop.cancel(first)
    const second = at.file({ orderName: '1001' })
    await at.sync()
    assert.deepEqual([at.rma(first)?.status, at.rma(second)?.status], ['deleted', 'open'])
    assert.equal(at.rma(second)?.manifestId, '#1001-R2')
  })
})
