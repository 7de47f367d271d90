import assert from 'node:assert/strict'
import { machineCodes, merchantCodes } from '../../src/core/doctor/codes.ts'
import { assertComplete } from '../e2e/shell-lines.ts'
import { type Healthy, openHealthy, statuses } from './doctor/healthy.ts'
import { machine } from './doctor/machine.ts'
import { returns } from './doctor/returns.ts'
import { setup } from './doctor/setup.ts'
import { vendors } from './doctor/vendors.ts'
import { work } from './doctor/work.ts'

const broken = [...machine, ...setup, ...vendors, ...returns, ...work]

describe('doctor: one thing broken at a time, found by its check and by no other', () => {
  let at: Healthy
  let healthy: Record<string, string>
  before(async () => {
    at = await openHealthy()
    const { checks, exit } = await at.runDoctor()
    assert.deepEqual(
      checks.filter(({ status }) => status !== 'ok').map(({ code, message }) => `${code}: ${message}`),
      [],
    )
    assert.deepEqual([checks.length, exit], [machineCodes.length + merchantCodes.length, 0])
    healthy = statuses(checks)
  })
  after(() => at.close())

  for (const { name, code, status, message, remedy, skips = () => false, exit = 3, ...one } of broken) {
    it(`${code}: ${name}`, async () => {
      const { mend, options } = await one.break(at)
      try {
        const report = await at.runDoctor(options)
        const expected = Object.fromEntries(
          Object.keys(healthy).map((other) => [other, other === code ? status : skips(other) ? 'skipped' : 'ok']),
        )
        assert.deepEqual(
          statuses(report.checks),
          expected,
          JSON.stringify(
            report.checks.filter((check) => check.status !== 'ok'),
            null,
            1,
          ),
        )
        const check = report.checks.find((candidate) => candidate.code === code)
        assert.match(check?.message ?? '', message)
        if (remedy === null) assert.equal(check?.remedy, null)
        else assert.match(check?.remedy ?? '', remedy)
        for (const other of report.checks.filter((candidate) => candidate.status === 'skipped'))
          assert.equal(other.message, `Not checked, because of ${code}.`)
        for (const check of report.checks) await assertComplete(check.remedy ?? '', check.merchant ?? 'acme')
        assert.equal(report.exit, exit)
      } finally {
        await mend?.()
      }
    })
  }

  it('breaks every check at least once', () => {
    assert.deepEqual(new Set(broken.map(({ code }) => code)), new Set([...machineCodes, ...merchantCodes]))
  })

  it('is healthy again after all of it', async () => {
    assert.deepEqual(statuses((await at.runDoctor()).checks), healthy)
  })
})
