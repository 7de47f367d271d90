/**
 * Pays a refund once although several journals don't know of each other, by claims on Loop's timeline (G1). Both
 * stand-ins and the journals are real.
 */
import assert from 'node:assert/strict'
import { copyFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { exitCodes } from '../../src/core/errors/fault.ts'
import { claimNote, claimsIn } from '../../src/core/refunds/claim-note.ts'
import type { FaultName } from '../../src/sandbox/fault-injection.ts'
import { exitOfResults } from '../../src/usecases/resolve/resolve-many.ts'
import { isRequested } from '../postgres/server.ts'
import { skipped } from '../skipped.ts'
import { killable, untilKilled, withCalls } from './calls.ts'
import { acceptance, codesOf, type Harness, hour, minute, type Worker } from './harness.ts'

async function received(at: Harness): Promise<string> {
  const id = at.file()
  await at.sync({ returnIds: [id] })
  at.pass(hour)
  at.receive(id)
  return id
}

const claims = (at: Harness, id: string) => at.notes(id).filter((note) => claimsIn(note).length > 0)
const posted = (at: Harness, ending: string) => at.requests('loop', 'POST', ending).length
const refundOf = async ({ context: { journal } }: Worker, id: string) =>
  (await journal.effects.find({ returnIds: [id], kinds: ['process'] }))[0]

/** Another installation, with its own journal and its own clients. */
async function otherInstallation(at: Harness): Promise<Worker> {
  return at.worker({ journal: await at.foreignJournal(), actor: 'bob@laptop' })
}

/** A worker for which something happens right after it has posted its claim. */
function afterPosting(at: Harness, happens: () => Promise<unknown> | unknown, base: Worker = at): Worker {
  const { loop } = base.context
  return at.worker({
    ...base.context,
    loop: {
      ...loop,
      async addNote(...args) {
        const answer = await loop.addNote(...args)
        await happens()
        return answer
      },
    },
  })
}

describe('acceptance: claims on Loop’s timeline', () => {
  const open = acceptance()

  it('G1 a refund is claimed by a note before it is sent, and its body names that claim', async () => {
    const at = await open()
    const id = await received(at)
    assert.equal((await at.resolve(id))[0]?.outcome, 'accepted')
    const [note, body] = at.notes(id)
    const [claim] = await at.journal.claims.of(id)
    assert.ok(claim)
    assert.equal(note, claimNote(claim.nonce, await at.journal.installationId()))
    assert.ok(body?.includes(`claim: ${claim.nonce}`), body)
    assert.deepEqual([claim.posted, claim.givenUpAt, claim.seenAt !== null], [true, null, true])
    const seenRequests = at.sandbox.requests.filter(
      ({ vendor, path }) => vendor === 'loop' && /\/(note|notes|process)$/.test(path),
    )
    assert.deepEqual(
      seenRequests.map(({ path }) => path.split('/').at(-1)),
      ['note', 'notes', 'process'],
    )
    at.pass(minute)
    assert.equal((await at.resolve(id))[0]?.outcome, 'confirmed')
  })

  it('G1 two installations that race never both pay, in any interleaving of their steps', async () => {
    const at = await open()
    const ends = new Set<string>()
    for (let round = 0; round < 12; round += 1) {
      const id = await received(at)
      const other = await otherInstallation(at)
      let order = 0
      // Which worker makes the next call, decided by the number of the round.
      const paced = (base: Worker, phase: number) =>
        at.worker({
          ...base.context,
          loop: withCalls(base.context.loop, async (call) => {
            order += 1
            for (let waits = (round * 7 + order * phase) % 5; waits > 0; waits -= 1) await new Promise(setImmediate)
            return await call()
          }),
        })
      const results = (await Promise.all([paced(at, 1).resolve(id), paced(other, 3).resolve(id)])).flat()
      at.pass(minute)
      assert.ok(posted(at, `/${id}/process`) <= 1, `round ${round}`)
      assert.ok(at.paidByUs(id) <= 1, `round ${round}`)
      for (const { outcome } of results) assert.ok(['accepted', 'parked', 'skipped'].includes(outcome), outcome)
      ends.add(results.map(({ outcome }) => outcome).join())
    }
    assert.ok(ends.has('parked,parked') || ends.size > 1, [...ends].join(' '))
  })

  it('G1 an empty journal (a lost data folder, another HOME) pays nothing that another has claimed, at any time', async () => {
    // Loop's own note about the refund appears when its job runs, or never.
    for (const mark of [0, 2]) {
      const at = await open({
        faults: { 'loop.process-note': mark, 'loop.process-min-ms': 40_000, 'loop.process-max-ms': 40_000 },
      })
      const ids = [await received(at), await received(at), await received(at)]
      for (const { outcome } of await at.resolve(ids)) assert.equal(outcome, 'accepted')
      const other = await otherInstallation(at)
      const results = await other.resolve(ids)
      assert.equal(exitOfResults(results, null), exitCodes.inDoubt)
      results.push(...(await other.resolve(ids, { requested: 'refund', force: true })))
      assert.deepEqual(
        results.map((result) => codesOf(result)[0]),
        Array(6).fill('CLAIMED_ELSEWHERE'),
      )
      at.pass(minute)
      for (const id of ids) assert.equal(at.paidByUs(id), 1)
    }
  })

  it('G1 the loser reports in its own words: never as sent, never as confirmed, and it uses up no limit', async () => {
    const at = await open({ limits: { refundsPerHour: 1 } })
    const id = await received(at)
    await at.resolve(id)
    const other = await otherInstallation(at)
    const [lost] = await other.resolve(id)
    const installation = await at.journal.installationId()
    assert.match(lost?.reasons[0]?.message ?? '', new RegExp(`^Not sent: installation ${installation.slice(0, 8)}…`))
    const parked = await refundOf(other, id)
    assert.deepEqual(
      [parked?.state, parked?.sentAt, parked?.parkedBecause, parked?.evidence],
      ['parked', null, 'CLAIMED_ELSEWHERE', lost?.reasons[0]?.message],
    )
    const { decision, next, findings } = await other.show(id)
    assert.equal(decision.reasons[0]?.code, 'CLAIMED_ELSEWHERE')
    for (const { message } of [...decision.reasons, ...findings]) assert.doesNotMatch(message, /was sent/)
    assert.match(next.text, /Check its timeline in the Loop admin/)
    assert.equal(await other.context.journal.refunds.sentSince('acme', new Date(0).toISOString()), 0)
    const history = await other.context.journal.history.of('acme', id)
    assert.deepEqual(
      history.filter(({ kind }) => kind === 'process').map(({ what }) => what),
      ['planned', 'sent', 'planned', 'parked'],
    )
    at.pass(minute)
    const [later] = await other.resolve(id)
    assert.deepEqual([later?.outcome, codesOf(later)], ['refused', ['ENDED_ELSEWHERE']])
    const ended = await refundOf(other, id)
    assert.deepEqual(
      [ended?.state, ended?.evidence],
      ['refused', 'Paid, but by no request that this journal knows of.'],
    )
    assert.equal((await at.resolve(id))[0]?.outcome, 'confirmed', 'the winner knows that it was its own')
  })

  it('G1 a silent copy of the journal pays nothing that the original has claimed since, nor what it was just claiming', async function () {
    if (isRequested) skipped(this, 'a copy of the journal is one of its file, and PostgreSQL was asked for')
    const at = await open()
    const ids = [await received(at), await received(at)] as const
    const copy = async (name: string) => {
      await at.journal.health()
      for (const end of ['', '-wal', '-shm'])
        await copyFile(join(at.folder, `journal.db${end}`), join(at.folder, `${name}.db${end}`)).catch(() => undefined)
      return at.worker({ journal: await at.anotherJournal(`${name}.db`), actor: 'ann@desk' })
    }
    const before = await copy('before')
    const during = afterPosting(at, async () => {
      // The copy wakes while the original reads for its claim: it finds the refund sent, and must not use the
      // original's claim.
      const twin = await copy('during')
      const [result] = await twin.resolve(ids[0])
      assert.notEqual(result?.outcome, 'accepted')
      assert.equal((await refundOf(twin, ids[0]))?.state, 'sent')
    })
    assert.equal((await during.resolve(ids[0]))[0]?.outcome, 'accepted')
    await at.resolve(ids[1])
    assert.equal(await before.context.journal.installationId(), await at.journal.installationId())
    for (const result of await before.resolve(ids)) {
      assert.deepEqual([result.outcome, codesOf(result)[0]], ['parked', 'CLAIMED_ELSEWHERE'])
      assert.match(result.reasons[0]?.message ?? '', /this installation, or a copy of its journal/)
    }
    at.pass(minute)
    for (const id of ids) assert.equal(at.paidByUs(id), 1)
  })

  it('G1 an older mhloop that claims nothing is seen by what it has sent, as soon as Loop shows that', async () => {
    const at = await open({ faults: { 'loop.process-min-ms': 40_000, 'loop.process-max-ms': 40_000 } })
    const id = await received(at)
    const { loop } = at.context
    await loop.process(id, { mhloop: crypto.randomUUID(), masonhub_rma: '7', effect: '12ab34cd56ef7890' })
    const [late] = await at.resolve(id)
    assert.deepEqual([late?.outcome, codesOf(late)[0]], ['parked', 'CLAIMED_ELSEWHERE'])
    assert.match(late?.reasons[0]?.message ?? '', /has already requested it from Loop/)
  })

  it('G1 a claim that can’t be read is somebody’s: nothing is paid beside it', async () => {
    const at = await open()
    for (const content of ['[MHLOOP-Claim 12ab of somebody]', 'mhloop-claim', `mhloop - claim\n${'f'.repeat(33)}`]) {
      const id = await received(at)
      at.sandbox.loop.note(id, content)
      const [lost] = await at.resolve(id)
      assert.deepEqual([lost?.outcome, codesOf(lost)[0]], ['parked', 'CLAIMED_ELSEWHERE'], content)
    }
    assert.equal(posted(at, '/process'), 0)
  })

  it('G1 notes that show late, as the whole list once was: it reads until its own claim shows, and then pays', async () => {
    const at = await open({ faults: { 'loop.notes-visible-after-ms': 900, 'loop.notes-wrapped': 1 } })
    const id = await received(at)
    assert.equal((await at.resolve(id))[0]?.outcome, 'accepted')
    assert.equal(at.requests('loop', 'GET', '/notes').length, 3)
  })

  it('G1 notes that show too late: nothing is paid, one claim a minute at most, five in all, then a person', async () => {
    const at = await open({ faults: { 'loop.notes-visible-after-ms': 10 * hour } })
    const id = await received(at)
    const seen: string[] = []
    for (let minutes = 0; minutes < 60; minutes += 1) {
      const [result] = await at.resolve(id)
      const code = codesOf(result)[0] ?? ''
      if (seen.at(-1) !== code) seen.push(code)
      at.pass(minute)
    }
    assert.equal(claims(at, id).length, 5)
    assert.deepEqual(seen.slice(0, 2), ['CLAIM_UNSEEN', 'CLAIM_WAITS'])
    assert.equal(seen.at(-1), 'CLAIM_UNSEEN')
    const refund = await refundOf(at, id)
    assert.deepEqual([refund?.state, refund?.parkedBecause], ['parked', 'CLAIM_UNSEEN'])
    assert.match(refund?.evidence ?? '', /^Never sent: /)
    assert.equal(posted(at, '/process'), 0)
  })

  it('G1 what another run of this journal has claimed while the timeline was read is no stranger’s', async () => {
    const at = await open({ faults: { 'loop.notes-visible-after-ms': 10 * hour } })
    const id = await received(at)
    assert.equal(codesOf((await at.resolve(id))[0])[0], 'CLAIM_UNSEEN')
    at.pass(2 * minute)
    const { loop } = at.context
    const other = at.worker()
    let isFirst = true
    const frozen = at.worker({
      loop: {
        ...loop,
        async notes(returnId) {
          if (isFirst) {
            isFirst = false
            // Longer than its lease: another run claims the refund, and does not see its claim in time.
            at.pass(hour)
            assert.equal(codesOf((await other.resolve(id))[0])[0], 'CLAIM_UNSEEN')
            at.fault('loop.notes-visible-after-ms', 0)
          }
          return await loop.notes(returnId)
        },
      },
    })
    assert.equal((await frozen.resolve(id))[0]?.outcome, 'skipped')
    assert.equal(claims(at, id).length, 2)
    assert.equal((await refundOf(at, id))?.state, 'planned')
    at.pass(hour)
    assert.equal((await at.resolve(id))[0]?.outcome, 'accepted')
    assert.equal(posted(at, '/process'), 1)
  })

  it('G1 ids that are given before a note shows decide nothing: of two that race one pays at most', async () => {
    for (let seed = 1; seed <= 6; seed += 1) {
      const at = await open({ seed, faults: { 'loop.note-ids-before-commit': 1_500 } })
      const id = await received(at)
      const other = await otherInstallation(at)
      const results = await Promise.all([at.resolve(id), other.resolve(id)])
      at.pass(minute)
      assert.ok(posted(at, '/process') <= 1, JSON.stringify(results))
    }
  })

  it('G1 a claim whose answer was lost pays if it shows, and so does one whose answer comes late', async () => {
    for (const fault of ['loop.drop-answer-note', 'loop.error-500-after-work', 'loop.html'] as const) {
      const at = await open()
      const id = await received(at)
      const { loop } = at.context
      const unlucky = at.worker({
        loop: {
          ...loop,
          async addNote(...args) {
            at.fault(fault, 1)
            return await loop.addNote(...args).finally(() => at.fault(fault, 0))
          },
        },
      })
      assert.equal((await unlucky.resolve(id))[0]?.outcome, 'accepted', fault)
      assert.equal(claims(at, id).length, 1)
    }
  })

  it('G1 a claim that was lost and arrives later blocks no later payment: it was given up', async () => {
    const at = await open({ faults: { 'loop.drop-request-note': 1, 'loop.lost-note-arrives-after-ms': 30_000 } })
    const id = await received(at)
    const [first] = await at.resolve(id)
    assert.deepEqual([first?.outcome, codesOf(first)[0]], ['skipped', 'CLAIM_UNSEEN'])
    assert.equal((await refundOf(at, id))?.state, 'planned')
    at.fault('loop.drop-request-note', 0)
    at.pass(minute)
    assert.equal(claims(at, id).length, 1)
    assert.equal((await at.resolve(id))[0]?.outcome, 'accepted')
    const nonces = claims(at, id).flatMap((note) => claimsIn(note).map(({ nonce }) => nonce))
    assert.equal(new Set(nonces).size, 2, 'a nonce is never used again')
    assert.equal(posted(at, '/process'), 1)
  })

  it('G1 a claim that another installation gave up still blocks this one, which can’t know that', async () => {
    const at = await open({ faults: { 'loop.notes-visible-after-ms': 10_000 } })
    const id = await received(at)
    const other = await otherInstallation(at)
    await other.resolve(id)
    at.fault('loop.notes-visible-after-ms', 0)
    at.pass(minute)
    assert.equal((await at.resolve(id))[0]?.outcome, 'parked')
  })

  for (const [what, faults] of [
    ['refuses every note', { 'loop.error-429': 1 }],
    ['can’t be read', { 'loop.drop-answer-notes': 1 }],
    ['answers nothing that can be understood', { 'loop.unknown-shape': 1 }],
  ] as const satisfies readonly (readonly [string, Partial<Record<FaultName, number>>])[]) {
    it(`G1 a timeline that ${what} for hours: nothing is paid, and no note a minute is left there`, async () => {
      const at = await open()
      const id = await received(at)
      // Only the notes endpoint is down; everything else of Loop works.
      const { loop } = at.context
      const during = async <Result>(call: () => Promise<Result>): Promise<Result> => {
        for (const [name, value] of Object.entries(faults)) at.fault(name as FaultName, value)
        return await call().finally(() => {
          for (const name of Object.keys(faults)) at.fault(name as FaultName, 0)
        })
      }
      const unlucky = at.worker({
        loop: {
          ...loop,
          notes: (returnId) => during(() => loop.notes(returnId)),
          addNote: (...args) => during(() => loop.addNote(...args)),
        },
      })
      for (let round = 0; round < 60; round += 1) {
        await unlucky.resolve(id).catch(() => undefined)
        at.pass(3 * minute)
      }
      assert.ok(claims(at, id).length <= 1, String(claims(at, id).length))
      assert.equal(posted(at, '/process'), 0)
      assert.equal((await refundOf(at, id))?.state, 'planned')
      at.pass(hour)
      assert.equal((await at.resolve(id))[0]?.outcome, 'accepted', 'once it is up again')
    })
  }

  it('G1 Loop that can’t be reached leaves no claim behind, and is tried again at once', async () => {
    const at = await open()
    const id = await received(at)
    const { loop } = at.context
    const down = at.worker({
      loop: { ...loop, addNote: async () => ({ kind: 'not_sent', detail: 'connect ECONNREFUSED' }) },
    })
    for (let round = 0; round < 8; round += 1) {
      const [result] = await down.resolve(id)
      assert.deepEqual([result?.outcome, codesOf(result)[0]], ['skipped', 'LOOP_UNREACHABLE'])
    }
    assert.equal((await at.resolve(id))[0]?.outcome, 'accepted')
  })

  it('G1 a key that may not write notes stops the run before a refund is lost to it', async () => {
    const at = await open()
    const ids = [await received(at), await received(at)]
    const { loop } = at.context
    const refused = { kind: 'refused', code: 'LOOP_UNAUTHORIZED', text: 'The key is wrong.', status: 401 } as const
    const unlucky = at.worker({ loop: { ...loop, addNote: async () => refused } })
    await assert.rejects(unlucky.resolve(ids), { code: 'LOOP_UNAUTHORIZED', exit: exitCodes.credentials })
    for (const result of await at.resolve(ids)) assert.equal(result.outcome, 'accepted')
  })

  it('G1 a pause, a limit or a dry run leaves no note: they come before the claim', async () => {
    const at = await open({ limits: { refundsPerHour: 1 } })
    const ids = [await received(at), await received(at)]
    await at.journal.refunds.pause('acme', 'odd totals', 'bob@desk', at.clock.now().toISOString())
    for (const result of await at.resolve(ids)) assert.equal(codesOf(result)[0], 'REFUNDS_PAUSED')
    assert.equal(posted(at, '/note'), 0)
    await at.journal.refunds.resume('acme', 'bob@desk', at.clock.now().toISOString())
    const codes = (await at.resolve(ids)).map((result) => codesOf(result)[0])
    assert.ok(codes.includes('HOURLY_LIMIT'))
    assert.equal(posted(at, '/note'), 1)
  })

  it('G1 a pause that comes while the claim is looked for still holds the refund back', async () => {
    const at = await open()
    const id = await received(at)
    const pause = () => at.journal.refunds.pause('acme', 'stop', 'bob@desk', at.clock.now().toISOString())
    const [held] = await afterPosting(at, pause).resolve(id)
    assert.deepEqual([held?.outcome, codesOf(held)[0]], ['skipped', 'REFUNDS_PAUSED'])
    assert.deepEqual([(await refundOf(at, id))?.state, posted(at, '/process')], ['planned', 0])
    await at.journal.refunds.resume('acme', 'bob@desk', at.clock.now().toISOString())
    at.pass(minute)
    assert.equal((await at.resolve(id))[0]?.outcome, 'accepted')
  })

  it('G1 frozen while it looks for its claim, it pays nothing by what it has read before', async () => {
    const at = await open()
    const id = await received(at)
    const [late] = await afterPosting(at, () => at.pass(10 * minute)).resolve(id)
    assert.deepEqual([late?.outcome, codesOf(late)[0]], ['skipped', 'LEASE_LOST'])
    const [old] = await afterPosting(at, () => at.pass(90_000)).resolve(await received(at))
    assert.deepEqual([old?.outcome, codesOf(old)[0]], ['skipped', 'READ_TOO_OLD'])
    assert.equal(posted(at, '/process'), 0)
  })

  for (const waits of ['addNote', 'process'] as const)
    it(`G3 a journal that is replaced while ${waits} waits for its turn on the wire: no byte of it leaves`, async function () {
      if (isRequested) return skipped(this, 'only a file can be asked at once, and PostgreSQL was asked for')
      const at = await open()
      const id = await received(at)
      const { loop } = at.context
      const goneFirst: typeof loop = {
        ...loop,
        async [waits](...args: [string, never, () => boolean]) {
          await rename(join(at.folder, 'journal.db'), join(at.folder, 'aside.db'))
          return await loop[waits](...args)
        },
      }
      await assert.rejects(at.worker({ loop: goneFirst }).resolve(id), { code: 'JOURNAL_REPLACED' })
      assert.deepEqual([posted(at, `/${waits === 'addNote' ? 'note' : waits}`), at.paidByUs(id)], [0, 0])
    })

  it('G1 killed at any step of the claim, it is settled by reading, and no run ever goes on with that claim', async () => {
    const steps = ['journal.effects.claimRefund', 'loop.addNote', 'loop.notes', 'journal.claims.win']
    for (const step of steps) {
      for (const effect of ['before', 'after'] as const) {
        // Before the first step nothing is claimed, so the next run pays. After it, no run ever pays.
        const isClaimed = !(step === 'journal.effects.claimRefund' && effect === 'before')
        const end = await killedAt(step, effect)
        assert.deepEqual(end, isClaimed ? ['parked', 0, 0] : ['confirmed', 1, 1], `${effect} ${step}`)
      }
    }
  })

  it('G1 a run that was killed before its claim showed has sent nothing: that is reported, also once another has paid', async () => {
    const at = await open()
    const id = await received(at)
    const one = killable(at.context, { at: 1, effect: 'before', counts: (name) => name === 'loop.addNote' })
    assert.equal(await untilKilled(at.worker(one.context).resolve(id)), 'killed')
    const mine = at.worker({ journal: await at.secondJournal() })
    at.pass(14 * minute)
    assert.equal((await mine.show(id)).decision.reasons[0]?.code, 'PROCESS_PENDING')
    at.pass(2 * minute)
    const { decision, next } = await mine.show(id)
    assert.equal(decision.reasons[0]?.code, 'CLAIM_UNSEEN')
    assert.match(next.text, /timeline in the Loop admin: process it there if it is still open/)
    const parked = await refundOf(mine, id)
    assert.deepEqual([parked?.state, parked?.parkedBecause], ['parked', 'CLAIM_UNSEEN'])
    const [forced] = await mine.resolve(id, { requested: 'refund', force: true })
    assert.deepEqual([codesOf(forced)[0], posted(at, '/note')], ['CLAIM_UNSEEN', 0], 'nobody claims it again')
    assert.equal((await at.journal.claims.of(id))[0]?.givenUpAt, null, 'nor gives up what that run has drawn')
    assert.equal((await (await otherInstallation(at)).resolve(id))[0]?.outcome, 'accepted')
    at.pass(minute)
    const [later] = await mine.resolve(id)
    assert.deepEqual([later?.outcome, codesOf(later)], ['refused', ['ENDED_ELSEWHERE']])
    assert.equal((await refundOf(mine, id))?.evidence, 'Paid, but by no request that this journal knows of.')
  })

  it('G1 a refund of a killed run that another installation pays before it is read again ends as not ours at once', async () => {
    const at = await open()
    const id = await received(at)
    const one = killable(at.context, { at: 1, effect: 'before', counts: (name) => name === 'loop.addNote' })
    assert.equal(await untilKilled(at.worker(one.context).resolve(id)), 'killed')
    assert.equal((await (await otherInstallation(at)).resolve(id))[0]?.outcome, 'accepted')
    at.pass(16 * minute)
    const mine = at.worker({ journal: await at.secondJournal() })
    const [later] = await mine.resolve(id)
    assert.deepEqual([later?.outcome, codesOf(later)], ['refused', ['ENDED_ELSEWHERE']])
  })

  it('G1 a run that was only frozen finds its refund settled as not sent, and does not send it', async () => {
    const at = await open()
    const id = await received(at)
    const mine = at.worker({ journal: await at.secondJournal() })
    // Nothing else holds it back: neither its lease nor the age of its reading.
    const { claims } = at.journal
    const win: typeof claims.win = async (nonce, when) => {
      at.pass(16 * minute)
      await mine.show(id)
      return await claims.win(nonce, when, {})
    }
    const frozen = at.worker({ journal: { ...at.journal, claims: { ...claims, win } } })
    const [late] = await frozen.resolve(id)
    assert.deepEqual([late?.outcome, codesOf(late)[0]], ['parked', 'NOT_PLANNED'])
    assert.equal((await refundOf(mine, id))?.parkedBecause, 'CLAIM_UNSEEN')
    assert.equal(posted(at, '/process'), 0)
  })

  it('G1 once its claim was seen it may have been sent: it is never settled as not sent, not even at the same moment', async () => {
    const at = await open()
    const id = await received(at)
    const one = killable(at.context, { at: 1, effect: 'after', counts: (name) => name === 'journal.claims.win' })
    const mine = at.worker({ journal: await at.secondJournal() })
    const unsent = {
      from: ['sent'],
      to: 'parked',
      because: 'CLAIM_UNSEEN',
      evidence: 'seen before',
      actor: 'bob@laptop',
    } as const
    assert.equal(await untilKilled(at.worker(one.context).resolve(id)), 'killed')
    const sent = await refundOf(mine, id)
    assert.ok(sent)
    const change = { ...unsent, at: at.clock.now().toISOString() }
    assert.equal(await mine.context.journal.effects.settle(sent.effectId, change), null)
    assert.equal((await refundOf(mine, id))?.state, 'sent')
    at.pass(16 * minute)
    assert.equal((await mine.show(id)).decision.reasons[0]?.code, 'PROCESS_PARKED')
    assert.equal((await refundOf(mine, id))?.parkedBecause, null)
  })

  /** How the refund of a killed run ends, and how often it was sent and paid. */
  async function killedAt(step: string, effect: 'before' | 'after') {
    const at = await open()
    const id = await received(at)
    const one = killable(at.context, { at: 1, effect, counts: (name) => name === step })
    assert.equal(await untilKilled(at.worker(one.context).resolve(id)), 'killed', `${effect} ${step}`)
    const journal = await at.secondJournal()
    const other = at.worker({ journal, actor: 'bob@laptop' })
    at.pass(3 * minute)
    await other.resolve(id, { requested: 'refund', force: true })
    at.pass(16 * minute)
    await other.resolve('ready')
    await other.show(id)
    return [(await refundOf(other, id))?.state, posted(at, '/process'), at.paidByUs(id)]
  }

  it('G1 killed while it gives up, it has given up whole or not at all', async () => {
    for (const effect of ['before', 'after'] as const) {
      const at = await open({ faults: { 'loop.notes-visible-after-ms': hour } })
      const id = await received(at)
      const one = killable(at.context, { at: 1, effect, counts: (name) => name === 'journal.claims.giveUp' })
      assert.equal(await untilKilled(at.worker(one.context).resolve(id)), 'killed')
      const refund = await refundOf(at, id)
      const [claim] = await at.journal.claims.of(id)
      assert.deepEqual(
        [refund?.state, claim?.givenUpAt !== null],
        effect === 'before' ? ['sent', false] : ['planned', true],
      )
    }
  })

  it('G1 the claims of many go out together, so that the last does not outlive what was read', async () => {
    const at = await open({ limits: { refundsPerHour: 100 } })
    const ids = await Promise.all(Array.from({ length: 15 }, () => received(at)))
    for (const { outcome } of await at.resolve(ids)) assert.equal(outcome, 'accepted')
    const order = at.sandbox.requests
      .filter(({ vendor, path }) => vendor === 'loop' && /\/(note|process)$/.test(path))
      .map(({ path }) => path.split('/').at(-1))
    assert.deepEqual(order, [...Array(15).fill('note'), ...Array(15).fill('process')])
  })

  it('G1 a merchant may wait once its claim shows, for a Loop whose copies lag by note', async () => {
    const at = await open({ policy: { claimSettle: 5 } })
    const id = await received(at)
    const other = await otherInstallation(at)
    let reads = 0
    const { loop } = at.context
    const waiting = at.worker({
      loop: {
        ...loop,
        async notes(returnId) {
          reads += 1
          const notes = await loop.notes(returnId)
          // The claim of the other installation is on the timeline already, and shows only in the second answer.
          if (reads === 1) await other.context.loop.addNote(returnId, claimNote('f'.repeat(32), crypto.randomUUID()))
          return notes
        },
      },
    })
    const [lost] = await waiting.resolve(id)
    assert.deepEqual([lost?.outcome, reads], ['parked', 2])
    const [won] = await at.resolve(await received(at))
    assert.equal(won?.outcome, 'accepted')
  })
})
