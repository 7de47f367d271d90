import assert from 'node:assert/strict'
import { chmodSync, chownSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Fault } from '../../../src/core/errors/fault.ts'
import { readSecretFile } from '../../../src/merchants/references/secret-file.ts'
import { skipped } from '../../skipped.ts'
import { temporaryFolder } from '../../temporary-folder.ts'

describe('a secret in a file that something else keeps (H11)', () => {
  const folder = temporaryFolder()
  before(function () {
    if (process.platform === 'win32') skipped(this, 'Windows has no such owners of files')
  })

  const value = async (path: string) => (await readSecretFile(path, {}))?.value
  const refusal = async (path: string) => {
    const error = await readSecretFile(path, {}).catch((caught: unknown) => caught)
    assert.ok(error instanceof Fault, String(error))
    assert.deepEqual([error.code, error.exit], ['CONFIG_UNSAFE', 2])
    return error.message
  }

  /** As the kubelet mounts a secret: a sticky folder, and links by which it replaces all keys at once. */
  function mounted(mode: number): string {
    const mount = join(folder(), 'secrets')
    mkdirSync(join(mount, '..2026_11_30'), { recursive: true })
    chmodSync(mount, 0o3777)
    writeFileSync(join(mount, '..2026_11_30', 'loop-api-key'), 'the-key')
    chmodSync(join(mount, '..2026_11_30', 'loop-api-key'), mode)
    symlinkSync('..2026_11_30', join(mount, '..data'))
    symlinkSync('..data/loop-api-key', join(mount, 'loop-api-key'))
    return join(mount, 'loop-api-key')
  }

  for (const mode of [0o400, 0o440, 0o444]) {
    it(`H11: is read as Kubernetes mounts it, mode 0${mode.toString(8)}`, async () =>
      assert.equal(await value(mounted(mode)), 'the-key'))
  }

  it('H11: is read as Docker mounts it: no link, 0444', async () => {
    const path = join(folder(), 'loop_api_key')
    writeFileSync(path, 'the-key')
    chmodSync(path, 0o444)
    assert.equal(await value(path), 'the-key')
  })

  it('H11: is not read where others could write it, or read what is not mounted to be read only', async () => {
    const path = join(folder(), 'key')
    writeFileSync(path, 'the-key')
    for (const [mode, words] of [
      [0o666, /writable by other users/],
      [0o464, /writable by other users/],
      [0o644, /readable by other users/],
      [0o640, /readable by other users/],
    ] as const) {
      chmodSync(path, mode)
      assert.match(await refusal(path), words)
    }
  })

  it('H11: is not read where others could put another in its place, anywhere on the way', async () => {
    const open = join(folder(), 'open')
    mkdirSync(join(open, 'inner'), { recursive: true })
    writeFileSync(join(open, 'inner', 'key'), 'the-key', { mode: 0o600 })
    symlinkSync(join(open, 'inner', 'key'), join(folder(), 'link'))
    assert.equal(await value(join(folder(), 'link')), 'the-key')
    chmodSync(open, 0o777)
    for (const path of [join(open, 'inner', 'key'), join(folder(), 'link')])
      assert.match(await refusal(path), /open is writable by other users/)
  })

  it('H11: is not read through what belongs to another user', async function () {
    if (process.getuid?.() !== 0) {
      process.stderr.write('skipped: only root can give files away\n')
      this.skip()
    }
    const theirs = join(folder(), 'theirs')
    mkdirSync(theirs)
    writeFileSync(join(theirs, 'key'), 'the-key', { mode: 0o600 })
    assert.equal(await value(join(theirs, 'key')), 'the-key')
    chownSync(theirs, 65_534, 65_534)
    assert.match(await refusal(join(theirs, 'key')), /theirs belongs to another user/)
  })

  it('H11: a link that leads nowhere is no secret, and one that leads to itself is reported', async () => {
    symlinkSync('nowhere', join(folder(), 'dangling'))
    assert.equal(await value(join(folder(), 'dangling')), undefined)
    symlinkSync('circle', join(folder(), 'circle'))
    assert.match(await refusal(join(folder(), 'circle')), /is a broken symbolic link/)
  })
})
