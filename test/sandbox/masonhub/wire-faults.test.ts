import assert from 'node:assert/strict'
import { masonhubEndpoints, masonhubFaults } from '../../../src/sandbox/masonhub/masonhub-faults.ts'
import type { Dock } from './dock-harness.ts'
import { address, openDock, openDockAsItIs, rma } from './dock-harness.ts'

describe('MasonHub stand-in: what can go wrong on the wire (C1, F32-F34, F43, F44, API-002)', () => {
  let dock: Dock
  beforeEach(async () => {
    dock = await openDock()
  })
  afterEach(() => dock.sandbox.stop())

  const post = (identifier: string) => dock.ask('POST', '/rmas', [rma(identifier)])

  it('loses one request before its work and one answer after it, then works again', async () => {
    dock.fault('masonhub.drop-next-create-request', 1)
    await assert.rejects(post('10001'))
    assert.equal(dock.masonhub.rmas.size, 0)
    dock.fault('masonhub.drop-next-create-answer', 1)
    await assert.rejects(post('10002'))
    assert.equal(dock.masonhub.rmas.size, 1)
    assert.equal((await post('10003')).status, 200)
    assert.equal(dock.masonhub.counts['create'], 3)
  })

  it('loses answers of each write after the work is done', async () => {
    dock.masonhub.addRmas([rma('10001')])
    dock.fault('masonhub.drop-next-update-answer', 1)
    await assert.rejects(dock.ask('PUT', '/rmas', [rma('10001', { manifest_id: 'new' })]))
    assert.equal(dock.masonhub.rmas.current('10001')?.manifestId, 'new')
    dock.fault('masonhub.drop-next-delete-answer', 1)
    await assert.rejects(dock.ask('DELETE', '/rmas', [{ customer_identifier: '10001' }]))
    assert.equal(dock.masonhub.rmas.current('10001')?.status, 'deleted')
  })

  it('loses any endpoint alone, or all of them', async () => {
    for (const endpoint of masonhubEndpoints) {
      assert.ok(`masonhub.drop-request-${endpoint}` in masonhubFaults)
      assert.ok(`masonhub.drop-answer-${endpoint}` in masonhubFaults)
    }
    dock.fault('masonhub.drop-request-skus', 1)
    await assert.rejects(dock.ask('GET', '/skus'))
    assert.equal((await dock.ask('GET', '/rmas')).status, 200)
    dock.fault('masonhub.drop-answer', 1)
    await assert.rejects(dock.ask('GET', '/rmas'))
    dock.fault('masonhub.drop-answer', 0)
    dock.fault('masonhub.down', 1)
    await assert.rejects(dock.ask('GET', '/rmas'))
    dock.fault('masonhub.down', 0)
    assert.equal((await dock.ask('GET', '/rmas')).status, 200)
  })

  it('answers 500, 503 and 429 before any work, with Retry-After or without', async () => {
    for (const [name, status] of [
      ['masonhub.error-500', 500],
      ['masonhub.error-503', 503],
      ['masonhub.error-429', 429],
    ] as const) {
      dock.fault(name, 1)
      dock.fault('masonhub.retry-after-seconds', 7)
      const answer = await post('10001')
      assert.equal(answer.status, status)
      assert.equal(typeof answer.body.message, 'string')
      assert.equal(answer.headers.get('retry-after'), status === 500 ? null : '7')
      dock.fault('masonhub.retry-after-seconds', 0)
      assert.equal((await post('10001')).headers.get('retry-after'), null)
      dock.fault(name, 0)
    }
    assert.equal(dock.masonhub.rmas.size, 0)
  })

  it('answers 500 although the work was done (F34)', async () => {
    dock.fault('masonhub.error-500-after-work', 1)
    assert.equal((await post('10001')).status, 500)
    assert.equal(dock.masonhub.rmas.size, 1)
  })

  it('answers HTML with 200, a redirect, or half a body (F43)', async () => {
    dock.fault('masonhub.html', 1)
    const html = await post('10001')
    assert.equal(html.status, 200)
    assert.match(html.headers.get('content-type') ?? '', /text\/html/)
    dock.fault('masonhub.html', 0)
    dock.fault('masonhub.redirect', 1)
    assert.equal((await post('10002')).status, 302)
    dock.fault('masonhub.redirect', 0)
    dock.fault('masonhub.truncated', 1)
    await assert.rejects(post('10003'))
    assert.deepEqual(
      [...dock.masonhub.rmas.all()].map((one) => one.customerIdentifier),
      ['10001', '10003'],
    )
  })

  it('counts an hour per token when a rate limit is set', async () => {
    dock.fault('masonhub.rate-limit', 2)
    const other = dock.masonhub.tokens.mint('another')
    assert.equal((await dock.ask('GET', '/rmas')).status, 200)
    assert.equal((await dock.ask('GET', '/rmas')).status, 200)
    assert.equal((await dock.ask('GET', '/rmas')).status, 429)
    assert.equal((await dock.ask('GET', '/rmas', undefined, other)).status, 200)
    dock.clock.advance(3_600_000)
    assert.equal((await dock.ask('GET', '/rmas')).status, 200)
  })

  it('answers late, after the work; buying a label takes its own time', async () => {
    dock.fault('masonhub.slow-ms', 15_000)
    dock.fault('masonhub.label-slow-ms', 2_000)
    let answered = false
    const labelled = rma('10001', { ...address, generate_return_label: true })
    const answer = dock.ask('POST', '/rmas', [labelled]).then((got) => {
      answered = true
      return got
    })
    while (dock.masonhub.rmas.size === 0) await new Promise((resolve) => setImmediate(resolve))
    assert.equal(dock.masonhub.labelsBought.length, 1)
    dock.clock.advance(16_999)
    await dock.ask('GET', '/nothing')
    assert.equal(answered, false)
    dock.clock.advance(1)
    assert.equal((await answer).status, 200)
  })

  it('starts with the adversarial reading where the documents are silent', () => {
    const initial = (name: keyof typeof masonhubFaults) => masonhubFaults[name].initial
    assert.equal(initial('masonhub.visible-after-ms'), 300)
    assert.equal(initial('masonhub.label-by-default'), 1)
    for (const [name, { initial: value }] of Object.entries(masonhubFaults)) {
      if (name.includes('drop') || name.includes('error')) assert.equal(value, 0, name)
    }
  })

  it('answers in the plain envelopes that real clients live with, and oddly only when switched (masonhub.md §15)', async () => {
    const plain = await openDockAsItIs()
    for (let round = 0; round < 20; round += 1) {
      const { body } = await plain.ask('POST', '/rmas', [rma(`6000${round + 10}`)])
      assert.deepEqual(Object.keys(body), [
        'records_submitted',
        'records_processed',
        'records_failed',
        'records_succeeded',
        'results',
      ])
      assert.equal(body.results[0].status, 'success')
      assert.match(body.results[0].uri, /\/rmas\?cid=/)
      const { body: listed } = await plain.ask('GET', '/rmas')
      assert.ok(Array.isArray(listed.data))
    }
    await plain.sandbox.stop()
  })
})
