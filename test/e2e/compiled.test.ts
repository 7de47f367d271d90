/**
 * The code that V8 compiled for the built program is kept in the user's cache (bin/run.js): whoever can put a file there
 * can run code as us (F62). Needs `npm run build`.
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
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { temporaryFolder } from '../temporary-folder.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const program = join(root, 'bin/run.js')
const planted = 'planted code runs'
const somebody = 12_345

describe('compiled code in the cache (F62)', () => {
  const folder = temporaryFolder()
  const cache = () => join(folder(), 'cache')
  const builds = () => join(cache(), 'mhloop', 'compiled')
  const build = () => join(builds(), readdirSync(builds())[0] ?? 'none')
  const isRoot = process.geteuid?.() === 0

  function run(env: Record<string, string | undefined> = { XDG_CACHE_HOME: cache() }) {
    const { MHLOOP_CONFIG_DIR, MHLOOP_DATA_DIR } = {
      MHLOOP_CONFIG_DIR: join(folder(), 'c'),
      MHLOOP_DATA_DIR: join(folder(), 'd'),
    }
    const ran = spawnSync(process.execPath, [program, 'version'], {
      cwd: folder(),
      env: { PATH: process.env.PATH, MHLOOP_CONFIG_DIR, MHLOOP_DATA_DIR, ...env },
      encoding: 'utf8',
      timeout: 300_000,
    })
    assert.deepEqual([ran.status, ran.stderr], [0, ''])
    return ran.stdout
  }

  /** From a copy of the build that is somebody's: this clone, and the Node.js in it, may be for its owner only. */
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

  /** In the place of the first chunk's compiled code: what V8 takes for it, because it has the same length. */
  function plant(): string {
    run()
    const { main } = JSON.parse(readFileSync(join(root, 'dist/package.json'), 'utf8')) as { main: string }
    const source = readFileSync(join(root, 'dist', main), 'latin1')
    const wrapped = `(function(exports,require,module,__filename,__dirname){${source}\n})`
    const evil = `(function(){process.stdout.write(${JSON.stringify(planted)});process.exit(0)/*`
    const code = `
      const script = new (require('vm').Script)(${JSON.stringify(evil)}.padEnd(${wrapped.length - 4}) + '*/})')
      process.stdout.write(script.createCachedData().toString('base64'))`
    // By a process of its own: what was compiled for this one's settings would be rejected.
    const made = spawnSync(process.execPath, ['-e', code], { env: {}, encoding: 'utf8' })
    const file = readdirSync(build()).find((name) => name.startsWith(main.replace('./', '')))
    assert.ok(file !== undefined && made.stdout !== '', made.stderr)
    writeFileSync(join(build(), file), Buffer.from(made.stdout, 'base64'))
    return join(build(), file)
  }

  it('is used when it is ours alone (so that the tests below could fail)', () => {
    plant()
    assert.equal(run(), planted)
  })

  const spoilers: [string, (file: string) => void][] = [
    ['a file that others can write', (file) => chmodSync(file, 0o622)],
    ['a link in the file’s place', (file) => linkInsteadOf(file)],
    ['a folder that others can write', (file) => chmodSync(dirname(file), 0o777)],
    ['a link in the folder’s place', (file) => linkInsteadOf(dirname(file))],
    ['a loose folder above it', (file) => chmodSync(dirname(dirname(file)), 0o777)],
    ['a link above it', (file) => linkInsteadOf(dirname(dirname(dirname(file))))],
    ['a cache folder that everybody can write', () => chmodSync(cache(), 0o777)],
  ]
  for (const [what, spoil] of spoilers) {
    it(`is not used: ${what}`, () => {
      spoil(plant())
      assert.match(run(), /^mhloop/)
    })
  }

  const foreign: [string, (file: string) => void][] = [
    ['the file', (file) => chownSync(file, somebody, somebody)],
    ['the folder', (file) => chownSync(dirname(file), somebody, somebody)],
    ['the user’s own cache, with root by sudo', () => chownSync(cache(), somebody, somebody)],
  ]
  for (const [what, spoil] of foreign) {
    it(`is not used when it belongs to another user: ${what}`, function () {
      if (!isRoot) {
        process.stderr.write('skipped: only root can give files away\n')
        this.skip()
      }
      spoil(plant())
      assert.match(run(), /^mhloop/)
    })
  }

  it('nothing is deleted or written through a link in the place of the folder of builds', () => {
    const precious = join(folder(), 'precious')
    mkdirSync(join(precious, 'old'), { recursive: true })
    utimesSync(join(precious, 'old'), 1, 1)
    mkdirSync(join(cache(), 'mhloop'), { recursive: true, mode: 0o700 })
    symlinkSync(precious, builds())
    run()
    assert.deepEqual(readdirSync(precious), ['old'])
  })

  it('is whole and private, and nothing half-made stays', () => {
    run()
    const names = readdirSync(build())
    assert.ok(names.length > 0)
    assert.deepEqual(
      names.filter((name) => !/^[\w.-]+\.js-\d+$/.test(name)),
      [],
    )
    assert.equal(lstatSync(build()).mode & 0o777, 0o700)
    for (const name of names) assert.equal(lstatSync(join(build(), name)).mode & 0o777, 0o600)
  })

  it('a home that is relative, no folder, or can’t be written: it runs, and keeps nothing in the current folder', () => {
    const nowhere = join(folder(), 'nowhere')
    writeFileSync(nowhere, '')
    for (const env of [
      { HOME: 'relative' },
      { XDG_CACHE_HOME: 'relative' },
      { HOME: nowhere },
      { XDG_CACHE_HOME: '/proc/none' },
    ]) {
      assert.match(run(env), /^mhloop/)
    }
    assert.equal(existsSync(join(folder(), 'relative')), false)
  })

  it('a user of a container, without name and home', function () {
    if (!isRoot) {
      process.stderr.write('skipped: only root can run as somebody else\n')
      this.skip()
    }
    const runAs = asSomebody()
    const where = { MHLOOP_CONFIG_DIR: join(folder(), 'c'), MHLOOP_DATA_DIR: join(folder(), 'd') }
    const ran = runAs(['version'], where)
    assert.deepEqual([ran.status, ran.stderr], [0, ''])
    assert.match(ran.stdout, /^mhloop/)
    const output = runAs(['merchant', 'list'], {})
    assert.equal(output.status, 2, output.stderr)
    assert.match(output.stderr, /no home folder.*\n.*MHLOOP_CONFIG_DIR.*\n.*HOME_UNKNOWN/)
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
