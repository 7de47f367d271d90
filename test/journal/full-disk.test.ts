/** A disk that is really full: a small one in memory, where this user may mount one (H24). */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Fault } from '../../src/core/errors/fault.ts'
import { openJournal } from '../../src/journal/open-journal.ts'
import { faultOf } from '../../src/journal/sqlite/sqlite-faults.ts'
import { at, event, generous, refund } from './fresh.ts'

const isFull = (error: unknown) => {
  assert.ok(error instanceof Fault, String(error))
  assert.deepEqual([error.code, error.exit, error.blame], ['JOURNAL_UNWRITABLE', 1, 'machine'])
  assert.match(error.message, /journal\.db: its disk is full\.$/)
  assert.match(error.hint ?? '', /free up space on that disk/)
  return true
}

/** Fills the disk to the last byte. */
function fill(path: string): void {
  for (const size of [65_536, 4096, 512, 1]) {
    try {
      for (let count = 0; count < 10_000; count += 1) writeFileSync(path, Buffer.alloc(size, 1), { flag: 'a' })
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC')
    }
  }
}

describe('a journal on a disk that is really full (H24)', () => {
  let disk: string | null = null
  beforeEach(async function () {
    const path = await mkdtemp(join(tmpdir(), 'mhloop-disk-'))
    const { status, error } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m,mode=0700', 'mhloop-test', path])
    if (status === 0) {
      disk = path
      return
    }
    await rm(path, { recursive: true })
    process.stderr.write(`skipped: this user can't mount a small disk here (mount: ${error?.message ?? status})\n`)
    this.skip()
  })
  afterEach(async () => {
    if (disk === null) return
    // Lazily: a failed test may have left its journal open.
    spawnSync('umount', ['-l', disk])
    await rm(disk, { recursive: true })
    disk = null
  })

  async function storeOne(place: string): Promise<void> {
    const journal = await openJournal(place, { dataDir: disk ?? '' })
    try {
      await journal.events.storeMany([event()])
    } finally {
      await journal.close()
    }
  }

  it('H24: an open one says so, claims no refund and takes no message; with room again it goes on', async () => {
    const place = `sqlite:${join(disk ?? '', 'journal.db')}`
    const journal = await openJournal(place, { dataDir: disk ?? '' })
    const { effectId } = await journal.effects.plan(refund('99904598'), at)
    fill(join(disk ?? '', 'fill'))
    // Commits may still fit into the space that the write-ahead log already has; after that, none does.
    await assert.rejects(async () => {
      for (let count = 0; count < 100_000; count += 1) await journal.events.storeMany([event({ digest: `d${count}` })])
    }, isFull)
    await assert.rejects(journal.effects.claimRefund(effectId, 'ann@desk', at, generous), isFull)
    rmSync(join(disk ?? '', 'fill'))
    assert.equal((await journal.effects.find({}))[0]?.state, 'planned')
    await journal.effects.claimRefund(effectId, 'ann@desk', at, generous)
    assert.equal((await journal.effects.find({}))[0]?.state, 'sent')
    await journal.close()
  })

  it('H24: what SQLite calls an error of the disk is a full disk where there is no room, and else is not', () => {
    // SQLITE_IOERR_SHMSIZE: SQLite's shared memory could not grow.
    const error = Object.assign(new Error('disk I/O error'), { errcode: 4874 })
    const path = join(disk ?? '', 'journal.db')
    fill(join(disk ?? '', 'fill'))
    isFull(faultOf(error, path))
    rmSync(join(disk ?? '', 'fill'))
    assert.match((faultOf(error, path) as Fault).message, /its disk reports an error\.$/)
  })

  it('H24: one that is opened on it says so as well, and takes what comes when there is room', async () => {
    const place = `sqlite:${join(disk ?? '', 'journal.db')}`
    await (await openJournal(place, { dataDir: disk ?? '' })).close()
    fill(join(disk ?? '', 'fill'))
    // Opening may need no space; storing anything then does.
    await assert.rejects(storeOne(place), isFull)
    rmSync(join(disk ?? '', 'fill'))
    await storeOne(place)
  })
})
