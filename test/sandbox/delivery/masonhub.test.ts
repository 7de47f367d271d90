import assert from 'node:assert/strict'
import { rma } from '../masonhub/dock-harness.ts'
import type { Line } from './harness.ts'
import { openLine } from './harness.ts'

const hour = 3_600_000

describe('MasonHub callbacks as they are sent (masonhub.md §5.3)', () => {
  let line: Line
  beforeEach(async () => {
    line = await openLine()
    line.sandbox.masonhub.addSkus(['SHIRT-S'])
    line.sandbox.masonhub.addRmas(['10001', '10002', '10003'].map((identifier) => rma(identifier)))
  })
  afterEach(() => line.close())

  const received = () => line.receiver.received
  const receive = (identifier: string) => line.sandbox.masonhub.warehouse.receive(identifier)

  it('CB-001 carry the token as a bearer, in both versions, and their own message ids', async () => {
    await line.callback('rmaEvent', '1.0', 'token for one')
    await line.callback('rmaEvent', '2.0', 'token-for-two')
    receive('10001')
    await line.pass(0)
    const byVersion = Object.fromEntries(received().map((one) => [one.body.api_version, one]))
    assert.equal(byVersion['1.0']?.headers['authorization'], 'Bearer token for one')
    assert.equal(byVersion['2.0']?.headers['authorization'], 'Bearer token-for-two')
    assert.equal(byVersion['1.0']?.body.data[0].customer_identifier, '10001')
    assert.equal(byVersion['1.0']?.body.data[0].status, 'received')
    assert.equal(byVersion['2.0']?.body.data[0].details.customer_identifier, '10001')
    assert.equal(byVersion['1.0']?.headers['content-type'], 'application/json')
    assert.equal(byVersion['1.0']?.path, '/masonhub')
    const ids = received().map(({ body }) => body.message_id)
    assert.equal(new Set(ids).size, 2)
    assert.deepEqual(line.sandbox.deliveries.log.map(({ about }) => about).sort(), ids.sort())
  })

  it('have no Authorization without a token, and a token that no header can hold fails without a crash', async () => {
    await line.callback('rmaEvent', '2.0')
    receive('10001')
    await line.pass(0)
    assert.equal('authorization' in (received()[0]?.headers ?? {}), false)
    line.fault('masonhub.callback-attempts', 1)
    await line.callback('rmaEvent', '2.0', 'line\nbreak')
    receive('10002')
    await line.pass(0)
    const outcomes = line.sandbox.deliveries.log.map(({ outcome, tries }) => [outcome, tries[0]?.problem])
    assert.deepEqual(outcomes.at(-1), ['failed', 'ERR_INVALID_CHAR'])
  })

  it('come wrapped in an array sometimes, in quirk mode', async () => {
    await line.callback('rmaEvent', '2.0')
    line.fault('masonhub.quirks', 1)
    for (let round = 0; round < 30; round += 1) line.sandbox.masonhub.warehouse.milestone('10001', 'inTransit')
    await line.pass(0)
    assert.deepEqual(new Set(received().map(({ body }) => Array.isArray(body))), new Set([true, false]))
  })

  it('are tried three times unless answered with exactly 200', async () => {
    await line.callback('rmaEvent', '2.0')
    line.receiver.usual = { status: 204 }
    receive('10001')
    await line.pass(0)
    for (let round = 0; round < 4; round += 1) await line.pass(hour)
    const [delivery] = line.sandbox.deliveries.log
    assert.deepEqual(
      delivery?.tries.map(({ status }) => status),
      [204, 204, 204],
    )
    assert.equal(delivery?.outcome, 'failed')
  })

  it('are lost, doubled and late by knobs of their own (F29)', async () => {
    await line.callback('rmaEvent', '2.0')
    line.fault('loop.webhook-loss', 1)
    line.fault('masonhub.callback-duplicates', 1)
    line.fault('masonhub.callback-delay-ms', 10_000)
    receive('10001')
    await line.pass(10_000)
    assert.equal(received().length, 2)
    assert.equal(received()[0]?.body.message_id, received()[1]?.body.message_id)
    line.fault('masonhub.callback-loss', 1)
    receive('10002')
    await line.pass(hour)
    assert.equal(received().length, 2)
  })

  it('stop for good after enough failures, while the registry goes on listing them (C3)', async () => {
    await line.callback('rmaEvent', '2.0')
    line.fault('masonhub.callback-deactivate-after', 2)
    line.receiver.reactions.push({ status: 500 }, { status: 500 })
    receive('10001')
    await line.pass(0)
    await line.pass(hour)
    await line.pass(hour)
    receive('10002')
    await line.pass(hour)
    assert.equal(received().length, 2)
    const [delivery, none] = line.sandbox.deliveries.log
    assert.equal(delivery?.outcome, 'unwanted')
    assert.equal(none, undefined)
    const listed = await fetch(`${line.sandbox.masonhubBaseUrl}/callbacks`, {
      headers: { authorization: `Bearer ${line.sandbox.world.installed.masonhubToken}` },
    })
    assert.equal(((await listed.json()) as unknown[]).length, 1)
  })

  it('are sent again once they are registered again', async () => {
    await line.callback('rmaEvent', '2.0')
    line.fault('masonhub.callback-deactivate-after', 1)
    line.receiver.reactions.push({ status: 500 })
    receive('10001')
    await line.pass(0)
    await line.callback('rmaEvent', '2.0')
    receive('10002')
    await line.pass(hour)
    assert.equal(received().length, 2)
    assert.equal(received()[1]?.body.data[0].customer_identifier, '10002')
  })

  it('are not tried again once their callback was deleted', async () => {
    await line.callback('rmaEvent', '2.0')
    line.receiver.usual = { status: 500 }
    receive('10001')
    await line.pass(0)
    const [delivery] = line.sandbox.deliveries.log
    const answer = await fetch(`${line.sandbox.masonhubBaseUrl}/callbacks`, {
      method: 'DELETE',
      headers: {
        authorization: `Bearer ${line.sandbox.world.installed.masonhubToken}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify([delivery?.subscription]),
    })
    assert.equal(answer.status, 200)
    await line.pass(hour)
    assert.equal(received().length, 1)
    assert.equal(delivery?.outcome, 'unwanted')
  })

  it('CB-004 wait while held and go when released', async () => {
    await line.callback('rmaEvent', '2.0')
    const holds = (method: string) =>
      fetch(`${line.sandbox.masonhubBaseUrl}/callback_holds`, {
        method,
        headers: {
          authorization: `Bearer ${line.sandbox.world.installed.masonhubToken}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify([{ message_type: 'rmaEvent' }]),
      })
    await holds('POST')
    receive('10001')
    receive('10002')
    await line.pass(hour)
    assert.equal(received().length, 0)
    await holds('DELETE')
    await line.pass(0)
    assert.deepEqual(
      received()
        .map(({ body }) => body.data[0].customer_identifier)
        .sort(),
      ['10001', '10002'],
    )
  })
})
