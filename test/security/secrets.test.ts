/** What an attacker with one of our secrets can't do: docs/security.md names these tests and others. */
import assert from 'node:assert/strict'
import { customerIdentifierOf } from '../../src/core/rmas/identifiers.ts'
import { endpointPaths } from '../../src/receiver/endpoint-paths.ts'
import { type ConnectedHarness, connectedHarnesses } from '../acceptance/connected-harness.ts'
import { hour, minute } from '../acceptance/harness.ts'

const damaged = { lines: [{ sku: 'TEE-BLK-M', received: [{ disposition: 'damaged', quantity: 1 }] }] }

/** A return whose RMA is open and visible. */
async function announced(at: ConnectedHarness): Promise<string> {
  const id = at.file()
  await at.run(2 * minute, { jobs: false })
  assert.equal(at.rma(id)?.status, 'open')
  return id
}

async function worldOf(at: ConnectedHarness) {
  return {
    events: (await at.events()).length,
    effects: (await at.journal.effects.find({})).length,
    writes: at.sandbox.requests.filter(({ method }) => method !== 'GET').length,
    paid: at.paidByUs(),
  }
}

describe('an attacker with one secret', () => {
  const open = connectedHarnesses()

  it('the endpoint key alone: every message is refused, nothing is stored, and no vendor is asked', async () => {
    const at = await open()
    const id = await announced(at)
    const before = await worldOf(at)
    const seenRequests = at.sandbox.requests.length
    const body = JSON.stringify({ topic: 'return', trigger: 'return.closed', id })
    for (const headers of [{}, { 'x-loop-signature': 'AAAA' }, { authorization: `Bearer ${at.endpoint.key}` }]) {
      assert.equal(await at.post('loop', body, headers), 401)
      assert.equal(await at.post('masonhub', body, headers), 401)
    }
    await at.work()
    assert.deepEqual([await worldOf(at), at.sandbox.requests.length], [before, seenRequests])
  })

  it('callback token or signing secret without the endpoint key: 404, which does not reveal whether it was right', async () => {
    const at = await open()
    for (const source of ['loop', 'masonhub'] as const) {
      const wrong = `${at.receiver.url}${endpointPaths('x'.repeat(43))[source]}`
      const headers = { authorization: `Bearer ${at.endpoint.callbackTokens[0]}`, 'x-loop-signature': 'AAAA' }
      const answer = await fetch(wrong, { method: 'POST', body: '{}', headers })
      assert.deepEqual([answer.status, await answer.text()], [404, '{"error":"not found"}'])
    }
  })

  it('the webhook secret: a message signed with it only makes mhloop read; what Loop itself says decides', async () => {
    const at = await open()
    const id = await announced(at)
    const before = await worldOf(at)
    const forged = [
      { topic: 'return', trigger: 'return.closed', id, state: 'closed', refunds: [{ amount: '9999.00' }] },
      { topic: 'return', trigger: 'return.updated', id, state: 'cancelled', line_items: [] },
      { topic: 'return.processing', trigger: 'return.processing.failed', return_id: Number(id), source: 'api' },
      { topic: 'label', trigger: 'label.updated', id, tracking_number: 'FORGED0001', label_status: 'delivered' },
    ]
    for (const message of forged) assert.equal(await at.post('loop', JSON.stringify(message)), 200)
    await at.run(hour)
    const { effects, writes, paid } = await worldOf(at)
    assert.deepEqual([effects, writes, paid], [before.effects, before.writes, before.paid])
    assert.equal(at.rma(id)?.status, 'open')
    assert.notEqual(at.rma(id)?.packageId, 'FORGED0001')
  })

  it('the database password: a refund that an attacker wrote into the journal is not sent; both vendors decide', async () => {
    const at = await open()
    const [travelling, bad] = [await announced(at), await announced(at)]
    at.receive(bad, damaged)
    for (const returnId of [travelling, bad]) {
      const planned = {
        merchant: 'acme',
        returnId,
        kind: 'process',
        generation: 0,
        digest: 'forged',
        payload: {},
      } as const
      await at.journal.effects.plan({ ...planned, actor: 'mallory@database' }, at.clock.now().toISOString())
    }
    await at.run(2 * hour)
    assert.deepEqual([at.groundTruth('process_accepted').length, at.groundTruth('return_flagged', bad).length], [0, 1])
  })

  it('the database password: the journal holds no credential, no key of an endpoint and no token', async () => {
    const at = await open()
    const id = await announced(at)
    at.receive(id)
    await at.run(hour)
    assert.equal(at.paidByUs(id), 1)
    const { loopApiKey, masonhubToken } = at.sandbox.world.installed
    const rows = JSON.stringify([
      await at.events(),
      await at.journal.effects.find({}),
      await at.journal.links.find('acme'),
      await at.journal.history.of('acme', id),
      at.log,
    ])
    assert.match(rows, new RegExp(customerIdentifierOf(id)))
    for (const secret of [
      loopApiKey,
      masonhubToken,
      at.endpoint.key,
      ...at.endpoint.loopSecrets,
      ...at.endpoint.callbackTokens,
    ])
      assert.ok(!rows.includes(secret))
  })
})
