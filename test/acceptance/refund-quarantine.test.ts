/**
 * A backup is restored in the middle of a day: the journal lacks what was sent since, and must find it by reading
 * (F11).
 */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Engine } from '../../src/journal/database/engine.ts'
import type { Journal } from '../../src/journal/journal.ts'
import { backUp, restore } from '../../src/journal/maintenance/backup.ts'
import { journalOn, openEngine } from '../../src/journal/open-journal.ts'
import { endQuarantine } from '../../src/usecases/refunds/end-refund-quarantine.ts'
import { isRequested } from '../postgres/server.ts'
import { withCalls } from './calls.ts'
import { acceptance, codesOf, type Harness, hour, minute } from './harness.ts'

describe('acceptance: a restored journal (F11)', () => {
  const open = acceptance()
  let folder: string
  const engines: Engine[] = []
  before(function () {
    if (!isRequested) return
    process.stderr.write(
      'skipped: these backups are made of a file; test/journal/maintenance/backup.test.ts restores both ways\n',
    )
    this.skip()
  })
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mhloop-restored-'))
  })
  afterEach(async () => {
    for (const { store } of engines.splice(0)) await store.destroy()
    await rm(folder, { recursive: true, force: true })
  })

  /** Three returns are received and their refunds planned; the backup is made before any of them is paid. */
  async function workday(options: Parameters<ReturnType<typeof acceptance>>[0] = {}) {
    const at = await open(options)
    const ids = [at.file(), at.file(), at.file()]
    await at.sync()
    at.pass(hour)
    for (const id of ids) at.receive(id)
    await at.journal.refunds.pause(null, 'the backup first', 'ann@desk', at.clock.now().toISOString())
    await at.resolve('ready')
    await keep(at)
    await at.journal.refunds.resume(null, 'ann@desk', at.clock.now().toISOString())
    return { at, ids: ids as [string, string, string], fromBackup: () => bringBack(at) }
  }

  async function keep(at: Harness): Promise<void> {
    const original = await openEngine(`sqlite:${join(at.folder, 'journal.db')}`, { dataDir: '', clock: at.clock })
    engines.push(original)
    await backUp(original, join(folder, 'backup.db'))
  }

  async function bringBack(at: Harness) {
    const engine = await openEngine(`sqlite:${join(folder, 'restored.db')}`, { dataDir: '', clock: at.clock })
    engines.push(engine)
    await restore(engine, join(folder, 'backup.db'), { actor: 'ann@desk', at: at.clock.now().toISOString() })
    const journal = journalOn(engine, at.clock)
    await journal.refunds.resume(null, 'ann@desk', at.clock.now().toISOString())
    return { journal, ...at.worker({ journal }) }
  }

  const isPaidOnce = (at: Harness, ids: readonly string[]) => {
    for (const id of ids) assert.equal(at.paidByUs(id), 1, id)
  }
  const isHeld = async (journal: Journal) => (await journal.refunds.quarantineOf('acme')) !== null

  it('pays nothing that was paid since the backup, not even explicitly, and goes on once everything was read', async () => {
    const { at, ids, fromBackup } = await workday({
      faults: { 'loop.process-min-ms': 8 * minute, 'loop.process-max-ms': 9 * minute },
    })
    await at.resolve(ids[0])
    const restored = await fromBackup()
    // Loop has the refund in its queue and shows the return open, so reading can't tell; even --force does not pay it.
    const [forced] = await restored.resolve(ids[0], { requested: 'refund', force: true })
    assert.deepEqual([forced?.outcome, codesOf(forced)[0]], ['skipped', 'QUARANTINED'])
    const early = await endQuarantine(restored.context)
    assert.deepEqual([early?.lifted, early?.read], [false, 0])
    at.pass(16 * minute)
    const reconciled = await endQuarantine(restored.context)
    assert.deepEqual([reconciled?.lifted, reconciled?.foundDone, reconciled?.unreadable], [true, [ids[0]], []])
    assert.deepEqual(reconciled?.parked, [ids[1], ids[2]])
    assert.equal(await isHeld(restored.journal), false)
    assert.equal(await endQuarantine(restored.context), null)
    const later = at.file()
    await restored.sync()
    at.pass(hour)
    at.receive(later)
    await restored.resolve('ready')
    at.pass(hour)
    await restored.resolve('ready')
    isPaidOnce(at, [ids[0], later])
    assert.deepEqual([at.paidByUs(ids[1]), at.paidByUs(ids[2])], [0, 0])
  })

  it('parks a refund of what arrived, too, where one was planned instead', async () => {
    const { at, ids, fromBackup } = await workday()
    const { journal, context, resolve } = await fromBackup()
    const returnIds = [ids[0]]
    const when = at.clock.now().toISOString()
    const [process] = await journal.effects.find({ returnIds, kinds: ['process'] })
    assert.equal(process?.state, 'planned')
    const ended = { from: ['planned'] as const, to: 'abandoned' as const, evidence: 'not decided any more' }
    await journal.effects.settle(process.effectId, { ...ended, at: when, actor: 'ann@desk' })
    const { merchant, returnId, generation } = process
    const identity = { merchant, returnId, generation, digest: 'd', payload: {}, actor: 'ann@desk' }
    const remove = await journal.effects.plan({ ...identity, kind: 'remove' }, when)
    at.pass(16 * minute)
    assert.deepEqual((await endQuarantine(context))?.parked, ids)
    const parked = await journal.effects.get(remove.effectId)
    assert.deepEqual([parked?.state, parked?.parkedBecause], ['parked', 'MAYBE_SENT'])
    const [result] = await resolve(ids[0], { requested: 'refund', force: true })
    assert.equal(codesOf(result)[0], 'PROCESS_PARKED')
    assert.equal(at.paidByUs(ids[0]), 0)
  })

  it('requests no refund again that Loop has in its queue for longer than usual, in any way', async () => {
    const { at, ids, fromBackup } = await workday({
      faults: { 'loop.process-min-ms': 3 * hour, 'loop.process-max-ms': 3 * hour },
    })
    await at.resolve(ids[0])
    const restored = await fromBackup()
    at.pass(16 * minute)
    const reconciled = await endQuarantine(restored.context)
    assert.deepEqual([reconciled?.lifted, reconciled?.parked], [true, ids])
    // A corrected receipt with a later time changes nothing.
    at.receive(ids[0], { raiseVersion: true })
    for (const options of [{}, { requested: 'refund' }, { requested: 'refund', force: true }] as const) {
      const [result] = await restored.resolve(ids[0], options)
      assert.equal(codesOf(result)[0], 'PROCESS_PARKED')
    }
    at.pass(4 * hour)
    const [later] = await restored.resolve(ids[0])
    assert.deepEqual([later?.outcome, codesOf(later)], ['confirmed', ['PROCESS_MAYBE_OURS']])
    assert.match(later?.reasons[0]?.message ?? '', /Whether this installation requested that is unknown/)
    assert.deepEqual(ids.map(at.paidByUs), [1, 0, 0])
    const [refund] = await restored.journal.effects.find({ returnIds: [ids[0]], kinds: ['process'] })
    assert.equal(refund?.state, 'confirmed')
    const { next } = await restored.show(ids[0])
    assert.equal(next.text, 'Nothing: it is done.')
  })

  it('parks what no list showed while all was read, once it is about to be paid', async () => {
    const { at, ids, fromBackup } = await workday({
      faults: { 'loop.process-min-ms': 3 * hour, 'loop.process-max-ms': 3 * hour },
    })
    await at.resolve(ids[0])
    const restored = await fromBackup()
    at.pass(16 * minute)
    await restored.journal.refunds.release('acme', 'ann@desk', at.clock.now().toISOString())
    const [first] = await restored.resolve(ids[0])
    assert.deepEqual([first?.outcome, codesOf(first)[0]], ['parked', 'MAYBE_SENT'])
    const [forced] = await restored.resolve(ids[0], { requested: 'refund', force: true })
    assert.equal(codesOf(forced)[0], 'PROCESS_PARKED')
    at.pass(4 * hour)
    assert.equal(at.paidByUs(ids[0]), 1)
  })

  it('finds a refund parked that it had decided just before the quarantine ended', async () => {
    const { at, ids, fromBackup } = await workday()
    const restored = await fromBackup()
    at.pass(16 * minute)
    const journal = withCalls(restored.journal, async (call, name) => {
      if (name === 'effects.claimRefund') await endQuarantine(restored.context)
      return await call()
    })
    const [result] = await at.worker({ journal }).resolve(ids[0])
    assert.deepEqual([result?.outcome, codesOf(result)[0]], ['skipped', 'NOT_PLANNED'])
    assert.equal(at.paidByUs(ids[0]), 0)
  })

  it('G1 has forgotten, maybe, that a claim was seen: what was being claimed when the backup was made counts as sent', async () => {
    const at = await open({ faults: { 'loop.process-min-ms': hour, 'loop.process-max-ms': hour } })
    const id = at.file()
    await at.sync()
    at.pass(hour)
    at.receive(id)
    const journal = withCalls(at.journal, async (call, name) => {
      if (name === 'claims.win') await keep(at)
      return await call()
    })
    assert.equal((await at.worker({ journal }).resolve(id))[0]?.outcome, 'accepted')
    const restored = await bringBack(at)
    at.pass(16 * minute)
    const { decision } = await restored.show(id)
    assert.equal(decision.reasons[0]?.code, 'PROCESS_PARKED')
    await endQuarantine(restored.context)
    const [refund] = await restored.journal.effects.find({ returnIds: [id], kinds: ['process'] })
    assert.deepEqual([refund?.state, refund?.parkedBecause], ['parked', null])
    at.pass(hour)
    assert.equal((await restored.resolve(id))[0]?.outcome, 'confirmed')
  })

  it('reports none of this where a journal was only moved: it has forgotten nothing', async () => {
    const at = await open()
    const id = at.file()
    await at.sync()
    at.pass(hour)
    at.receive(id)
    await at.journal.refunds.quarantine(
      'acme',
      'moved while a refund was in progress',
      'ann@desk',
      at.clock.now().toISOString(),
    )
    at.pass(16 * minute)
    const reconciled = await endQuarantine(at.context)
    assert.deepEqual([reconciled?.lifted, reconciled?.parked], [true, []])
    await at.resolve(id)
    at.pass(hour)
    assert.equal(at.paidByUs(id), 1)
  })

  it('says what it found done by others, and writes it into the history', async () => {
    const { at, ids, fromBackup } = await workday()
    const restored = await fromBackup()
    await at.resolve(ids[1])
    at.pass(16 * minute)
    const reconciled = await endQuarantine(restored.context)
    assert.deepEqual([reconciled?.lifted, reconciled?.foundDone], [true, [ids[1]]])
    const history = await restored.journal.history.of('acme', ids[1])
    assert.ok(history.some(({ what }) => what === 'reconciled'))
    isPaidOnce(at, [ids[1]])
  })

  it('writes no second note of a flag that was sent when the backup was made, and noted since (F21)', async () => {
    const at = await open()
    const id = at.file()
    await at.sync()
    at.pass(hour)
    at.receive(id, { lines: [] })
    let claims = 0
    const journal = withCalls(at.journal, async (call, name) => {
      // The second claim is the note's.
      if (name === 'effects.claimMany' && ++claims === 2) await keep(at)
      return await call()
    })
    await at.worker({ journal }).resolve(id)
    at.pass(2 * minute)
    const restored = await bringBack(at)
    await restored.resolve(id)
    assert.equal(at.notes(id).length, 1)
    const [note] = await restored.journal.effects.find({ returnIds: [id], kinds: ['note'] })
    assert.equal(note?.state, 'confirmed')
  })

  it('keeps the quarantine while a vendor is down', async () => {
    const { at, fromBackup } = await workday()
    const restored = await fromBackup()
    at.pass(16 * minute)
    at.fault('loop.down', 1)
    await assert.rejects(endQuarantine(restored.context), { exit: 7 })
    assert.equal(await isHeld(restored.journal), true)
  })
})
