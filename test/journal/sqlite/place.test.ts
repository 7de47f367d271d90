import assert from 'node:assert/strict'
import { chownSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../../../src/core/errors/fault.ts'
import { openJournal } from '../../../src/journal/open-journal.ts'
import { mountOf, mountsIn, trustIn } from '../../../src/journal/sqlite/file-system.ts'
import { skipped } from '../../skipped.ts'
import { temporaryFolder } from '../../temporary-folder.ts'

async function refusal(location: string): Promise<Fault> {
  try {
    const journal = await openJournal(location, { dataDir: '' })
    await journal.close()
  } catch (error) {
    assert.ok(error instanceof Fault, String(error))
    return error
  }
  return assert.fail(`${location} was taken`)
}

describe('the place of a journal', () => {
  const folder = temporaryFolder()

  it('H14: where no folder can be made it ends at once, as a place that was named wrongly', async function () {
    if (process.platform !== 'linux') skipped(this, 'only Linux has such a folder')
    const fault = await refusal('sqlite:/proc/no-such-folder/deeper/j.db')
    assert.deepEqual([fault.code, fault.exit], ['JOURNAL_LOCATION', 2])
    assert.match(fault.message, /has no folders/)
  })

  it('H12: in a folder of another user it is refused: who owns a folder can swap what is in it', async function () {
    if (process.getuid?.() !== 0) {
      process.stderr.write('skipped: only root can give a folder away\n')
      this.skip()
    }
    const theirs = join(folder(), 'theirs')
    mkdirSync(theirs, { mode: 0o755 })
    chownSync(theirs, 65_534, 65_534)
    const fault = await refusal(`sqlite:${theirs}/j.db`)
    assert.deepEqual([fault.code, fault.exit], ['JOURNAL_UNSAFE', 1])
    assert.match(fault.message, /belongs to another user \(65534\)/)
  })

  it('H13: knows the file systems that break its log, those of all kinds, and the local ones', () => {
    for (const type of [
      'virtiofs',
      'vboxsf',
      'vmhgfs',
      'gfs2',
      'ocfs2',
      'beegfs',
      'nfs4',
      'cifs',
      '9p',
      'ceph',
      'fakeowner',
    ])
      assert.equal(trustIn(type), 'network', type)
    for (const type of [
      'fuse.sshfs',
      'fuse.s3fs',
      'fuse.vmhgfs-fuse',
      'fuse.rclone',
      'fuse.glusterfs',
      'fuse.grpcfuse',
    ])
      assert.equal(trustIn(type), 'network', type)
    for (const type of ['fuse', 'fuseblk', 'fuse.gocryptfs', 'fuse.mergerfs'])
      assert.equal(trustIn(type), 'unknown', type)
    for (const type of ['ext4', 'xfs', 'btrfs', 'zfs', 'overlay', 'tmpfs', 'f2fs'])
      assert.equal(trustIn(type), 'local', type)
  })

  it('H13: finds the mount of a path, whatever is mounted over or beside it', () => {
    const mounts = mountsIn(
      [
        '22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw',
        '40 22 0:50 / /srv rw - ext4 /dev/sdb rw',
        '41 22 0:51 / /srv/data\\040of\\040mhloop rw shared:7 master:2 - fuse.sshfs me@host: rw',
        '42 22 0:52 / /srv/over rw - ext4 /dev/sdc rw',
        '43 22 0:53 / /srv/over rw - virtiofs share rw',
        '',
      ].join('\n'),
    )
    const type = (path: string) => mountOf(path, mounts)?.type
    assert.equal(type('/home/me'), 'ext4')
    assert.equal(type('/srv/data of mhloop/journal'), 'fuse.sshfs')
    assert.equal(type('/srv/data of mhloopers'), 'ext4')
    assert.equal(type('/srv/over'), 'virtiofs')
    assert.equal(mountOf('/x', []), null)
  })
})
