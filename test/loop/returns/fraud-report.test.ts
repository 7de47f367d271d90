import assert from 'node:assert/strict'
import { createLoopClient } from '../../../src/loop/create-loop-client.ts'
import { fakeTransport, type Reply } from '../../masonhub/fake-transport.ts'

const report = { category: 'package-is-empty', comment: 'Nothing in it.' } as const

describe('a fraud report on the wire (loop.md §5.7)', () => {
  const answers: [string, Reply, string][] = [
    ['201 with an id', { status: 201, json: { id: 7, return_id: 99904598, ...report } }, 'accepted'],
    ['201 without an id', { status: 201, json: { message: 'ok' } }, 'in_doubt'],
    ['200 with an id', { status: 200, json: { id: 7 } }, 'in_doubt'],
    ['409, there is one', { status: 409, json: { errors: { message: 'Fraud Report already exists.' } } }, 'refused'],
    ['404', { status: 404, json: { errors: { message: 'No return found with this ID.' } } }, 'refused'],
    ['422', { status: 422, json: { message: 'x', errors: { category: ['wrong'] } } }, 'refused'],
    ['401', { status: 401, json: 'Unauthorized' }, 'refused'],
    ['429', { status: 429, json: {} }, 'refused'],
    ['500', { status: 500, json: {} }, 'in_doubt'],
    ['no answer', { failure: { kind: 'timeout', sent: 'maybe' } }, 'in_doubt'],
    ['no connection', { failure: { kind: 'connection', sent: 'no' } }, 'not_sent'],
  ]
  for (const [about, reply, kind] of answers) {
    it(`${about}: ${kind.replace('_', ' ')}`, async () => {
      const transport = fakeTransport(() => reply)
      const loop = createLoopClient(transport, 'https://api.loopreturns.com/api/2026-10')
      assert.equal((await loop.reportFraud('99904598', report)).kind, kind)
      const [{ method, path, body, effect } = {}, ...others] = transport.seen
      assert.deepEqual([method, path, body, effect], ['POST', '/returns/99904598/fraud-report', report, 'once'])
      assert.equal(others.length, 0)
    })
  }
})
