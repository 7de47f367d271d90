/** The kill loop in the size of a normal test run; `npm run prove -- --only kills` runs all of it. */
import assert from 'node:assert/strict'
import { runBatch } from './batch.ts'
import { createKillCoverage } from './coverage.ts'
import { buildProgram } from './program.ts'

/** On a machine that is busy with other tests, it may take more kills to reach each point. */
const most = 120

describe('killed processes', () => {
  let built: Awaited<ReturnType<typeof buildProgram>>
  before(async () => {
    built = await buildProgram()
  })
  after(() => built.remove())

  it('serve, asn sync and rma resolve on one journal, killed at every point of money: nothing is paid twice, nothing lost (F1, F2, F7, F9, F26, F27)', async () => {
    const coverage = createKillCoverage(({ first }) => first)
    const isEnough = (kills: number) => kills >= most || coverage.missed().length === 0
    const { violations } = await runBatch(1, coverage, {
      program: built.program,
      together: 3,
      isEnough,
      signal: new AbortController().signal,
      onKill: () => undefined,
    })
    assert.deepEqual(violations, [])
    assert.deepEqual([coverage.missed(), coverage.unknown()], [[], []])
  }).timeout(1_800_000)
})
