import assert from 'node:assert/strict'
import { Fault } from '../../src/core/errors/fault.ts'
import { kits } from '../../src/sandbox/seed/stories-of-kits.ts'
import { workOnReturns } from '../../src/usecases/serve/work-on-returns.ts'
import { acceptance, codesOf, type Harness, type HarnessOptions, minute } from './harness.ts'

const available = (quantity: number) => [{ disposition: 'available', quantity }]

describe('kits (masonhub.md §7.1, A-67)', () => {
  const open = acceptance()

  /** A return of a kit, and of whatever else, whose RMA MasonHub has. */
  async function announced(
    options: HarnessOptions = {},
    units = [{ sku: 'GIFT-SET' }],
  ): Promise<{ at: Harness; id: string }> {
    const at = await open(options)
    at.sandbox.masonhub.addKits(kits)
    const id = at.file({ units })
    assert.equal((await at.sync()).created.length, 1)
    at.pass(minute)
    return { at, id }
  }

  const lookUps = (at: Harness) =>
    at.requests('masonhub', 'GET', '/skus').filter(({ query }) => 'list_type' in query).length

  for (const seed of [1, 2]) {
    it(`a kit that the dock books as its parts is refunded (H47, seed ${seed})`, async () => {
      const { at, id } = await announced({ seed })
      at.receive(id)
      at.pass(minute)
      const overview = await at.show(id)
      assert.equal(overview.decision.action, 'refund')
      assert.match(
        overview.decision.reasons[0]?.message ?? '',
        /GIFT-SET came as its parts: 1 × CAP-RED, 2 × SOCK-3PK\.$/,
      )
      const [resolved] = await at.resolve(id, { wait: 60_000 })
      assert.deepEqual([resolved?.action, resolved?.outcome, at.paidByUs(id)], ['refund', 'confirmed', 1])
      assert.deepEqual((await at.audit()).findings, [])
    })
  }

  it('one that it books as itself is refunded as well, and nothing is looked up', async () => {
    const { at, id } = await announced({ faults: { 'masonhub.books-kits': 1 } })
    at.receive(id)
    at.pass(minute)
    const before = lookUps(at)
    await at.resolve(id, { wait: 60_000 })
    assert.deepEqual([at.paidByUs(id), lookUps(at)], [1, before])
  })

  it('beside a unit of the same SKU as one of its parts', async () => {
    const { at, id } = await announced({}, [{ sku: 'GIFT-SET' }, { sku: 'CAP-RED' }])
    at.receive(id)
    at.pass(minute)
    await at.resolve(id, { wait: 60_000 })
    assert.equal(at.paidByUs(id), 1)
  })

  it('G23 one that lacks a part, or has a damaged one, is flagged, and the audit agrees', async () => {
    for (const socks of [available(1), [...available(1), { disposition: 'damaged', quantity: 1 }]]) {
      const { at, id } = await announced()
      at.receive(id, {
        lines: [
          { sku: 'GIFT-SET', received: [] },
          { sku: 'CAP-RED', received: available(1) },
          { sku: 'SOCK-3PK', received: socks },
        ],
      })
      at.pass(minute)
      const [resolved] = await at.resolve(id)
      assert.deepEqual([resolved?.action, at.paidByUs(id)], ['flag', 0])
      assert.ok(codesOf(resolved).includes('MISSING'))
      assert.match(
        resolved?.reasons.find(({ code }) => code === 'MISSING')?.message ?? '',
        /It is a kit of 1 × CAP-RED/,
      )
    }
  })

  it('its one unit is graded as available; that of a kit that came in part is not graded', async () => {
    const { at, id } = await announced({ policy: { grades: { on: true, rules: [] } } })
    const partly = at.file({ units: [{ sku: 'GIFT-SET' }] })
    await at.sync()
    at.pass(minute)
    at.receive(id)
    at.receive(partly, {
      lines: [
        { sku: 'GIFT-SET', received: [] },
        { sku: 'CAP-RED', received: available(1) },
      ],
    })
    at.pass(minute)
    await workOnReturns(at.context, [id, partly], { resolve: true, report: () => undefined })
    at.pass(minute)
    await workOnReturns(at.context, [id, partly], { resolve: true, report: () => undefined })
    const dispositions = (returnId: string) =>
      at.sandbox.loop.returns
        .get(Number(returnId))
        ?.units.map(({ disposition }) => disposition?.disposition_outcome ?? null)
    assert.deepEqual([dispositions(id), dispositions(partly)], [['back_to_stock'], [null]])
    assert.equal(at.groundTruth('refund_paid', partly).length, 0)
  })

  it('while MasonHub is down, nothing is decided; what else fails leaves the receipt as it is booked', async () => {
    const { at, id } = await announced()
    at.receive(id)
    at.pass(minute)
    const failing = (fault: Fault) => {
      const kits = () => Promise.reject(fault)
      return at.worker({ masonhub: { ...at.context.masonhub, kits } })
    }
    const down = new Fault('It is down.', { code: 'MASONHUB_UNREACHABLE', blame: 'masonhub' })
    await assert.rejects(failing(down).show(id), { code: 'MASONHUB_UNREACHABLE' })
    const odd = new Fault('It answered oddly.', { code: 'MASONHUB_UNREADABLE' })
    assert.equal((await failing(odd).show(id)).decision.action, 'flag')
    assert.equal((await at.show(id)).decision.action, 'refund')
  })

  it('a kit whose list can’t be counted is none', async () => {
    const { at, id } = await announced()
    at.receive(id)
    at.pass(minute)
    at.sandbox.masonhub.addKits([{ sku: 'BIG-SET', parts: [{ sku: 'GIFT-SET', quantity: 1 }] }])
    const nested = at.file({ units: [{ sku: 'BIG-SET' }] })
    await at.sync()
    at.pass(minute)
    at.receive(nested)
    at.pass(minute)
    assert.equal((await at.show(nested)).decision.action, 'flag')
  })
})
