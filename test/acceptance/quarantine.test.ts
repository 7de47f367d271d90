/** A backup is restored in the middle of a day: what was sent since is forgotten, and must be found by reading (F11). */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { backUp, restore } from '../../src/journal/backup.ts'
import type { Engine } from '../../src/journal/engine.ts'
import type { Journal } from '../../src/journal/journal.ts'
import { journalOn, openEngine } from '../../src/journal/open-journal.ts'
import { endQuarantine } from '../../src/usecases/end-quarantine.ts'
import { isAskedFor } from '../postgres/server.ts'
import { acceptance, codesOf, type Harness, hour, minute } from './harness.ts'

describe('acceptance: a restored journal (F11)', () => {
  const open = acceptance()
  let folder: string
  const engines: Engine[] = []
  before(function () {
    if (!isAskedFor) return
    process.stderr.write('skipped: these backups are made of a file; test/journal/backup.test.ts restores both ways\n')
    this.skip()
  })
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mhloop-restored-'))
  })
  afterEach(async () => {
    for (const { store } of engines.splice(0)) await store.destroy()
    await rm(folder, { recursive: true, force: true })
  })

  /** Three returns are received; the backup is made before any of them was paid. */
  async function workday(options: Parameters<ReturnType<typeof acceptance>>[0] = {}) {
    const at = await open(options)
    const ids = [at.file(), at.file(), at.file()]
    await at.sync()
    at.pass(hour)
    for (const id of ids) at.receive(id)
    const file = join(folder, 'backup.db')
    const original = await openEngine(`sqlite:${join(at.folder, 'journal.db')}`, { dataDir: '', clock: at.clock })
    engines.push(original)
    await backUp(original, file)
    const fromBackup = async () => {
      const engine = await openEngine(`sqlite:${join(folder, 'restored.db')}`, { dataDir: '', clock: at.clock })
      engines.push(engine)
      await restore(engine, file, { actor: 'ann@desk', at: at.clock.now().toISOString() })
      const journal = journalOn(engine, at.clock)
      return { journal, ...at.worker({ journal }) }
    }
    return { at, ids: ids as [string, string, string], fromBackup }
  }

  const isPaidOnce = (at: Harness, ids: readonly string[]) => {
    for (const id of ids) assert.equal(at.paidByUs(id), 1, id)
  }
  const isHeld = async (journal: Journal) => (await journal.refunds.quarantineOf('acme')) !== null

  it('pays nothing that was paid since the backup, not even by name, and goes on once all was read', async () => {
    const { at, ids, fromBackup } = await workday({
      faults: { 'loop.process-min-ms': 8 * minute, 'loop.process-max-ms': 9 * minute },
    })
    await at.resolve(ids[0])
    const restored = await fromBackup()
    // Loop has it in its queue, and shows it open: nobody could tell.
    for (const asked of ['rules', 'refund'] as const) {
      const [result] = await restored.resolve(ids[0], { asked })
      assert.deepEqual([result?.outcome, codesOf(result)[0]], ['skipped', 'QUARANTINED'])
    }
    const early = await endQuarantine(restored.workplace)
    assert.deepEqual([early?.lifted, early?.read], [false, 0])
    at.pass(16 * minute)
    const reconciled = await endQuarantine(restored.workplace)
    assert.deepEqual([reconciled?.lifted, reconciled?.foundDone, reconciled?.unclear], [true, [ids[0]], []])
    assert.equal(await isHeld(restored.journal), false)
    assert.equal(await endQuarantine(restored.workplace), null)
    await restored.resolve('ready')
    at.pass(hour)
    await restored.resolve('ready')
    isPaidOnce(at, ids)
  })

  it('says what it found done by others, and writes it into the history', async () => {
    const { at, ids, fromBackup } = await workday()
    const restored = await fromBackup()
    // This one was planned before the backup was made, had it been read a moment later.
    await restored.resolve(ids[1])
    await at.resolve(ids[1])
    at.pass(16 * minute)
    const reconciled = await endQuarantine(restored.workplace)
    assert.deepEqual([reconciled?.lifted, reconciled?.foundDone], [true, [ids[1]]])
    const history = await restored.journal.history.of('acme', ids[1])
    assert.ok(history.some(({ what }) => what === 'reconciled'))
    await restored.resolve('ready')
    at.pass(hour)
    isPaidOnce(at, ids)
  })

  it("keeps the quarantine when Loop's notes tell of a refund that nobody here knows, until a person has looked", async () => {
    const { at, ids, fromBackup } = await workday()
    const restored = await fromBackup()
    await at.workplace.loop.addNote(ids[2], `mhloop: ${await at.journal.installationId()}`)
    at.pass(16 * minute)
    const reconciled = await endQuarantine(restored.workplace)
    assert.deepEqual(
      [reconciled?.lifted, reconciled?.unclear],
      [false, [{ returnId: ids[2], why: 'REFUND_ASKED_FOR' }]],
    )
    const [result] = await restored.resolve(ids[0])
    assert.equal(codesOf(result)[0], 'QUARANTINED')
  })

  it('keeps the quarantine while a vendor is down', async () => {
    const { at, fromBackup } = await workday()
    const restored = await fromBackup()
    at.pass(16 * minute)
    at.fault('loop.down', 1)
    await assert.rejects(endQuarantine(restored.workplace), { exit: 7 })
    assert.equal(await isHeld(restored.journal), true)
  })
})
