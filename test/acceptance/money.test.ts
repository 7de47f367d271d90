/** The rows of failures.md about paying twice or wrongly, by number, against the sandbox's ground truth. */
import assert from 'node:assert/strict'
import { exitCodes } from '../../src/core/errors/fault.ts'
import type { NewReturn } from '../../src/sandbox/loop/register.ts'
import type { Receipt } from '../../src/sandbox/masonhub/types.ts'
import { createRandom } from '../../src/sandbox/random.ts'
import type { MerchantContext } from '../../src/usecases/merchant-context.ts'
import { proposeMany } from '../../src/usecases/resolve/propose.ts'
import { exitOfResults, resolveMany } from '../../src/usecases/resolve/resolve-many.ts'
import { concurrentWorker, createMutex, killable, untilKilled, withCalls } from './calls.ts'
import { acceptance, codesOf, type Harness, hour, minute } from './harness.ts'

async function received(at: Harness, receipt?: Receipt, overrides?: NewReturn): Promise<string> {
  const id = at.file(overrides)
  await at.sync({ returnIds: [id] })
  at.pass(hour)
  at.receive(id, receipt)
  return id
}

/** A worker for which something happens just before its process request leaves. */
function justBeforeProcess(at: Harness, happens: (returnId: string) => void) {
  const { loop } = at.context
  return at.worker({
    loop: {
      ...loop,
      process(...args) {
        happens(args[0])
        return loop.process(...args)
      },
    },
  })
}

async function processState(at: Harness, id: string): Promise<string | undefined> {
  const [effect] = await at.effects(id, 'process')
  return effect?.state
}

const sentOnce = (at: Harness) => assert.equal(at.requests('loop', 'POST', '/process').length, 1)

describe('acceptance: money', () => {
  const open = acceptance()

  it('F1 the answer is lost after the effect: in doubt, never sent again, confirmed by reading', async () => {
    const at = await open({ faults: { 'loop.drop-next-process-answer': 1 } })
    const id = await received(at)
    const results = await at.resolve('ready')
    assert.deepEqual([results[0]?.outcome, codesOf(results[0])[0]], ['in_doubt', 'IN_DOUBT'])
    assert.equal(exitOfResults(results, null), exitCodes.inDoubt)
    for (let attempt = 0; attempt < 3; attempt += 1) await at.resolve(id, { requested: 'refund', force: true })
    at.pass(minute)
    const [seen] = await at.resolve('ready')
    assert.deepEqual([seen?.action, seen?.outcome], ['refund', 'confirmed'])
    sentOnce(at)
    assert.equal(at.paidByUs(id), 1)
  })

  it('F1 any lost or broken answer to process is doubt, settled by reading alone', async () => {
    for (const fault of ['loop.error-500-after-work', 'loop.html', 'loop.truncated', 'loop.unknown-shape'] as const) {
      const at = await open()
      const id = await received(at)
      const { loop } = at.context
      const unlucky = at.worker({
        loop: {
          ...loop,
          async process(...args) {
            at.fault(fault, 1)
            try {
              return await loop.process(...args)
            } finally {
              at.fault(fault, 0)
            }
          },
        },
      })
      const [first] = await unlucky.resolve(id)
      assert.equal(first?.outcome, 'in_doubt', fault)
      at.pass(minute)
      assert.equal((await at.resolve(id))[0]?.outcome, 'confirmed', fault)
      sentOnce(at)
      assert.equal(at.paidByUs(id), 1, fault)
    }
  })

  it('F2 the request is lost before the effect: watched for 15 minutes, then parked for a person, never resent', async () => {
    const at = await open({ faults: { 'loop.drop-next-process-request': 1 } })
    const id = await received(at)
    assert.equal((await at.resolve('ready'))[0]?.outcome, 'in_doubt')
    at.pass(14 * minute)
    const [waiting] = await at.resolve('ready')
    assert.deepEqual([waiting?.outcome, codesOf(waiting)], ['in_doubt', ['PROCESS_PENDING']])
    at.pass(2 * minute)
    const parked = await at.resolve('ready')
    assert.deepEqual([parked[0]?.action, parked[0]?.outcome], ['refund', 'parked'])
    assert.equal(exitOfResults(parked, null), exitCodes.inDoubt)
    assert.equal((await at.resolve(id, { requested: 'refund', force: true }))[0]?.outcome, 'refused')
    assert.equal((await at.resolve(id, { requested: 'flag' }))[0]?.outcome, 'refused')
    sentOnce(at)
    assert.equal(at.groundTruth('process_accepted').length, 0)
    const { findings } = await at.audit({ only: ['PARKED'] })
    assert.deepEqual(
      findings.map(({ returnId }) => returnId),
      [id],
    )
    assert.match((await at.show(id)).next.text, /person must decide in the Loop admin/)
  })

  it('F2 a parked refund that Loop turns out to have paid is no longer parked', async () => {
    const at = await open({ faults: { 'loop.drop-next-process-request': 1 } })
    const id = await received(at)
    await at.resolve(id)
    at.pass(16 * minute)
    await at.resolve(id)
    assert.equal(await processState(at, id), 'parked')
    at.sandbox.loop.process(id)
    at.pass(minute)
    const overview = await at.show(id)
    assert.equal(overview.effects.find(({ kind }) => kind === 'process')?.state, 'confirmed')
    assert.deepEqual(overview.findings, [])
    sentOnce(at)
  })

  it('F3, F4 an admin closes, cancels or flags between our reading and our request: refused, and no money is claimed', async () => {
    const manualActions: [string, (at: Harness, id: string) => void][] = [
      ['closed', (at, id) => at.sandbox.loop.close(id)],
      ['cancelled', (at, id) => at.sandbox.loop.cancel(id)],
      ['review by rule', (at, id) => at.sandbox.loop.review(id)],
      ['flagged', (at, id) => at.sandbox.loop.flag(id)],
    ]
    for (const [about, act] of manualActions) {
      const at = await open()
      const id = await received(at)
      const results = await justBeforeProcess(at, () => act(at, id)).resolve(id)
      assert.deepEqual([results[0]?.action, results[0]?.outcome], ['refund', 'refused'], about)
      assert.equal(exitOfResults(results, null), exitCodes.refused)
      assert.equal(await processState(at, id), 'refused')
      at.pass(hour)
      assert.notEqual((await at.resolve(id, { requested: 'refund', force: true }))[0]?.outcome, 'confirmed')
      sentOnce(at)
      assert.deepEqual(at.groundTruth('refund_paid'), [], about)
      assert.notEqual((await at.journal.links.get('acme', id))?.status, 'resolved')
    }
  })

  it('F4 closed by a person before the observation: nothing is sent and nothing is planned', async () => {
    const at = await open()
    const id = await received(at)
    at.sandbox.loop.close(id)
    const [resolved] = await at.resolve(id)
    assert.deepEqual([resolved?.action, resolved?.outcome, codesOf(resolved)], ['none', 'skipped', ['CLOSED']])
    assert.deepEqual(await at.effects(id, 'process'), [])
  })

  it('F4 in doubt, and closed without a trace of money: parked, because a person may have closed it', async () => {
    const at = await open({ faults: { 'loop.drop-next-process-request': 1 } })
    const id = await received(at)
    await at.resolve(id)
    at.sandbox.loop.close(id)
    const [resolved] = await at.resolve(id)
    assert.equal(resolved?.outcome, 'parked')
    assert.deepEqual(at.groundTruth('refund_paid'), [])
  })

  it('F5 “Return is open and therefore cannot be processed” means flagged: a refusal, whatever the words', async () => {
    const at = await open({ faults: { 'loop.flag-keeps-open': 1 } })
    const id = await received(at)
    at.sandbox.loop.flag(id)
    const [resolved] = await at.resolve(id)
    assert.deepEqual([resolved?.outcome, codesOf(resolved)[0]], ['refused', 'UNPROCESSABLE_FLAGGED_RETURN'])
    at.pass(hour)
    const [again] = await at.resolve(id)
    assert.deepEqual([again?.outcome, codesOf(again)], ['refused', ['PROCESS_REFUSED']])
    sentOnce(at)
    assert.deepEqual(
      (await at.audit({ only: ['RECEIVED_UNRESOLVED'] })).findings.map(({ returnId }) => returnId),
      [id],
    )
  })

  for (const review of [1, 0]) {
    it(`F6 accepted, and the job fails later (${review ? 'to review' : 'stays open'}): parked with its reason, not retried`, async () => {
      const at = await open({ faults: { 'loop.process-fails': 1, 'loop.process-fails-to-review': review } })
      const id = await received(at)
      assert.equal((await at.resolve(id))[0]?.outcome, 'accepted')
      at.pass(16 * minute)
      assert.equal((await at.resolve('ready'))[0]?.outcome, 'parked')
      at.fault('loop.process-fails', 0)
      if (review) at.sandbox.loop.reopen(id)
      at.pass(hour)
      await at.resolve(id, { requested: 'refund', force: true })
      sentOnce(at)
      assert.equal(at.groundTruth('process_failed', id).length, 1)
      assert.deepEqual(at.groundTruth('refund_paid'), [])
    })
  }

  it('F7 killed at every single step of a resolution: the next process only reads what was sent, and no return is paid twice', async () => {
    const at = await open()
    let points = 0
    for (const effect of ['before', 'after'] as const) {
      for (let step = 1, finished = false; !finished; step += 1) {
        const id = await received(at)
        const one = killable(at.context, { at: step, effect })
        const { resolve } = at.worker(one.context)
        finished = (await untilKilled(resolve(id))) === 'done'
        const died = `${effect} ${one.calls.at(-1)}`
        points += Number(!finished)
        const requests = at.requests('loop', 'POST', `/${id}/process`).length
        // The lease of the killed run still holds; and what was sent is never sent again.
        await at.resolve(id)
        at.pass(3 * minute)
        await at.resolve(id, { wait: minute })
        at.pass(16 * minute)
        const [end] = await at.resolve(id)
        const state = await processState(at, id)
        assert.ok(state === 'confirmed' || state === 'parked', `${died}: ${state}`)
        assert.equal(at.paidByUs(id), state === 'confirmed' ? 1 : 0, died)
        assert.equal(at.requests('loop', 'POST', `/${id}/process`).length, state === 'parked' ? 0 : 1, died)
        assert.equal(end?.outcome, state, died)
        if (requests === 1) assert.equal(state, 'confirmed', died)
      }
    }
    assert.ok(points > 20, `${points} points`)
  })

  it('F7 killed between claim and send: in doubt, though nothing was sent; parked after 15 minutes', async () => {
    const at = await open()
    const id = await received(at)
    const one = killable(at.context, { at: 1, effect: 'before', counts: (name) => name === 'loop.process' })
    assert.equal(await untilKilled(at.worker(one.context).resolve(id)), 'killed')
    assert.equal(await processState(at, id), 'sent')
    const journal = await at.secondJournal()
    const other = at.worker({ journal, actor: 'bob@laptop' })
    at.pass(3 * minute)
    const [pending] = await other.resolve(id, { requested: 'refund', force: true })
    assert.deepEqual([pending?.outcome, codesOf(pending)], ['refused', ['PROCESS_PENDING']])
    at.pass(16 * minute)
    assert.equal((await other.resolve('ready'))[0]?.outcome, 'parked')
    assert.equal(at.requests('loop', 'POST', '/process').length, 0)
  })

  it('F8 two processes on two connections resolve the same return at the same time: exactly one payment, in any interleaving', async () => {
    const at = await open()
    const random = createRandom(42)
    const mutex = createMutex()
    const one = await concurrentWorker(at, mutex, { random: () => random.next(), actor: 'ann@desk' })
    const other = await concurrentWorker(at, mutex, { random: () => random.next(), actor: 'ann@desk' })
    const third = await concurrentWorker(at, mutex, { random: () => random.next(), actor: 'worker-3' })
    const winners = new Set<number>()
    for (let round = 0; round < 25; round += 1) {
      const id = await received(at)
      const results = await Promise.all([
        one.resolve(id),
        other.resolve(id, { requested: 'refund' }),
        third.resolve('ready'),
      ])
      // A worker that reads after another has sent reports the state of that refund.
      const accepted = results
        .flat()
        .map((one) => one.returnId === id && one.outcome === 'accepted' && !codesOf(one).includes('PROCESS_PENDING'))
      assert.ok(accepted.filter(Boolean).length <= 1)
      winners.add(accepted.indexOf(true))
      at.pass(minute)
      await at.resolve(id)
      assert.equal(at.paidByUs(id), 1)
      assert.equal(at.requests('loop', 'POST', `/${id}/process`).length, 1)
    }
    assert.ok(winners.size > 1, 'the interleavings differ')
  })

  it('F8 three processes resolve everything that is ready at the same time: each is paid once, each flag has one note', async () => {
    const at = await open()
    const random = createRandom(7)
    const mutex = createMutex()
    const good = Array.from({ length: 12 }, () => at.file())
    const bad = Array.from({ length: 6 }, () => at.file())
    await at.sync()
    at.pass(hour)
    for (const id of good) at.receive(id)
    for (const id of bad) at.receive(id, { lines: [] })
    const workers = await Promise.all(
      ['a', 'b', 'c'].map((actor) => concurrentWorker(at, mutex, { random: () => random.next(), actor })),
    )
    await Promise.all(workers.map(({ resolve }) => resolve('ready')))
    at.pass(minute)
    await at.resolve('ready')
    for (const id of good) assert.equal(at.paidByUs(id), 1)
    for (const id of bad) assert.deepEqual([at.groundTruth('return_flagged', id).length, at.notes(id).length], [1, 1])
  })

  it('F9 frozen between reading and sending: nothing is sent by an old reading, and the next run pays once', async () => {
    const at = await open()
    const id = await received(at)
    const frozen = at.worker({
      journal: withCalls(at.journal, async (call, name) => {
        const result = await call()
        // The machine sleeps right after the claim was committed.
        if (name === 'effects.claimRefund') at.pass(2 * minute)
        return result
      }),
    })
    const results = await frozen.resolve(id)
    assert.deepEqual([results[0]?.outcome, codesOf(results[0])[0]], ['skipped', 'READ_TOO_OLD'])
    assert.equal(exitOfResults(results, null), exitCodes.findings)
    assert.equal(await processState(at, id), 'planned')
    assert.equal(at.requests('loop', 'POST').length, 0)
    assert.equal((await at.resolve(id, { wait: minute }))[0]?.outcome, 'confirmed')
    assert.equal(at.paidByUs(id), 1)
  })

  it('F9 what was displayed to an operator before lunch is read again: what changed since is not carried out', async () => {
    const at = await open()
    const id = await received(at)
    const request = { requested: 'rules', force: false, note: null, wait: 0 } as const
    const proposals = await proposeMany(at.context, [id], { requested: 'rules', force: false })
    assert.equal(proposals[0]?.decision.action, 'refund')
    at.pass(hour)
    at.sandbox.loop.edit(id, { add: [{ sku: 'CAP-RED' }] })
    const { results } = await resolveMany(at.context, proposals, request)
    assert.deepEqual(codesOf(results[0]), ['CHANGED_SINCE_SHOWN'])
    assert.equal(at.requests('loop', 'POST').length, 0)
  })

  it('F12 two installations with one Loop key: the second sends nothing once Loop shows the first’s work, and our tag says whose it was', async () => {
    const at = await open()
    const id = await received(at)
    const foreign = at.worker({ journal: await at.foreignJournal(), actor: 'other@host' })
    assert.equal((await at.resolve(id))[0]?.outcome, 'accepted')
    at.pass(minute)
    const [late] = await foreign.resolve(id)
    assert.deepEqual([late?.action, codesOf(late)], ['none', ['CLOSED']])
    sentOnce(at)
    assert.equal(at.paidByUs(id), 1)
    const ours = await at.journal.installationId()
    assert.notEqual(ours, await foreign.context.journal.installationId())
    const tag = at.notes(id).find((note) => note.includes(`mhloop: ${ours}`))
    assert.ok(tag?.includes(`effect: ${(await at.effects(id, 'process'))[0]?.effectId}`), tag)
  })

  it('F12 within Loop’s queue the second installation sees the claim of the first, and leaves it to a person (G1)', async () => {
    const at = await open()
    const id = await received(at)
    const foreign = at.worker({ journal: await at.foreignJournal(), actor: 'other@host' })
    await at.resolve(id)
    // Loop still shows it open, and the other journal knows nothing of the refund.
    const [late] = await foreign.resolve(id)
    assert.deepEqual([late?.outcome, codesOf(late)[0]], ['parked', 'CLAIMED_ELSEWHERE'])
    assert.equal(at.groundTruth('process_accepted', id).length, 1)
  })

  it('C5 a clock that was set back neither pays twice nor by an old reading', async () => {
    const at = await open()
    const id = await received(at)
    let back = 0
    const clock: MerchantContext['clock'] = { now: () => new Date(at.clock.now().getTime() - back) }
    const jumpy = at.worker({ clock })
    const proposals = await proposeMany(jumpy.context, [id], { requested: 'rules', force: false })
    back = 2 * hour
    const request = { requested: 'rules', force: false, note: null, wait: 0 } as const
    const { results } = await resolveMany(jumpy.context, proposals, request)
    assert.equal(results[0]?.outcome, 'accepted')
    await jumpy.resolve(id, { requested: 'refund', force: true })
    at.pass(minute)
    await jumpy.resolve('ready')
    sentOnce(at)
    assert.equal(at.paidByUs(id), 1)
  })
})
