/**
 * Node.js keeps compiled code of the built program in the user's cache (bin/compile-cache.js): anyone who can write
 * there could run code as us (F62). Needs `npm run build`.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { skipped } from '../skipped.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const program = join(root, 'bin/run.js')
const somebody = 12_345

describe('the compile cache (F62)', () => {
  const folder = temporaryFolder()
  const cache = () => join(folder(), 'cache')
  const compiled = () => join(cache(), 'mhloop', 'compile-cache')
  const isRoot = process.geteuid?.() === 0

  function run(env: Record<string, string | undefined> = { XDG_CACHE_HOME: cache() }) {
    const own = { MHLOOP_CONFIG_DIR: join(folder(), 'c'), MHLOOP_DATA_DIR: join(folder(), 'd') }
    const ran = spawnSync(process.execPath, [program, 'version'], {
      cwd: folder(),
      env: { PATH: process.env.PATH, ...own, ...env },
      encoding: 'utf8',
      timeout: 300_000,
    })
    assert.deepEqual([ran.status, ran.stderr], [0, ''])
    assert.match(ran.stdout, /^mhloop/)
  }

  /** The folder as a first run creates it, which the first test checks. */
  function empty(): string {
    mkdirSync(compiled(), { recursive: true, mode: 0o700 })
    return compiled()
  }

  /** Whether Node.js reads from the folder: it then also writes to it. */
  function isUsed(at: string): boolean {
    run()
    return readdirSync(at).length > 0
  }

  /** Runs a copy of the build as another user, because this clone and its Node.js may be private. */
  function asSomebody() {
    const copy = join(folder(), 'copy')
    for (const part of ['bin', 'dist', 'package.json']) cpSync(join(root, part), join(copy, part), { recursive: true })
    const becoming = join(copy, 'become-somebody.cjs')
    writeFileSync(becoming, `process.setgroups([]); process.setgid(${somebody}); process.setuid(${somebody})`)
    giveTo(somebody, folder())
    return (argv: readonly string[], env: Record<string, string>) =>
      spawnSync(process.execPath, ['--require', becoming, join(copy, 'bin/run.js'), ...argv], {
        cwd: folder(),
        env: { PATH: process.env.PATH, ...env },
        encoding: 'utf8',
        timeout: 300_000,
      })
  }

  it('is kept in a folder that only its owner can enter', () => {
    run()
    assert.ok(readdirSync(compiled()).length > 0)
    for (let made = compiled(); made !== folder(); made = dirname(made))
      assert.equal(lstatSync(made).mode & 0o777, 0o700)
  })

  it('is used while the folder is ours alone (so that the tests below can fail)', () => {
    assert.equal(isUsed(empty()), true)
  })

  const spoilers: [string, (folder: string) => void][] = [
    ['a folder that others can write', (folder) => chmodSync(folder, 0o777)],
    [
      'a folder that others can enter: what Node.js makes in it may be open to them',
      (folder) => chmodSync(folder, 0o755),
    ],
    ['a link in its place', (folder) => linkInsteadOf(folder)],
    ['a loose folder above it', (folder) => chmodSync(dirname(folder), 0o777)],
    ['a link above it', (folder) => linkInsteadOf(dirname(folder))],
    ['a cache folder that everybody can write', () => chmodSync(cache(), 0o777)],
  ]
  for (const [what, spoil] of spoilers) {
    it(`is not used: ${what}`, () => {
      const folder = empty()
      spoil(folder)
      assert.equal(isUsed(folder), false)
    })
  }

  const foreign: [string, (folder: string) => void][] = [
    ['the folder', (folder) => chownSync(folder, somebody, somebody)],
    ['the user’s own cache, with root by sudo', () => chownSync(cache(), somebody, somebody)],
  ]
  for (const [what, spoil] of foreign) {
    it(`is not used when it belongs to another user: ${what}`, function () {
      if (!isRoot) skipped(this, 'only root can give files away')
      const folder = empty()
      spoil(folder)
      assert.equal(isUsed(folder), false)
    })
  }

  it('nothing is written through a link in the place of the folder', () => {
    const precious = join(folder(), 'precious')
    mkdirSync(precious, { mode: 0o700 })
    mkdirSync(join(cache(), 'mhloop'), { recursive: true, mode: 0o700 })
    symlinkSync(precious, compiled())
    run()
    assert.deepEqual(readdirSync(precious), [])
  })

  it('a home that is relative (G2), no folder, or can’t be written: it runs, and keeps nothing in the current folder', () => {
    const nowhere = join(folder(), 'nowhere')
    writeFileSync(nowhere, '')
    for (const env of [
      { HOME: 'relative' },
      { XDG_CACHE_HOME: 'relative' },
      { HOME: nowhere },
      { XDG_CACHE_HOME: '/proc/none' },
    ]) {
      run(env)
    }
    assert.equal(existsSync(join(folder(), 'relative')), false)
  })

  it('a user of a container, without name and home', function () {
    if (!isRoot) skipped(this, 'only root can run as somebody else')
    const runAs = asSomebody()
    const where = { MHLOOP_CONFIG_DIR: join(folder(), 'c'), MHLOOP_DATA_DIR: join(folder(), 'd') }
    const ran = runAs(['version'], where)
    assert.deepEqual([ran.status, ran.stderr], [0, ''])
    assert.match(ran.stdout, /^mhloop/)
    const reported = runAs(['merchant', 'list'], {})
    assert.equal(reported.status, 2, reported.stderr)
    assert.match(reported.stderr, /no home folder.*\n.*MHLOOP_CONFIG_DIR.*\n.*HOME_UNKNOWN/)
    rmSync(cache(), { recursive: true, force: true })
  })
})

function giveTo(owner: number, folder: string): void {
  for (const name of ['.', ...readdirSync(folder, { encoding: 'utf8', recursive: true })])
    chownSync(join(folder, name), owner, owner)
}

function linkInsteadOf(path: string): void {
  renameSync(path, `${path}.elsewhere`)
  symlinkSync(`${path}.elsewhere`, path)
}
