/**
 * Messages that arrive at the endpoint: masonhub.md §14.3 CB-001 to CB-005, RCV-006, RCV-007; §14.1 HOOK and POLL, for
 * returns.
 */
import assert from 'node:assert/strict'
import { parseRmaEvents } from '../../src/masonhub/rmas/rma-event.ts'
import { endpointPaths } from '../../src/receiver/endpoint-paths.ts'
import { sized } from '../size.ts'
import { type ConnectedHarness, connectedHarnesses, proof } from './connected-harness.ts'
import { day, hour, minute } from './harness.ts'

const replays = sized(1_000, 10_000)
const damaged = { lines: [{ sku: 'TEE-BLK-M', received: [{ disposition: 'damaged', quantity: 1 }] }] }

/** A return whose RMA is open and visible. */
async function announced(at: ConnectedHarness): Promise<string> {
  const id = at.file()
  await at.run(2 * minute, { jobs: false })
  assert.equal(at.rma(id)?.status, 'open')
  return id
}

/** The bytes of the latest message that was sent for a return. */
function latestBody(at: ConnectedHarness, channel: 'loop.webhook' | 'masonhub.callback'): string {
  return (
    at.sandbox.deliveries.log.filter((delivery) => delivery.channel === channel).at(-1)?.body ?? assert.fail('none')
  )
}

function vendorWrites(at: ConnectedHarness): number {
  return at.sandbox.requests.filter(({ method }) => method !== 'GET').length
}

describe('serve: callbacks of MasonHub', () => {
  const open = connectedHarnesses()

  it('CB-001 version 1.0 and 2.0, alone and in an array: each wakes its return, and it is refunded once', async () => {
    const at = await open({ faults: { 'masonhub.quirks': 1 } })
    const url = `${at.receiver.url}${endpointPaths(at.endpoint.key).masonhub}`
    const [token = ''] = at.endpoint.callbackTokens
    await at.context.masonhub.callbacks.create([{ url, messageType: 'rmaEvent', apiVersion: '1.0', token }])
    const ids = Array.from({ length: 12 }, () => at.file())
    await at.run(2 * minute, { jobs: false })
    for (const id of ids) at.receive(id)
    await at.run(2 * minute, { jobs: false })
    const bodies = at.sandbox.deliveries.log.filter(({ channel }) => channel === 'masonhub.callback')
    assert.equal(bodies.length, 24)
    assert.equal(
      bodies.some(({ body }) => body.startsWith('[')),
      true,
    )
    for (const id of ids) {
      const received = (await at.events({ returnId: id })).filter(({ topic }) => topic === 'received')
      assert.deepEqual(
        received.map(({ state }) => state),
        ['done', 'done'],
      )
      assert.equal(at.paidByUs(id), 1)
    }
  })

  it('CB-002 HOOK-005 no token, a wrong one, ours in another scheme, another endpoint: 401 or 404, and nothing happens', async () => {
    const at = await open()
    const id = await announced(at)
    at.fault('masonhub.callback-loss', 1)
    at.receive(id)
    await at.work()
    const body = latestBody(at, 'masonhub.callback')
    const known = (await at.events()).length
    const seenRequests = at.sandbox.requests.length
    for (const authorization of [
      '',
      'Bearer ',
      'Bearer wrong',
      `Basic ${at.endpoint.callbackTokens[0]}`,
      `Bearer ${at.endpoint.key}`,
    ])
      assert.equal(await at.post('masonhub', body, { authorization }), 401)
    assert.equal(await at.post('masonhub', body, {}), 401)
    const elsewhere = await fetch(`${at.receiver.url}${endpointPaths('x'.repeat(43)).masonhub}`, {
      method: 'POST',
      body,
      headers: proof('masonhub', body),
    })
    assert.equal(elsewhere.status, 404)
    await at.work()
    assert.deepEqual(
      [(await at.events()).length, at.sandbox.requests.length, at.paidByUs(id)],
      [known, seenRequests, 0],
    )
    // The same bytes are accepted with the right token.
    assert.equal(await at.post('masonhub', body), 200)
    await at.run(2 * minute, { jobs: false })
    assert.equal(at.paidByUs(id), 1)
  })

  it('CB-003 a message_id that comes again with other bytes is no news; out of order it makes no difference', async () => {
    const at = await open({ faults: { 'masonhub.quirks': 0 } })
    const id = await announced(at)
    at.fault('masonhub.callback-loss', 1)
    at.sandbox.masonhub.warehouse.milestone(id, 'delivered')
    at.receive(id)
    await at.work()
    const bodies = at.sandbox.deliveries.log
      .filter(({ channel }) => channel === 'masonhub.callback')
      .map(({ body }) => body)
    for (const body of bodies.toReversed()) {
      const { data, ...rest } = JSON.parse(body)
      for (const again of [body, JSON.stringify({ data, ...rest }), JSON.stringify([{ data, ...rest }])])
        assert.equal(await at.post('masonhub', again), 200)
    }
    await at.run(2 * minute, { jobs: false })
    assert.equal((await at.events()).filter(({ source }) => source === 'masonhub').length, 2)
    assert.deepEqual([at.paidByUs(id), at.groundTruth('process_accepted', id).length], [1, 1])
  })

  it('CB-004 held and released: all of it arrives, and is worked on', async () => {
    const at = await open()
    const ids = [await announced(at), await announced(at), await announced(at)]
    await at.context.masonhub.holds.create(['rmaEvent'])
    for (const id of ids) at.receive(id)
    await at.run(5 * minute, { jobs: false })
    assert.equal(at.paidByUs(), 0)
    await at.context.masonhub.holds.remove(['rmaEvent'])
    await at.run(2 * minute, { jobs: false })
    for (const id of ids) assert.equal(at.paidByUs(id), 1)
  })

  it('CB-005 F28 the receiver cannot store for two hours: every sender hears 503; the chores catch up, nothing twice', async () => {
    const at = await open()
    const id = await announced(at)
    at.setStoring(false)
    at.receive(id)
    const second = at.file()
    await at.run(2 * minute, { jobs: false })
    assert.equal(at.paidByUs(id), 0)
    const tried = at.sandbox.deliveries.log.flatMap(({ tries }) => tries).filter(({ status }) => status !== 200)
    assert.ok(tried.length > 1 && tried.every(({ status }) => status === 503))
    at.setStoring(true)
    await at.run(2 * hour)
    assert.deepEqual([at.paidByUs(id), at.rma(second)?.status], [1, 'open'])
  })

  it('RCV-006 tendered, inTransit, delivered, receivingStarted are recorded and move no money', async () => {
    const at = await open()
    const id = await announced(at)
    for (const milestone of ['tendered', 'inTransit', 'delivered', 'receivingStarted'] as const) {
      at.sandbox.masonhub.warehouse.milestone(id, milestone)
      await at.run(minute, { jobs: false })
    }
    const recorded = (await at.events({ returnId: id })).filter(({ source }) => source === 'masonhub')
    assert.deepEqual(
      recorded.map(({ topic, state }) => `${topic} ${state}`),
      ['tendered done', 'inTransit done', 'delivered done', 'receivingStarted done'],
    )
    assert.deepEqual(
      [at.groundTruth('process_accepted').length, at.groundTruth('return_flagged').length, at.notes(id)],
      [0, 0, []],
    )
  })

  it('RCV-006 undeliverable is recorded, moves no money, and stays a finding until the parcel is received', async () => {
    const at = await open()
    const id = await announced(at)
    assert.deepEqual((await at.show(id)).findings, [])
    at.sandbox.masonhub.warehouse.milestone(id, 'undeliverable')
    await at.run(minute, { jobs: false })
    const [finding] = (await at.show(id)).findings
    const [found] = (await at.audit()).findings
    assert.deepEqual([finding?.code, finding?.severity, found], ['UNDELIVERABLE', 'warning', finding])
    assert.equal(at.groundTruth('process_accepted').length, 0)
    at.receive(id)
    await at.run(hour)
    assert.deepEqual([(await at.show(id)).findings, (await at.audit()).findings, at.paidByUs(id)], [[], [], 1])
  })

  it('RCV-007 born at the dock, returned to sender, no identifier: parked as unmatched; the others go on', async () => {
    const at = await open()
    const id = await announced(at)
    at.sandbox.masonhub.warehouse.createAtDock({})
    at.sandbox.masonhub.warehouse.returnedToSender({})
    at.receive(id)
    await at.run(2 * minute, { jobs: false })
    const parked = await at.events({ states: ['quarantined'] })
    assert.deepEqual(
      parked.map(({ reason, returnId }) => [reason, returnId]),
      [
        ['UNMATCHED', null],
        ['UNMATCHED', null],
      ],
    )
    assert.deepEqual([at.groundTruth('process_accepted').length, at.paidByUs(id)], [1, 1])
  })

  it('F51 a stolen token says "all available" while the RMA says damaged: flagged, nothing paid', async () => {
    const at = await open()
    const id = await announced(at)
    at.fault('masonhub.callback-loss', 1)
    at.receive(id, damaged)
    await at.work()
    const forged = latestBody(at, 'masonhub.callback').replaceAll('damaged', 'available')
    assert.match(JSON.stringify(parseRmaEvents(JSON.parse(forged))), /available/)
    assert.equal(await at.post('masonhub', forged), 200)
    await at.run(minute, { jobs: false })
    const { paid, flags, notes } = await at.end(id)
    assert.deepEqual([paid, flags, notes.length, at.groundTruth('process_accepted').length], [0, 1, 1, 0])
  })

  it('F51 "received" for an RMA that the warehouse has not received: observed a few times, and left to the poll', async () => {
    const at = await open()
    const id = await announced(at)
    const claim = { message_type: 'rmaEvent', message_id: 'forged', api_version: '2.0' }
    const data = [{ id: 'x', customer_identifier: id, status: 'received', as_of: '2026-11-23T12:00:00Z' }]
    const writes = vendorWrites(at)
    assert.equal(await at.post('masonhub', JSON.stringify({ ...claim, data })), 200)
    await at.run(10 * minute, { jobs: false })
    const [event] = (await at.events({ returnId: id })).filter(({ topic }) => topic === 'received')
    assert.deepEqual([event?.state, event?.tries, vendorWrites(at)], ['done', 5, writes])
  })
})

describe('serve: webhooks of Loop', () => {
  const open = connectedHarnesses()

  it('HOOK-001 HOOK-004 a return filed, edited and cancelled: RMA, changed RMA, no RMA', async () => {
    const at = await open()
    const id = await announced(at)
    at.sandbox.loop.edit(id, { add: [{ sku: 'CAP-RED', title: 'Cap', price: 900 }] })
    await at.run(2 * minute, { jobs: false })
    assert.deepEqual(
      at
        .rma(id)
        ?.lines.map(({ sku }) => sku)
        .sort(),
      ['CAP-RED', 'TEE-BLK-M'],
    )
    at.sandbox.loop.cancel(id)
    await at.run(2 * minute, { jobs: false })
    assert.equal(at.rma(id)?.status, 'deleted')
    assert.equal(at.groundTruth('label_bought').length, 0)
  })

  it('HOOK-002 a label that is replaced goes to the RMA', async () => {
    const at = await open()
    const id = at.file({ label: { after: 'never' } })
    await at.run(2 * minute, { jobs: false })
    assert.equal(at.rma(id), undefined)
    at.sandbox.loop.label(id, { after: 0, walks: false })
    await at.run(2 * minute, { jobs: false })
    assert.equal(at.rma(id)?.packageId, at.sandbox.loop.returns.get(Number(id))?.labels[0]?.trackingNumber)
  })

  it('HOOK-003 other topics and other message types are answered 200, kept nowhere, and ask no vendor', async () => {
    const at = await open()
    const seenRequests = at.sandbox.requests.length
    const giftcard = JSON.stringify({ topic: 'giftcard', trigger: 'giftcard.requested', id: 5 })
    const inventory = JSON.stringify({ message_type: 'skuInventoryChange', message_id: '1', data: [{}] })
    assert.deepEqual([await at.post('loop', giftcard), await at.post('masonhub', inventory)], [200, 200])
    await at.work()
    assert.deepEqual([await at.events(), at.sandbox.requests.length], [[], seenRequests])
  })

  it('HOOK-005 F49 unsigned, signed by another secret, one bit changed: 401, and nothing happens', async () => {
    const at = await open()
    const id = await announced(at)
    const body = latestBody(at, 'loop.webhook')
    const known = (await at.events()).length
    const [signed] = Object.values(proof('loop', body))
    const broken = body.replace(`${id}`, `${Number(id) + 1}`)
    assert.equal(await at.post('loop', body, {}), 401)
    assert.equal(await at.post('loop', body, { 'x-loop-signature': 'AAAA' }), 401)
    assert.equal(await at.post('loop', broken, { 'x-loop-signature': signed ?? '' }), 401)
    // PHP escapes slashes, so the JSON that we serialise again is not what was signed.
    const rewritten = JSON.stringify(JSON.parse(body))
    assert.notEqual(rewritten, body)
    assert.equal(await at.post('loop', rewritten, { 'x-loop-signature': signed ?? '' }), 401)
    assert.equal((await at.events()).length, known)
  })

  it('F50 one signed webhook replayed a thousand times and more: no further effect, no further request to a vendor', async () => {
    const at = await open()
    const id = await announced(at)
    const body = latestBody(at, 'loop.webhook')
    const events = (await at.events()).length
    const seenRequests = at.sandbox.requests.length
    const effects = (await at.journal.effects.find({})).length
    for (let sent = 0; sent < replays; sent += 100)
      assert.deepEqual(
        new Set(await Promise.all(Array.from({ length: 100 }, () => at.post('loop', body)))),
        new Set([200]),
      )
    await at.work()
    assert.deepEqual(
      [(await at.events()).length, at.sandbox.requests.length, (await at.journal.effects.find({})).length],
      [events, seenRequests, effects],
    )
    assert.equal(at.rma(id)?.version, 1)
  })

  it('F25 the subscription is switched off after failures: the pull finds what no webhook announced', async () => {
    const at = await open({ faults: { 'loop.webhook-deactivate-after': 1, 'loop.webhook-attempts': 1 } })
    at.setStoring(false)
    at.file()
    await at.work()
    at.setStoring(true)
    const { loop } = at.context
    const created = (await loop.webhooks.list()).find(({ trigger }) => trigger === 'return.created')
    assert.equal(created?.status, 'inactive')
    const id = at.file()
    await at.run(minute, { jobs: false })
    assert.equal(at.rma(id), undefined)
    await at.run(10 * minute)
    assert.equal(at.rma(id)?.status, 'open')
  })

  it('F25 a webhook answered 401 never comes again (its secret was replaced at Loop first): the pull finds the return (loop.md §14.3)', async () => {
    const at = await open()
    at.sandbox.loop.setWebhookSecret('replaced at Loop first')
    const id = at.file()
    await at.run(3 * hour, { jobs: false })
    const sent = at.sandbox.deliveries.log.filter(({ about }) => about === id)
    assert.ok(sent.length > 0)
    for (const { tries, outcome } of sent) {
      assert.deepEqual([tries.map(({ status }) => status), outcome], [[401], 'failed'])
    }
    assert.equal(at.rma(id), undefined)
    await at.run(10 * minute)
    assert.equal(at.rma(id)?.status, 'open')
  })

  it('F30 no label ever: held, never announced without a number, and a warning after two days', async () => {
    const at = await open()
    const id = at.file({ label: { after: 'never' } })
    await at.run(hour)
    at.pass(2 * day)
    await at.run(hour)
    assert.equal(at.rma(id), undefined)
    const [found] = (await at.audit()).findings
    assert.deepEqual([found?.code, found?.severity, found?.returnId], ['WAITING_FOR_TRACKING', 'warning', id])
  })
})

describe('serve: polls', () => {
  const open = connectedHarnesses()

  it('POLL-001 F29 no callbacks at all: received is seen by polling, refunded or flagged once', async () => {
    const at = await open({ connected: false })
    const [good, bad] = [at.file(), at.file()]
    await at.run(10 * minute)
    at.receive(good)
    at.receive(bad, damaged)
    await at.run(2 * hour)
    assert.deepEqual([at.paidByUs(good), at.paidByUs(bad)], [1, 0])
    assert.deepEqual([(await at.end(bad)).flags, (await at.end(bad)).notes.length], [1, 1])
  })

  it('H29 a callback that is lost for an RMA of an hour: found within poll-every, which is 2 minutes', async () => {
    const at = await open({ faults: { 'masonhub.callback-loss': 1 } })
    const id = await announced(at)
    await at.run(58 * minute)
    at.receive(id)
    await at.run(2 * minute)
    assert.equal(at.groundTruth('process_accepted', id).length, 1)
  })

  it('POLL-002 a tracking number that Loop has late is found by pulling', async () => {
    const at = await open({ connected: false })
    const id = at.file({ label: { after: hour, walks: false } })
    await at.run(50 * minute)
    assert.equal(at.rma(id), undefined)
    await at.run(30 * minute)
    assert.equal(at.rma(id)?.packageId, at.sandbox.loop.returns.get(Number(id))?.labels[0]?.trackingNumber)
  })

  it('POLL-003 POLL-004 POLL-005 H29: two hundred open RMAs are asked for thirty at a time, at each poll, however young', async () => {
    const at = await open({ connected: false })
    const ids = Array.from({ length: 200 }, () => at.file())
    await at.run(10 * minute)
    for (const id of ids) assert.equal(at.rma(id)?.status, 'open')
    const before = at.requests('masonhub').length
    for (let minutes = 0; minutes < 120; minutes += 2) {
      at.pass(2 * minute)
      await at.job('poll')
    }
    assert.equal(at.requests('masonhub').length - before, 60 * 7)
    assert.equal(at.requests('masonhub', 'POST', '/rmas').length, 7)
  })

  it('F38 cancelled after its parcel left: the RMA is deleted; a parcel received all the same is left to a person', async () => {
    const at = await open()
    const [early, late] = [await announced(at), await announced(at)]
    at.sandbox.loop.cancel(early)
    at.receive(late)
    at.fault('loop.webhook-loss', 1)
    at.sandbox.loop.cancel(late)
    await at.run(2 * hour)
    assert.deepEqual([at.rma(early)?.status, at.rma(late)?.status], ['deleted', 'received'])
    assert.equal(at.groundTruth('process_accepted').length, 0)
    const codes = (await at.audit()).findings.filter(({ returnId }) => returnId === late).map(({ code }) => code)
    assert.deepEqual(codes, ['CANCELLED_RMA_OPEN'])
  })
})
