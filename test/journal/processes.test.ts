import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import type { Journal } from '../../src/journal/journal.ts'
import { openJournal } from '../../src/journal/open-journal.ts'
import { at, clock, effect, onEachEngine, refund, returnIds } from './fresh.ts'
import { begin, onWorkers, runWorkers, start } from './worker-processes.ts'

describe('several processes', () => {
  onWorkers()

  onEachEngine('on one journal', ({ name, freshPlace }) => {
    let location: string
    let remove: () => Promise<void>
    beforeEach(async () => {
      ;({ location, remove } = await freshPlace())
    })
    afterEach(() => remove())

    const within = async <Result>(work: (journal: Journal) => Promise<Result>): Promise<Result> => {
      const journal = await openJournal(location, { dataDir: '', clock })
      try {
        return await work(journal)
      } finally {
        await journal.close()
      }
    }

    it('open a fresh file at once, 20 of them, and agree on what is in it (F48)', async () => {
      const workers = await runWorkers('open', location, 20)
      const ids = new Set(workers.flatMap(({ said }) => said))
      assert.deepEqual([...ids], [await within((journal) => journal.installationId())])
    })

    it('lose no update and show no error, 4 of them writing as fast as they can (F8)', async () => {
      const { effectId } = await within((journal) => journal.effects.plan(effect({ kind: 'note' }), at))
      await runWorkers('hammer', location, 4, 40)
      await within(async (journal) => {
        const note = await journal.effects.get(effectId)
        assert.deepEqual([note?.attempts, note?.state], [160, 'planned'])
        const history = await journal.history.of('acme', '99904598')
        assert.equal(history.filter(({ what }) => what === 'sent').length, 160)
        assert.deepEqual((await journal.health({ deep: true })).problems, [])
      })
    })

    it('claim each refund once (F1, F8)', async () => {
      await within((journal) =>
        journal.effects.planMany(
          returnIds(60).map((id) => refund(id)),
          at,
        ),
      )
      const workers = await runWorkers('claim', location, 4, 1000)
      const claimed = workers.flatMap(({ said }) => said)
      assert.equal(claimed.length, 60)
      assert.equal(new Set(claimed).size, 60)
      await within(async (journal) => {
        const refunds = await journal.effects.find({ kinds: ['process'] })
        for (const { effectId, owner, attempts } of refunds) {
          const winner = workers.findIndex(({ said }) => said.includes(effectId))
          assert.deepEqual([owner, attempts], [`w${winner}`, 1])
        }
      })
    })

    it('never exceed a budget together (F23)', async () => {
      await within((journal) =>
        journal.effects.planMany(
          returnIds(40).map((id) => refund(id)),
          at,
        ),
      )
      const workers = await runWorkers('claim', location, 4, 7)
      assert.equal(workers.flatMap(({ said }) => said).length, 7)
      await within(async (journal) => {
        assert.equal(await journal.refunds.sentSince('acme', '2026-03-01T00:00:00Z'), 7)
      })
    })

    it('agree on one effect when all plan the same (F8)', async () => {
      const workers = await runWorkers('plan', location, 4, 20)
      const [first, ...others] = workers.map(({ said }) => said)
      assert.equal(new Set(first).size, 20)
      for (const other of others) assert.deepEqual(other, first)
      await within(async (journal) => {
        const history = await journal.history.of('acme', '1')
        assert.deepEqual(
          history.map(({ what }) => what),
          ['planned'],
        )
      })
    })

    it('keep what was acknowledged before they were killed (F26)', async () => {
      const workers = ['a', 'b'].map((name) => start('store', location, name))
      await begin(workers)
      for (const { process: child, said } of workers) {
        while (said.length < 30) await new Promise((resolve) => child.stdout?.once('data', resolve))
        child.kill('SIGKILL')
      }
      for (const { ended } of workers) await ended
      await within(async (journal) => {
        const stored = new Set((await journal.events.find({})).map(({ digest }) => digest))
        const acknowledged = workers.flatMap(({ said }) => said.map(String))
        assert.ok(acknowledged.length >= 60)
        assert.deepEqual(
          acknowledged.filter((digest) => !stored.has(digest)),
          [],
        )
        assert.deepEqual((await journal.health({ deep: true })).problems, [])
      })
    })

    it('sync the disk at least once per transaction (F10)', async function () {
      if (name !== 'sqlite') {
        process.stderr.write(
          'skipped: the syncs of PostgreSQL are its own; its settings are read back at every opening\n',
        )
        this.skip()
      }
      const trace = `${location.slice('sqlite:'.length)}-trace`
      if (spawnSync('strace', ['-o', trace, 'true']).status !== 0) {
        process.stderr.write('skipped: strace is not here, or may not trace\n')
        this.skip()
      }
      const planner = start('plan', location, 'w0', 25, ['strace', '-f', '-o', trace, '-e', 'trace=fsync,fdatasync'])
      await begin([planner])
      assert.deepEqual(await planner.ended, { code: 0, errors: '' })
      const syncs = (await readFile(trace, 'utf8')).match(/f(data)?sync\(/g) ?? []
      assert.ok(syncs.length >= 25, `${syncs.length} syncs for 25 transactions`)
    })
  })
})
