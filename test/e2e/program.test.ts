/** The built program as people and scripts run it: help, start-up, pipes and signals. Needs `npm run build`. */
import assert from 'node:assert/strict'
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Parser } from '@oclif/core'
import { sharedFlags } from '../../src/cli/flags.ts'
import { helpTopics } from '../../src/cli/help-topics.ts'
import { displayWidth } from '../../src/cli/output/width.ts'
import { exitCodes } from '../../src/core/fault.ts'
import type { EffectState } from '../../src/journal/journal.ts'
import { openJournal } from '../../src/journal/open-journal.ts'
import { onBench } from '../commands/bench.ts'
import { schemaNames } from '../commands/schemas.ts'
import { configOfSource, runMhloop } from '../run.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const program = fileURLToPath(new URL('../../bin/run.js', import.meta.url))
const folder = temporaryFolder()

type Ended = { exit: number | null; signal: string | null; stdout: string; stderr: string }

function start(argv: readonly string[], env: Record<string, string> = {}): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [program, ...argv], {
    env: {
      PATH: process.env.PATH,
      MHLOOP_CONFIG_DIR: join(folder(), 'config'),
      MHLOOP_DATA_DIR: join(folder(), 'data'),
      XDG_CACHE_HOME: join(folder(), 'cache'),
      ...env,
    },
  })
}

function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  const out: string[] = []
  const err: string[] = []
  child.stdout.setEncoding('utf8').on('data', (text: string) => out.push(text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => err.push(text))
  return new Promise((resolve) =>
    child.once('close', (exit, signal) => resolve({ exit, signal, stdout: out.join(''), stderr: err.join('') })),
  )
}

describe('help', () => {
  it('of every command fits 80 columns and tells summary, examples, what it does, exit codes and flags', async () => {
    const { commands } = await configOfSource()
    for (const { id, summary = '' } of commands) {
      const words = id.split(':')
      const { exit, stdout, stderr } = await runMhloop([...words, '--help'], { tty: true })
      assert.deepEqual([exit, stderr], [0, ''], id)
      const unwrapped = stdout.replace(/\s+/g, ' ')
      assert.ok(stdout.startsWith(summary), id)
      for (const part of ['USAGE', 'EXAMPLES', 'DESCRIPTION', 'GLOBAL FLAGS'])
        assert.match(stdout, new RegExp(`^${part}$`, 'm'))
      assert.match(unwrapped, /Exit codes?: /, id)
      assert.equal(stdout.split(summary).length, 2, `${id}: the summary once`)
      for (const line of stdout.split('\n')) {
        // An example is never broken: it is there to be copied.
        if (!line.startsWith('  $ ')) assert.ok(displayWidth(line) <= 80, `${id}: ${line}`)
      }
    }
  })

  it('has two examples of every command, and each of them parses', async () => {
    const { commands } = await configOfSource()
    for (const command of commands) {
      const { stdout } = await runMhloop([...command.id.split(':'), '--help'])
      const examples = [...stdout.matchAll(/^ {2}\$ (.+)$/gm)].map(([, text]) => text ?? '').slice(1)
      const ours = examples.flatMap((example) => argvsIn(example)).filter((argv) => belongsTo(command.id, argv))
      assert.ok(ours.length >= 2, `${command.id}: ${examples.join(' / ')}`)
      const CommandClass = await command.load()
      for (const argv of ours) {
        await Parser.parse(argv.slice(command.id.split(':').length), {
          flags: { ...sharedFlags, ...CommandClass.flags },
          args: Object.fromEntries(
            Object.entries(CommandClass.args).map(([name, arg]) => [name, { ...arg, ignoreStdin: true }]),
          ),
          strict: CommandClass.strict,
        } as never)
      }
    }
  })

  /** The mhloop calls in a line of shell: between pipes, without redirections and variables before it. */
  function argvsIn(example: string): string[][] {
    return example.split(' | ').flatMap((part) => {
      const words = [...part.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '')
      const first = words.findIndex((word) => !/^[A-Z_]+=/.test(word))
      const redirected = words.findIndex((word) => word === '>' || word === '<')
      const call = words.slice(first, redirected === -1 ? undefined : redirected)
      return call[0] === 'mhloop' ? [call.slice(1)] : []
    })
  }
  function belongsTo(id: string, argv: readonly string[]): boolean {
    return id.split(':').every((word, index) => argv[index] === word)
  }

  it('in README.md and docs/ names commands and flags that exist', async () => {
    const { commands } = await configOfSource()
    const names = commands.map(({ id }) => id.replaceAll(':', ' '))
    const topics = new Set(
      names.flatMap((name) => name.split(' ').map((_, count, all) => all.slice(0, count).join(' '))),
    )
    for (const file of ['README.md', 'docs/cli.md', 'docs/assumptions.md', 'CONTRIBUTING.md']) {
      const text = await readFile(new URL(`../../${file}`, import.meta.url), 'utf8')
      for (const [, call = ''] of text.matchAll(/`(?:[A-Z_]+=\S+ )*mhloop ((?:[a-z-]+ ?)+)/g)) {
        const words = call.trim().split(' ')
        const known =
          words[0] === 'help' || words.some((_, index) => names.includes(words.slice(0, index + 1).join(' ')))
        assert.ok(known || topics.has(words.join(' ')), `${file}: mhloop ${call}`)
      }
    }
  })

  it('topics fit 80 columns', () => {
    for (const { text } of Object.values(helpTopics)) {
      for (const line of text.split('\n')) assert.ok(displayWidth(line) <= 80, line)
    }
  })

  it('docs/cli.md names every document, and with the help topic every environment variable that the sources read', async () => {
    const contract = await readFile(new URL('../../docs/cli.md', import.meta.url), 'utf8')
    for (const name of schemaNames.filter((one) => one !== 'error')) {
      const [verb = '', ...topic] = name.split('.').toReversed()
      assert.ok(contract.includes(`\`${name}\``) || (topic.length > 0 && contract.includes(`, \`.${verb}\``)), name)
    }
    const sources = globSync('src/**/*.ts', { cwd: fileURLToPath(new URL('../../', import.meta.url)) })
    const texts = await Promise.all(sources.map((file) => readFile(new URL(`../../${file}`, import.meta.url), 'utf8')))
    const variables = new Set(texts.join('\n').match(/\bMHLOOP_[A-Z_]+\b/g))
    assert.ok(variables.size > 10)
    for (const variable of variables) {
      assert.ok(contract.includes(variable), `docs/cli.md: ${variable}`)
      assert.ok(helpTopics.environment?.text.includes(variable), `help environment: ${variable}`)
    }
    for (const code of Object.values(exitCodes)) assert.match(contract, new RegExp(`^\\| ${code} \\|`, 'm'))
  })

  it('has colour on a terminal only, and never with NO_COLOR or --no-color', async () => {
    const colour = /\u001b\[/
    const text = async (argv: string, options: Parameters<typeof runMhloop>[1]) => {
      const run = await runMhloop(argv, options)
      return run.stdout + run.stderr
    }
    for (const argv of ['merchant list', 'rma show', 'merchant show nobody', 'version', 'help exit-codes']) {
      for (const options of [
        { env: { NO_COLOR: '1' }, tty: true },
        { env: { NO_COLOR: '' } },
        { env: { NO_COLOR: '1', FORCE_COLOR: '1' }, tty: true },
      ]) {
        assert.doesNotMatch(await text(argv, options), colour, `${argv} ${JSON.stringify(options)}`)
      }
      assert.doesNotMatch(
        await text(`${argv} --no-color`, { env: { NO_COLOR: '', FORCE_COLOR: '1' }, tty: true }),
        colour,
      )
    }
    assert.match(await text('merchant show nobody', { env: { NO_COLOR: '' }, tty: true }), colour)
    assert.doesNotMatch(await text('merchant show nobody', { env: { NO_COLOR: '', TERM: 'dumb' }, tty: true }), colour)
  })
})

describe('a terminal of 80 columns', () => {
  const bench = onBench()
  it('is never overrun, whatever the command, and a question stands on a line of its own', async () => {
    const { file, sandbox } = bench()
    const orderName = '#WHOLESALE-EU-2026-000000001234'
    const good = file({
      orderName,
      units: [{ sku: 'JEAN-IND-32', quantity: 20, reason: 'Too small and too short', parentReason: 'Size' }],
    })
    const bad = file()
    file({ label: { after: 'never' } })
    file({ units: [{ sku: `NO-SUCH-SKU-${'LONG-'.repeat(20)}` }] })
    const env = { MHLOOP_REFUNDS: 'on' }
    const drawn = async (argv: string, answers: boolean[] = []) => {
      const run = await bench().run(argv, { env, tty: true, answers })
      for (const line of `${run.stdout}${run.stderr}`.replaceAll('\r\u001b[K', '\n').split('\n')) {
        assert.ok(displayWidth(line) <= 80, `${argv}: ${line}`)
      }
      return run
    }
    for (const argv of [
      'asn list',
      'asn sync --dry-run',
      'asn sync',
      'rma list',
      `rma show ${good}`,
      'mapping audit',
    ]) {
      await drawn(argv)
    }
    sandbox.masonhub.warehouse.receive(good)
    sandbox.masonhub.warehouse.receive(bad, {
      lines: [{ sku: 'TEE-BLK-M', received: [{ disposition: 'damaged', quantity: 1, notes: 'a hole '.repeat(30) }] }],
    })
    await drawn('rma resolve --ready --dry-run')
    const resolved = await drawn('rma resolve --ready', [true])
    assert.equal(resolved.exit, 0, resolved.stderr)
    assert.match(resolved.stderr, /refund {2,}\d+\.\d\d USD/)
    for (const argv of [
      `rma show ${good}`,
      `rma show ${bad}`,
      `rma history ${bad}`,
      'refunds status',
      'journal status',
      'merchant show',
      'merchant list',
      'rma show 424242',
      'mapping audit --only NOPE',
      'asn list --state no',
    ]) {
      await drawn(argv)
    }
  })
})

describe('the built program', () => {
  const bench = onBench()

  it('prints one version line, and the table of exit codes', async () => {
    const version = await ended(start(['--version']))
    assert.match(version.stdout, /^mhloop\/\d+\.\d+\.\d+ \w+-\w+ node-v\d+\.\d+\.\d+\n$/)
    assert.deepEqual([version.exit, version.stderr], [0, ''])
    const codes = await ended(start(['help', 'exit-codes']))
    assert.deepEqual(
      [...codes.stdout.matchAll(/^ {2,4}(\d+) {2}/gm)].map(([, code]) => Number(code)),
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 130],
    )
  })

  /** Every module that a run loads, from a hook that is there before the program is. */
  async function loadedBy(argv: readonly string[], env: Record<string, string> = {}): Promise<string[]> {
    const hook = join(folder(), 'hook.mjs')
    const list = join(folder(), 'loaded.txt')
    await writeFile(
      hook,
      `import { appendFileSync } from 'node:fs'
       import { registerHooks } from 'node:module'
       registerHooks({ load(url, context, next) { appendFileSync(${JSON.stringify(list)}, url + '\\n'); return next(url, context) } })`,
    )
    await writeFile(list, '')
    const run = await ended(start(argv, { ...env, NODE_OPTIONS: `--import=${hook}` }))
    assert.ok(run.exit === 0, `${argv.join(' ')}: ${run.stderr}`)
    return (await readFile(list, 'utf8')).trim().split('\n')
  }
  const packages = (urls: readonly string[], names: readonly string[]) =>
    names.filter((name) => urls.some((url) => url.includes(`/node_modules/${name}/`)))
  const heavy = ['got', 'kysely', 'conf', 'fastify', 'cli-table3', '@inquirer/prompts']

  it('loads what a command needs, and nothing else', async () => {
    const returnId = bench().file()
    assert.deepEqual(packages(await loadedBy(['--version']), [...heavy, '@oclif/core', 'chalk', 'valibot']), [])
    assert.deepEqual(packages(await loadedBy(['rma', 'resolve', '--help']), heavy), [])
    assert.deepEqual(
      packages(await loadedBy(['merchant', 'list']), ['got', 'kysely', 'fastify', '@inquirer/prompts']),
      [],
    )
    const shown = await loadedBy(['rma', 'show', returnId, '--json'], bench().env)
    assert.deepEqual(packages(shown, heavy), ['got', 'kysely'])
    const sandbox = shown.filter((url) => url.includes('/dist/sandbox/'))
    assert.deepEqual(sandbox, [])
    const commands = shown.filter((url) => url.includes('/dist/commands/'))
    assert.deepEqual(
      commands.map((url) => url.replace(/.*\/dist\/commands\//, '')),
      ['rma/show.js'],
    )
  })

  it('never waits on a standard input that stays open', async () => {
    const returnId = bench().file()
    const { env } = bench()
    // Nobody writes to these pipes, nobody closes them.
    const runs = await Promise.all(
      [
        ['rma', 'show', returnId],
        ['rma', 'resolve', '--ready'],
        ['merchant', 'add'],
        ['merchant', 'set', 'loop-api-key', '-m', 'x'],
      ].map((argv) => ended(start(argv, env))),
    )
    assert.deepEqual(
      runs.map(({ exit }) => exit),
      [0, 0, 2, 5],
      runs.map(({ stderr }) => stderr).join(),
    )
  })

  it('goes on when its reader leaves (| head -1)', async () => {
    for (let count = 0; count < 40; count++) bench().file()
    const child = start(['asn', 'sync', '--json'], bench().env)
    child.stdout.destroy()
    const { exit, stderr } = await new Promise<{ exit: number | null; stderr: string }>((resolve) => {
      let text = ''
      child.stderr.on('data', (chunk: Buffer) => {
        text += chunk.toString()
      })
      child.once('close', (code) => resolve({ exit: code, stderr: text }))
    })
    assert.deepEqual([exit, stderr], [0, ''])
    assert.equal(bench().sandbox.masonhub.rmas.size, 40)
  })
})

describe('Ctrl-C', () => {
  const bench = onBench()

  /** Interrupts the run once the stand-ins were asked this, while their answer is still to come. */
  async function interrupted(
    argv: readonly string[],
    during: { method: string; path: RegExp },
    times = 1,
  ): Promise<Ended> {
    const { sandbox, env } = bench()
    const before = sandbox.requests.length
    const child = start(argv, { ...env, MHLOOP_REFUNDS: 'on' })
    const run = ended(child)
    const asked = () =>
      sandbox.requests.slice(before).some(({ method, path }) => method === during.method && during.path.test(path))
    while (!asked() && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 5))
    assert.equal(child.exitCode, null, 'it ended before it could be interrupted')
    const told = new Promise((resolve) => child.stderr.once('data', resolve))
    child.kill('SIGINT')
    if (times > 1) {
      await told
      child.kill('SIGINT')
    }
    return run
  }

  async function states(kind: 'rma.create' | 'process'): Promise<EffectState[]> {
    const journal = await openJournal(undefined, { dataDir: join(folder(), 'data') })
    try {
      assert.deepEqual((await journal.health({ deep: true })).problems, [])
      return (await journal.effects.find({ kinds: [kind] })).map(({ state }) => state)
    } finally {
      await journal.close()
    }
  }

  const finish = async (argv: string[], exit = 0) => {
    const run = await ended(start(argv, { ...bench().env, MHLOOP_REFUNDS: 'on' }))
    assert.equal(run.exit, exit, run.stderr + run.stdout)
    return run
  }

  it('in the middle of asn sync: 130, nothing stays sent, the next run finishes (F7)', async () => {
    for (let count = 0; count < 70; count++) bench().file()
    const { sandbox } = bench()
    sandbox.world.faults.set('masonhub.slow-ms', 400)
    const run = await interrupted(['asn', 'sync'], { method: 'POST', path: /\/rmas$/ })
    assert.equal(run.exit, 130, run.stderr)
    assert.match(run.stderr, /Finishing the request in flight/)
    const made = sandbox.masonhub.rmas.size
    assert.ok(made > 0 && made < 70, `${made} RMAs`)
    const after = await states('rma.create')
    assert.equal(after.filter((state) => state === 'sent').length, 0)
    assert.equal(after.filter((state) => state === 'accepted' || state === 'confirmed').length, made)
    sandbox.world.faults.set('masonhub.slow-ms', 0)
    await finish(['asn', 'sync'])
    assert.equal(sandbox.masonhub.rmas.size, 70)
  })

  for (const [name, times] of [
    ['once: the request in flight is finished and recorded', 1],
    ['twice: it ends at once, and nobody sends it again (F1, F7)', 2],
  ] as const) {
    it(`in the middle of rma resolve, ${name}`, async () => {
      const { sandbox, file } = bench()
      const [one, other] = [file(), file()]
      await finish(['asn', 'sync'])
      for (const id of [one, other]) sandbox.masonhub.warehouse.receive(id)
      sandbox.world.faults.set('loop.slow-ms', 300)
      const run = await interrupted(
        ['rma', 'resolve', '--ready', '--yes'],
        { method: 'POST', path: /\/process$/ },
        times,
      )
      assert.equal(run.exit, 130, run.stderr)
      assert.deepEqual(await states('process'), times === 1 ? ['accepted'] : ['sent'])
      sandbox.world.faults.set('loop.slow-ms', 0)
      // What was sent stands or is looked at; the other one goes now.
      await ended(start(['rma', 'resolve', one, other, '--yes', '--wait'], { ...bench().env, MHLOOP_REFUNDS: 'on' }))
      assert.deepEqual([sandbox.loop.refundsPaid(one), sandbox.loop.refundsPaid(other)], [1, 1])
      const sent = sandbox.requests.filter(({ path }) => path.endsWith('/process')).map(({ path }) => path)
      assert.equal(sent.length, 2)
      assert.equal(new Set(sent).size, 2)
    })
  }

  it('before anything was sent leaves nothing behind', async () => {
    const { sandbox } = bench()
    bench().file()
    sandbox.world.faults.set('loop.slow-ms', 300)
    const run = await interrupted(['asn', 'sync'], { method: 'GET', path: /return/ })
    assert.equal(run.exit, 130, run.stderr)
    assert.deepEqual(await states('rma.create'), [])
    assert.equal(sandbox.masonhub.rmas.size, 0)
  })
})
