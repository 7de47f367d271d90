/** What PostgreSQL tells and checks, as far as that needs no server. */
import assert from 'node:assert/strict'
import { Fault } from '../../src/core/fault.ts'
import { faultOf, isAnswer, isLost } from '../../src/journal/postgres/faults.ts'

describe('the journal on PostgreSQL, without a server', () => {
  it('F46 a session that the server ended, for whatever reason, is a broken connection and no answer', () => {
    const ofServer = (code: string) => Object.assign(new Error('terminating connection'), { code, severity: 'FATAL' })
    // 25P03, 25P04: a process that was frozen within a transaction wakes up.
    for (const code of ['25P03', '25P04', '57P01', '57P02', '57P03', '57P05', '08006']) {
      const error = ofServer(code)
      assert.deepEqual([isAnswer(error), isLost(error)], [false, true], code)
      const fault = faultOf(error, 'postgres://ann@db/mhloop')
      assert.ok(fault instanceof Fault, code)
      assert.equal(fault.code, 'JOURNAL_UNREACHABLE')
    }
    for (const code of ['25P02', '23505', '40001']) assert.ok(isAnswer(ofServer(code)), code)
  })
})
