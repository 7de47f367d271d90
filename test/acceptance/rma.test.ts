/** The returns acceptance suite of masonhub.md §14.3, part RMA: which RMA MasonHub gets for a Loop return. */
import assert from 'node:assert/strict'
import type { NewUnit } from '../../src/sandbox/loop/register.ts'
import { acceptance, codesOf, day, hour, labelFlags, minute } from './harness.ts'

const tee: NewUnit = { sku: 'TEE-BLK-M', reason: 'Too small', parentReason: 'Size' }
const hoodie: NewUnit = { sku: 'HOOD-GRY-L', reason: 'Seam came apart', parentReason: 'Quality' }
const cap: NewUnit = { sku: 'CAP-RED', reason: 'Not what I ordered', parentReason: 'Wrong item' }

describe('acceptance: RMAs', () => {
  const open = acceptance()

  it('RMA-001 one-line return with Loop’s label: open, version 1, its parcel is the tracking number, no label bought', async () => {
    const at = await open()
    const id = at.file({
      returnId: 99_904_598,
      orderName: '1001',
      units: [tee],
      label: { after: 0, walks: false, parcels: [{ trackingNumber: '9400111899223344556677' }] },
    })
    const result = await at.sync()
    assert.deepEqual(result.created, [{ returnId: '99904598', units: 1 }])
    const rma = at.rma(id)
    assert.equal(rma?.status, 'open')
    assert.equal(rma.version, 1)
    assert.equal(rma.packageId, '9400111899223344556677')
    assert.equal(rma.manifestId, '#1001-R1')
    assert.equal(rma.returnType, 'rma_submitted_by_customer')
    assert.equal(at.sandbox.masonhub.rmas.get('99904598')?.customerIdentifier, '99904598')
    assert.equal(at.groundTruth('label_bought').length, 0)
    at.pass(minute)
    const overview = await at.show(id)
    assert.equal(overview.rma?.status, 'open')
    assert.deepEqual(codesOf(overview.decision), ['NOT_RECEIVED'])
  })

  it('RMA-002 several lines with mixed reasons: every line, mapped codes, the shopper’s words as notes', async () => {
    const at = await open()
    const id = at.file({
      units: [{ ...tee, quantity: 2 }, hoodie, cap, { ...tee, reason: 'Ugly', parentReason: null }],
    })
    await at.sync()
    const lines = at
      .rma(id)
      ?.lines.map(({ sku, quantity, reasonCode, notes, inventoryStatus }) => [
        sku,
        quantity,
        reasonCode,
        notes,
        inventoryStatus,
      ])
    assert.deepEqual(lines, [
      ['TEE-BLK-M', 2, 'tooSmall', 'Size › Too small', 'available'],
      ['HOOD-GRY-L', 1, 'damaged', 'Quality › Seam came apart', 'available'],
      ['CAP-RED', 1, 'wrongItem', 'Wrong item › Not what I ordered', 'available'],
      ['TEE-BLK-M', 1, 'other', 'Ugly', 'available'],
    ])
    at.pass(minute)
    const { findings } = await at.audit()
    assert.deepEqual(
      findings.map(({ code, returnId }) => [code, returnId]),
      [['REASON_UNMAPPED', id]],
    )
  })

  it('RMA-003 lines of several orders: the order reference goes on each line, and is accepted; several returns of one order keep apart', async () => {
    const at = await open({ policy: { orderReference: 'order-name' } })
    // In Loop, a return belongs to one order, so lines of two orders are two returns of the same shopper.
    const first = at.file({ orderName: '1201', units: [tee] })
    const second = at.file({ orderName: '1201', units: [hoodie] })
    const third = at.file({ orderName: '1202', units: [cap] })
    const result = await at.sync()
    assert.equal(result.created.length, 3)
    assert.deepEqual(
      [first, second, third].map((id) => at.rma(id)?.lines.map(({ orderId }) => orderId)),
      [['#1201'], ['#1201'], ['#1202']],
    )
    assert.deepEqual(
      new Set([at.rma(first)?.manifestId, at.rma(second)?.manifestId]),
      new Set(['#1201-R1', '#1201-R2']),
    )
    assert.equal(at.rma(third)?.manifestId, '#1202-R1')
  })

  it('RMA-004 31 and more returns: requests of 30 and the rest, every record answered for', async () => {
    const at = await open()
    const ids = Array.from({ length: 67 }, (_, index) =>
      at.file({ createdAt: new Date(at.clock.now().getTime() - index * minute) }),
    )
    const result = await at.sync()
    assert.deepEqual(new Set(result.created.map(({ returnId }) => returnId)), new Set(ids))
    const sizes = at.requests('masonhub', 'POST', '/rmas').map(({ body }) => (body as unknown[]).length)
    assert.deepEqual(sizes, [30, 30, 7])
    assert.equal(at.groundTruth('rma_created').length, 67)
  })

  it('RMA-005 one bad SKU in a batch: the others succeed, one is reported with its reason, and goes through once it exists', async () => {
    const at = await open()
    const good = [at.file(), at.file()]
    const bad = at.file({ units: [{ sku: 'LIMITED-DROP-7' }] })
    const result = await at.sync()
    assert.deepEqual(new Set(result.created.map(({ returnId }) => returnId)), new Set(good))
    assert.deepEqual(result.failed, [
      { returnId: bad, code: 'SKU_UNKNOWN', message: 'MasonHub has no SKU LIMITED-DROP-7.' },
    ])
    at.sandbox.masonhub.addSkus(['LIMITED-DROP-7'])
    at.pass(hour)
    assert.deepEqual((await at.sync()).created, [{ returnId: bad, units: 1 }])
  })

  it('RMA-005 a SKU that vanishes after the look-up: MasonHub’s refusal of the one record is reported, the others are created', async () => {
    const at = await open({ faults: { 'masonhub.fail-create': 0.5 }, seed: 3 })
    const ids = Array.from({ length: 12 }, () => at.file())
    const result = await at.sync()
    assert.ok(result.failed.length > 0 && result.created.length > 0)
    assert.equal(result.failed.length + result.created.length, ids.length)
    for (const { code, message } of result.failed) {
      assert.equal(code, 'MASONHUB_REFUSED')
      assert.match(message, /could not be processed/)
    }
    assert.equal(at.groundTruth('rma_created').length, result.created.length)
    at.fault('masonhub.fail-create', 0)
    at.pass(hour)
    await at.sync()
    assert.deepEqual(
      ids.map((id) => at.groundTruth('rma_created', id).length),
      ids.map(() => 1),
    )
  })

  it('RMA-006 a retry after a lost answer: looked up, 301 reconciled, no duplicate', async () => {
    const at = await open({ faults: { 'masonhub.drop-next-create-answer': 1 } })
    const id = at.file()
    const first = await at.sync()
    assert.deepEqual(
      first.failed.map(({ returnId, code }) => [returnId, code]),
      [[id, 'IN_DOUBT']],
    )
    assert.equal(at.groundTruth('rma_created', id).length, 1)
    at.pass(minute)
    const second = await at.sync()
    assert.deepEqual([second.created, second.failed, second.unchanged], [[], [], 1])
    assert.equal(at.groundTruth('rma_created', id).length, 1)
    const [effect] = await at.effects(id, 'rma.create')
    assert.equal(effect?.state, 'confirmed')
  })

  it('RMA-007 no tracking yet: held, and sent once it appears, though Loop’s updated_at never moved', async () => {
    const at = await open()
    const id = at.file({ label: { after: 'never' } })
    const held = await at.sync()
    assert.deepEqual(
      held.held.map(({ returnId, reason }) => [returnId, reason]),
      [[id, 'WAITING_FOR_TRACKING']],
    )
    assert.equal(at.requests('masonhub', 'POST').length, 0)
    at.pass(3 * day)
    const { findings } = await at.audit()
    assert.deepEqual(
      findings.map(({ code, severity }) => [code, severity]),
      [['WAITING_FOR_TRACKING', 'warning']],
    )
    at.sandbox.loop.label(id, { walks: false })
    const sent = await at.sync()
    assert.deepEqual(sent.created, [{ returnId: id, units: 1 }])
    assert.equal(at.rma(id)?.packageId, at.sandbox.loop.returns.get(Number(id))?.labels[0]?.trackingNumber)
  })

  it('RMA-008 no create and no update ever leaves out generate_return_label: false (F36)', async () => {
    const at = await open()
    const ids = Array.from({ length: 31 }, () => at.file())
    await at.sync()
    at.pass(minute)
    for (const id of ids.slice(0, 5)) at.sandbox.loop.edit(id, { add: [cap] })
    await at.sync()
    const flags = labelFlags(at.sandbox.requests)
    assert.equal(flags.length, 36)
    assert.ok(flags.every((flag) => flag === false))
    assert.equal(at.sandbox.masonhub.labelsBought.length, 0)
  })

  it('RMA-009 an unmapped reason, long notes, a long name, a short id: mapped and shortened, and reported', async () => {
    const at = await open()
    const long = 'My partner bought the very same thing for my birthday last week'
    const id = at.file({
      returnId: 1673,
      orderName: 'WHOLESALE-EU-2026-000000001234',
      units: [{ sku: 'CAP-RED', reason: long, parentReason: null }],
    })
    const result = await at.sync()
    assert.deepEqual(result.created, [{ returnId: '1673', units: 1 }])
    assert.deepEqual(new Set(result.losses.map(({ field }) => field)), new Set(['return_notes', 'manifest_id']))
    const rma = at.rma(id)
    assert.equal(at.sandbox.masonhub.rmas.get('loop-1673')?.customerIdentifier, 'loop-1673')
    assert.equal(rma?.lines[0]?.reasonCode, 'other')
    assert.equal(rma?.lines[0]?.notes?.length, 50)
    assert.ok(rma?.manifestId?.startsWith('#WHOLESALE-EU-2') && rma.manifestId.endsWith('-R1'))
    assert.ok((rma?.manifestId?.length ?? 0) <= 20)
    at.pass(minute)
    assert.equal((await at.sync()).unchanged, 1, 'what was shortened is no difference')
  })

  it('RMA-010 the shopper edits while the RMA is open: one full update, version 2, everything else kept', async () => {
    const at = await open()
    const id = at.file({ orderName: '1001', units: [tee, hoodie] })
    await at.sync()
    const before = at.rma(id)
    at.pass(hour)
    at.sandbox.loop.edit(id, { remove: [1], add: [cap], reasons: [{ position: 0, reason: 'Too big' }] })
    const result = await at.sync()
    assert.deepEqual(
      result.updated.map(({ returnId }) => returnId),
      [id],
    )
    const after = at.rma(id)
    assert.equal(after?.version, 2)
    assert.deepEqual(
      after.lines.map(({ sku, reasonCode }) => [sku, reasonCode]),
      [
        ['TEE-BLK-M', 'tooBig'],
        ['CAP-RED', 'wrongItem'],
      ],
    )
    assert.deepEqual([after.packageId, after.manifestId], [before?.packageId, before?.manifestId])
    at.pass(hour)
    const again = await at.sync()
    assert.deepEqual([again.updated, again.unchanged], [[], 1])
    assert.equal(at.rma(id)?.version, 2)
  })

  it('RMA-011 an edit after receiving began: reported, nothing overwritten, and no automatic refund', async () => {
    const at = await open()
    const id = at.file({ units: [tee] })
    await at.sync()
    at.pass(hour)
    at.sandbox.masonhub.warehouse.milestone(id, 'receivingStarted')
    at.sandbox.loop.edit(id, { add: [cap] })
    const result = await at.sync()
    assert.deepEqual(
      result.failed.map(({ returnId, code }) => [returnId, code]),
      [[id, 'EDITED_AFTER_RECEIPT']],
    )
    assert.deepEqual([at.rma(id)?.version, at.rma(id)?.lines.length], [1, 1])
    at.receive(id)
    const [resolved] = await at.resolve('ready', { wait: minute })
    assert.equal(resolved?.action, 'flag')
    assert.ok(codesOf(resolved).includes('UNITS_CHANGED'))
    assert.equal(at.paidByUs(), 0)
  })

  it('RMA-011 receiving begins between our reading and our update: MasonHub’s 409 is reported and no data is lost (F37)', async () => {
    const at = await open()
    const id = at.file({ units: [tee] })
    await at.sync()
    at.pass(hour)
    at.sandbox.loop.edit(id, { add: [cap] })
    at.fault('masonhub.receive-during-list', 1)
    const result = await at.sync()
    assert.deepEqual(
      result.failed.map(({ code }) => code),
      ['MASONHUB_409'],
    )
    assert.equal(at.rma(id)?.status, 'received')
    assert.deepEqual(
      at.rma(id)?.lines.map(({ sku, quantityReceived }) => [sku, quantityReceived]),
      [['TEE-BLK-M', 1]],
    )
    at.pass(hour)
    const again = await at.sync()
    assert.deepEqual(
      again.failed.map(({ code }) => code),
      ['EDITED_AFTER_RECEIPT'],
    )
    assert.equal(again.updated.length, 0)
  })

  it('RMA-012 cancelled in Loop while the RMA is open: deleted; after the receipt: refused and reported (F38)', async () => {
    const at = await open()
    const early = at.file()
    const late = at.file()
    await at.sync()
    at.pass(hour)
    at.receive(late)
    at.sandbox.loop.cancel(early)
    at.sandbox.loop.cancel(late)
    const result = await at.sync()
    assert.deepEqual(result.deleted, [{ returnId: early, reason: 'CANCELLED' }])
    assert.deepEqual(
      result.failed.map(({ returnId, code }) => [returnId, code]),
      [[late, 'CANCELLED_AFTER_RECEIPT']],
    )
    assert.deepEqual([at.rma(early)?.status, at.rma(late)?.status], ['deleted', 'received'])
    at.pass(hour)
    const { findings } = await at.audit()
    assert.deepEqual(
      findings.map(({ code, returnId }) => [code, returnId]),
      [['CANCELLED_RMA_OPEN', late]],
    )
    const [resolved] = await at.resolve(late)
    assert.deepEqual([resolved?.action, resolved?.outcome, codesOf(resolved)], ['none', 'skipped', ['CANCELLED']])
    assert.equal(at.requests('loop', 'POST').length, 0)
  })

  it('RMA-013 an RMA that was deleted at MasonHub is created again under the same number', async () => {
    const at = await open()
    const id = at.file()
    await at.sync()
    at.pass(hour)
    await at.context.masonhub.rmas.remove([id])
    at.pass(hour)
    const result = await at.sync({ since: '2026-11-20T00:00:00Z' })
    assert.deepEqual(result.created, [{ returnId: id, units: 1 }])
    assert.equal(at.rma(id)?.status, 'open')
    assert.equal(at.groundTruth('rma_created', id).length, 2)
    assert.equal([...at.sandbox.masonhub.rmas.all()].filter((rma) => rma.states.at(-1)?.status === 'open').length, 1)
  })

  it('RMA-013 where MasonHub refuses to reuse a deleted number, that is reported, and nothing is duplicated (F39)', async () => {
    const at = await open({ faults: { 'masonhub.deleted-reusable': 0 } })
    const id = at.file()
    await at.sync()
    at.pass(hour)
    await at.context.masonhub.rmas.remove([id])
    at.pass(hour)
    const result = await at.sync({ since: '2026-11-20T00:00:00Z' })
    assert.deepEqual(
      result.failed.map(({ returnId }) => returnId),
      [id],
    )
    assert.equal(result.created.length, 0)
    assert.equal(at.groundTruth('rma_created', id).length, 1)
  })

  it('RMA-014 units without SKU, kept and donated items are left out; with nothing left no RMA is made', async () => {
    const at = await open()
    const some = at.file({ units: [tee, { sku: '', title: 'Gift wrap' }] })
    const none = at.file({ units: [{ ...tee, sku: '' }] })
    const donated = at.file({ units: [cap], returnMethod: { provider: 'donate', methodType: 'donate' } })
    const retained = at.file({ units: [cap], returnMethod: { provider: 'keep_item', methodType: 'keep_item' } })
    const elsewhere = at.file({ units: [tee], destinationId: 503 })
    const result = await at.sync()
    assert.deepEqual(result.created, [{ returnId: some, units: 1 }])
    assert.deepEqual(
      new Map(result.skipped.map(({ returnId, reason }) => [returnId, reason])),
      new Map([
        [none, 'SKU_EMPTY'],
        [donated, 'KEPT'],
        [retained, 'KEPT'],
        [elsewhere, 'OTHER_DESTINATION'],
      ]),
    )
    assert.deepEqual(
      at.rma(some)?.lines.map(({ sku, quantity }) => [sku, quantity]),
      [['TEE-BLK-M', 1]],
    )
    assert.equal(at.groundTruth('rma_created').length, 1)
  })
})
