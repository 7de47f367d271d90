import assert from 'node:assert/strict'
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
