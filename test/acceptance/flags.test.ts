/** Rows F18 to F21 of failures.md: edits after the receipt, money that moved before us, flags and their one note. */
import assert from 'node:assert/strict'
import type { NewReturn } from '../../src/sandbox/loop/register.ts'
import type { Receipt } from '../../src/sandbox/masonhub/types.ts'
import { settleSent } from '../../src/usecases/serve/jobs.ts'
import { killable, untilKilled } from './calls.ts'
import { acceptance, codesOf, type Harness, hour, minute } from './harness.ts'

const missing: Receipt = { lines: [] }

async function received(at: Harness, receipt?: Receipt, overrides?: NewReturn): Promise<string> {
  const id = at.file(overrides)
  await at.sync({ returnIds: [id] })
  at.pass(hour)
  at.receive(id, receipt)
  return id
}

function assertOneNote(at: Harness, id: string, about = id): void {
  assert.equal(at.groundTruth('return_flagged', id).length, 1, about)
  assert.equal(at.notes(id).length, 1, about)
  assert.match(at.notes(id)[0] ?? '', /1 of 1 × TEE-BLK-M missing\. \[mhloop [0-9a-f]{8}\]$/, about)
}

describe('acceptance: edits after the receipt, and money that moved before us', () => {
  const open = acceptance()

  const edits: [string, (at: Harness, id: string) => void][] = [
    ['a unit more', (at, id) => at.sandbox.loop.edit(id, { add: [{ sku: 'CAP-RED' }] })],
    ['a unit less', (at, id) => at.sandbox.loop.edit(id, { remove: [1] })],
    [
      'another unit of the same SKU',
      (at, id) => at.sandbox.loop.edit(id, { remove: [1], add: [{ sku: 'TEE-BLK-M' }] }),
    ],
  ]
  for (const [about, edit] of edits) {
    it(`F18 edited in Loop after the receipt (${about}): flagged, not paid`, async () => {
      const at = await open()
      const id = await received(at, undefined, { units: [{ sku: 'TEE-BLK-M', quantity: 2 }] })
      edit(at, id)
      const [resolved] = await at.resolve('ready', { wait: minute })
      assert.deepEqual([resolved?.action, resolved?.outcome], ['flag', 'confirmed'])
      assert.ok(codesOf(resolved).includes('UNITS_CHANGED'))
      assert.equal(at.paidByUs(), 0)
    })
  }

  it('F18 an edited reason changes no unit: paid', async () => {
    const at = await open()
    const id = await received(at)
    at.sandbox.loop.edit(id, { reasons: [{ position: 0, reason: 'Changed my mind' }] })
    await at.resolve('ready', { wait: minute })
    assert.equal(at.paidByUs(id), 1)
  })

  it('F19 an instant refund: never paid again, by rule, explicitly or with --force', async () => {
    const at = await open()
    const id = await received(at, undefined, { refundBeforeInspection: true })
    for (const options of [{}, { requested: 'refund' }, { requested: 'refund', force: true }] as const) {
      const [resolved] = await at.resolve(id, options)
      assert.deepEqual(codesOf(resolved), ['ALREADY_PROCESSED'])
    }
    assert.equal(at.requests('loop', 'POST').length, 0)
    assert.equal(at.sandbox.loop.refundsPaid(id), 1)
  })

  it('F19 an instant refund whose parcel comes damaged: flagged, never paid by force, and the audit says so', async () => {
    const at = await open()
    const damaged = { lines: [{ sku: 'TEE-BLK-M', received: [{ disposition: 'damaged', quantity: 1 }] }] }
    const id = await received(at, damaged, { refundBeforeInspection: true })
    const [forced] = await at.resolve(id, { requested: 'refund', force: true })
    assert.equal(forced?.outcome, 'refused')
    const [resolved] = await at.resolve('ready', { wait: minute })
    assert.deepEqual([resolved?.action, resolved?.outcome], ['flag', 'confirmed'])
    assert.equal(at.requests('loop', 'POST', '/process').length, 0)
    const { findings } = await at.audit({ only: ['RESOLUTION_MISMATCH'] })
    assert.deepEqual(
      findings.map(({ returnId }) => returnId),
      [id],
    )
  })

  it('F19 a shop that processes on the first scan: closed before the receipt, nothing sent, and the audit says so', async () => {
    const at = await open({ faults: { 'loop.auto-process-in-transit': 1 } })
    const id = at.file({ label: { after: 0, status: 'pre_transit', walks: false } })
    await at.sync()
    at.sandbox.loop.ship(id, 'in_transit')
    at.pass(minute)
    const { findings } = await at.audit()
    assert.ok(findings.some(({ code }) => code === 'CLOSED_BEFORE_RECEIPT'))
    at.receive(id)
    const [resolved] = await at.resolve(id, { requested: 'refund', force: true })
    assert.deepEqual(codesOf(resolved), ['CLOSED'])
    assert.equal(at.requests('loop', 'POST').length, 0)
    assert.equal(at.sandbox.loop.refundsPaid(id), 1)
  })

  it('F20 the shop lets people process what is flagged: the flag is confirmed first, and the audit reports the payment', async () => {
    const at = await open({ faults: { 'loop.flagged-may-process': 1 } })
    const id = await received(at, missing)
    await at.resolve('ready', { wait: minute })
    assertOneNote(at, id)
    at.sandbox.loop.process(id)
    at.pass(minute)
    const { findings } = await at.audit()
    assert.deepEqual(
      findings.map(({ code, severity }) => [code, severity]),
      [['RESOLUTION_MISMATCH', 'error']],
    )
    assert.equal(at.paidByUs(id), 0)
  })

  it('F20 a flag that never shows (state stays open): parked after 15 minutes, not flagged again, not paid', async () => {
    const at = await open({ faults: { 'loop.flag-keeps-open': 1 } })
    const id = await received(at, missing)
    assert.equal((await at.resolve('ready'))[0]?.outcome, 'accepted')
    at.pass(16 * minute)
    await at.resolve('ready')
    const [flag] = await at.effects(id, 'flag')
    assert.equal(flag?.state, 'parked')
    await at.resolve(id)
    const [seenRequests] = await at.resolve(id, { requested: 'flag' })
    assert.deepEqual([seenRequests?.outcome, codesOf(seenRequests)[0]], ['parked', 'FLAG_PARKED'])
    assert.match(seenRequests?.reasons[0]?.message ?? '', /never showed it\. A person must decide in Loop\.$/)
    assert.equal(at.requests('loop', 'POST', '/flag').length, 1)
    assert.equal(at.paidByUs(id), 0)
  })

  it('F20 a return whose flag a person cleared is not flagged again for the same receipt; a corrected receipt is judged again', async () => {
    const at = await open()
    const id = await received(at, missing)
    await at.resolve('ready', { wait: minute })
    at.sandbox.loop.reopen(id)
    at.pass(hour)
    const [resolved] = await at.resolve('ready')
    assert.deepEqual([resolved?.action, codesOf(resolved)[0]], ['none', 'FLAGGED_BEFORE'])
    assertOneNote(at, id)
    at.receive(id, { raiseVersion: true })
    assert.equal((await at.resolve('ready', { wait: minute }))[0]?.outcome, 'confirmed')
    assert.equal(at.paidByUs(id), 1)
  })
})

describe('acceptance: a flag and its one note (F21)', () => {
  const open = acceptance()

  it('the flag goes first, is seen, and then one note says why', async () => {
    const at = await open()
    const id = await received(at, missing)
    await at.resolve('ready', { note: 'Ask the shopper.' })
    const sent = at.requests('loop').filter(({ path }) => path.includes(`/${id}/`) || path.endsWith('/details'))
    assert.deepEqual(
      sent.map(({ path }) => path.slice(path.lastIndexOf('/') + 1)),
      ['details', 'details', 'flag', 'details', 'note'],
    )
    assert.match(at.notes(id)[0] ?? '', /^Warehouse receipt: Ask the shopper\. 1 of 1/)
    await at.resolve(id)
    await at.resolve('ready')
    assertOneNote(at, id)
  })

  for (const [code, status] of [
    ['LOOP_UNAUTHORIZED', 401],
    ['LOOP_FORBIDDEN', 403],
    ['LOOP_RATE_LIMITED', 429],
  ] as const) {
    it(`F45 a note that Loop refuses with ${status} was not written, and is written later`, async () => {
      const at = await open()
      const id = await received(at, missing)
      const refused = { kind: 'refused', code, text: 'No.', status } as const
      const unlucky = at.worker({ loop: { ...at.context.loop, addNote: async () => refused } })
      await unlucky.resolve(id, { wait: minute })
      assert.deepEqual([(await at.effects(id, 'note'))[0]?.state, at.notes(id)], ['planned', []])
      at.pass(5 * minute)
      await at.resolve(id)
      assertOneNote(at, id)
      assert.equal((await at.effects(id, 'note'))[0]?.state, 'confirmed')
    })
  }

  it('a flag that Loop refuses leaves no note behind', async () => {
    const at = await open()
    const id = await received(at, missing)
    const { loop } = at.context
    const late = at.worker({
      loop: {
        ...loop,
        flag(...args) {
          at.sandbox.loop.close(args[0])
          return loop.flag(...args)
        },
      },
    })
    assert.equal((await late.resolve(id))[0]?.outcome, 'refused')
    assert.deepEqual(at.notes(id), [])
  })

  it('a lost answer of the flag: seen by reading, then the note', async () => {
    const at = await open({ faults: { 'loop.drop-answer-flag': 1 } })
    const id = await received(at, missing)
    assert.equal((await at.resolve('ready'))[0]?.outcome, 'in_doubt')
    assert.deepEqual(at.notes(id), [])
    await at.resolve('ready')
    assertOneNote(at, id)
    assert.equal(at.requests('loop', 'POST', '/flag').length, 1)
  })

  it('a lost request of the flag: sent again once reading shows no effect, and noted once', async () => {
    const at = await open({ faults: { 'loop.drop-request-flag': 1 } })
    const id = await received(at, missing)
    assert.equal((await at.resolve('ready'))[0]?.outcome, 'in_doubt')
    at.fault('loop.drop-request-flag', 0)
    at.pass(3 * minute)
    assert.equal((await at.resolve('ready'))[0]?.outcome, 'confirmed')
    await at.resolve(id)
    assertOneNote(at, id)
  })

  it('a lost answer of the note: found among the notes, not written again', async () => {
    const at = await open({ faults: { 'loop.drop-answer-note': 1 } })
    const id = await received(at, missing)
    await at.resolve('ready')
    assert.equal((await at.effects(id, 'note'))[0]?.state, 'in_doubt')
    at.fault('loop.drop-answer-note', 0)
    await at.resolve(id)
    await at.resolve(id)
    assertOneNote(at, id)
    assert.equal((await at.effects(id, 'note'))[0]?.state, 'confirmed')
  })

  it('a lost request of the note: never two notes, and never silence about a missing one', async () => {
    const at = await open({ faults: { 'loop.drop-request-note': 1 } })
    const id = await received(at, missing)
    await at.resolve('ready')
    assert.deepEqual(at.notes(id), [])
    const { findings } = await at.audit({ only: ['IN_DOUBT'] })
    assert.deepEqual(
      findings.map(({ returnId }) => returnId),
      [id],
    )
    at.fault('loop.drop-request-note', 0)
    for (let round = 0; round < 3; round += 1) {
      at.pass(hour)
      await at.resolve(id)
    }
    const [note] = await at.effects(id, 'note')
    assert.deepEqual(
      [at.notes(id).length, note?.state],
      note?.state === 'confirmed' ? [1, 'confirmed'] : [0, 'in_doubt'],
    )
  })

  it('a note in doubt is still settled once a later flag has its own', async () => {
    const at = await open({ faults: { 'loop.drop-answer-note': 1 } })
    const id = await received(at, missing)
    await at.resolve(id, { wait: minute })
    at.fault('loop.drop-answer-note', 0)
    at.sandbox.loop.reopen(id)
    at.receive(id, {
      lines: [{ sku: 'TEE-BLK-M', received: [{ disposition: 'damaged', quantity: 1 }] }],
      raiseVersion: true,
    })
    at.pass(hour)
    await at.resolve(id, { wait: minute })
    const notes = await at.effects(id, 'note')
    assert.deepEqual(
      notes.map(({ state }) => state),
      ['confirmed', 'confirmed'],
    )
  })

  it('the note of a flag that came to nothing is given up, also after a crash right before the flag was filed', async () => {
    const at = await open()
    const id = await received(at, missing)
    // The journal records Loop's answer first. This step records that Loop shows the flag, after its note is planned.
    const counts = (name: string) => name === 'journal.effects.settle'
    const one = killable(at.context, { at: 1, effect: 'before', counts })
    assert.equal(await untilKilled(at.worker(one.context).resolve(id, { wait: minute })), 'killed')
    assert.equal((await at.effects(id, 'note'))[0]?.state, 'planned')
    at.sandbox.loop.reopen(id)
    at.pass(hour)
    await at.resolve(id)
    assert.equal((await at.effects(id, 'flag'))[0]?.state, 'parked')
    assert.equal((await at.effects(id, 'note'))[0]?.state, 'abandoned')
    assert.deepEqual(at.notes(id), [])
  })

  it('a note that a crash left unwritten is written, though the return was reopened and its refund may not go yet', async () => {
    const at = await open({ limits: { firstByHand: 1 } })
    const id = at.file()
    await at.sync({ returnIds: [id] })
    // The first claim is the flag's, the second is its note's.
    const counts = (name: string) => name === 'journal.effects.claimMany'
    const one = killable(at.context, { at: 2, effect: 'before', counts })
    const seenRequests = { requested: 'flag', wait: minute } as const
    assert.equal(await untilKilled(at.worker(one.context).resolve(id, seenRequests)), 'killed')
    at.sandbox.loop.reopen(id)
    at.receive(id)
    at.pass(hour)
    for (let round = 0; round < 2; round += 1) {
      const [resolved] = await at.resolve('ready')
      assert.deepEqual(
        [resolved?.action, resolved?.outcome, codesOf(resolved)[0]],
        ['refund', 'skipped', 'FIRST_BY_HAND'],
      )
    }
    assert.equal(at.notes(id).length, 1)
    assert.equal((await at.effects(id, 'note'))[0]?.state, 'confirmed')
    assert.equal(at.paidByUs(), 0)
  })

  it('F21 serve writes a note that a crash left unwritten, although no poll asks for its return any more', async () => {
    const at = await open()
    const id = await received(at, missing)
    // The first claim is the flag's, the second is its note's.
    const counts = (name: string) => name === 'journal.effects.claimMany'
    const one = killable(at.context, { at: 2, effect: 'before', counts })
    assert.equal(await untilKilled(at.worker(one.context).resolve(id, { wait: minute })), 'killed')
    at.pass(hour)
    await settleSent(at.context, { resolve: true, report: () => undefined })
    assertOneNote(at, id)
    assert.equal((await at.effects(id, 'note'))[0]?.state, 'confirmed')
  })

  it('F9 frozen right before the note leaves: another run has written it, and it is not written again', async () => {
    const at = await open()
    const id = await received(at, missing)
    const { loop } = at.context
    const frozen = at.worker({
      loop: {
        ...loop,
        async addNote(...args) {
          at.pass(20 * minute)
          await at.resolve(id)
          return await loop.addNote(...args)
        },
      },
    })
    await frozen.resolve(id)
    assertOneNote(at, id)
    assert.equal((await at.effects(id, 'note'))[0]?.state, 'confirmed')
  })

  it('F9 frozen while Loop lists the notes: what the list could not show yet is not written again', async () => {
    const at = await open()
    const id = await received(at, missing)
    const { loop } = at.context
    // The request is still in flight when its caller no longer waits for it.
    const lost: Parameters<typeof loop.addNote>[] = []
    const impatient = at.worker({
      loop: {
        ...loop,
        async addNote(...args) {
          lost.push(args)
          return { kind: 'in_doubt', detail: 'no answer' }
        },
      },
    })
    await impatient.resolve(id, { wait: minute })
    at.pass(3 * minute)
    const frozen = at.worker({
      loop: {
        ...loop,
        async notes(returnId) {
          const visible = await loop.notes(returnId)
          for (const [to, content] of lost.splice(0)) await loop.addNote(to, content)
          at.pass(40 * minute)
          return visible
        },
      },
    })
    await frozen.resolve(id)
    await at.resolve(id)
    assertOneNote(at, id)
    assert.equal((await at.effects(id, 'note'))[0]?.state, 'confirmed')
  })

  it('killed at every single step between reading and note: one flag, and at most one note', async () => {
    const at = await open()
    let noted = 0
    for (const effect of ['before', 'after'] as const) {
      for (let step = 1, finished = false; !finished; step += 1) {
        const id = await received(at, missing)
        const one = killable(at.context, { at: step, effect })
        finished = (await untilKilled(at.worker(one.context).resolve(id))) === 'done'
        const died = `${effect} ${one.calls.at(-1)}`
        for (let round = 0; round < 3; round += 1) {
          at.pass(3 * minute)
          await at.resolve(id)
        }
        assert.equal(at.groundTruth('return_flagged', id).length, 1, died)
        const notes = at.notes(id).length
        noted += notes
        // Killed after the note was claimed and before its request: whether it was sent is unknown, and two notes would
        // be worse than none.
        if (notes !== 1) assert.match(died, /effects\.claimMany$|addNote$/)
        assert.ok(notes <= 1, died)
      }
    }
    assert.ok(noted > 20)
  })
})
