import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { seedSandbox } from '../../../src/sandbox/seed/seed.ts'
import { catalogue, stories, unknownSku } from '../../../src/sandbox/seed/stories.ts'
import { kits } from '../../../src/sandbox/seed/stories-of-kits.ts'
import type { Harness } from '../harness.ts'
import { startHarness } from '../harness.ts'

describe('sandbox seed (loop.md §11.10)', () => {
  let harness: Harness
  beforeEach(async () => {
    harness = await startHarness()
  })
  afterEach(() => harness.sandbox.stop())

  const closedAtDropOff = ['box-free-bag', 'box-free-two-bags', 'box-free-missing-at-drop-off']
  const seedStories = () => seedSandbox(harness.sandbox)
  function summaryOf(tag: string) {
    const seeded = [...harness.sandbox.seeded.values()].find((one) => one.tag === tag)
    const record = harness.sandbox.loop.returns.get(Number(seeded?.returnId))
    assert.ok(seeded && record, `no story ${tag}`)
    return { ...seeded, record }
  }

  it('seeds each story once, with its expected end, as many as the README says', () => {
    const added = seedStories()
    const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8')
    assert.equal(Number(/shoppers file (\d+) returns/.exec(readme)?.[1]), added.length)
    assert.equal(added.length, stories.length)
    assert.equal(new Set(added.map((one) => one.tag)).size, stories.length)
    assert.deepEqual([...new Set(added.map((one) => one.expected))].sort(), ['flag', 'none', 'refund', 'wait'])
    assert.equal(harness.sandbox.loop.returns.size, stories.length)
  })

  it('holds the cases seen in the wild', () => {
    seedStories()
    const orders = [1, 2, 3].map((number) => summaryOf(`order-return-${number}`).record.orderName)
    assert.deepEqual(orders, ['#1201', '#1201', '#1201'])
    assert.equal(summaryOf('same-sku-twice').record.units.length, 2)
    assert.deepEqual(
      summaryOf('sku-empty-on-one').record.units.map((unit) => unit.sku),
      ['TEE-BLK-M', ''],
    )
    assert.equal(summaryOf('auto-processed').record.state, 'closed')
    assert.equal(summaryOf('auto-processed').record.wasProcessed, true)
    assert.equal(summaryOf('instant-refund').record.refundBeforeInspection, true)
    assert.equal(summaryOf('review-by-rule').record.state, 'review')
    assert.equal(summaryOf('cancelled').record.state, 'cancelled')
    assert.equal(summaryOf('expired').record.state, 'expired')
    assert.equal(summaryOf('exchange-out-of-stock').record.exchanges[0]?.outOfStock, true)
    assert.equal(summaryOf('two-parcels').record.labels.length, 2)
    assert.equal(summaryOf('short-id').returnId, '1673')
    assert.ok(summaryOf('long-order-name').record.orderName.length > 20)
    assert.match(summaryOf('hostile-text').record.units[0]?.comment ?? '', /\u001b/)
    assert.ok((summaryOf('long-tracking').record.labels[0]?.trackingNumber ?? '').length >= 30)
    const age = harness.clock.now().getTime() - summaryOf('three-years-old').record.createdAt
    assert.ok(age >= 3 * 365 * 86_400_000)
  })

  it('has labels that are there, that come, and that never come', () => {
    seedStories()
    assert.equal(summaryOf('one-line').record.labels.length, 1)
    assert.equal(summaryOf('label-in-seconds').record.labels.length, 0)
    harness.clock.advance(6_000)
    assert.equal(summaryOf('label-in-seconds').record.labels.length, 1)
    assert.equal(summaryOf('label-later').record.labels.length, 0)
    harness.clock.advance(3_600_000)
    assert.equal(summaryOf('label-later').record.labels.length, 1)
    assert.equal(summaryOf('label-never').record.labels.length, 0)
  })

  it('puts every SKU of the stories into MasonHub’s catalogue, except the unknown one', async () => {
    seedStories()
    const known = new Set<string>(['', ...catalogue, ...kits.map(({ sku }) => sku)])
    for (const { record } of stories.map((story) => summaryOf(story.tag))) {
      for (const { sku } of record.units) assert.ok(known.has(sku) || sku === unknownSku, sku)
    }
    assert.ok(!known.has(unknownSku))
    const headers = { Authorization: `Bearer ${harness.sandbox.world.installed.masonhubToken}` }
    const url = `${harness.sandbox.masonhubBaseUrl}/skus?cid=${encodeURIComponent('MUG & SPOON')},${unknownSku}`
    const { data } = (await (await fetch(url, { headers })).json()) as { data: { customer_identifier: string }[] }
    assert.deepEqual(
      data.map((sku) => sku.customer_identifier),
      ['MUG & SPOON'],
    )
  })

  it('records early money only for what was paid before any observation', () => {
    seedStories()
    const paid = harness.sandbox.world.groundTruth.entries.filter((entry) => entry.what === 'refund_paid')
    const early = ['auto-processed', 'instant-refund', ...closedAtDropOff]
    assert.deepEqual(paid.map((entry) => entry.returnId).sort(), early.map((tag) => summaryOf(tag).returnId).sort())
  })

  it('has box-free returns on their way, in bags, and short of a unit (loop.md §14.4)', () => {
    seedStories()
    const waiting = summaryOf('box-free-in-network').record
    assert.deepEqual([waiting.state, waiting.packageReference, waiting.labels.length], ['open', null, 0])
    for (const tag of closedAtDropOff) {
      const { record, expected } = summaryOf(tag)
      assert.deepEqual([record.state, record.labels.length, expected], ['closed', 0, 'none'], tag)
      assert.ok(record.packageReference?.startsWith('HR'), tag)
    }
    assert.equal(summaryOf('box-free-bag').record.packageReference, 'HR200250DB9E')
    assert.equal(summaryOf('box-free-two-bags').record.packageReference?.split(',').length, 2)
    const short = summaryOf('box-free-missing-at-drop-off').record
    assert.deepEqual([short.units.length, short.refunds.map(({ amount }) => amount)], [1, [1_900]])
  })

  it('has labels that nobody used, beside one that moved and alone (loop.md §14.5)', () => {
    seedStories()
    harness.clock.advance(3_600_000)
    const statuses = (tag: string) => summaryOf(tag).record.labels.map((label) => label.status)
    assert.deepEqual(statuses('two-labels-one-used'), ['new', 'delivered'])
    assert.deepEqual(statuses('label-unused'), ['new'])
    assert.deepEqual(statuses('delivered-not-received'), ['delivered'])
    assert.equal(summaryOf('short-tracking').record.labels[0]?.trackingNumber, '123')
  })

  it('seeds the first stories only for a small count, and goes on where it stopped', () => {
    assert.equal(seedSandbox(harness.sandbox, { count: 3 }).length, 3)
    const rest = seedSandbox(harness.sandbox, { count: stories.length })
    assert.equal(rest.length, stories.length)
    assert.equal(rest.filter((one) => one.tag === 'plain').length, 3)
    assert.ok(seedSandbox(harness.sandbox, { count: 5 }).every((one) => one.tag === 'plain'))
    const names = [...harness.sandbox.loop.returns.values()].map((record) => record.orderName)
    assert.equal(names.length - new Set(names).size, 2, 'only #1201 comes more than once')
  })

  it('fills up with plain returns, the same for the same seed', async () => {
    const added = seedSandbox(harness.sandbox, { count: 5_000, seed: 9 })
    assert.equal(added.length, 5_000)
    assert.equal(harness.sandbox.loop.returns.size, 5_000)
    const other = await startHarness()
    assert.deepEqual(seedSandbox(other.sandbox, { count: 5_000, seed: 9 }), added)
    await other.sandbox.stop()
    assert.ok(harness.clock.pending < 200, 'plain returns plan no timers')
  })
})
