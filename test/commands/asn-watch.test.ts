import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { updateProfile } from '../../src/merchants/profiles/profiles.ts'
import type { SyncResult } from '../../src/usecases/sync/result.ts'
import { until } from '../until.ts'
import { onBench } from './bench.ts'

type Round = { at: string; round: number; result: SyncResult | null; error: { code: string; exit: number } | null }

describe('asn sync --watch', () => {
  const bench = onBench()
  const answered = (status: number) => bench().sandbox.requests.filter((request) => request.status === status).length

  it('goes on after a round that failed, and ends with 0 at Ctrl-C', async () => {
    const { sandbox, file, run } = bench()
    const first = file()
    sandbox.world.faults.set('loop.unauthorized', 1)
    const interruptAfter = until(() => answered(401) > 0).then(() => {
      sandbox.world.faults.set('loop.unauthorized', 0)
      return until(() => sandbox.masonhub.rmas.current(first) !== undefined)
    })
    const { exit, stdout } = await run('asn sync --watch --every 1s --format ndjson', { interruptAfter })
    assert.equal(exit, 0)
    const rounds: Round[] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    assert.deepEqual([rounds[0]?.round, rounds[0]?.error?.code, rounds[0]?.result], [1, 'LOOP_UNAUTHORIZED', null])
    assert.deepEqual(rounds.at(-1)?.result?.created, [{ returnId: first, units: 1 }])
    assert.equal(sandbox.masonhub.rmas.size, 1)
  })

  it('does the first round at once; what is filed between two rounds is in the second', async () => {
    const { sandbox, file, run } = bench()
    const first = file()
    let second = ''
    const interruptAfter = until(() => sandbox.masonhub.rmas.size === 1).then(() => {
      second = file()
      return until(() => sandbox.masonhub.rmas.size === 2)
    })
    const { exit, stdout, stderr } = await run('asn sync --watch --every 1s', { interruptAfter })
    assert.equal(exit, 0)
    assert.ok(sandbox.masonhub.rmas.current(first) && sandbox.masonhub.rmas.current(second))
    assert.match(stderr, /^env · sandbox$/m)
    for (const line of stdout.trim().split('\n')) assert.match(line, /^\d{4}-\d\d-\d\dT[\d:.]+Z {2}\d+ returns?: /)
  })

  describe('of a stored merchant, whose settings change meanwhile (G4)', () => {
    const env = () => ({ MHLOOP_CONFIG_DIR: `${bench().dataDir}/../config` })
    const rounds = (stdout: string): Round[] =>
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    const watch = (interruptAfter: Promise<unknown>) =>
      bench().run('asn sync --watch --every 1s --format ndjson -m acme', { interruptAfter })

    beforeEach(async () => {
      const { sandbox, run } = bench()
      const [loop, masonhub] = [sandbox.loopBaseUrl, sandbox.masonhubBaseUrl]
      const words = `--environment sandbox --slug demo --no-check --loop-base-url ${loop} --masonhub-base-url ${masonhub}`
      const { exit, stderr } = await run(`merchant add acme ${words}`)
      assert.equal(exit, 0, stderr)
    })

    it('G4 other accounts: it says so, and goes on with what is stored now', async () => {
      const { sandbox, file } = bench()
      const first = file()
      let second = ''
      const interruptAfter = until(() => sandbox.masonhub.rmas.current(first) !== undefined).then(async () => {
        await updateProfile(env(), 'acme', new Date(), (profile) => ({
          ...profile,
          addedAt: '2027-01-01T00:00:00.000Z',
        }))
        second = file()
        await until(() => sandbox.masonhub.rmas.current(second) !== undefined)
      })
      const { exit, stdout, stderr } = await watch(interruptAfter)
      assert.equal(exit, 0, stderr)
      assert.ok(rounds(stdout).every(({ error }) => error === null))
      assert.equal(stderr.match(/^acme · sandbox$/gm)?.length, 2, stderr)
    })

    it('G4 removed: it ends with the code of that, and nothing more is written', async () => {
      const { sandbox, file, run } = bench()
      const first = file()
      const removing = until(() => sandbox.masonhub.rmas.current(first) !== undefined).then(async () => {
        const { exit, stderr } = await run('merchant remove acme --yes')
        assert.equal(exit, 0, stderr)
        file()
      })
      const { exit, stderr } = await watch(removing.then(() => pause(20_000, undefined, { ref: false })))
      await removing
      assert.equal(exit, 5)
      assert.match(stderr, /MERCHANT_GONE/)
      assert.equal(sandbox.masonhub.rmas.size, 1)
    })
  })

  for (const argv of [
    'asn sync --watch --json',
    'asn sync --watch --every soon',
    'asn sync --watch --every 40d',
    'asn sync --watch --until 1h',
    'asn sync --every 5m',
    'asn sync --format ndjson',
  ]) {
    it(`"${argv}" ends with 2 before anything is asked`, async () => {
      assert.equal((await bench().run(argv)).exit, 2)
      assert.equal(bench().sandbox.requests.length, 0)
    })
  }
})
