import assert from 'node:assert/strict'
import type { Harness } from '../../harness.ts'
import { startHarness } from '../../harness.ts'

const day = 86_400_000

describe('Loop stand-in: labels come late and walk (loop.md §11.7)', () => {
  let harness: Harness
  beforeEach(async () => {
    harness = await startHarness()
  })
  afterEach(() => harness.sandbox.stop())

  const row = async () => (await harness.get('/warehouse/return/list')).body[0]
  const triggers = () => harness.sandbox.loop.emitted.map((event) => event.trigger)

  it('begins pending and N/A, and has a label 2 to 6 seconds later', async () => {
    harness.sandbox.loop.createReturn()
    const born = await row()
    assert.equal(born.carrier, '')
    assert.equal(born.tracking_number, 'N/A')
    assert.equal(born.label_status, 'pending')
    assert.equal(born.label_updated_at, 'N/A')
    assert.deepEqual(born.labels, [])
    assert.deepEqual(triggers(), ['return.created'])
    harness.clock.advance(1_999)
    assert.equal((await row()).tracking_number, 'N/A')
    harness.clock.advance(4_001)
    const labelled = await row()
    assert.equal(labelled.label_status, 'new')
    assert.match(labelled.tracking_number, /^\d{22}$/)
    assert.equal(labelled.labels[0].tracking_number, labelled.tracking_number)
    assert.deepEqual(triggers(), ['return.created', 'label.created', 'return.updated'])
  })

  it('a label comes after the time given, or never (F30)', async () => {
    const hour = harness.sandbox.loop.createReturn({ label: { after: 3_600_000 } })
    const never = harness.sandbox.loop.createReturn({ label: { after: 'never' } })
    harness.clock.advance(3_599_999)
    assert.equal(hour.labels.length, 0)
    harness.clock.advance(1)
    assert.equal(hour.labels.length, 1)
    harness.clock.advance(40 * day)
    assert.equal(never.labels.length, 0)
    assert.equal(never.state, 'open')
  })

  it('walks new, pre_transit, in_transit, out_for_delivery, delivered', () => {
    const record = harness.sandbox.loop.createReturn({ label: { after: 0 } })
    const seen = [record.labels[0]?.status]
    for (let step = 0; step < 5; step += 1) {
      harness.clock.advance(30_000)
      seen.push(record.labels[0]?.status)
    }
    assert.deepEqual(seen, ['new', 'pre_transit', 'in_transit', 'out_for_delivery', 'delivered', 'delivered'])
    assert.equal(triggers().filter((trigger) => trigger === 'label.updated').length, 4)
  })

  it('leaves updated_at alone when only a label changes, unless switched', async () => {
    const quiet = harness.sandbox.loop.createReturn()
    harness.clock.advance(10_000)
    assert.equal(quiet.labels.length, 1)
    assert.equal(quiet.updatedAt, quiet.createdAt)
    harness.sandbox.world.faults.set('loop.label-bumps-updated-at', 1)
    const loud = harness.sandbox.loop.createReturn()
    harness.clock.advance(10_000)
    assert.ok(loud.updatedAt > loud.createdAt)
  })

  it('expires after 28 days when the label was never scanned, and only then', () => {
    const unused = harness.sandbox.loop.createReturn({ label: { after: 0, walks: false } })
    const scanned = harness.sandbox.loop.createReturn({ label: { after: 0, status: 'in_transit', walks: false } })
    harness.clock.advance(28 * day - 1)
    assert.equal(unused.state, 'open')
    harness.clock.advance(1)
    assert.equal(unused.state, 'expired')
    assert.equal(scanned.state, 'open')
  })

  it('can have several labels, each with its own units', async () => {
    harness.file({
      units: [{ sku: 'A' }, { sku: 'B' }],
      label: { after: 0, parcels: [{ units: [0] }, { units: [1] }] },
    })
    const { labels, line_items: units } = await row()
    assert.deepEqual(
      labels.map((label: { line_items: number[] }) => label.line_items.map(String)),
      units.map((unit: { line_item_id: string }) => [unit.line_item_id]),
    )
    const asn = (await harness.get('/warehouse/reporting/asn')).body
    assert.deepEqual(
      asn.map((unit: { tracking_number: string }) => unit.tracking_number),
      labels.map((label: { tracking_number: string }) => label.tracking_number),
    )
  })

  it('moves each label on its own: one walks, one slowly, one not at all (loop.md §14.5)', () => {
    const parcels = [{ units: [0] }, { units: [1], everyMs: 3_600_000 }, { walks: false }]
    const record = harness.sandbox.loop.createReturn({ units: [{ quantity: 2 }], label: { after: 0, parcels } })
    const statuses = () => record.labels.map((label) => label.status)
    harness.clock.advance(120_000)
    assert.deepEqual(statuses(), ['delivered', 'new', 'new'])
    const arrived = record.labels[0]?.updatedAt
    harness.clock.advance(2 * 3_600_000)
    assert.deepEqual(statuses(), ['delivered', 'in_transit', 'new'])
    assert.equal(record.labels[0]?.updatedAt, arrived)
    assert.ok((record.labels[1]?.updatedAt ?? 0) > (arrived ?? 0))
  })

  it('scans one box alone, or loses it: failure and error lead nowhere (loop.md §14.2, §14.5)', async () => {
    const parcels = [{ trackingNumber: 'BOX-1' }, { trackingNumber: 'BOX-2' }]
    const id = harness.file({ label: { after: 0, walks: false, parcels } })
    harness.sandbox.loop.ship(id, 'in_transit', 'BOX-2')
    const labels = async () =>
      (await row()).labels.map((label: { tracking_number: string; status: string }) => label.status)
    assert.deepEqual(await labels(), ['new', 'in_transit'])
    harness.sandbox.loop.ship(id, 'failure', 'BOX-1')
    harness.clock.advance(day)
    assert.deepEqual(await labels(), ['failure', 'in_transit'])
    harness.sandbox.loop.ship(id, 'delivered')
    assert.deepEqual(await labels(), ['delivered', 'delivered'])
    assert.throws(() => harness.sandbox.loop.ship(id, 'delivered', 'BOX-3'), /no label BOX-3/)
  })

  it('keeps all digits of a tracking number, as text (F31)', async () => {
    const trackingNumber = '4209173092612903029651000098765432'
    harness.file({ label: { after: 0, parcels: [{ trackingNumber }] } })
    assert.equal((await row()).tracking_number, trackingNumber)
  })

  it('a shop that processes on the first scan has closed the return by itself (F19)', async () => {
    harness.sandbox.world.faults.set('loop.auto-process-in-transit', 1)
    const id = harness.file()
    harness.sandbox.loop.ship(id, 'in_transit')
    harness.clock.advance(5_000)
    const { body } = await harness.post(`/warehouse/return/${id}/process`)
    assert.equal(body.errors.code, 'UNPROCESSABLE_RETURN')
    assert.equal(harness.sandbox.loop.refundsPaid(id), 1)
  })
})

describe('Loop stand-in: people act at the same time (C7, loop.md §11.10)', () => {
  let harness: Harness
  beforeEach(async () => {
    harness = await startHarness()
  })
  afterEach(() => harness.sandbox.stop())

  it('a shopper edits: units, reasons, edited_at and updated_at change', async () => {
    const id = harness.file({ units: [{ sku: 'A' }, { sku: 'B' }] })
    harness.clock.advance(1_000)
    harness.sandbox.loop.edit(id, {
      remove: [0],
      add: [{ sku: 'C', quantity: 2 }],
      reasons: [{ position: 1, reason: 'Too big', parentReason: null }],
    })
    const [row] = (await harness.get('/warehouse/return/list')).body
    const units = row.line_items.map((unit: { sku: string; return_reason: string }) => [unit.sku, unit.return_reason])
    assert.deepEqual(units, [
      ['B', 'Too big'],
      ['C', 'Too small'],
      ['C', 'Too small'],
    ])
    assert.equal(row.edited_at, '2026-11-23T12:00:01+00:00')
    assert.equal(row.updated_at, row.edited_at)
    assert.throws(() => harness.sandbox.loop.edit(id, { remove: [0, 1, 2] }), /cancel it instead/)
  })

  it('staff cancel, close, expire, review, flag, reopen and process; not what is over', () => {
    const { loop } = harness.sandbox
    const id = harness.file()
    const states: (string | undefined)[] = []
    for (const move of ['review', 'reopen', 'flag', 'reopen', 'expire', 'reopen', 'process', 'cancel'] as const) {
      loop[move](id)
      states.push(loop.returns.get(Number(id))?.state)
    }
    assert.deepEqual(states, ['review', 'open', 'review', 'open', 'expired', 'open', 'open', 'cancelled'])
    assert.throws(() => loop.close(id), /is cancelled/)
    assert.throws(() => loop.cancel(1), /no return 1/)
  })

  it('shares a Shopify order between returns of one order name, and a Shopify line between units', () => {
    const one = harness.sandbox.loop.createReturn({ orderName: '1201', units: [{ quantity: 2 }] })
    const other = harness.sandbox.loop.createReturn({ orderName: '#1201' })
    assert.equal(one.orderName, other.orderName)
    assert.equal(one.providerOrderId, other.providerOrderId)
    assert.notEqual(one.id, other.id)
    assert.equal(new Set(one.units.map((unit) => unit.providerLineItemId)).size, 1)
    assert.equal(new Set(one.units.map((unit) => unit.lineItemId)).size, 2)
  })
})
