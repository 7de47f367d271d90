/** A full disk for stdout and for stderr: Linux offers one as /dev/full. Needs `npm run build`. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openJournal } from '../../src/journal/open-journal.ts'
import { onBench } from '../commands/bench.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { until } from '../until.ts'

const program = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

describe('a full disk', () => {
  before(function () {
    if (process.platform === 'linux') return
    process.stderr.write('skipped: only Linux has /dev/full\n')
    this.skip()
  })
  const folder = temporaryFolder()
  const bench = onBench()

  /** Where the outputs go: to the full disk, or to files that the test reads afterwards. */
  function start(
    argv: readonly string[],
    full: { stdout?: boolean; stderr?: boolean },
    more: Record<string, string> = {},
  ) {
    const paths = { stdout: join(folder(), 'stdout'), stderr: join(folder(), 'stderr') }
    const out = openSync(full.stdout ? '/dev/full' : paths.stdout, 'w')
    const err = openSync(full.stderr ? '/dev/full' : paths.stderr, 'w')
    const child = spawn(process.execPath, [program, ...argv], {
      stdio: ['ignore', out, err],
      env: {
        PATH: process.env.PATH,
        MHLOOP_CONFIG_DIR: join(folder(), 'config'),
        MHLOOP_DATA_DIR: join(folder(), 'data'),
        XDG_CACHE_HOME: process.env.XDG_CACHE_HOME,
        ...bench().env,
        ...more,
      },
    })
    closeSync(out)
    closeSync(err)
    const read = (name: 'stdout' | 'stderr') => (full[name] ? '' : readFileSync(paths[name], 'utf8'))
    const exited = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)))
    const ended = exited.then((exit) => ({ exit, stdout: read('stdout'), stderr: read('stderr') }))
    return { child, ended, read }
  }
  const run = (...args: Parameters<typeof start>) => start(...args).ended

  it('H19: a refund that was sent is no success when its result could not be written, in any format', async () => {
    const { sandbox, file } = bench()
    // `--wait` really waits for Loop's job.
    sandbox.world.faults.set('loop.process-min-ms', 0)
    sandbox.world.faults.set('loop.process-max-ms', 1)
    for (const format of [['--json'], []]) {
      const id = file()
      assert.equal((await run(['asn', 'sync'], {})).exit, 0)
      sandbox.masonhub.warehouse.receive(id)
      const argv = ['rma', 'resolve', id, '--refund', '--yes', '--wait', ...format]
      const { exit, stderr } = await run(argv, { stdout: true }, { MHLOOP_REFUNDS: 'on' })
      assert.equal(exit, 1, stderr)
      assert.match(stderr, /^Error: The result could not be written to standard output: its disk is full\./m)
      assert.match(stderr, /OUTPUT_UNWRITABLE/)
      assert.equal(sandbox.loop.refundsPaid(id), 1)
    }
    for (const format of ['table', 'csv', 'ndjson', 'json']) {
      const { exit, stderr } = await run(['rma', 'list', '--format', format], { stdout: true })
      assert.equal(exit, 1, format)
      assert.match(stderr, /OUTPUT_UNWRITABLE/, format)
    }
    for (const argv of [['--version'], ['--help'], ['rma', 'show', '--help'], ['help', 'exit-codes']])
      assert.equal((await run(argv, { stdout: true })).exit, 1, argv.join(' '))
  })

  it('H19: a fault keeps its own code, and is reported where it can be', async () => {
    const { exit, stderr } = await run(['merchant', 'show', 'nobody', '--json'], { stdout: true })
    assert.equal(exit, 5)
    assert.match(stderr, /nobody[\s\S]*OUTPUT_UNWRITABLE/)
  })

  it('H18: diagnostics that can’t be written stop nothing, and are counted', async () => {
    const { sandbox, file } = bench()
    file()
    const { exit, stdout } = await run(['asn', 'sync'], { stderr: true })
    assert.deepEqual([exit, sandbox.masonhub.rmas.size], [0, 1], stdout)
    const unknown = file({ units: [{ sku: 'NO-SUCH-SKU' }] })
    const held = await run(['asn', 'sync', '--json'], { stderr: true })
    assert.match(held.stdout, new RegExp(unknown))
  })

  it('H18: serve goes on without its log, and says in /metrics what it could not say', async () => {
    const { file, sandbox } = bench()
    file()
    const { child, ended, read } = start(['serve', '--port', '0', '--json'], { stderr: true })
    let metrics = ''
    try {
      const watched = /"watchUrl":\s*"(http:[^"]+)"/
      await until(() => watched.test(read('stdout')) || child.exitCode !== null)
      const [, url = ''] = watched.exec(read('stdout')) ?? []
      await until(() => sandbox.masonhub.rmas.size === 1 || child.exitCode !== null)
      metrics = await (await fetch(`${url}/metrics`)).text()
    } finally {
      child.kill('SIGTERM')
    }
    assert.match(metrics, /^mhloop_log_lines_lost_total\{\} [1-9]/m)
    assert.equal((await ended).exit, 0)
    const journal = await openJournal(undefined, { dataDir: join(folder(), 'data') })
    // The command ends once the answer is recorded; MasonHub may show the RMA only later.
    const [created] = await journal.effects.find({ kinds: ['rma.create'] })
    assert.match(created?.state ?? 'none', /^(accepted|confirmed)$/)
    await journal.close()
  })
})
