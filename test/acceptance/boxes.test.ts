/** Returns in several boxes: the warehouse calls an RMA received when its first box is (masonhub.md §4.8, F17). */
import assert from 'node:assert/strict'
import { defaultPolicy } from '../../src/core/merchants/policy.ts'
import { readMasonHubEvents } from '../../src/receiver/messages/read-masonhub-event.ts'
import type { LabelPlan } from '../../src/sandbox/loop/model/labels.ts'
import type { NewUnit } from '../../src/sandbox/loop/register.ts'
import type { Receipt } from '../../src/sandbox/masonhub/types.ts'
import { findReturn } from '../../src/usecases/returns/find-return.ts'
import { acceptance, codesOf, day, type Harness, hour, minute } from './harness.ts'

const tee: NewUnit = { sku: 'TEE-BLK-M', price: 2_500 }
const jeans: NewUnit = { sku: 'JEAN-IND-32', price: 8_900 }
const [one, two] = ['9400111899220000000001', '1Z999AA10123454321']

const { waits } = defaultPolicy

/** The T-shirt is in the first box, the jeans in the second. */
const twoBoxes: LabelPlan = {
  after: 0,
  walks: false,
  parcels: [
    { trackingNumber: one, status: 'delivered', units: [0] },
    { trackingNumber: two, status: 'in_transit', carrier: 'UPS', units: [1] },
  ],
}

const firstBox: Receipt = { lines: [{ sku: 'TEE-BLK-M', received: [{ disposition: 'available', quantity: 1 }] }] }

/** The first box is received; the second is on its way. */
async function halfReceived(at: Harness, label: LabelPlan = twoBoxes, receipt: Receipt = firstBox): Promise<string> {
  const id = at.file({ units: [tee, jeans], label })
  await at.sync()
  at.pass(hour)
  at.receive(id, receipt)
  return id
}

const separately = ['BOX_RECEIVED_APART']

/** The receiver stores MasonHub's message about this RMA. */
async function hear(at: Harness, rmaId: string): Promise<void> {
  const [rma] = await at.context.masonhub.rmas.byIds([rmaId])
  const details = { id: rmaId, package_id: rma?.packageId, status: 'received', line_items: [] }
  const row = { id: 'e1', customer_identifier: null, event_type: 'received', details }
  const message = { message_type: 'rmaEvent', message_id: 'm1', api_version: '2.0', data: [row] }
  const now = at.clock.now().toISOString()
  const events = readMasonHubEvents('acme', Buffer.from(JSON.stringify(message)), now)
  await at.journal.events.storeMany(events)
}

describe('acceptance: several boxes', () => {
  const open = acceptance()

  it('waits for box 2, then refunds by the corrected receipt (loop.md §14.5, H37)', async () => {
    const at = await open({ faults: { 'loop.details-lack-list-fields': 0 } })
    const id = await halfReceived(at)
    const [early] = await at.resolve('ready')
    assert.deepEqual([early?.action, early?.outcome, codesOf(early)], ['wait', 'skipped', ['BOX_ON_ITS_WAY']])
    assert.match(early?.reasons[0]?.message ?? '', /^1 of 1 × JEAN-IND-32 is in box …4321 \(UPS\), in transit since /)
    const seen = await at.show(id)
    assert.deepEqual(seen.findings, [], 'nothing needs a person')
    assert.equal(seen.next.text, early?.reasons[0]?.message)
    assert.deepEqual((await at.audit()).findings, [])
    at.pass(3 * day)
    at.sandbox.loop.ship(id, 'delivered')
    assert.deepEqual(codesOf((await at.resolve('ready'))[0]), ['BOX_ON_ITS_WAY'], 'delivered is not received')
    at.receive(id)
    const [resolved] = await at.resolve('ready', { wait: minute })
    assert.deepEqual([resolved?.action, resolved?.outcome], ['refund', 'confirmed'])
    assert.equal(at.paidByUs(id), 1)
    assert.equal(at.groundTruth('return_flagged').length, 0)
  })

  it('flags when the bound is over, and the note says where the units belong (H38)', async () => {
    const at = await open({ policy: { waits: { ...waits, otherBox: 4 } } })
    const id = await halfReceived(at)
    at.pass(4 * day - hour)
    assert.deepEqual(codesOf((await at.resolve('ready'))[0]), ['BOX_ON_ITS_WAY'])
    at.pass(hour)
    const [resolved] = await at.resolve('ready', { wait: minute })
    assert.deepEqual([resolved?.action, resolved?.outcome, codesOf(resolved)], ['flag', 'confirmed', ['MISSING']])
    const belongs = "1 of 1 × JEAN-IND-32 missing. By Loop's labels it belongs in box …4321 (UPS), in transit since"
    assert.ok(at.notes(id)[0]?.includes(belongs), at.notes(id)[0])
    at.receive(id)
    at.pass(minute)
    await at.resolve(id)
    assert.deepEqual(codesOf((await at.show(id)).decision), ['IN_REVIEW'], 'now a person decides')
    assert.equal(at.paidByUs(id), 0)
  })

  it('flags at once what no other box explains: damaged units, or a label that was never used (H37)', async () => {
    const at = await open()
    const damaged: Receipt = { lines: [{ sku: 'TEE-BLK-M', received: [{ disposition: 'damaged', quantity: 1 }] }] }
    const unused: LabelPlan = {
      ...twoBoxes,
      parcels: (twoBoxes.parcels ?? []).map((parcel, index) => (index === 1 ? { ...parcel, status: 'new' } : parcel)),
    }
    const ids = [await halfReceived(at, twoBoxes, damaged), await halfReceived(at, unused)]
    for (const id of ids) assert.equal((await at.resolve(id, { wait: minute }))[0]?.action, 'flag')
  })

  it('an operator can flag it at once, and no --force refunds it (H37)', async () => {
    const at = await open()
    const id = await halfReceived(at)
    const force = { requested: 'refund', force: true, reason: 'The shopper is waiting' } as const
    const [refused] = await at.resolve(id, force)
    assert.deepEqual([refused?.action, refused?.outcome], ['wait', 'refused'])
    assert.equal(at.requests('loop', 'POST', '/process').length, 0)
    const [flagged] = await at.resolve(id, { requested: 'flag', note: 'Box 2 is lost, says UPS', wait: minute })
    assert.deepEqual([flagged?.action, flagged?.outcome], ['flag', 'confirmed'])
  })

  it('the moving label becomes the package, once (loop.md §14.5)', async () => {
    const at = await open()
    const parcels = (twoBoxes.parcels ?? []).map((parcel) => ({ ...parcel, status: 'new' as const }))
    const id = at.file({ units: [tee, jeans], label: { ...twoBoxes, parcels } })
    await at.sync()
    assert.equal(at.rma(id)?.packageId, one)
    at.pass(hour)
    at.sandbox.loop.ship(id, 'in_transit', two)
    await at.sync({ returnIds: [id] })
    assert.equal(at.rma(id)?.packageId, two)
    at.pass(hour)
    at.sandbox.loop.ship(id, 'in_transit')
    await at.sync({ returnIds: [id] })
    assert.equal(at.rma(id)?.packageId, two, 'never back')
    assert.equal(at.requests('masonhub', 'PUT').length, 1)
  })

  it('found by the number of either box (loop.md §14.5)', async () => {
    const at = await open()
    const id = at.file({ units: [tee, jeans], label: twoBoxes })
    at.file({ units: [tee] })
    for (const number of [one, two, ' 1z999aa1 0123454321 ']) assert.equal(await findReturn(at.context, number), id)
  })

  it('a box received apart is named, and pays nothing by itself (A-50)', async () => {
    const at = await open({ policy: { waits: { ...waits, otherBox: 4 } } })
    const id = await halfReceived(at)
    at.pass(day)
    const lines = [{ sku: 'JEAN-IND-32', received: [{ disposition: 'available', quantity: 1 }] }]
    const { id: rmaId } = at.sandbox.masonhub.warehouse.createAtDock({ packageId: two, lines })
    await hear(at, rmaId)
    const before = await at.show(id)
    assert.deepEqual(
      [codesOf(before.decision), before.findings.map(({ code }) => code)],
      [['BOX_ON_ITS_WAY'], separately],
    )
    assert.match(before.findings[0]?.message ?? '', /1 × JEAN-IND-32 available.*With it, the return is complete\.$/)
    assert.match(before.next.text, /^Ask MasonHub to book the other box/)
    assert.deepEqual(
      (await at.audit()).findings.map(({ code, returnId }) => [code, returnId]),
      [['BOX_RECEIVED_APART', id]],
    )
    assert.equal((await at.resolve('ready'))[0]?.outcome, 'skipped')
    at.pass(4 * day)
    const after = await at.show(id)
    assert.equal(after.decision.action, 'flag')
    assert.match(after.next.command ?? '', /--refund --force --reason .* -m acme|-m acme --refund --force --reason /)
    const forced = {
      requested: 'refund',
      force: true,
      reason: 'The other box was received apart',
      wait: minute,
    } as const
    assert.equal((await at.resolve(id, forced))[0]?.outcome, 'confirmed')
    assert.equal(at.paidByUs(id), 1)
  })

  it('a parcel of the return that was received before its RMA stays an unannounced receipt (RCV-007)', async () => {
    const at = await open()
    const id = at.file({ units: [tee, jeans], label: twoBoxes })
    await at.sync()
    at.sandbox.masonhub.warehouse.createAtDock({ packageId: two })
    assert.deepEqual(
      (await at.audit()).findings.map(({ code, returnId }) => [code, returnId]),
      [['UNANNOUNCED_RECEIPT', id]],
    )
  })
})
