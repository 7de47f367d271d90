import assert from 'node:assert/strict'
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '../../src/core/errors/fault.ts'
import { updateProfile } from '../../src/merchants/profiles/profiles.ts'
import { listCursor } from '../../src/usecases/sync/observe-window.ts'
import { type Healthy, openHealthy, statuses, store } from './doctor/healthy.ts'

/** Milliseconds that each vendor takes to answer. */
const latency = 200

const usual = { 'loop.slow-ms': 0, 'masonhub.slow-ms': 0, 'loop.down': 0, 'masonhub.unauthorized': 0 } as const

describe('doctor: one run', () => {
  let at: Healthy
  before(async () => {
    at = await openHealthy()
  })
  after(() => at.close())
  afterEach(() => {
    for (const [name, value] of Object.entries(usual)) at.fault(name as keyof typeof usual, value)
  })

  it('asks nothing twice, and everything in three rounds at most: under a second at 200 ms an answer', async () => {
    at.fault('loop.slow-ms', latency)
    at.fault('masonhub.slow-ms', latency)
    const before = at.answered.length
    let finished = false
    const running = at.runDoctor().finally(() => {
      finished = true
    })
    const rounds = await roundsUntil(at, () => finished)
    const { exit } = await running
    const seenRequests = at.answered.slice(before)
    const requests = at.sandbox.requests
      .slice(-seenRequests.length)
      .map(({ path, query }) => `${path} ${JSON.stringify(query)}`)
    assert.equal(exit, 0)
    assert.equal(new Set(requests).size, requests.length, requests.join('\n'))
    assert.ok(rounds.length <= 3, `${rounds.length} rounds`)
    assert.ok(Math.max(...rounds) >= 7, `the first round is parallel: ${rounds}`)
    assert.ok(requests.length <= 20, `${requests.length} requests`)
  })

  it('F53: a vendor that takes too long is reported as too slow, not as wrong', async () => {
    const slow = await openHealthy({ attemptTimeout: 30 })
    try {
      slow.fault('loop.slow-ms', 60_000)
      const { checks, exit } = await slow.runDoctor({ only: ['loop.reachable'] })
      assert.match(checks[0]?.message ?? '', /no complete answer within 30 ms/)
      assert.match(checks[0]?.remedy ?? '', /Try again later/)
      assert.equal(exit, 7)
    } finally {
      await slow.close()
    }
  })

  it('a check that throws has failed by our fault, and the others go on', async () => {
    const { checks, exit } = await at.runDoctor({
      openJournal: at.overlay({
        refunds: {
          ...at.journal.refunds,
          pauses: () => Promise.reject(new TypeError('Bearer secret-in-a-message')),
        },
      }),
    })
    const failed = checks.filter(({ status }) => status !== 'ok')
    assert.deepEqual(
      failed.map(({ code, status }) => [code, status]),
      [['work.refunds', 'fail']],
    )
    assert.match(failed[0]?.message ?? '', /^Internal error in mhloop \(TypeError\)/)
    assert.doesNotMatch(JSON.stringify(checks), /secret-in-a-message/)
    assert.equal(exit, 1)
  })

  it('with --only runs no other check, and asks no vendor about the journal', async () => {
    const before = at.answered.length
    const { checks } = await at.runDoctor({ only: ['journal.disk', 'work.parked'] })
    assert.deepEqual(
      checks.map(({ code }) => code),
      ['journal.disk', 'work.parked'],
    )
    assert.equal(at.answered.length, before)
  })

  it('with --only reports what blocks a requested check: silence would look like health', async () => {
    at.fault('masonhub.unauthorized', 1)
    const { checks, exit } = await at.runDoctor({ only: ['masonhub.holds'] })
    assert.deepEqual(statuses(checks), { 'masonhub.credentials': 'fail', 'masonhub.holds': 'skipped' })
    assert.equal(exit, 4)
    at.fault('masonhub.unauthorized', 0)
    await chmod(join(at.env.MHLOOP_CONFIG_DIR ?? '', 'credentials.json'), 0o640)
    const loose = await at.runDoctor({ only: ['loop.clock'] })
    await chmod(join(at.env.MHLOOP_CONFIG_DIR ?? '', 'credentials.json'), 0o600)
    assert.deepEqual(statuses(loose.checks), { 'machine.files': 'fail', 'loop.clock': 'skipped' })
  })

  it('credentials come before a vendor that is down, and that before a warning', async () => {
    at.fault('loop.down', 1)
    assert.equal((await at.runDoctor()).exit, 7)
    at.fault('masonhub.unauthorized', 1)
    assert.equal((await at.runDoctor()).exit, 4)
  })

  it('stops when it is interrupted, also while a vendor hangs', async () => {
    await assert.rejects(at.runDoctor({ signal: AbortSignal.abort() }), { name: 'AbortError' })
    // The answer is due at a time that never comes, because only the test advances the clock.
    at.fault('loop.slow-ms', latency)
    const interrupt = new AbortController()
    const running = at.runDoctor({ signal: interrupt.signal })
    while (at.underWay() === 0) await new Promise((resolve) => setImmediate(resolve))
    interrupt.abort()
    await assert.rejects(running, { name: 'AbortError' })
    const late = at.answered.length + at.underWay()
    at.pass(latency)
    while (at.answered.length < late) await new Promise((resolve) => setImmediate(resolve))
  })

  it('a journal that refuses hides nothing of the vendors', async () => {
    const refused = new Fault('The journal is damaged.', { code: 'JOURNAL_CORRUPT' })
    const { checks } = await at.runDoctor({ openJournal: () => Promise.reject(refused) })
    const found = statuses(checks)
    assert.equal(found['journal.open'], 'fail')
    assert.equal(found['loop.webhooks'], 'ok')
    assert.equal(found['returns.skus'], 'ok')
    assert.equal(found['work.parked'], 'skipped')
  })

  it("examines every merchant, and one's trouble hides no other's", async () => {
    for (const name of ['bare', 'wrong']) await store(at, at.env, name)
    await updateProfile(at.env, 'wrong', at.clock.now(), (profile) => ({
      ...profile,
      masonhub: { ...profile.masonhub, baseUrl: 'https://app.masonhub.co/demo/api/v1' },
    }))
    const { checks, exit } = await at.runDoctor({ merchants: ['wrong', 'acme', 'bare'] })
    const of = (name: string) => statuses(checks.filter(({ merchant }) => merchant === name))
    assert.deepEqual(new Set(Object.values(of('acme'))), new Set(['ok']))
    assert.equal(of('wrong')['merchant.settings'], 'fail')
    assert.equal(of('wrong')['loop.reachable'], 'skipped')
    assert.deepEqual(
      Object.entries(of('bare')).filter(([, status]) => status !== 'ok'),
      [
        // All three merchants use one Loop account (G10).
        ['merchant.account', 'warn'],
        ['loop.webhooks', 'skipped'],
        ['masonhub.callbacks', 'skipped'],
        ['work.silence', 'skipped'],
        ['work.pull', 'skipped'],
      ],
    )
    assert.equal(exit, 3)
    assert.equal(checks.filter(({ merchant, code }) => merchant === null && code === 'journal.open').length, 1)
  })

  it('F12: an installation that only reads, as in CI, is disturbed by no other mhloop; one that works is', async () => {
    const of = async (journal: Healthy['journal']) => {
      const { checks, exit } = await at.runDoctor({ merchants: ['bare'], openJournal: async () => journal })
      const found = statuses(checks)
      return [found['returns.foreign'], found['masonhub.callbacks'], exit]
    }
    const foreign = await at.foreignJournal()
    assert.deepEqual(await of(foreign), ['ok', 'skipped', 0])
    await foreign.cursors.advance('bare', listCursor, at.clock.now().toISOString())
    assert.deepEqual(await of(foreign), ['fail', 'fail', 3])
  })

  it('says what to type to connect a merchant that never was connected, and calls that no problem', async () => {
    await store(at, at.env, 'lone')
    const { masonhub } = at.context
    await masonhub.callbacks.remove((await masonhub.callbacks.list()).map(({ callbackId }) => callbackId))
    const { checks, exit } = await at.runDoctor({ merchants: ['lone'] })
    const troubles = checks.filter(({ status }) => status === 'warn' || status === 'fail')
    // It uses the same Loop account as the merchants of the earlier tests (G10).
    assert.deepEqual([troubles.map(({ code }) => code), exit], [['merchant.account'], 3])
    assert.equal(
      checks.find(({ code }) => code === 'loop.webhooks')?.remedy,
      'mhloop merchant connect -m lone --url https://HOST',
    )
    assert.equal(checks.find(({ code }) => code === 'work.pull')?.remedy, 'mhloop asn sync -m lone --dry-run')
  })

  it('keeps to its bounds in a shop with many returns', async () => {
    for (let index = 0; index < 200; index += 1) {
      at.file({ silent: true, units: [{ sku: `SKU-${index}` }], state: index % 2 === 0 ? 'open' : 'closed' })
    }
    const before = at.answered.length
    const { checks } = await at.runDoctor()
    const seenRequests = at.answered.slice(before)
    assert.equal(seenRequests.filter(({ path }) => path.endsWith('/notes')).length, 10)
    assert.ok(
      seenRequests.filter(({ vendor, path }) => vendor === 'masonhub' && path.endsWith('/rmas')).length <= 1 + 3,
    )
    assert.ok(seenRequests.length <= 35, `${seenRequests.length} requests`)
    assert.match(checks.find(({ code }) => code === 'returns.skus')?.message ?? '', /lacks \d+ of \d+ SKUs/)
  })
})

/** How many requests were in flight together, each time that only an answer could let the run continue. */
async function roundsUntil(at: Healthy, isFinished: () => boolean): Promise<number[]> {
  const rounds: number[] = []
  const round = () => new Promise((resolve) => setImmediate(resolve))
  for (;;) {
    // Every request now waits for its vendor, and our side has finished its own work.
    let calm = 0
    while (calm < 20 && !isFinished()) {
      await round()
      const open = at.underWay()
      const waiting = at.sandbox.requests.filter(({ status }) => status === 0).length
      calm = open > 0 && waiting === open ? calm + 1 : 0
    }
    if (isFinished()) return rounds
    rounds.push(at.underWay())
    const all = at.answered.length + at.underWay()
    at.pass(latency)
    while (at.answered.length < all) await round()
  }
}
