import assert from 'node:assert/strict'
import { Fault } from '../../src/core/errors/fault.ts'
import { createSharedLimiter } from '../../src/http/rate-limit/shared-limiter.ts'
import type { HttpRequest } from '../../src/http/transport.ts'
import { faultOf } from '../../src/http/vendor-faults.ts'
import { actionAnswerOf } from '../../src/loop/returns/action-answer.ts'
import { exitOfResults } from '../../src/usecases/resolve/resolve-many.ts'
import { exitOfSync } from '../../src/usecases/sync/result.ts'
import { transportTo } from './server.ts'

const full = new Fault('Nothing can be written to the journal /j.db: its disk is full.', {
  code: 'JOURNAL_UNWRITABLE',
  hint: 'free up space on that disk, then run the command again',
})

describe('trouble with the journal that keeps the rate limit (H24)', () => {
  const get: HttpRequest = { method: 'GET', path: '/returns', effect: 'read' }
  const failing = (trouble: unknown) => {
    const store = { lifetime: 1000, take: () => Promise.reject(trouble), pause: async () => {} }
    return transportTo('https://loop.example/api', { rate: createSharedLimiter(store, 'key', { perMinute: 60 }) })
      .transport
  }

  it('H24: is reported as what it is, not as a vendor that can’t be reached', async () => {
    const outcome = await failing(full).send(get)
    assert.ok(!outcome.ok)
    assert.equal(outcome.failure.sent, 'no')
    assert.equal(faultOf('loop', get, outcome), full)
  })

  it('H24: keeps its code where an effect was not sent because of it, and ends with 1', async () => {
    const outcome = await failing(full).send({ ...get, method: 'POST', effect: 'once' })
    const answer = actionAnswerOf(outcome)
    assert.deepEqual(answer, { kind: 'not_sent', detail: full.message, code: 'JOURNAL_UNWRITABLE' })
    const reasons = [{ code: 'JOURNAL_BUSY', message: 'kept locked' }]
    assert.equal(exitOfResults([{ outcome: 'skipped', reasons } as never], null), 1)
    const failed = [{ returnId: '1', code: 'JOURNAL_UNWRITABLE', message: full.message }]
    assert.equal(exitOfSync({ failed, skipped: [] } as never, false), 1)
  })

  it('H24: an error that is no Fault stays "nothing was sent", and is no fault of the network', async () => {
    const outcome = await failing(new Error('odd')).send(get)
    assert.ok(!outcome.ok && outcome.failure.sent === 'no')
    assert.match(outcome.failure.message, /the journal/)
  })
})
