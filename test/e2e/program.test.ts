/** The built program as people and scripts run it: start-up, pipes and signals. Needs `npm run build`. */
import assert from 'node:assert/strict'
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { EffectState } from '../../src/journal/journal.ts'
import { openJournal } from '../../src/journal/open-journal.ts'
import { onBench } from '../commands/bench.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const program = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

type Ended = { exit: number | null; signal: string | null; stdout: string; stderr: string }

describe('the program', () => {
  const folder = temporaryFolder()

  function start(argv: readonly string[], env: Record<string, string> = {}): ChildProcessWithoutNullStreams {
    return spawn(process.execPath, [program, ...argv], {
      env: {
        PATH: process.env.PATH,
        MHLOOP_CONFIG_DIR: join(folder(), 'config'),
        MHLOOP_DATA_DIR: join(folder(), 'data'),
        XDG_CACHE_HOME: process.env.XDG_CACHE_HOME,
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

    it('never waits on a standard input that stays open', async () => {
      const returnId = bench().file()
      const { env } = bench()
      // These pipes stay open and get no data.
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

    /** Interrupts the run once the stand-ins got this request, before they answer. */
    async function interrupted(
      argv: readonly string[],
      during: { method: string; path: RegExp },
      times = 1,
    ): Promise<Ended> {
      const { sandbox, env } = bench()
      const before = sandbox.requests.length
      const child = start(argv, { ...env, MHLOOP_REFUNDS: 'on' })
      const run = ended(child)
      const requested = () =>
        sandbox.requests.slice(before).some(({ method, path }) => method === during.method && during.path.test(path))
      while (!requested() && child.exitCode === null) await new Promise((resolve) => setTimeout(resolve, 5))
      assert.equal(child.exitCode, null, 'it ended before it could be interrupted')
      const printed = new Promise((resolve) => child.stderr.once('data', resolve))
      child.kill('SIGINT')
      if (times > 1) {
        await printed
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
        // Both were claimed together (G1): the second, of which no byte was sent, is planned again, or stays claimed.
        assert.deepEqual(await states('process'), times === 1 ? ['accepted', 'planned'] : ['sent', 'sent'])
        sandbox.world.faults.set('loop.slow-ms', 0)
        // What was sent keeps its state, or is read. The other claim was given up a moment ago, or ended with its run
        // (G1).
        await ended(start(['rma', 'resolve', one, other, '--yes', '--wait'], { ...bench().env, MHLOOP_REFUNDS: 'on' }))
        const paid = [sandbox.loop.refundsPaid(one), sandbox.loop.refundsPaid(other)]
        if (times === 1) assert.deepEqual(paid, [1, 0])
        assert.ok(paid[1] === 0 && (paid[0] ?? 2) <= 1, String(paid))
        const sent = sandbox.requests.filter(({ path }) => path.endsWith('/process')).map(({ path }) => path)
        assert.equal(sent.length, 1)
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
})
