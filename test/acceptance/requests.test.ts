/** Compares the number of requests with the least that the vendors' contracts allow. */
import assert from 'node:assert/strict'
import { minimumOfAudit, minimumOfResolve, minimumOfSync, type Requests } from '../../bench/vendors/minimum.ts'
import { proposeAll } from '../../src/usecases/resolve/propose.ts'
import { readyReturns } from '../../src/usecases/resolve/ready.ts'
import { resolveAtOnce } from '../../src/usecases/resolve/resolve-at-once.ts'
import { resolveMany } from '../../src/usecases/resolve/resolve-many.ts'
import { acceptance, day, type Harness, minute } from './harness.ts'

/** Five percent more than the least is allowed. */
const allowed = 1.05

describe('acceptance: requests', () => {
  const open = acceptance()
  // Random omissions in answers cost extra requests; other tests cover them.
  const calm = { 'masonhub.quirks': 0, 'masonhub.visible-after-ms': 0 }

  /** Files open returns with labels, at least a second apart. */
  function fileMany(at: Harness, returns: number): string[] {
    const now = at.clock.now().getTime()
    return Array.from({ length: returns }, (_, count) =>
      at.file({ label: { status: 'in_transit' }, createdAt: new Date(now - (count + 1) * 5 * minute), silent: true }),
    )
  }

  async function requestsOf(at: Harness, work: () => Promise<unknown>): Promise<Requests> {
    const before = { ...at.sandbox.requestCounts }
    await work()
    const { loop, masonhub } = at.sandbox.requestCounts
    return { loop: loop - before.loop, masonhub: masonhub - before.masonhub }
  }

  function holds(used: Requests, least: Requests): void {
    const most = allowed * (least.loop + least.masonhub)
    assert.ok(used.loop + used.masonhub <= most, `${JSON.stringify(used)} where ${JSON.stringify(least)} would do`)
  }

  it(`a backfill, the sync after it and an audit need ${allowed} of the minimum at most`, async () => {
    const at = await open({ faults: calm })
    const returns = 870
    fileMany(at, returns)
    const first = await requestsOf(at, () => at.sync())
    holds(first, minimumOfSync(returns, { created: returns, reports: 1 }))
    assert.equal(at.sandbox.masonhub.rmas.size, returns)
    at.pass(20 * minute)
    const since = new Date(at.clock.now().getTime() - 10 * day).toISOString()
    holds(await requestsOf(at, () => at.sync({ since })), minimumOfSync(returns, { created: 0, reports: 1 }))
    at.pass(20 * minute)
    const audited = await requestsOf(at, async () => {
      const { findings, checked } = await at.audit()
      assert.deepEqual([findings, checked], [[], { returns, rmas: returns }])
    })
    holds(audited, minimumOfAudit(returns, returns))
  })

  it(`refunds need ${allowed} of the minimum at most`, async () => {
    const at = await open({ faults: calm, limits: { refundsPerHour: 1e6, refundsPerDay: 1e6 } })
    const returns = 90
    const ids = fileMany(at, returns)
    await at.sync()
    for (const id of ids) at.receive(id)
    const resolved = await requestsOf(at, async () => {
      const request = { requested: 'rules', force: false, note: null, wait: 0 } as const
      await resolveAtOnce(at.context, await readyReturns(at.context), request)
    })
    holds(resolved, minimumOfResolve(returns, returns))
    assert.equal(at.groundTruth('process_accepted').length, returns)
  })

  it('returns that an operator considered for long are read again fifteen at a time, not one by one', async () => {
    const at = await open({ faults: calm, limits: { refundsPerHour: 1e6, refundsPerDay: 1e6 } })
    const ids = fileMany(at, 45)
    await at.sync()
    for (const id of ids) at.receive(id)
    const { proposals } = await proposeAll(at.context, ids, { requested: 'rules', force: false })
    at.pass(minute)
    const used = await requestsOf(at, () =>
      resolveMany(at.context, proposals, { requested: 'rules', force: false, note: null, wait: 0 }),
    )
    // For each return: its details, its claim, one reading of the timeline (G1), and the refund.
    assert.deepEqual(used, { loop: 4 * 45, masonhub: 3 })
  })
})
