/** What is shown before a refund is what the refund does: the plan runs the checks of the claim (G12). */
import assert from 'node:assert/strict'
import { question, willAct } from '../../src/cli/views/returns/resolutions.ts'
import { exitCodes } from '../../src/core/errors/fault.ts'
import { refundStatus } from '../../src/usecases/refunds/refund-status.ts'
import { withHeldBack } from '../../src/usecases/resolve/held-back.ts'
import type { Proposal, RequestedAction } from '../../src/usecases/resolve/proposal.ts'
import { proposeAll } from '../../src/usecases/resolve/propose.ts'
import { exitOfResults, resolveMany } from '../../src/usecases/resolve/resolve-many.ts'
import { plannedResult, type Resolved } from '../../src/usecases/resolve/results.ts'
import { acceptance, codesOf, type Harness, type HarnessOptions, hour, minute } from './harness.ts'

async function receivedMany(at: Harness, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => at.file())
  await at.sync()
  at.pass(hour)
  for (const id of ids) at.receive(id)
  at.pass(minute)
  return ids
}

async function planOf(at: Harness, ids: readonly string[], requested: RequestedAction = 'rules'): Promise<Proposal[]> {
  const { proposals } = await proposeAll(at.context, ids, { requested, force: false })
  return await withHeldBack(at.context, proposals, requested)
}

async function carryOut(
  at: Harness,
  plan: readonly Proposal[],
  requested: RequestedAction = 'rules',
): Promise<Resolved[]> {
  const { results } = await resolveMany(at.context, plan, { requested, force: false, note: null, wait: 0 })
  return results
}

const planned = (plan: readonly Proposal[]) => plan.map((proposal) => plannedResult(proposal))
const whyNot = (results: readonly Resolved[]) => results.map((result) => codesOf(result)[0])

describe('acceptance: held by policy (G12)', () => {
  const open = acceptance()

  /** Everything that can hold a refund back, whether `--refund` passes it, and the word for it in `refunds status`. */
  const cases: {
    code: string
    options?: HarnessOptions
    hold?(at: Harness): Promise<unknown>
    passedExplicitly: boolean
    lane: string
  }[] = [
    { code: 'REFUNDS_OFF', options: { policy: { refunds: false } }, passedExplicitly: true, lane: 'off' },
    { code: 'REFUND_TOO_LARGE', options: { limits: { largestRefund: '0.01' } }, passedExplicitly: true, lane: 'open' },
    { code: 'FIRST_BY_HAND', options: { limits: { firstByHand: 2 } }, passedExplicitly: true, lane: 'first by hand' },
    {
      code: 'HOURLY_LIMIT',
      options: { limits: { refundsPerHour: 0 } },
      passedExplicitly: false,
      lane: 'limit reached',
    },
    { code: 'DAILY_LIMIT', options: { limits: { refundsPerDay: 0 } }, passedExplicitly: false, lane: 'limit reached' },
    {
      code: 'REFUNDS_PAUSED',
      hold: ({ journal, clock }) => journal.refunds.pause('acme', 'why', 'ann@desk', clock.now().toISOString()),
      passedExplicitly: false,
      lane: 'paused',
    },
    {
      code: 'QUARANTINED',
      hold: ({ journal, clock }) => journal.refunds.quarantine('acme', 'why', 'ann@desk', clock.now().toISOString()),
      passedExplicitly: false,
      lane: 'quarantined',
    },
  ]

  for (const { code, options = {}, hold = async () => {}, passedExplicitly, lane } of cases) {
    it(`G12 ${code}: plan, run, rma show, audit and refunds status say the same, with one exit code`, async () => {
      const at = await open(options)
      const [id = ''] = await receivedMany(at, 1)
      await hold(at)
      const plan = await planOf(at, [id])
      assert.deepEqual([plan.some(willAct), whyNot(planned(plan))], [false, [code]])
      const done = await carryOut(at, plan)
      // With --yes no plan is shown, so the claim reports it.
      const atOnce = await at.resolve(id)
      for (const results of [planned(plan), done, atOnce]) {
        assert.deepEqual([results[0]?.outcome, whyNot(results)], ['skipped', [code]])
        assert.equal(exitOfResults(results, null, { sweep: false }), exitCodes.findings)
        assert.equal(exitOfResults(results, null, { sweep: true }), exitCodes.done)
      }
      const { heldBy, next } = await at.show(id)
      assert.equal(heldBy?.code, code)
      const command = passedExplicitly ? `mhloop rma resolve ${id} -m acme --refund` : 'mhloop refunds status -m acme'
      assert.equal(next.command, command)
      const [finding] = (await at.audit({ only: ['RECEIVED_UNRESOLVED'] })).findings
      assert.equal(finding?.fix, command)
      const { journal, context, clock } = at
      const status = await refundStatus(journal, await context.stored(), {
        pauses: await journal.refunds.pauses(),
        now: clock.now(),
      })
      assert.equal(status.lane, lane)
      assert.equal(at.requests('loop', 'POST').length, 0)
    })

    it(`G12 ${code}: --refund ${passedExplicitly ? 'passes it, as the plan says' : 'is held back, as the plan says'}`, async () => {
      const at = await open(options)
      const [id = ''] = await receivedMany(at, 1)
      await hold(at)
      const plan = await planOf(at, [id], 'refund')
      assert.equal(plan.some(willAct), passedExplicitly)
      const results = await carryOut(at, plan, 'refund')
      assert.equal(results[0]?.outcome, passedExplicitly ? 'accepted' : 'skipped')
      at.pass(hour)
      assert.equal(at.paidByUs(id), passedExplicitly ? 1 : 0)
    })
  }

  it('G12 a switch that is off beside a pause: no operator is sent to --refund, which the pause would hold, too', async () => {
    const at = await open({ policy: { refunds: false } })
    const [id = ''] = await receivedMany(at, 1)
    await at.journal.refunds.pause(null, 'why', 'ann@desk', at.clock.now().toISOString())
    const { heldBy, next } = await at.show(id)
    assert.deepEqual([heldBy?.code, next.command], ['REFUNDS_PAUSED', 'mhloop refunds status -m acme'])
  })

  for (const [limit, code] of [
    [{ refundsPerHour: 3 }, 'HOURLY_LIMIT'],
    [{ refundsPerDay: 3 }, 'DAILY_LIMIT'],
  ] as const) {
    it(`G12 ${code}: with two left, the third of three is displayed as held back, and is`, async () => {
      const at = await open({ limits: limit })
      const [first = '', ...three] = await receivedMany(at, 4)
      await at.resolve(first)
      const plan = await planOf(at, three)
      assert.deepEqual(plan.map(willAct), [true, true, false])
      assert.equal(plan[2]?.heldBy?.code, code)
      assert.match(plan[2]?.heldBy?.message ?? '', /^3 refunds .*the limit is 3\.$/)
      assert.match(question(plan.filter(willAct), 'acme', 'sandbox'), /^Refund 2 returns \(\d+\.\d\d USD\) for acme/)
      const results = await carryOut(at, plan)
      assert.deepEqual(whyNot(results).slice(2), [code])
      at.pass(minute)
      assert.deepEqual(
        [first, ...three].map((id) => at.paidByUs(id)),
        [1, 1, 1, 0],
      )
    })
  }

  it('G12 a refund displayed as held back is not paid because a pause was lifted before the confirmation', async () => {
    const at = await open()
    const [id = ''] = await receivedMany(at, 1)
    await at.journal.refunds.pause('acme', 'why', 'ann@desk', at.clock.now().toISOString())
    const plan = await planOf(at, [id])
    await at.journal.refunds.resume('acme', 'ann@desk', at.clock.now().toISOString())
    assert.deepEqual(whyNot(await carryOut(at, plan)), ['REFUNDS_PAUSED'])
    assert.equal(at.requests('loop', 'POST', '/process').length, 0)
  })

  it('G12 what may have been sent before a backup is displayed as parked, and is', async () => {
    const at = await open()
    const [id = ''] = await receivedMany(at, 1)
    const now = () => at.clock.now().toISOString()
    await at.journal.refunds.quarantine(null, 'came from a backup', 'ann@desk', now())
    at.pass(minute)
    await at.journal.refunds.release('acme', 'ann@desk', now())
    const plan = await planOf(at, [id])
    assert.equal(plan[0]?.heldBy?.code, 'MAYBE_SENT')
    const results = await carryOut(at, plan)
    assert.equal(results[0]?.outcome, 'parked')
    assert.equal(exitOfResults(planned(plan), null, { sweep: true }), exitCodes.findings)
  })

  it('G12 the plan of what was sent before names its state, with the exit code of the run', async () => {
    const at = await open({ faults: { 'loop.drop-next-process-request': 1 } })
    const [id = ''] = await receivedMany(at, 1)
    await at.resolve(id)
    for (const wait of [0, hour]) {
      at.pass(wait)
      const plan = await planOf(at, [id])
      const done = await carryOut(at, plan)
      assert.deepEqual(planned(plan), done)
      assert.equal(exitOfResults(done, null), exitCodes.inDoubt)
    }
  })
})
