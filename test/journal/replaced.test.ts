/**
 * G3: a journal that is deleted or replaced under a running process stops the process with an error, and is never
 * created again.
 */
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Fault } from '../../src/core/errors/fault.ts'
import type { Journal } from '../../src/journal/journal.ts'
import { backUp } from '../../src/journal/maintenance/backup.ts'
import { openEngine, openJournal } from '../../src/journal/open-journal.ts'
import { needsPostgres } from '../postgres/needs-postgres.ts'
import { asOwner, freshPlace } from '../postgres/server.ts'
import { at, clock, event, generous, refund } from './fresh.ts'

const isReplaced = (error: unknown) => {
  assert.ok(error instanceof Fault, String(error))
  assert.deepEqual([error.code, error.exit, error.blame], ['JOURNAL_REPLACED', 1, 'machine'])
  assert.match(error.hint ?? '', /mhloop journal restore/)
  return true
}

/** Everything that moves money or acknowledges a message must be refused. */
async function refusesAll(journal: Journal, effectId: string): Promise<void> {
  assert.equal(journal.isInPlace(), journal.location.startsWith('postgres'))
  await assert.rejects(journal.effects.claimRefund(effectId, 'ann@desk', at, generous), isReplaced)
  await assert.rejects(journal.events.storeMany([event()]), isReplaced)
  await assert.rejects(journal.effects.find({}), isReplaced)
  await assert.rejects(journal.health(), isReplaced)
}

describe('a journal that is deleted or replaced while it is open (G3)', () => {
  let folder: string
  let path: string
  const opened: Journal[] = []
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mhloop-replaced-'))
    path = join(folder, 'journal.db')
  })
  afterEach(async () => {
    for (const journal of opened.splice(0)) await journal.close()
    await rm(folder, { recursive: true, force: true })
  })
  async function open(): Promise<Journal> {
    const journal = await openJournal(`sqlite:${path}`, { dataDir: folder, clock })
    opened.push(journal)
    return journal
  }
  const planned = async (journal: Journal) => (await journal.effects.plan(refund('1'), at)).effectId

  it('G3 deleted: nothing is claimed, stored or read any more, though SQLite would go on in the file that is gone', async () => {
    const journal = await open()
    const effectId = await planned(journal)
    for (const part of ['', '-wal', '-shm']) await rm(path + part)
    await refusesAll(journal, effectId)
  })

  it('G3 deleted and created again by another process: the first one stops, the second one works', async () => {
    const journal = await open()
    const effectId = await planned(journal)
    for (const part of ['', '-wal', '-shm']) await rm(path + part)
    const other = await open()
    assert.equal((await other.effects.find({})).length, 0)
    await refusesAll(journal, effectId)
    assert.deepEqual(await other.events.storeMany([event()]), [true])
  })

  it('G3 swapped for a backup: the same, whatever the backup knows', async () => {
    const journal = await open()
    const effectId = await planned(journal)
    const engine = await openEngine(`sqlite:${path}`, { dataDir: folder })
    await backUp(engine, join(folder, 'backup.db'))
    await engine.store.destroy()
    await rename(join(folder, 'backup.db'), path)
    await refusesAll(journal, effectId)
  })

  for (const part of ['-wal', '-shm'])
    it(`G3 only its ${part} deleted: others would read another log, so it stops too`, async () => {
      const journal = await open()
      const effectId = await planned(journal)
      await rm(path + part)
      await refusesAll(journal, effectId)
    })

  it('G3 what was replaced once stays refused, also when the file is back: what others did meanwhile is not known', async () => {
    const journal = await open()
    const effectId = await planned(journal)
    await rename(path, `${path}.aside`)
    await assert.rejects(journal.events.storeMany([event()]), isReplaced)
    await rename(`${path}.aside`, path)
    await refusesAll(journal, effectId)
  })

  it('G3 a claim whose file vanished while it was written is reported as replaced, so that nothing is sent by it', async () => {
    const journal = await open()
    const effectId = await planned(journal)
    const isCurrent = () => {
      // In the middle of the transaction.
      rmSync(path)
      return true
    }
    const claim = journal.effects.claimRefund(effectId, 'ann@desk', at, { ...generous, isCurrent })
    await assert.rejects(claim, isReplaced)
  })

  it('G3 other files in its folder, backups, checkpoints and other processes that come and go disturb nothing', async () => {
    const journal = await open()
    const effectId = await planned(journal)
    await writeFile(join(folder, 'other'), 'x')
    assert.equal(journal.isInPlace(), true)
    const engine = await openEngine(`sqlite:${path}`, { dataDir: folder })
    await backUp(engine, join(folder, 'backup.db'))
    await engine.wipe()
    await engine.store.destroy()
    assert.deepEqual(await journal.events.storeMany([event()]), [true])
    assert.equal((await journal.effects.claimRefund(effectId, 'ann@desk', at, generous)).claimed, true)
  })
})

describe('a shared journal that is dropped or created again while it is open (G3)', () => {
  needsPostgres()

  it('G3 a schema that was dropped, and one that another process made in its place: refused', async () => {
    const { location, schema, drop } = await freshPlace()
    const open = () => openJournal(location, { dataDir: tmpdir(), clock })
    const journal = await open()
    try {
      const { effectId } = await journal.effects.plan(refund('1'), at)
      const claiming = () => journal.effects.claimRefund(effectId, 'ann@desk', at, generous)
      await asOwner((client) => client.query(`drop schema ${schema} cascade; create schema ${schema}`))
      await assert.rejects(claiming, isReplaced)
      const other = await open()
      try {
        await other.effects.plan(refund('1'), at)
        await assert.rejects(claiming, isReplaced)
        await assert.rejects(journal.events.storeMany([event()]), isReplaced)
      } finally {
        await other.close()
      }
    } finally {
      await journal.close()
      await drop()
    }
  })
})
