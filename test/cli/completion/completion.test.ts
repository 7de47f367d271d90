import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { PassThrough, Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import packageJson from '../../../package.json' with { type: 'json' }
import type { CommandTable } from '../../../src/cli/completion/candidates.ts'
import { complete } from '../../../src/cli/completion/complete.ts'
import { scripts, shells } from '../../../src/cli/completion/scripts.ts'
import { createIo } from '../../../src/cli/io/io.ts'
import { findingCodes } from '../../../src/core/audit/finding-codes.ts'
import { openJournal } from '../../../src/journal/open-journal.ts'
import { assertObeysSchema } from '../../commands/schemas.ts'
import { loadedBy } from '../../e2e/loaded.ts'
import { configOfSource, runMhloop } from '../../run.ts'
import { temporaryFolder } from '../../temporary-folder.ts'

const at = '2026-11-25T17:00:00.000Z'

describe('completion', () => {
  const folder = temporaryFolder()
  const commandTable = async (): Promise<CommandTable> => {
    const { commands } = await configOfSource()
    return { commands, topics: packageJson.oclif.topics }
  }
  const env = () => ({ MHLOOP_CONFIG_DIR: `${folder()}/config`, MHLOOP_DATA_DIR: `${folder()}/data` })

  /** The candidates for a line whose last word is being typed, without their descriptions. */
  async function at_(...words: string[]): Promise<string[]> {
    return (await lines(['--', ...words])).map((line) => line.split('\t')[0] ?? '')
  }
  async function lines(argv: string[]): Promise<string[]> {
    const stdout = new PassThrough()
    const stdin = Object.assign(Readable.from([]), { isTTY: false })
    const io = createIo({ argv, env: env(), stdin, stdout, stderr: new PassThrough(), prompter: {} as never })
    assert.equal(await complete(argv, commandTable, io), 0)
    stdout.end()
    const text = (await stdout.toArray()).join('')
    assert.ok(text.endsWith('\n'))
    return text.slice(0, -1).split('\n')
  }

  it('completes topics, verbs and commands, with what they are for', async () => {
    const { commands } = await configOfSource()
    const first = new Set(commands.map(({ id }) => id.split(':')[0] ?? ''))
    assert.deepEqual((await at_('')).toSorted(), [':words', ...first, 'help'].toSorted())
    assert.deepEqual(await at_('rma', 'sh'), [':words', 'show'])
    assert.deepEqual(await at_('mapping', ''), [':words', 'audit', 'reasons'])
    assert.deepEqual(await at_('mapping', 'reasons', 'ex'), [':words', 'export'])
    assert.deepEqual(await at_('help', 'mapping', 'au'), [':words', 'audit'])
    assert.deepEqual(await at_('no-such', ''), [':words'])
    assert.ok((await lines(['--', 'r'])).includes('rma\tInspect a return on both sides, and tell Loop what arrived'))
  })

  it('completes the codes of explain, in capital and in small letters', async () => {
    assert.deepEqual(await at_('explain', 'LOOP_UNA'), [':words', 'LOOP_UNAUTHORIZED'])
    assert.deepEqual(await at_('explain', 'loop_una'), [':words', 'loop_unauthorized'])
    assert.deepEqual(await at_('explain', 'claimed'), [':words', 'claimed_elsewhere'])
    assert.deepEqual(await at_('explain', 'machine.n'), [':words', 'machine.node'])
    assert.deepEqual(await at_('explain', '13'), [':words', '130'])
  })

  it('completes the flags of a command, each once unless it may be repeated', async () => {
    const all = await at_('smoke', '--')
    for (const flag of ['--sku', '--junit', '--json', '--merchant']) assert.ok(all.includes(flag), flag)
    const rest = await at_('smoke', '--sku', 'A-1', '--keep', '-m', 'acme', '--')
    assert.ok(rest.includes('--sku') && !rest.includes('--keep') && !rest.includes('--merchant'))
    assert.deepEqual(await at_('smoke', '--ju'), [':words', '--junit'])
    assert.ok((await at_('journal', 'status', '')).includes('--json'))
    assert.deepEqual(await at_('rma', 'show', '--', '--'), [':words'])
  })

  it('completes values: options, words of help, finding codes, checks, settings', async () => {
    assert.deepEqual(await at_('asn', 'list', '--format', ''), [':words', 'table', 'csv', 'ndjson', 'json'])
    assert.deepEqual(await at_('merchant', 'add', 'x', '--refunds', ''), [':words', 'on', 'off'])
    assert.deepEqual(await at_('mapping', 'audit', '--only', ''), [':words', ...findingCodes])
    assert.ok((await at_('doctor', '--only', 'loop.')).includes('loop.credentials'))
    assert.deepEqual(await at_('merchant', 'set', 'largest'), [':words', 'largest-refund'])
    assert.deepEqual(await at_('autocomplete', 'z'), [':words', 'zsh'])
    for (const command of ['use', 'show', 'remove', 'rebind', 'export'])
      assert.deepEqual(await at_('merchant', command, ''), await at_('merchant', 'use', ''), command)
  })

  it('completes each value of a list behind its comma, but none twice', async () => {
    assert.deepEqual(await at_('doctor', '--only', 'loop.credentials,machine.n'), [
      ':words',
      'loop.credentials,machine.node',
    ])
    assert.deepEqual(await at_('doctor', '--only=machine.node,machine.n'), [':words'])
    assert.deepEqual(await at_('mapping', 'audit', '--only', 'RMA_MISSING,RMA_MISS'), [':words'])
    assert.ok((await at_('mapping', 'audit', '--only=LINES_DIFFER,')).includes('--only=LINES_DIFFER,RMA_MISSING'))
  })

  it('completes help topics behind help, and --help everywhere', async () => {
    assert.deepEqual(await at_('help', 'exit'), [':words', 'exit-codes'])
    assert.deepEqual(await at_('help', 'rma', 'o'), [':words'])
    for (const words of [['--h'], ['rma', '--h'], ['rma', 'show', '--h'], ['rma', 'show', '1', '-m', 'acme', '--h']])
      assert.deepEqual(await at_(...words), [':words', '--help'], words.join(' '))
  })

  it('completes a value behind =, also where bash takes it apart', async () => {
    assert.deepEqual(await at_('asn', 'list', '--format=n'), [':words', '--format=ndjson'])
    assert.deepEqual(await at_('asn', 'list', '--format', '=', 'n'), [':words', 'ndjson'])
    assert.deepEqual(await at_('asn', 'list', '--format', '='), [':words', 'table', 'csv', 'ndjson', 'json'])
    assert.deepEqual(await at_('asn', 'list', '--source', '=', 'asn', '--format', 'c'), [':words', 'csv'])
    assert.deepEqual((await lines(['--next', '--', 'asn', 'list', '--format'])).slice(0, 3), [':words', 'table', 'csv'])
  })

  it('leaves files to the shell', async () => {
    assert.deepEqual(await at_('smoke', '--junit', ''), [':files'])
    assert.deepEqual(await at_('mapping', 'reasons', 'import', ''), [':files'])
  })

  it('completes the names of merchants, and nothing that a shell would run', async () => {
    await mkdir(`${folder()}/config`)
    const merchants = { acme: { environment: 'sandbox' }, 'b.c': {}, 'x;rm -rf': {}, '$(id)': {} }
    await writeFile(`${folder()}/config/profiles.json`, JSON.stringify({ version: 1, current: null, merchants }))
    assert.deepEqual(await lines(['--', 'asn', 'sync', '-m', '']), [':words', 'acme\tsandbox', 'b.c'])
    assert.deepEqual(await at_('merchant', 'use', 'b'), [':words', 'b.c'])
    assert.deepEqual(await at_('asn', 'sync', '--merchant=a'), [':words', '--merchant=acme'])
  })

  it('completes the returns that something happened to lately, the latest first', async () => {
    const journal = await openJournal(undefined, { dataDir: env().MHLOOP_DATA_DIR })
    const ids = ['99900001', '99900002', '88800003', '99900004']
    const seen = ids.map((returnId) => ({
      returnId,
      customerIdentifier: returnId,
      orderName: `#${returnId.slice(-1)}`,
      returnUpdatedAt: null,
    }))
    await journal.links.see('acme', seen, at)
    const entry = { at, merchant: 'acme', actor: 'a', what: 'seen', kind: null, effectId: null, message: 'm' }
    await journal.history.append(
      ['99900002', '88800003', '99900001', 'mhloop-smoke-x'].map((returnId) => ({ ...entry, returnId })),
    )
    // Also while another process has the journal open.
    assert.deepEqual(await lines(['--', 'rma', 'show', '']), [':words', '99900001\t#1', '88800003\t#3', '99900002\t#2'])
    await journal.close()
    assert.deepEqual(await at_('rma', 'resolve', '99900001', '999'), [':words', '99900001', '99900002'])
    assert.deepEqual(await at_('event', 'list', '--return', '8'), [':words', '88800003'])
  })

  it('is silent where there is nothing: no profiles, no journal, and makes none', async () => {
    assert.deepEqual(await at_('asn', 'sync', '-m', ''), [':words'])
    assert.deepEqual(await at_('rma', 'show', ''), [':words'])
    await mkdir(`${folder()}/data`)
    await writeFile(`${folder()}/data/journal.db`, 'not a database')
    assert.deepEqual(await at_('rma', 'show', ''), [':words'])
  })

  it('loads neither a client nor the database layer, and for verbs no journal', async () => {
    const heavy = /^(?:got|kysely|valibot|pg|fastify|conf|pino|yaml|@inquirer|@napi-rs)/
    const verbs = await loadedBy(folder(), ['__complete', '--', 'rma', ''])
    assert.deepEqual([verbs.exit, verbs.stderr, verbs.packages.filter((name) => heavy.test(name))], [0, '', []])
    assert.ok(!verbs.builtins.includes('sqlite') && !verbs.builtins.includes('http'))
    const returns = await loadedBy(folder(), ['__complete', '--', 'rma', 'show', ''])
    assert.deepEqual([returns.exit, returns.stderr, returns.packages.filter((name) => heavy.test(name))], [0, '', []])
  })
})

describe('autocomplete', () => {
  const folder = temporaryFolder()
  const program = fileURLToPath(new URL('../../../bin/run.js', import.meta.url))

  it('prints the script in a pipe, how to install it on a terminal, and all of it as JSON', async () => {
    for (const shell of shells) {
      const { stdout, exit } = await runMhloop(`autocomplete ${shell}`)
      assert.deepEqual([exit, stdout], [0, scripts[shell].script])
      const printed = await runMhloop(`autocomplete ${shell}`, { tty: true })
      assert.ok(printed.stdout.includes(scripts[shell].line) && !printed.stdout.includes('__complete'))
      const { json } = await runMhloop(`autocomplete ${shell} --json`)
      assertObeysSchema(json())
    }
  })

  it('takes the shell that runs it, and asks for one that it does not know', async () => {
    assert.equal((await runMhloop('autocomplete', { env: { SHELL: '/usr/bin/fish' } })).stdout, scripts.fish.script)
    const unknown = await runMhloop('autocomplete', { env: { SHELL: '/bin/tcsh' } })
    assert.deepEqual([unknown.exit, unknown.stderr.includes('SHELL_UNKNOWN')], [2, true])
    assert.equal((await runMhloop('autocomplete tcsh')).exit, 2)
  })

  for (const [shell, check] of [
    ['bash', ['-n']],
    ['zsh', ['-n']],
    ['fish', ['--no-execute']],
  ] as const) {
    it(`the script is one that ${shell} can read`, async function () {
      if (spawnSync(shell, ['--version']).error !== undefined) {
        process.stderr.write(`skipped: there is no ${shell} here\n`)
        return this.skip()
      }
      const file = `${folder()}/script`
      await writeFile(file, scripts[shell].script)
      const { status, stderr } = spawnSync(shell, [...check, file])
      assert.deepEqual([status, String(stderr)], [0, ''])
    })
  }

  it('bash completes with it', async function () {
    if (spawnSync('bash', ['--version']).error !== undefined) {
      process.stderr.write('skipped: there is no bash here\n')
      return this.skip()
    }
    await mkdir(`${folder()}/bin`)
    const shim = `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`
    await writeFile(`${folder()}/bin/mhloop`, shim)
    await chmod(`${folder()}/bin/mhloop`, 0o755)
    await writeFile(`${folder()}/some report.xml`, '')
    const completed = async (...words: string[]) => {
      const line = ['mhloop', ...words].map((word) => `'${word}'`).join(' ')
      const script = `eval "$(mhloop autocomplete bash)"
        COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _mhloop; printf '%s\\n' "\${COMPREPLY[@]}"`
      const options = {
        cwd: folder(),
        env: {
          PATH: `${folder()}/bin:${process.env.PATH}`,
          XDG_CACHE_HOME: process.env.XDG_CACHE_HOME,
          MHLOOP_CONFIG_DIR: `${folder()}/config`,
          MHLOOP_DATA_DIR: `${folder()}/data`,
        },
      }
      const { stdout, stderr } = await promisify(execFile)('bash', ['--noprofile', '--norc', '-c', script], options)
      assert.equal(stderr, '')
      return stdout.trimEnd().split('\n')
    }
    assert.deepEqual(await completed('rma', 'h'), ['history'])
    assert.deepEqual(await completed('asn', 'list', '--format', '=', 'c'), ['csv'])
    assert.deepEqual(await completed('smoke', '--junit', 'some'), ['some report.xml'])
  })

  it('zsh: as a file of fpath, the first Tab already completes', async function () {
    if (spawnSync('zsh', ['--version']).error !== undefined) {
      process.stderr.write('skipped: there is no zsh here\n')
      return this.skip()
    }
    await mkdir(folder(), { recursive: true })
    await writeFile(`${folder()}/_mhloop`, scripts.zsh.script)
    const stubs = "compdef() { echo compdef }; _describe() { echo described }; mhloop() { print ':words\\nserve' }"
    const run = (line: string) => spawnSync('zsh', ['-fc', `${stubs}; ${line}`], { encoding: 'utf8' }).stdout.trim()
    assert.equal(run(`fpath=(${folder()}); autoload -Uz _mhloop; words=(mhloop s); CURRENT=2; _mhloop`), 'described')
    assert.equal(run(`source ${folder()}/_mhloop`), 'compdef')
  })
})
