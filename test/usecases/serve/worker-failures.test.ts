import assert from 'node:assert/strict'
import { Fault } from '../../../src/core/errors/fault.ts'
import type { PlainCode } from '../../../src/core/errors/fault-codes.ts'
import { createFailures } from '../../../src/usecases/serve/failures.ts'

const minute = 60_000

describe('serve: what fails again and again', () => {
  function failures() {
    let time = Date.parse('2026-11-02T09:00:00.000Z')
    const log: string[] = []
    const reporter = createFailures({
      merchant: 'acme',
      now: () => new Date(time),
      log: ({ level, event, detail }) => log.push(`${level} ${event}: ${detail}`),
    })
    return { ...reporter, log, pass: (milliseconds: number) => (time += milliseconds) }
  }
  const fault = (code: PlainCode, hint?: string) => new Fault('It went wrong.', { code, ...(hint ? { hint } : {}) })

  it('is logged once, then every ten minutes with its count, and when it works again', () => {
    const { failed, worked, log, pass } = failures()
    for (let count = 0; count < 41; count += 1) {
      failed('inbox', fault('LOOP_SERVER_ERROR', 'mhloop doctor -m acme'))
      pass(minute / 4)
    }
    assert.deepEqual(log, [
      'error inbox failed: LOOP_SERVER_ERROR: It went wrong. Next: mhloop doctor -m acme',
      'error inbox failed: 41 times since 2026-11-02T09:00:00.000Z; LOOP_SERVER_ERROR: It went wrong. Next: mhloop doctor -m acme',
    ])
    worked('inbox')
    worked('inbox')
    worked('poll')
    assert.deepEqual(log.slice(2), [
      'info inbox works again: It failed 41 times since 2026-11-02T09:00:00.000Z: LOOP_SERVER_ERROR',
    ])
    failed('inbox', fault('LOOP_SERVER_ERROR'))
    assert.equal(log.length, 4)
  })

  it('is logged at once when it is another fault, or another kind of run, and after the clock was set back', () => {
    const { failed, log, pass } = failures()
    failed('inbox', fault('LOOP_SERVER_ERROR'))
    failed('inbox', fault('JOURNAL_BUSY'))
    failed('poll', fault('JOURNAL_BUSY'))
    assert.equal(log.length, 3)
    pass(-minute)
    failed('poll', fault('JOURNAL_BUSY'))
    assert.equal(log.length, 4)
  })

  it('says what only a restart corrects', () => {
    const { failed, log } = failures()
    failed('inbox', fault('JOURNAL_REPLACED', 'put it back'))
    assert.match(log[0] ?? '', /went wrong\. It stays that way until mhloop serve is restarted\. Next: put it back$/)
  })
})
