/** What a command loads, held to a list: not how long it takes, which is what `npm run bench` measures. */
import assert from 'node:assert/strict'
import { onBench } from '../commands/bench.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { type Loaded, loadedBy } from './loaded.ts'

/** oclif without what it searches disks with, and colours: what every command is made of. */
const everyday = [
  '@oclif/core',
  ...['ansi-escapes', 'ansi-regex', 'ansi-styles', 'ansis', 'chalk', 'clean-stack', 'color-convert', 'color-name'],
  ...['debug', 'ejs', 'emoji-regex', 'escape-string-regexp', 'get-package-type', 'has-flag', 'indent-string'],
  ...['is-fullwidth-code-point', 'ms', 'string-width', 'strip-ansi', 'supports-color', 'widest-line', 'wordwrap'],
  'wrap-ansi',
]
const everydayBuiltins = [
  ...['async_hooks', 'buffer', 'diagnostics_channel', 'events', 'fs', 'module', 'net', 'os', 'path', 'process'],
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
    holds(loaded, { sources: /^(cli|core)\/|^commands\/version\.ts$|^merchants\/secret\.ts$/ })
    assert.ok(loaded.sources.includes('commands/version.ts'))
  })

  for (const argv of [['--help'], ['rma', 'resolve', '--help'], ['help', 'exit-codes'], ['merchant']]) {
    it(`${argv.join(' ')}: no command`, async () => {
      holds(await loadedBy(folder(), argv), { sources: /^(cli|core)\/|^merchants\/secret\.ts$/ })
    })
  }

  it('merchant list: profiles, and neither a vendor nor the journal', async () => {
    holds(await loadedBy(folder(), ['merchant', 'list'], bench().env), {
      sources:
        /^(cli|core|merchants)\/|^commands\/merchant\/list\.ts$|^usecases\/list-merchants\.ts$|^http\/(base-url|faults)\.ts$/,
      packages: ['valibot'],
      builtins: ['crypto', 'fs/promises', 'timers/promises'],
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
