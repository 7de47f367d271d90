import assert from 'node:assert/strict'
import type { Fault } from '../../src/core/errors/fault.ts'
import { createTransport } from '../../src/http/create-transport.ts'
import { createRateLimiter } from '../../src/http/rate-limit/rate-limit.ts'
import { createMasonHubClient } from '../../src/masonhub/create-masonhub-client.ts'
import { masonhubHeaders } from '../../src/masonhub/requests/authorization.ts'
import { type Dock, openDock, rma } from '../sandbox/masonhub/dock-harness.ts'
import { anRma, identifiers } from './build.ts'

const quirks = { 'masonhub.quirks': 1, 'masonhub.shuffle-results': 1 }
const requested = (customerIdentifier: string, sku = 'HAT') => {
  const [line] = anRma().lines
  return anRma({ customerIdentifier, lines: line ? [{ ...line, sku, notes: 'Too tight' }] : [] })
}

describe('client and sandbox, over HTTP', () => {
  let dock: Dock
  const closing: (() => unknown)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0)) close()
    await dock.sandbox.stop()
  })

  async function open(faults: Record<string, number> = {}, seed = 1) {
    dock = await openDock(faults, seed)
    return clientFor(dock.sandbox.masonhubBaseUrl)
  }

  function clientFor(baseUrl: string, token = dock.sandbox.world.installed.masonhubToken) {
    const transport = createTransport({
      vendor: 'masonhub',
      baseUrl,
      headers: () => masonhubHeaders(token),
      rate: createRateLimiter({ perMinute: 1_000_000, burst: 10_000 }),
    })
    closing.push(() => transport.close())
    return createMasonHubClient(transport)
  }

  for (let seed = 1; seed <= 8; seed += 1) {
    it(`API-004, RMA-004, RMA-005: writes and reads mean the same under every quirk (seed ${seed})`, async () => {
      const { rmas, knownSkus } = await open(quirks, seed)
      const ids = identifiers(65)
      const created = await rmas.create(ids.map((id, index) => requested(id, index === 40 ? 'NO-SUCH-SKU' : 'HAT')))
      const refused = [...created].filter(([, { kind }]) => kind !== 'accepted')
      assert.deepEqual(
        refused.map(([id, answer]) => [id, answer.kind === 'refused' && answer.code]),
        [[ids[40], '303']],
      )
      const there = await rmas.byCustomerIdentifiers(ids)
      assert.deepEqual(
        [...there.keys()].sort(),
        ids.filter((_, index) => index !== 40),
      )
      for (const [id, records] of there) {
        assert.deepEqual(
          records.map(({ customerIdentifier, status, packageId, labelUrl, deletedAt, receivedAt }) => [
            customerIdentifier,
            status,
            packageId,
            labelUrl,
            deletedAt,
            receivedAt,
          ]),
          [[id, 'open', '9400111899223197428490', null, null, null]],
        )
      }
      const again = await rmas.create([requested('99900001')])
      assert.equal([...again.values()].map((answer) => answer.kind === 'refused' && answer.code).join(), '301')
      assert.equal((await rmas.update([requested('99900002')])).get('99900002')?.kind, 'accepted')
      assert.equal((await rmas.remove(['99900003'])).get('99900003')?.kind, 'accepted')
      dock.masonhub.warehouse.receive('99900004', {})
      for (const answer of (await rmas.update([requested('99900004')])).values())
        assert.equal(answer.kind === 'refused' && answer.code, '409')
      const [received] = (await rmas.byCustomerIdentifiers(['99900004'])).get('99900004') ?? []
      assert.equal(received?.status, 'received')
      assert.deepEqual(
        received?.lines.map((line) => [
          line.sku,
          line.quantityReceived,
          line.received?.map((one) => [one.disposition, one.quantity]),
        ]),
        [['HAT', 1, [['available', 1]]]],
      )
      assert.deepEqual([...(await knownSkus(['HAT', 'hat', 'CAP', 'SHIRT-S,M']))], ['HAT', 'SHIRT-S,M'])
    })
  }

  it('F36: no label was ever bought', async () => {
    const { rmas } = await open(quirks)
    await rmas.create(identifiers(3).map((id) => requested(id)))
    await rmas.update(identifiers(3).map((id) => requested(id, 'SHIRT-S')))
    const labels = await rmas.byCustomerIdentifiers(identifiers(3))
    assert.deepEqual(
      [...labels.values()].flat().map(({ labelUrl, lines }) => [labelUrl, lines[0]?.sku]),
      identifiers(3).map(() => [null, 'SHIRT-S']),
    )
  })

  it('F32: a row that MasonHub forgot is in doubt', async () => {
    const { rmas } = await open({ 'masonhub.drop-result-row': 1 })
    const kinds = [...(await rmas.create(identifiers(5).map((id) => requested(id)))).values()].map(({ kind }) => kind)
    assert.deepEqual(kinds.sort(), ['accepted', 'accepted', 'accepted', 'accepted', 'in_doubt'])
  })

  it('F33: one bad record is found; smaller limits are met', async () => {
    const { rmas } = await open({ 'masonhub.batch-400': 1, 'masonhub.batch-limit': 10 })
    const answers = await rmas.create(
      identifiers(30).map((id, index) => requested(id, index === 17 ? 'NO-SUCH-SKU' : 'HAT')),
    )
    assert.deepEqual(
      [...answers].filter(([, { kind }]) => kind !== 'accepted').map(([id, { kind }]) => [id, kind]),
      [['99900018', 'refused']],
    )
  })

  for (const [name, faults] of [
    ['rows that slip away', { 'masonhub.shift-pages': 0.5 }],
    ['rows that slip away each time', { 'masonhub.shift-pages': 1 }],
    ['rows that come again', { 'masonhub.repeat-rows': 1 }],
  ] as const) {
    it(`API-003, F42: none lost, none doubled, with ${name}`, async () => {
      const { rmas } = await open({ ...quirks, ...faults })
      dock.masonhub.addRmas(identifiers(350).map((id) => rma(id)))
      const found: string[] = []
      for await (const page of rmas.created({ from: '2026-01-01T00:00:00Z', to: '2027-01-01T00:00:00Z' }))
        found.push(...page.map(({ customerIdentifier }) => customerIdentifier ?? ''))
      assert.deepEqual(found.sort(), identifiers(350))
    })
  }

  it('F34: a server that ignores cid is found out', async () => {
    const { rmas } = await open({ 'masonhub.ignore-cid': 1 })
    dock.masonhub.addRmas(identifiers(5).map((id) => rma(id)))
    await assert.rejects(rmas.byCustomerIdentifiers(['99904598']), { code: 'MASONHUB_UNREADABLE' })
  })

  it('an empty read may be a 404, and the account is still fine', async () => {
    const { rmas, check } = await open({ 'masonhub.empty-is-404': 1 })
    assert.equal((await rmas.byCustomerIdentifiers(['99904598'])).size, 0)
    await check()
  })

  it('API-001: a wrong slug and a wrong token are distinguished, at the cost of one request each', async () => {
    const { check } = await open()
    await check()
    const before = dock.sandbox.requestCounts.masonhub
    const slug = clientFor(dock.sandbox.masonhubBaseUrl.replace('/demo/', '/other/'))
    await assert.rejects(slug.check(), (fault: Fault) => fault.code === 'MASONHUB_WRONG_SLUG' && fault.exit === 4)
    const token = clientFor(dock.sandbox.masonhubBaseUrl, 'not-a-token-of-ours')
    await assert.rejects(token.check(), (fault: Fault) => fault.code === 'MASONHUB_UNAUTHORIZED' && fault.exit === 4)
    const answers = await token.rmas.create(identifiers(90).map((id) => requested(id)))
    assert.equal(answers.size, 90)
    assert.equal(dock.sandbox.requestCounts.masonhub - before, 3)
  })

  it('API-005: a token is created, replaces the old one, and ends with its phrase', async () => {
    const { secrets } = await open(quirks)
    const { token } = await secrets.create('a new phrase of ours')
    const next = clientFor(dock.sandbox.masonhubBaseUrl, token)
    await next.check()
    await next.secrets.remove('a new phrase of ours')
    await assert.rejects(next.check(), { code: 'MASONHUB_UNAUTHORIZED' })
  })

  it('callbacks and holds come and go', async () => {
    const { callbacks, holds } = await open(quirks)
    const callback = {
      url: 'http://localhost:9/rma',
      messageType: 'rmaEvent',
      apiVersion: '2.0' as const,
      token: 'tok',
    }
    await callbacks.create([callback])
    const [listed] = await callbacks.list()
    assert.deepEqual([listed?.url, listed?.messageType, listed?.apiVersion], [callback.url, 'rmaEvent', '2.0'])
    await holds.create(['rmaEvent'])
    assert.deepEqual(
      (await holds.list()).map(({ messageType }) => messageType),
      ['rmaEvent'],
    )
    await holds.remove(['rmaEvent'])
    assert.deepEqual(await holds.list(), [])
    await callbacks.remove([listed?.callbackId ?? ''])
    assert.deepEqual(await callbacks.list(), [])
  })

  it('the data factory plays a receipt', async () => {
    const { rmas, dataFactory } = await open(quirks)
    await rmas.create([requested('99904598')])
    assert.deepEqual(await dataFactory.rmaEvent([{ customerIdentifier: '99904598', event: 'receiveFull' }]), [
      { kind: 'accepted', labelUrl: null },
    ])
    const [received] = (await rmas.byCustomerIdentifiers(['99904598'])).get('99904598') ?? []
    assert.equal(received?.status, 'received')
  })
})
