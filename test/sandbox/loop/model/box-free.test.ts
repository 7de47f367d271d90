import assert from 'node:assert/strict'
import type { FaultName } from '../../../../src/sandbox/fault-injection.ts'
import type { NewReturn } from '../../../../src/sandbox/loop/register.ts'
import type { Harness } from '../../harness.ts'
import { startHarness } from '../../harness.ts'

const hour = 3_600_000

describe('Loop stand-in: returns without a box (loop.md §14.4)', () => {
  let harness: Harness
  beforeEach(async () => {
    harness = await startHarness({ faults: { 'loop.rate-limit': 0 } })
  })
  afterEach(() => harness.sandbox.stop())

  const fault = (name: FaultName, value: number) => harness.sandbox.world.faults.set(name, value)
  const file = (overrides: NewReturn = {}) =>
    String(harness.sandbox.loop.createReturn({ boxFree: true, ...overrides }).id)
  const record = (id: string) => {
    const found = harness.sandbox.loop.returns.get(Number(id))
    assert.ok(found)
    return found
  }
  const rowOf = async (id: string) => {
    const { body } = await harness.get('/warehouse/return/list?from=2026-11-20&to=2026-11-30')
    return body.find((row: { id: string }) => row.id === id)
  }
  const paid = (id: string) =>
    harness.sandbox.world.groundTruth.entries
      .filter((entry) => entry.what === 'refund_paid' && entry.returnId === id)
      .map(({ detail }) => [detail['by'], detail['amount']])

  it('never has a label, and its method names the code for the bar (loop.md §14.4, point 1)', async () => {
    const id = file()
    harness.clock.advance(48 * hour)
    const row = await rowOf(id)
    assert.deepEqual([row.tracking_number, row.label_status, row.labels], ['N/A', 'pending', []])
    assert.equal(row.return_method.provider, 'happyreturns')
    assert.match(row.return_method.rma_id, /^HR[A-Z0-9]{6}$/)
    assert.equal(row.package_reference, null)
    assert.equal(record(id).state, 'open', 'nobody has handed it in')
  })

  it('is paid and closed by Loop itself half a day after its drop-off (loop.md §14.4, point 2)', async () => {
    const id = file({ units: [{ price: 2_500 }] })
    harness.sandbox.loop.dropOff(id)
    harness.clock.advance(12 * hour - 1)
    assert.deepEqual([record(id).state, paid(id)], ['open', []])
    harness.clock.advance(1)
    assert.deepEqual([record(id).state, paid(id)], ['closed', [['workflow', 2_500]]])
    const refused = await harness.post(`/warehouse/return/${id}/process`)
    assert.equal(refused.body.errors.code, 'UNPROCESSABLE_RETURN')
    harness.clock.advance(72 * hour)
    assert.equal(paid(id).length, 1)
  })

  it('is left alone by Loop where the shop processes nothing by itself', () => {
    fault('loop.box-free-processes', 0)
    const id = file()
    harness.sandbox.loop.dropOff(id)
    harness.clock.advance(72 * hour)
    assert.deepEqual([record(id).state, paid(id)], ['open', []])
  })

  it('pays twice if somebody’s accepted job still waits when Loop’s own pays (C2, loop.md §14.4, point 2)', async () => {
    fault('loop.process-min-ms', 2 * hour)
    fault('loop.process-max-ms', 2 * hour)
    const id = file()
    harness.sandbox.loop.dropOff(id)
    harness.clock.advance(11 * hour)
    await harness.post(`/warehouse/return/${id}/process`)
    harness.clock.advance(24 * hour)
    assert.equal(harness.sandbox.loop.refundsPaid(id), 2)
  })

  it('pays after a day without the units that were not handed in, for a refund (loop.md §14.4, point 2)', async () => {
    const id = file({ units: [{ price: 1_000 }, { price: 3_000 }] })
    harness.sandbox.loop.dropOff(id, { missing: [1] })
    harness.clock.advance(24 * hour - 1)
    assert.deepEqual(paid(id), [])
    harness.clock.advance(1)
    assert.deepEqual(paid(id), [['workflow', 1_000]])
    assert.equal(record(id).state, 'closed')
    assert.equal((await rowOf(id)).line_items.length, 1)
  })

  it('shows a unit that it took out, if it is told to', async () => {
    fault('loop.removed-units-vanish', 0)
    const id = file({ units: [{ price: 1_000 }, { price: 3_000 }] })
    harness.sandbox.loop.dropOff(id, { missing: [1] })
    harness.clock.advance(24 * hour)
    assert.deepEqual(paid(id), [['workflow', 1_000]])
    const row = await rowOf(id)
    assert.deepEqual([row.line_items.length, row.return_total], [2, '10.00'])
  })

  it('makes an exchange whole, whatever was handed in (loop.md §14.4, point 2)', () => {
    const id = file({
      units: [{ price: 5_000, quantity: 2 }],
      exchanges: [{ price: 2_500 }],
      outcome: 'exchange+refund',
    })
    harness.sandbox.loop.dropOff(id, { missing: [0] })
    harness.clock.advance(12 * hour)
    assert.deepEqual(paid(id), [['workflow', 7_500]])
    assert.equal(record(id).units.length, 2)
  })

  it('shows its bag once the hub ships, and tells of it with return.updated (loop.md §14.4, point 3)', async () => {
    const id = file()
    harness.sandbox.loop.dropOff(id, { bags: ['HR200250DB9E'] })
    harness.clock.advance(60 * hour)
    assert.equal((await rowOf(id)).package_reference, null, 'nobody knows the bag yet')
    const before = harness.sandbox.loop.emitted.length
    harness.sandbox.loop.shipBags()
    const events = harness.sandbox.loop.emitted.slice(before).map(({ trigger, returnId }) => [trigger, returnId])
    assert.deepEqual(events, [['return.updated', id]])
    const row = await rowOf(id)
    assert.equal(row.package_reference, 'HR200250DB9E')
    assert.equal(row.tracking_number, 'N/A')
    assert.equal(row.updated_at, '2026-11-26T00:00:00+00:00')
    const [unit] = (await harness.get('/warehouse/reporting/asn')).body
    assert.equal(unit.package_reference, 'HR200250DB9E')
    assert.equal(unit.tracking_number, 'N/A')
    assert.equal(unit.return_method, 'happyreturns')
    assert.equal(unit.return_method_rma_code, row.return_method.rma_id)
    assert.match(unit.shipping_box_barcode, /^HR[A-Z]{6}-\d{4}-1$/)
  })

  it('may fill several bags, in one field, after commas or blanks (loop.md §14.4, point 1)', async () => {
    for (const [separator, between] of [
      [0, ','],
      [1, ' '],
    ] as const) {
      fault('loop.bag-separator', separator)
      const id = file({ units: [{ quantity: 2 }] })
      harness.sandbox.loop.dropOff(id, { bags: 2 })
      harness.sandbox.loop.shipBags()
      const bags = String((await rowOf(id)).package_reference).split(between)
      assert.equal(new Set(bags).size, 2)
      for (const bag of bags) assert.match(bag, /^HR\d{6}[0-9A-F]{4}$/)
    }
  })

  it('spells its provider in two ways (loop.md §14.4, point 5)', async () => {
    fault('loop.happy-returns-word', 1)
    fault('loop.details-lack-list-fields', 0)
    const id = file()
    assert.equal((await rowOf(id)).return_method.provider, 'happy_returns')
    const { body } = await harness.get(`/warehouse/return/details?return_id=${id}`)
    assert.equal(body.return_method, 'happy_returns')
  })

  it('is handed in once, not by mail, and never empty; the hub ships only what it has', () => {
    const { loop } = harness.sandbox
    assert.throws(() => loop.shipBags(), /No bag waits/)
    const id = file()
    assert.throws(() => loop.dropOff(id, { missing: [0] }), /nothing was handed in/)
    const other = file()
    loop.dropOff(other)
    assert.throws(() => loop.dropOff(other), /handed in already/)
    assert.throws(() => loop.dropOff(harness.file()), /goes by mail/)
    assert.deepEqual(loop.shipBags().returnIds, [Number(other)])
    assert.throws(() => loop.shipBags(), /No bag waits/)
  })
})
