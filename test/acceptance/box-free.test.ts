/**
 * Returns that are handed in at a Return Bar (loop.md §14.4): Loop pays them by itself about 12 hours later, and the
 * warehouse scans their bags about twice a week. Return details show neither how a return is handed in nor its bags, as
 * by default in the sandbox.
 */
import assert from 'node:assert/strict'
import { proposeMany } from '../../src/usecases/resolve/propose.ts'
import { findReturn } from '../../src/usecases/returns/find-return.ts'
import { type ConnectedHarness, connectedHarnesses } from './connected-harness.ts'
import { acceptance, day, type Harness, hour } from './harness.ts'

const bag = 'HR200250DB9E'
const cap = 'CAP-RED'
/** Paid by Loop when it is handed in. */
const atOnce = { 'loop.box-free-process-ms': 0, 'loop.box-free-grace-ms': 0 }

function loopRecord(at: Harness, id: string) {
  const record = at.sandbox.loop.returns.get(Number(id))
  assert.ok(record !== undefined)
  return record
}

/** Handed in, paid by Loop half a day later, and in a bag on a pallet two days after that. */
function filed(at: Harness, units = 1): string {
  const id = at.file({ boxFree: true, units: [{ sku: cap, quantity: units }] })
  at.sandbox.loop.dropOff(Number(id), { bags: [bag] })
  return id
}

async function untouched(at: ConnectedHarness, id: string): Promise<void> {
  const { flags } = await at.end(id)
  assert.deepEqual({ paid: at.paidByUs(id), flags }, { paid: 0, flags: 0 })
}

describe('acceptance: returns without a box', () => {
  const open = connectedHarnesses()

  it('an RMA for a return that Loop closed at drop-off (loop.md §14.4, point 2)', async () => {
    const at = await open()
    const id = filed(at)
    await at.run(hour)
    assert.equal(at.rma(id), undefined)
    assert.match((await at.show(id)).next.text, /It is handed in at a Return Bar; its bag barcode comes/)
    await at.run(13 * hour, { step: hour })
    assert.equal(loopRecord(at, id).state, 'closed')
    assert.equal(at.rma(id), undefined)
    at.pass(2 * day)
    at.sandbox.loop.shipBags()
    await at.run(hour)
    const { rmas } = await at.end(id)
    assert.deepEqual(rmas, [{ status: 'open', packageId: bag, lines: [[cap, 1, null]] }])
    at.receive(id)
    await at.run(hour)
    const end = await at.end(id)
    assert.deepEqual([end.state, end.status, end.rmas[0]?.status], ['closed', 'resolved closed', 'received'])
    await untouched(at, id)
    const { findings, next } = await at.show(id)
    assert.deepEqual([findings, next.text], [[], 'Nothing: it is done.'])
  })

  it('details that lack the method keep the RMA polled, though every message is lost (H33)', async () => {
    const at = await open({ faults: { ...atOnce, 'loop.webhook-loss': 1, 'masonhub.callback-loss': 1 } })
    const id = filed(at)
    at.sandbox.loop.shipBags()
    await at.run(hour)
    assert.equal(at.rma(id)?.packageId, bag)
    // Read by itself, as after a webhook: no method, no bag, closed.
    await at.sync({ returnIds: [id] })
    const [link] = await at.journal.links.find(at.context.merchant.name, { returnIds: [id] })
    assert.equal(link?.status, 'open')
    const { plan, loopReturn } = await at.show(id)
    assert.deepEqual([plan?.kind, loopReturn?.method.known, loopReturn?.bags], ['wanted', false, [bag]])
    at.pass(3 * day)
    at.receive(id)
    await at.run(hour)
    assert.equal((await at.end(id)).status, 'resolved closed')
    const before = at.requests('masonhub', 'GET').length
    await at.job('poll')
    assert.equal(at.requests('masonhub', 'GET').length, before, 'nothing is left to ask for')
    await untouched(at, id)
  })

  it('a return by mail that is closed before its parcel comes stays polled, too (H33)', async () => {
    const at = await open({ faults: { 'loop.webhook-loss': 1, 'masonhub.callback-loss': 1 } })
    const id = at.file()
    await at.run(hour)
    at.sandbox.loop.process(id)
    await at.run(hour)
    const statusOf = async () => (await at.end(id)).status
    assert.equal(await statusOf(), 'open null')
    at.receive(id)
    await at.run(hour)
    assert.equal(await statusOf(), 'resolved closed')
  })

  it('open at the dock waits for Loop’s own job, and is paid once (G22)', async () => {
    const at = await open({ faults: { 'loop.box-free-processes': 0 } })
    const id = filed(at)
    at.sandbox.loop.shipBags()
    await at.run(hour)
    at.receive(id)
    await at.run(hour)
    await untouched(at, id)
    const { decision, next } = await at.show(id)
    assert.equal(decision.reasons[0]?.code, 'LOOP_MAY_PAY')
    assert.match(next.text, /^Loop pays most returns without a box by itself.* UTC\.$/)
    await at.run(day, { step: hour })
    const { paid, state } = await at.end(id)
    assert.deepEqual({ paid, byUs: at.paidByUs(id), state }, { paid: 1, byUs: 1, state: 'closed' })
  })

  it('tells a person who forces its refund that Loop may pay it, too (G22)', async () => {
    const at = await open({ faults: { 'loop.box-free-processes': 0 } })
    const id = filed(at)
    at.sandbox.loop.shipBags()
    await at.run(hour)
    at.receive(id, { lines: [{ sku: cap, received: [{ disposition: 'damaged', quantity: 1 }] }] })
    const codes = async (force: boolean) => {
      const [proposal] = await proposeMany(at.context, [id], { requested: 'refund', force })
      return proposal?.decision.reasons.map(({ code }) => code)
    }
    assert.deepEqual(await codes(true), ['FORCED', 'LOOP_MAY_PAY', 'DAMAGED'])
    assert.deepEqual(await codes(false), ['DAMAGED'])
  })

  it('what is damaged in its bag is a finding after Loop has paid, and a flag before (loop.md §14.4, point 2)', async () => {
    const damaged = { lines: [{ sku: cap, received: [{ disposition: 'damaged', quantity: 1 }] }] }
    const at = await open({ faults: atOnce })
    const id = filed(at)
    at.sandbox.loop.shipBags()
    await at.run(hour)
    at.receive(id, damaged)
    await at.run(hour)
    await untouched(at, id)
    const { findings } = await at.audit()
    assert.deepEqual(
      findings.map(({ code, severity, message }) => [code, severity, message]),
      [
        [
          'FOUND_AFTER_REFUND',
          'warning',
          `1 of 1 × ${cap} damaged. Loop had paid before its receipt, so nothing can be flagged.`,
        ],
      ],
    )
    at.fault('loop.box-free-processes', 0)
    const other = at.file({ boxFree: true, units: [{ sku: cap }] })
    at.sandbox.loop.dropOff(Number(other), {})
    at.sandbox.loop.shipBags()
    await at.run(hour)
    at.receive(other, damaged)
    await at.run(hour)
    const { paid, flags } = await at.end(other)
    assert.deepEqual({ paid, flags }, { paid: 0, flags: 1 })
  })

  it('Loop removes a unit after 24 h (loop.md §14.4, point 2)', async () => {
    const at = await open()
    const id = at.file({ boxFree: true, units: [{ sku: cap, quantity: 2 }] })
    at.sandbox.loop.dropOff(Number(id), { bags: [bag], missing: [1] })
    at.sandbox.loop.shipBags()
    await at.run(hour)
    assert.deepEqual((await at.end(id)).rmas[0]?.lines, [[cap, 2, null]])
    await at.run(day, { step: hour })
    assert.equal(loopRecord(at, id).state, 'closed')
    assert.deepEqual((await at.end(id)).rmas[0]?.lines, [[cap, 1, null]])
    at.receive(id)
    await at.run(hour)
    assert.deepEqual((await at.show(id)).findings, [])
    await untouched(at, id)
  })

  it('several bags: one RMA, under the first, which names the others (A-44)', async () => {
    for (const separator of [0, 1]) {
      const at = await open({ faults: { ...atOnce, 'loop.bag-separator': separator } })
      const id = at.file({ boxFree: true, units: [{ sku: cap, quantity: 2 }] })
      at.sandbox.loop.dropOff(Number(id), { bags: [bag, 'HR200250DB9F'] })
      at.sandbox.loop.shipBags()
      await at.run(hour)
      const rma = at.rma(id)
      assert.deepEqual([rma?.packageId, rma?.customerInstructions], [bag, 'Other bags of this return: HR200250DB9F'])
    }
  })
})

describe('acceptance: the bag of a return is found', () => {
  const open = acceptance()

  it('by bag, RMA id and return id, without a look through Loop’s list', async () => {
    const at = await open({ faults: atOnce })
    const id = filed(at)
    at.sandbox.loop.shipBags()
    await at.sync()
    const lists = () => at.requests('loop', 'GET', '/return/list').length
    const before = lists()
    const { rmaId } = loopRecord(at, id).returnMethod ?? {}
    assert.ok(rmaId)
    for (const typed of [bag, bag.toLowerCase(), ` ${bag} `, rmaId, id]) {
      assert.equal(await findReturn(at.context, typed), id, typed)
    }
    assert.equal(lists(), before)
  })

  it('also by a bag that only the list shows yet', async () => {
    const at = await open({ faults: atOnce })
    const id = filed(at)
    await at.sync()
    at.sandbox.loop.shipBags()
    assert.equal(await findReturn(at.context, bag), id)
  })

  it('after the upgrade, no bag is announced that was closed over 30 days ago (H35)', async () => {
    const at = await open({ faults: atOnce })
    const old = filed(at)
    at.sandbox.loop.shipBags()
    at.pass(31 * day)
    const young = at.file({ boxFree: true, units: [{ sku: cap }] })
    at.sandbox.loop.dropOff(Number(young), {})
    at.sandbox.loop.shipBags()
    const { created, skipped } = await at.sync({ since: new Date(at.clock.now().getTime() - 60 * day).toISOString() })
    assert.deepEqual(
      created.map(({ returnId }) => returnId),
      [young],
    )
    assert.deepEqual(
      skipped.map(({ returnId, reason }) => [returnId, reason]),
      [[old, 'LONG_CLOSED']],
    )
  })

  it('held ones are not read one by one at each pull', async () => {
    const at = await open()
    const id = filed(at)
    await at.sync()
    const details = () => at.requests('loop', 'GET', '/return/details').length
    const before = details()
    at.pass(hour)
    // It moves the cursor on, so that the list does not show the held one again.
    at.file()
    await at.sync()
    at.pass(2 * hour)
    await at.sync()
    assert.equal(details(), before)
    at.pass(6 * hour)
    await at.sync()
    assert.equal(details(), before + 1)
    const [link] = await at.journal.links.find(at.context.merchant.name, { returnIds: [id] })
    assert.deepEqual([link?.status, link?.reason], ['held', 'IN_DROP_OFF_NETWORK'])
  })
})
