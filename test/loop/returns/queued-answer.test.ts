import assert from 'node:assert/strict'
import type { Outcome } from '../../../src/http/transport.ts'
import { queuedAnswerOf } from '../../../src/loop/returns/queued-answer.ts'
import { mockedNetwork } from '../../http/networks.ts'
import { loopClient, loopMock, root } from '../loop-at.ts'

function answered(status: number, json: unknown): Outcome {
  const text = json === undefined ? '<html>' : JSON.stringify(json)
  return { ok: true, answer: { status, headers: {}, json, text, requestId: 'r-1' } }
}

describe('what the answer to a queued request proves (loop.md §14.5)', () => {
  it('202 is acceptance, whatever its body is', () => {
    for (const body of [{ message: 'Queued.', returnId: 1 }, undefined, true, {}])
      assert.deepEqual(queuedAnswerOf(answered(202, body)), { kind: 'accepted' })
  })

  for (const [status, body, code, text] of [
    [404, { code: 'return_not_found', message: 'Return not found.' }, 'return_not_found', 'Return not found.'],
    [409, { code: 'label_already_exists', message: 'Exists.' }, 'label_already_exists', 'Exists.'],
    [422, { code: 'return_cannot_receive_label', message: 'No.' }, 'return_cannot_receive_label', 'No.'],
    [404, undefined, 'RETURN_NOT_FOUND', 'Loop has no such return.'],
    [409, [], 'LOOP_REFUSED', 'It exists already.'],
    [401, 'Unauthorized.', 'LOOP_UNAUTHORIZED', 'The key is wrong or lacks the Returns scope.'],
    [403, { code: 'x', message: 'y' }, 'LOOP_FORBIDDEN', 'This key may not do that.'],
    [429, undefined, 'LOOP_RATE_LIMITED', 'Too many requests.'],
  ] as const) {
    it(`${status} ${JSON.stringify(body)} is a refusal: nothing was queued`, () => {
      assert.deepEqual(queuedAnswerOf(answered(status, body)), { kind: 'refused', code, text, status })
    })
  }

  it('any other answer may have queued it', () => {
    for (const status of [200, 201, 204, 302, 400, 408, 500, 502, 503])
      for (const body of [{ code: 'internal_error', message: 'Oops' }, true, undefined])
        assert.equal(queuedAnswerOf(answered(status, body)).kind, 'in_doubt', `${status}`)
  })

  it('without an answer, only a request of which no byte left was not sent', () => {
    const failure = { kind: 'connection', message: 'refused', requestId: 'r' } as const
    assert.deepEqual(queuedAnswerOf({ ok: false, failure: { ...failure, sent: 'no' } }), {
      kind: 'not_sent',
      detail: 'refused',
    })
    assert.equal(queuedAnswerOf({ ok: false, failure: { ...failure, sent: 'maybe' } }).kind, 'in_doubt')
  })
})

describe('a request for a label', () => {
  mockedNetwork()

  it('is one POST without a body, and is never repeated (H39)', async () => {
    const { loop, traces } = loopClient()
    loopMock().post(`${root}/returns/99904598/labels`, '').reply(503, { code: 'internal_error', message: 'Later.' })
    assert.deepEqual(await loop.requestLabel('99904598'), { kind: 'in_doubt', detail: 'status 503' })
    assert.equal(traces.length, 1)
  })

  it('is not sent when what it rests on is too old by then', async () => {
    const { loop, traces } = loopClient()
    assert.equal((await loop.requestLabel('99904598', () => false)).kind, 'not_sent')
    assert.equal(traces.length, 0)
  })
})
