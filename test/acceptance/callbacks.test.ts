/**
 * The returns acceptance suite of masonhub.md §14.3, part CB, as far as it needs no receiver: CB-001, CB-003, CB-004,
 * CB-005. CB-002 (a missing or wrong bearer token is answered with 401 and has no effect) is tested with the receiver.
 */
import assert from 'node:assert/strict'
import { parseRmaEvents } from '../../src/masonhub/rmas/rma-event.ts'
import type { MessageType, OutboundMessage } from '../../src/sandbox/masonhub/types.ts'
import { acceptance, type Harness, hour, minute } from './harness.ts'

const url = 'https://receiver.example.com/masonhub'

async function register(at: Harness, ...apiVersions: ('1.0' | '2.0')[]): Promise<void> {
  await at.context.masonhub.callbacks.create(
    apiVersions.map((apiVersion) => ({ url, messageType: 'rmaEvent', apiVersion, token: 'a token of our own' })),
  )
}

function outbound(at: Harness, messageType: MessageType = 'rmaEvent'): OutboundMessage[] {
  return at.sandbox.masonhub.outbound.messages.filter((message) => message.messageType === messageType)
}

/** The return ids of all messages that MasonHub sent, in order. */
function announced(at: Harness): (string | null)[] {
  return outbound(at)
    .flatMap(({ body }) => parseRmaEvents(body))
    .flatMap(({ rows }) => rows.map(({ customerIdentifier }) => customerIdentifier))
}

describe('acceptance: callbacks', () => {
  const open = acceptance()

  for (const quirks of [0, 1]) {
    it(`CB-001 versions 1.0 and 2.0, alone and in an array, are the same event (quirks ${quirks})`, async () => {
      const at = await open({ faults: { 'masonhub.quirks': quirks } })
      await register(at, '1.0', '2.0')
      const ids = Array.from({ length: 12 }, () => at.file({ units: [{ sku: 'TEE-BLK-M', quantity: 2 }] }))
      await at.sync()
      at.pass(hour)
      for (const id of ids) {
        at.receive(id, {
          lines: [
            {
              sku: 'TEE-BLK-M',
              received: [
                { disposition: 'available', quantity: 1 },
                { disposition: 'damaged', quantity: 1, notes: 'Has a hole' },
              ],
            },
          ],
        })
      }
      const messages = outbound(at)
      assert.equal(messages.length, 24)
      assert.equal(
        messages.some(({ body }) => Array.isArray(body)),
        quirks === 1,
      )
      for (const [index, id] of ids.entries()) {
        const [first, second] = messages.slice(2 * index, 2 * index + 2).map(({ body }) => parseRmaEvents(body))
        assert.deepEqual([first?.[0]?.apiVersion, second?.[0]?.apiVersion].sort(), ['1.0', '2.0'])
        const [one, other] = [first, second].map((parsed) => {
          const { eventId: _, asOf: __, rma, ...row } = parsed?.[0]?.rows[0] ?? assert.fail('no row')
          return { ...row, rmaId: rma?.rmaId, status: rma?.status, lines: rma?.lines }
        })
        assert.deepEqual(one, other)
        assert.deepEqual([one?.customerIdentifier, one?.event, one?.status], [id, 'received', 'received'])
        assert.deepEqual(
          one?.lines?.[0]?.received?.map(({ disposition, quantity }) => [disposition, quantity]),
          [
            ['available', 1],
            ['damaged', 1],
          ],
        )
        // An array that contains one message twice counts as the same message twice.
        const body = messages[2 * index]?.body
        const whole = Array.isArray(body) ? body : [body]
        assert.deepEqual(parseRmaEvents([...whole, ...whole]), [...(first ?? []), ...(first ?? [])])
      }
    })
  }

  it('CB-001 milestones of version 2.0 are events without an RMA; other messages and rubbish are none', async () => {
    const at = await open()
    await register(at, '2.0')
    const id = at.file()
    await at.sync()
    at.sandbox.masonhub.warehouse.milestone(id, 'tendered')
    const [parsed] = parseRmaEvents(outbound(at)[0]?.body)
    assert.deepEqual(
      parsed?.rows.map(({ customerIdentifier, event, rma }) => [customerIdentifier, event, rma]),
      [[id, 'tendered', null]],
    )
    const other = { message_type: 'skuInventoryChange', message_id: '1', data: [{ customer_identifier: id }] }
    for (const body of [other, [other], null, 'received', [], 7]) assert.deepEqual(parseRmaEvents(body), [])
  })

  it('CB-003 every callback lost: polling finds what was received and resolves it exactly once', async () => {
    const at = await open()
    const ids = Array.from({ length: 5 }, () => at.file())
    await at.sync()
    at.pass(hour)
    for (const id of ids) at.receive(id)
    assert.deepEqual(outbound(at), [], 'nobody registered, so nothing was ever sent')
    await at.resolve('ready', { wait: minute })
    await at.resolve('ready', { wait: minute })
    for (const id of ids) assert.deepEqual([at.paidByUs(id), at.groundTruth('process_accepted', id).length], [1, 1])
  })

  it('CB-003 callbacks twice, out of order and repeated with a higher version: one observation per callback, one effect per return', async () => {
    const at = await open({ faults: { 'masonhub.received-again-ms': 5 * minute } })
    await register(at, '1.0', '2.0')
    const ids = Array.from({ length: 4 }, () => at.file())
    await at.sync()
    at.pass(hour)
    for (const id of ids) {
      at.sandbox.masonhub.warehouse.milestone(id, 'delivered')
      at.receive(id)
    }
    // As a receiver does: each message, in the worst order and twice, only causes its return to be read now.
    const wakes = announced(at).filter((id) => id !== null)
    for (const id of [...wakes.toReversed(), ...wakes]) await at.resolve(id, { wait: minute })
    at.pass(hour)
    for (const id of announced(at).filter((one) => one !== null)) await at.resolve(id, { wait: minute })
    for (const id of ids) {
      assert.deepEqual([at.paidByUs(id), at.groundTruth('return_flagged', id).length], [1, 0])
      assert.equal(at.rma(id)?.version, 2)
    }
  })

  it('CB-003 a forged callback that says all is well moves nothing: the RMA itself is read (F51)', async () => {
    const at = await open()
    await register(at, '1.0')
    const id = at.file()
    await at.sync()
    at.pass(hour)
    at.receive(id, { lines: [{ sku: 'TEE-BLK-M', received: [{ disposition: 'damaged', quantity: 1 }] }] })
    const forged = JSON.parse(JSON.stringify(outbound(at)[0]?.body).replaceAll('damaged', 'available'))
    const [row] = parseRmaEvents(forged)[0]?.rows ?? []
    assert.deepEqual(row?.rma?.lines[0]?.received?.[0]?.disposition, 'available')
    const [resolved] = await at.resolve(row?.customerIdentifier ?? '', { wait: minute })
    assert.deepEqual([resolved?.action, resolved?.outcome], ['flag', 'confirmed'])
    assert.equal(at.groundTruth('process_accepted').length, 0)
  })

  it('CB-004 hold, events, release: everything that was held is sent, and reading agrees with it', async () => {
    const at = await open()
    const { masonhub } = at.context
    await register(at, '2.0')
    await masonhub.callbacks.create([{ url, messageType: 'skuInventoryChange', apiVersion: '2.0' }])
    const ids = Array.from({ length: 6 }, () => at.file())
    await at.sync()
    at.pass(hour)
    await masonhub.holds.create(['rmaEvent', 'skuInventoryChange'])
    assert.deepEqual(new Set((await masonhub.holds.list()).map(({ messageType }) => messageType)).size, 2)
    const inventoryBefore = outbound(at, 'skuInventoryChange').length
    for (const id of ids) {
      at.sandbox.masonhub.warehouse.milestone(id, 'delivered')
      at.receive(id)
    }
    assert.deepEqual(announced(at), [])
    assert.ok(at.sandbox.masonhub.outbound.held > ids.length)
    await masonhub.holds.remove(['rmaEvent', 'skuInventoryChange'])
    assert.deepEqual(await masonhub.holds.list(), [])
    assert.deepEqual(
      announced(at),
      ids.flatMap((id) => [id, id]),
    )
    assert.equal(outbound(at, 'skuInventoryChange').length, inventoryBefore + 1, 'one SKU: only its latest count')
    const there = await masonhub.rmas.byCustomerIdentifiers(ids)
    for (const { body } of outbound(at)) {
      for (const { customerIdentifier, event, rma } of parseRmaEvents(body).flatMap(({ rows }) => rows)) {
        if (event !== 'received') continue
        assert.deepEqual(rma?.lines, there.get(customerIdentifier ?? '')?.[0]?.lines)
      }
    }
    await at.resolve('ready', { wait: minute })
    assert.equal(at.paidByUs(), ids.length)
  })

  it('CB-005 the receiver was down all night: `resolve --ready` catches up with everything, refunds and flags', async () => {
    const at = await open()
    await register(at, '1.0')
    const good = Array.from({ length: 40 }, () => at.file())
    const bad = Array.from({ length: 5 }, () => at.file())
    await at.sync()
    at.pass(hour)
    for (const id of good) at.receive(id)
    for (const id of bad) at.receive(id, { lines: [] })
    at.pass(12 * hour)
    const results = await at.resolve('ready')
    assert.equal(results.length, 45)
    at.pass(minute)
    await at.resolve('ready')
    assert.deepEqual(
      good.map((id) => at.paidByUs(id)),
      good.map(() => 1),
    )
    assert.deepEqual(
      bad.map((id) => at.groundTruth('return_flagged', id).length),
      bad.map(() => 1),
    )
    assert.deepEqual(await at.resolve('ready'), [], 'nothing is left')
  })
})
