import assert from 'node:assert/strict'
import { chmodSync, linkSync, lstatSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Fault } from '../../src/core/errors/fault.ts'
import { openJournal } from '../../src/journal/open-journal.ts'
import { schemaVersion } from '../../src/journal/schema/migrations.ts'
import { migrate, steps } from '../../src/journal/sqlite/migrate.ts'
import { isAtLeast, openSqlite } from '../../src/journal/sqlite/open-sqlite.ts'
import { networkType } from '../../src/journal/sqlite/place.ts'
import { at, effect, freshFile, freshFolder } from './fresh.ts'
import { assertMigrated, rowsBefore } from './schema/earlier.ts'
import { begin, onWorkers, start } from './worker-processes.ts'

const onUnix = process.platform === 'win32' ? it.skip : it

describe('opening the journal', () => {
  onWorkers()
  let folder: string
  let path: string
  let remove: () => Promise<void>
  beforeEach(async () => {
    ;({ folder, remove } = await freshFolder())
    path = join(folder, 'journal.db')
  })
  afterEach(() => remove())

  const openAndClose = async (location?: string) => (await openJournal(location, { dataDir: folder })).close()
  const rejected = async (location?: string): Promise<Fault> => {
    try {
      await openAndClose(location)
    } catch (error) {
      assert.ok(error instanceof Fault, String(error))
      return error
    }
    return assert.fail('it opened')
  }
  const modeOf = (file: string) => statSync(file).mode & 0o777

  it('makes it in the data directory, and finds it there again', async () => {
    const first = await openJournal(undefined, { dataDir: join(folder, 'new', 'data') })
    const { effectId } = await first.effects.plan(effect(), at)
    await first.close()
    await first.close()
    const second = await openJournal(`sqlite:${join(folder, 'new', 'data', 'journal.db')}`, { dataDir: folder })
    assert.equal((await second.effects.get(effectId))?.state, 'planned')
    await second.close()
  })

  onUnix('lets nobody else read it: folder 0700, files 0600 (F62)', async () => {
    const dataDir = join(folder, 'data')
    const journal = await openJournal(undefined, { dataDir })
    const modes = [dataDir, ...['', '-wal', '-shm'].map((end) => `${join(dataDir, 'journal.db')}${end}`)].map(modeOf)
    await journal.close()
    assert.deepEqual(modes, [0o700, 0o600, 0o600, 0o600])
  })

  onUnix('tightens loose modes of its own folder and file', async () => {
    await openAndClose()
    chmodSync(folder, 0o755)
    chmodSync(path, 0o644)
    await openAndClose()
    assert.deepEqual([modeOf(folder), modeOf(path)], [0o700, 0o600])
  })

  onUnix("leaves the mode of somebody's folder alone, and refuses it when others may replace files in it", async () => {
    const shared = join(folder, 'shared')
    mkdirSync(shared)
    chmodSync(shared, 0o755)
    const location = `sqlite:${join(shared, 'journal.db')}`
    await openAndClose(location)
    assert.equal(modeOf(shared), 0o755)
    chmodSync(shared, 0o777)
    assert.equal((await rejected(location)).code, 'JOURNAL_UNSAFE')
    chmodSync(shared, 0o1777)
    await openAndClose(location)
  })

  onUnix('follows no symbolic link, not for the log either, and no second name (F62)', async () => {
    const victim = join(folder, 'victim')
    writeFileSync(victim, '')
    symlinkSync(victim, path)
    const fault = await rejected()
    assert.deepEqual([fault.code, fault.exit, fault.blame], ['JOURNAL_UNSAFE', 1, 'machine'])
    assert.match(fault.message, /journal\.db is not safe to use: it is a symbolic link/)
    assert.equal(statSync(victim).size, 0)
    const other = join(folder, 'other.db')
    symlinkSync(victim, `${other}-wal`)
    assert.equal((await rejected(`sqlite:${other}`)).code, 'JOURNAL_UNSAFE')
    const linked = join(folder, 'linked.db')
    linkSync(victim, linked)
    assert.match((await rejected(`sqlite:${linked}`)).message, /second name/)
  })

  it('refuses a folder in its place, and a path below a file', async () => {
    mkdirSync(path)
    assert.equal((await rejected()).code, 'JOURNAL_UNSAFE')
    writeFileSync(join(folder, 'file'), '')
    const fault = await rejected(`sqlite:${join(folder, 'file', 'journal.db')}`)
    assert.equal(fault.code, 'JOURNAL_UNWRITABLE')
    assert.ok(fault.message.includes(join(folder, 'file', 'journal.db')))
  })

  it('refuses other locations as wrong usage', async () => {
    for (const location of ['', 'sqlite:', 'sqlite://relative/path', 'mysql://x', 'journal.db']) {
      const fault = await rejected(location)
      assert.deepEqual([fault.code, fault.exit], ['JOURNAL_LOCATION', 2])
    }
  })

  it('refuses what a newer mhloop has written, and leaves it as it is (F48)', async () => {
    await openAndClose()
    setVersion(path, schemaVersion + 1)
    const fault = await rejected()
    assert.deepEqual([fault.code, fault.exit, fault.hint], ['JOURNAL_NEWER', 1, 'upgrade mhloop'])
    setVersion(path, schemaVersion)
    await openAndClose()
  })

  it('refuses a file of another program, without touching it', async () => {
    const database = new DatabaseSync(path)
    database.exec('create table songs (title text)')
    database.close()
    assert.equal((await rejected()).code, 'JOURNAL_FOREIGN')
    const again = new DatabaseSync(path)
    assert.equal(again.prepare('pragma journal_mode').get()?.['journal_mode'], 'delete')
    again.close()
  })

  it('refuses a file that is no database, and one that is damaged, and keeps both', async () => {
    writeFileSync(path, 'not a database, but long enough to be taken for one'.repeat(100), { mode: 0o600 })
    const fault = await rejected()
    assert.equal(fault.code, 'JOURNAL_CORRUPT')
    assert.match(fault.hint ?? '', /keep the file/)
    assert.equal(lstatSync(path).size, 5100)
  })

  onUnix('names the path and the remedy when the folder is read-only', async () => {
    if (process.getuid?.() === 0) {
      chmodSync(folder, 0o755)
      const stranger = start('stranger', `sqlite:${join(folder, 'data', 'journal.db')}`, 'w0')
      await begin([stranger])
      const { code, errors } = await stranger.ended
      assert.equal(code, 1)
      const fault = JSON.parse(errors)
      assert.equal(fault.code, 'JOURNAL_UNWRITABLE')
      assert.ok(
        fault.message.includes(join(folder, 'data', 'journal.db')) &&
          /you have no permission to write there/.test(fault.message),
      )
      assert.match(fault.hint, /MHLOOP_DATA_DIR/)
      return
    }
    chmodSync(folder, 0o500)
    const fault = await rejected(`sqlite:${path}`)
    chmodSync(folder, 0o700)
    assert.equal(fault.code, 'JOURNAL_UNWRITABLE')
    assert.ok(fault.message.includes(path) && /you have no permission to write there/.test(fault.message))
    assert.match(fault.hint ?? '', /MHLOOP_DATA_DIR/)
  })

  it('reads its settings back on every connection (F10)', async () => {
    for (let connection = 0; connection < 3; connection += 1) {
      const journal = await openJournal(undefined, { dataDir: folder })
      const { settings } = await journal.health()
      assert.deepEqual(
        [settings['journal_mode'], settings['synchronous'], settings['foreign_keys'], settings['trusted_schema']],
        ['wal', '2', '1', '0'],
      )
      assert.equal(settings['busy_timeout'], '200')
      await journal.close()
    }
  })

  it('knows the network disks that it must not trust, and a version that is too old', () => {
    assert.equal(networkType(0x6969), 'NFS')
    assert.equal(networkType(-11317950), 'CIFS', 'some machines give the type as a negative number')
    assert.equal(networkType(0xef53), null, 'ext4')
    assert.deepEqual(
      ['3.51.3', '3.53.0', '4.0.0', '3.51.2', '3.9.99', '2.99.9'].map((version) => isAtLeast(version, '3.51.3')),
      [true, true, true, false, false, false],
    )
  })
})

describe('migrating the journal', () => {
  it('is all or nothing (F48)', async () => {
    const { folder, remove } = await freshFolder()
    const path = join(folder, 'journal.db')
    await (await openSqlite(path, { folderIsOurs: true })).store.destroy()
    const database = new DatabaseSync(path)
    const before = Array.from({ length: schemaVersion }, () => () => assert.fail('every known step was done before'))
    const halfway = [
      ...before,
      () => database.exec('create table half_done (x)'),
      () => database.exec('create table half_done (x)'),
    ]
    await assert.rejects(migrate(database, path, halfway), /already exists/)
    const tables = database.prepare(`select name from sqlite_schema where name = 'half_done'`).all()
    assert.deepEqual([tables, database.isTransaction], [[], false])
    await migrate(database, path, halfway.slice(0, -1))
    assert.throws(() => database.exec('create table half_done (x)'), /already exists/)
    database.close()
    await remove()
  })

  for (const version of [1, 2]) {
    it(`of schema ${version} keeps its effects, takes the new kinds and still refuses a second refund (F1, F48)`, async () => {
      const { folder, remove } = await freshFolder()
      const path = join(folder, 'journal.db')
      const before = new DatabaseSync(path)
      await migrate(before, path, steps.slice(0, version))
      for (const statement of rowsBefore) before.exec(statement)
      before.close()
      const engine = await openSqlite(path, { folderIsOurs: true })
      await assertMigrated(engine)
      await engine.store.destroy()
      await remove()
    })
  }

  it('by a newer mhloop stops an older one that has the file open, before it writes (F48)', async () => {
    const { engine, journal, dispose } = await freshFile()
    setVersion(engine.location, schemaVersion + 1)
    await assert.rejects(journal.effects.plan(effect(), at), { code: 'JOURNAL_NEWER' })
    await assert.rejects(journal.cursors.advance('acme', 'asn', at), { code: 'JOURNAL_NEWER' })
    assert.deepEqual(await journal.effects.find({}), [])
    setVersion(engine.location, schemaVersion)
    assert.equal((await journal.effects.plan(effect(), at)).state, 'planned')
    await dispose()
  })
})

function setVersion(path: string, version: number): void {
  const database = new DatabaseSync(path)
  database.prepare(`update meta set value = ? where name = 'schema_version'`).run(String(version))
  database.close()
}
