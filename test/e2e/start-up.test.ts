/** Compares what a command loads with a list. `npm run bench` measures how long that takes. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { globSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onBench } from '../commands/bench.ts'
import { runMhloop } from '../run.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { type Loaded, loadedBy } from './loaded.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const program = join(root, 'bin', 'run.js')

/** oclif with its file search, and colours: every command needs these. */
const everyday = [
  '@oclif/core',
  ...['balanced-match', 'brace-expansion', 'cli-spinners', 'fdir', 'lilconfig', 'minimatch', 'picomatch', 'tinyglobby'],
  ...['ansi-escapes', 'ansi-regex', 'ansi-styles', 'ansis', 'chalk', 'clean-stack', 'color-convert', 'color-name'],
  ...['debug', 'ejs', 'emoji-regex', 'escape-string-regexp', 'get-package-type', 'has-flag', 'indent-string'],
  ...['is-fullwidth-code-point', 'ms', 'string-width', 'strip-ansi', 'supports-color', 'widest-line', 'wordwrap'],
  'wrap-ansi',
]
const everydayBuiltins = [
  ...['async_hooks', 'buffer', 'diagnostics_channel', 'events', 'fs', 'module', 'net', 'os', 'path', 'process'],
  ...['child_process', 'dgram', 'fs/promises', 'perf_hooks', 'readline', 'readline/promises', 'worker_threads'],
  ...['querystring', 'stream', 'stream/promises', 'string_decoder', 'timers', 'tty', 'url', 'util', 'util/types', 'vm'],
]

describe('the built program loads what a command needs, and nothing else', () => {
  const folder = temporaryFolder()
  const bench = onBench()

  function holds(loaded: Loaded, allowed: { sources: RegExp; packages?: string[]; builtins?: string[] }): void {
    assert.equal(loaded.exit, 0, loaded.stderr)
    const packages = [...everyday, ...(allowed.packages ?? [])]
    const builtins = [...everydayBuiltins, ...(allowed.builtins ?? [])]
    assert.deepEqual(
      {
        sources: loaded.sources.filter((file) => !allowed.sources.test(file)),
        packages: loaded.packages.filter((name) => !packages.includes(name)),
        builtins: loaded.builtins.filter((name) => !builtins.includes(name)),
      },
      { sources: [], packages: [], builtins: [] },
    )
  }

  it('--version: nothing at all', async () => {
    for (const flag of ['--version', '-v']) {
      const { exit, sources, packages, builtins } = await loadedBy(folder(), [flag])
      assert.deepEqual([exit, sources, packages], [0, [], []])
      assert.deepEqual(
        builtins.filter((name) => !everydayBuiltins.includes(name) || name === 'net' || name === 'tty'),
        [],
      )
    }
  })

  it('version: the command line itself', async () => {
    const loaded = await loadedBy(folder(), ['version'])
    holds(loaded, { sources: /^(cli|core)\/|^commands\/version\.ts$|^merchants\/secrets\/secret\.ts$/ })
    assert.ok(loaded.sources.includes('commands/version.ts'))
  })

  it('explain: what codes mean, which nothing else loads, not even an error', async () => {
    const explained = await loadedBy(folder(), ['explain', 'LOOP_UNAUTHORIZED'])
    holds(explained, { sources: /^(cli|core)\/|^commands\/explain\.ts$|^merchants\/secrets\/secret\.ts$/ })
    assert.ok(explained.sources.includes('core/explain/topics.ts'))
    for (const argv of [['version'], ['rma', 'show', '1'], ['no-such-command']]) {
      const { sources } = await loadedBy(folder(), argv)
      assert.deepEqual(
        sources.filter((file) => file.startsWith('core/explain/')),
        [],
        argv.join(' '),
      )
    }
  })

  for (const argv of [['--help'], ['rma', 'resolve', '--help'], ['help', 'exit-codes'], ['merchant']]) {
    it(`${argv.join(' ')}: no command`, async () => {
      holds(await loadedBy(folder(), argv), {
        sources: /^(cli|core)\/|^merchants\/secrets\/secret\.ts$/,
        packages: ['is-docker', 'is-inside-container', 'is-wsl', 'powershell-utils', 'wsl-utils'],
      })
    })
  }

  it('merchant list: profiles, and neither a vendor nor the journal', async () => {
    holds(await loadedBy(folder(), ['merchant', 'list'], bench().env), {
      sources:
        /^(cli|core|merchants)\/|^commands\/merchant\/list\.ts$|^usecases\/merchants\/list-merchants\.ts$|^http\/(base-url|vendor-faults)\.ts$|^journal\/data-folder\.ts$/,
      packages: ['valibot'],
      builtins: ['crypto', 'timers/promises'],
    })
  })

  it('rma show: both vendors and the journal, and no other command, server, prompt or table', async () => {
    const loaded = await loadedBy(folder(), ['rma', 'show', bench().file(), '--json'], bench().env)
    assert.equal(loaded.exit, 0, loaded.stderr)
    assert.deepEqual(
      loaded.sources.filter((file) => /^(commands|receiver|sandbox)\//.test(file)),
      ['commands/rma/show.ts'],
    )
    const unwanted = ['@inquirer/prompts', 'ajv', 'cli-table3', 'conf', 'fastify', 'pg', 'pino', 'yaml']
    assert.deepEqual(
      loaded.packages.filter((name) => unwanted.includes(name)),
      [],
    )
    for (const name of ['got', 'kysely']) assert.ok(loaded.packages.includes(name), name)
  })
})

describe('the built program', () => {
  const folder = temporaryFolder()
  const bench = onBench()
  const place = () => ({ folder: folder(), env: { XDG_CACHE_HOME: join(folder(), 'cache') } })

  it('prints help as the sources do', async () => {
    for (const argv of [['--help'], ['rma', 'resolve', '--help'], ['mapping', 'reasons'], ['help', 'environment']]) {
      const built = await ran(program, argv, place())
      const source = await runMhloop(argv)
      assert.deepEqual([built.stdout, built.exit], [source.stdout, source.exit], argv.join(' '))
    }
  })

  it('--verbose says where in the sources a fault arose', async () => {
    const { exit, stderr } = await ran(program, ['rma', 'show', '1', '--verbose'], place())
    assert.equal(exit, 2)
    assert.match(stderr, /MERCHANT_NOT_CHOSEN/)
    assert.match(stderr, /at async RmaShow\.run \(.*src\/cli\/command\/base-command\.ts:\d+:\d+\)/)
  })

  it('never runs code that was compiled from something else, nor trips over a cache that it cannot write', async () => {
    const copy = join(folder(), 'copy')
    for (const part of ['bin', 'dist', 'package.json']) {
      await cp(join(root, part), join(copy, part), { recursive: true })
    }
    const own = join(copy, 'bin', 'run.js')
    const listed = async (env = place().env) => (await ran(own, ['merchant', 'list'], { ...place(), env })).stderr
    const before = await listed()
    assert.equal(await listed(), before)
    const [chunk = ''] = globSync('list-*.js', { cwd: join(copy, 'dist') }).filter((file) =>
      readFileSync(join(copy, 'dist', file), 'utf8').includes('There are no merchants yet'),
    )
    const text = readFileSync(join(copy, 'dist', chunk), 'utf8')
    // As long as the text before, and at the same place.
    const [now, other] = ['There are no merchants yet', 'There is a merchant in it.']
    assert.equal(other.length, now.length)
    writeFileSync(join(copy, 'dist', chunk), text.replace(now, other))
    assert.match(await listed(), /There is a merchant in it\./)
    const notAFolder = join(folder(), 'file')
    writeFileSync(notAFolder, '')
    assert.match(await listed({ XDG_CACHE_HOME: notAFolder }), /There is a merchant in it\./)
  })

  it('takes the code that was compiled before', async () => {
    const id = bench().file()
    const env = { ...place().env, ...bench().env }
    const runs = async () => {
      for (const argv of [
        ['asn', 'sync'],
        ['rma', 'show', id],
        ['merchant', 'list'],
      ]) {
        const { exit, stderr } = await ran(program, argv, { ...place(), env })
        assert.equal(exit, 0, stderr)
      }
      const files = globSync('cache/mhloop/compile-cache/*/*', { cwd: folder() }).toSorted()
      return files.map((file) => `${file} ${statSync(join(folder(), file)).mtimeMs}`)
    }
    const first = await runs()
    assert.ok(first.length > 100)
    assert.deepEqual(await runs(), first)
  })

  type Ran = { exit: number | null; stdout: string; stderr: string }

  function ran(
    file: string,
    argv: readonly string[],
    at: { folder: string; env: Record<string, string> },
  ): Promise<Ran> {
    const own = { MHLOOP_CONFIG_DIR: join(at.folder, 'config'), MHLOOP_DATA_DIR: join(at.folder, 'data') }
    const env = { PATH: process.env.PATH, ...own, ...at.env }
    return new Promise((resolve) => {
      const child = execFile(process.execPath, [file, ...argv], { env }, (_error, stdout, stderr) =>
        resolve({ exit: child.exitCode, stdout, stderr }),
      )
    })
  }
})
