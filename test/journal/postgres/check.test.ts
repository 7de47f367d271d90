/** What PostgreSQL reports and checks, as far as that needs no server. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Fault } from '../../../src/core/errors/fault.ts'
import { checkedTables } from '../../../src/journal/postgres/condition.ts'
import { faultOf, isAnswer, isLost } from '../../../src/journal/postgres/postgres-faults.ts'
import { freshFile } from '../fresh.ts'

describe('the journal on PostgreSQL, without a server', () => {
  it('journal check reads every table of the journal', async () => {
    const { folder, dispose } = await freshFile()
    try {
      const database = new DatabaseSync(join(folder, 'journal.db'), { readOnly: true })
      const rows = database.prepare(`select name from sqlite_schema where type = 'table' and name not like 'sqlite%'`)
      const names = rows.all().map(({ name }) => String(name))
      database.close()
      assert.ok(names.length > 10)
      // PostgreSQL has one more table, which shows whether a lost commit happened.
      assert.deepEqual([...checkedTables].sort(), [...names, 'commits'].sort())
    } finally {
      await dispose()
    }
  })

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
