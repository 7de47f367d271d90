import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Outcome } from '../../../src/http/transport.ts'
import { actionAnswerOf } from '../../../src/loop/returns/action-answer.ts'
import { mockedNetwork, realNetwork } from '../../http/networks.ts'
import { closeServers, deadUrl, serve } from '../../http/server.ts'
import { host, loopClient, loopMock, root } from '../loop-at.ts'

function answered(json: unknown, status = 200): Outcome {
  const text = json === undefined ? '<html>' : JSON.stringify(json)
  return { ok: true, answer: { status, headers: {}, json, text, requestId: 'r-1' } }
}

const closed = 'Return is closed and therefore cannot be processed.'
const flagged = 'Return is open and therefore cannot be processed.'

describe('what an action body proves (F3, loop.md §5, §9)', () => {
  for (const status of [200, 201, 202]) {
    for (const body of [true, 'true']) {
      it(`${status} ${JSON.stringify(body)} is acceptance`, () => {
        assert.deepEqual(actionAnswerOf(answered(body, status)), { kind: 'accepted' })
      })
    }
  }

  const refusals: [string, number, unknown, string, string][] = [
    ['closed', 200, { errors: { message: closed, code: 'UNPROCESSABLE_RETURN' } }, 'UNPROCESSABLE_RETURN', closed],
    [
      'flagged, whose text says open (F5)',
      200,
      { errors: { message: flagged, code: 'UNPROCESSABLE_FLAGGED_RETURN' } },
      'UNPROCESSABLE_FLAGGED_RETURN',
      flagged,
    ],
    ['cancelled', 200, { message: 'Return is cancelled.' }, 'LOOP_REFUSED', 'Return is cancelled.'],
    ['in review', 200, { message: 'Return is review.' }, 'LOOP_REFUSED', 'Return is review.'],
    ['the content envelope', 200, { content: 'Return is expired.' }, 'LOOP_REFUSED', 'Return is expired.'],
    [
      'unknown return',
      200,
      { errors: { message: 'No return found with this ID.' } },
      'RETURN_NOT_FOUND',
      'No return found with this ID.',
    ],
    [
      'unknown return under error',
      200,
      { error: { message: 'No return found with this ID.' } },
      'RETURN_NOT_FOUND',
      'No return found with this ID.',
    ],
    ['not found by code', 404, { errors: { code: 'NOT_FOUND' } }, 'RETURN_NOT_FOUND', 'RETURN_NOT_FOUND'],
    ['flat code and message', 404, { code: 'NOT_FOUND', message: 'Gone' }, 'RETURN_NOT_FOUND', 'Gone'],
    ['bare errors text', 200, { errors: 'Unauthorized.' }, 'LOOP_REFUSED', 'Unauthorized.'],
    ['bare error text', 200, { error: 'No.' }, 'LOOP_REFUSED', 'No.'],
    ['a list of errors', 200, { errors: [{ message: 'Foreign item' }] }, 'LOOP_REFUSED', 'Foreign item'],
    [
      'Laravel validation',
      422,
      { message: 'The given data was invalid.', errors: { content: ['Too long.'] } },
      'LOOP_REFUSED',
      'content: Too long.',
    ],
    [
      'the guard with code and http_code swapped',
      200,
      { error: { code: '401', http_code: 'GEN-UNAUTHORIZED', message: 'Unauthorized.' } },
      'LOOP_UNAUTHORIZED',
      'Unauthorized.',
    ],
    ['note too long', 422, { errors: { message: 'Content is required' } }, 'LOOP_REFUSED', 'Content is required'],
    ['an unknown field beside errors', 200, { errors: { message: closed }, trace: 'x' }, 'LOOP_REFUSED', closed],
  ]
  for (const [name, status, body, code, text] of refusals) {
    it(`refusal: ${name}`, () => {
      assert.deepEqual(actionAnswerOf(answered(body, status)), { kind: 'refused', code, text, status })
    })
  }

  for (const [status, code] of [
    [401, 'LOOP_UNAUTHORIZED'],
    [403, 'LOOP_FORBIDDEN'],
    [429, 'LOOP_RATE_LIMITED'],
  ] as const) {
    for (const body of [undefined, { message: 'x' }, true]) {
      it(`${status} with ${JSON.stringify(body)} is refused as ${code}`, () => {
        const answer = actionAnswerOf(answered(body, status))
        assert.ok(answer.kind === 'refused' && answer.code === code)
      })
    }
  }

  const doubtful: [string, number, unknown][] = [
    ['false', 200, false],
    ['{}', 200, {}],
    ['[]', 200, []],
    ['null', 200, null],
    ['1', 200, 1],
    ['"queued", which one page gives for close (loop.md §5.3)', 200, 'queued'],
    ['"TRUE"', 200, 'TRUE'],
    ['{"success":true}', 200, { success: true }],
    ['{"data":true}', 200, { data: true }],
    ['[true]', 200, [true]],
    ['a message beside something unknown', 200, { message: 'Return queued.', queued: true }],
    ['a message beside empty errors', 200, { message: 'Return queued.', errors: [] }],
    ['empty errors', 200, { errors: {} }],
    ['an empty message', 200, { message: '' }],
    ['null error', 200, { error: null }],
    ['HTML', 200, undefined],
    ['true under 500', 500, true],
    ['a refusal under 500', 500, { message: 'An error was encountered during processing.' }],
    ['a refusal under 409', 409, { message: 'Conflict' }],
    ['HTML under 404', 404, undefined],
    ['a redirect', 302, undefined],
    ['true under a redirect', 302, true],
    ['a gateway timeout', 524, undefined],
    ['a request timeout', 408, { message: 'Timeout' }],
  ]
  for (const [name, status, body] of doubtful) {
    it(`in doubt: ${name}`, () => assert.equal(actionAnswerOf(answered(body, status)).kind, 'in_doubt'))
  }

  it('accepts no generated body except true and "true", under no status outside 2xx', () => {
    const anything = fc.oneof(
      fc.jsonValue() as fc.Arbitrary<unknown>,
      fc.constantFrom<unknown>(true, 'true', 'True', ' true', 1, '1', [true], { result: true }),
      fc.record({ message: fc.jsonValue() }),
      fc.record({ errors: fc.jsonValue() }),
      fc.record({ error: fc.jsonValue(), message: fc.jsonValue(), content: fc.jsonValue() }),
    )
    fc.assert(
      fc.property(anything, fc.integer({ min: 200, max: 599 }), (body, status) => {
        const { kind } = actionAnswerOf(answered(body, status))
        assert.equal(kind === 'accepted', (body === true || body === 'true') && status < 300)
      }),
      { numRuns: 2000 },
    )
  })

  it('takes hostile characters out of the refusal (F55)', () => {
    const answer = actionAnswerOf(answered({ message: 'No\u001b[2J\u202e\r\nway', code: 'A\u001bB' }))
    assert.deepEqual(answer, { kind: 'refused', code: 'AB', text: 'No[2J⏎way', status: 200 })
  })

  it('is not sent only when no byte left', () => {
    const failure = { kind: 'connection', message: 'x', requestId: 'r' } as const
    assert.equal(actionAnswerOf({ ok: false, failure: { ...failure, sent: 'no' } }).kind, 'not_sent')
    assert.equal(actionAnswerOf({ ok: false, failure: { ...failure, sent: 'maybe' } }).kind, 'in_doubt')
  })
})

describe('actions on the wire', () => {
  mockedNetwork()

  for (const action of ['process', 'flag', 'close', 'cancel'] as const) {
    it(`posts ${action} below the return`, async () => {
      loopMock().post(`${root}/warehouse/return/7/${action}`, '').reply(200, 'true')
      const { loop } = loopClient()
      const answer = await (action === 'process' ? loop.process('7', {}) : loop[action]('7'))
      assert.deepEqual(answer, { kind: 'accepted' })
    })
  }

  it('sends no refund, flag or note any more once the caller says that it is too late (F9)', async () => {
    const { loop, transport } = loopClient()
    const tooLate = () => false
    for (const answer of [
      await loop.process('7', {}, tooLate),
      await loop.flag('7', tooLate),
      await loop.addNote('7', 'Arrived damaged', tooLate),
    ])
      assert.equal(answer.kind, 'not_sent')
    assert.equal(transport.count, 0)
  })

  it('names all units to remove in one call, once, whatever happens (G17, loop.md §5.5)', async () => {
    const path = `${root}/warehouse/return/7/remove`
    loopMock().post(path, '').query({ line_item_id: '501,502' }).reply(200, 'true')
    const { loop, transport } = loopClient()
    assert.deepEqual(await loop.remove('7', ['501', '502']), { kind: 'accepted' })
    const failed = { message: 'An error was encountered during processing' }
    loopMock().post(path, '').query({ line_item_id: '501' }).reply(500, failed, { 'retry-after': '0' })
    assert.equal((await loop.remove('7', ['501'])).kind, 'in_doubt')
    assert.equal((await loop.remove('7', ['501'], () => false)).kind, 'not_sent')
    assert.equal(transport.count, 2)
  })

  it('refuses units that are no line items, none, or one twice, before sending', async () => {
    const { loop, transport } = loopClient()
    for (const ids of [
      [],
      ['501', '501'],
      ['501,502'],
      ['x'],
      [''],
      ['-1'],
      Array.from({ length: 101 }, (_, id) => `${id}`),
    ])
      await assert.rejects(loop.remove('7', ids), { code: 'LINE_ITEMS_INVALID' })
    assert.equal(transport.count, 0)
  })

  for (const [status, body, code, text] of [
    [
      422,
      { error: { message: 'The line item id field is required.' } },
      'LOOP_REFUSED',
      'The line item id field is required.',
    ],
    [422, { message: 'Return cannot be modified.' }, 'LOOP_REFUSED', 'Return cannot be modified.'],
    [
      422,
      { message: 'Not all line items qualify for removal' },
      'LOOP_REFUSED',
      'Not all line items qualify for removal',
    ],
    [403, { errors: [{ message: 'Forbidden' }] }, 'LOOP_FORBIDDEN', 'This key may not do that.'],
  ] as const) {
    it(`reads ${status} ${JSON.stringify(body)} of remove as a refusal (loop.md §5.5)`, () => {
      assert.deepEqual(actionAnswerOf(answered(body, status)), { kind: 'refused', code, text, status })
    })
  }

  it('sends the details of process as a JSON object (loop.md §5.1)', async () => {
    loopMock().post(`${root}/warehouse/return/7/process`, { rma: 'u-1' }).reply(200, '"true"')
    const { loop } = loopClient()
    assert.deepEqual(await loop.process('7', { rma: 'u-1' }), { kind: 'accepted' })
  })

  for (const status of [500, 503]) {
    it(`sends process once, whatever happens (answer ${status})`, async () => {
      loopMock()
        .persist()
        .post(/process/)
        .reply(status, '', { 'retry-after': '0' })
      const { loop, transport } = loopClient()
      assert.equal((await loop.process('7', {})).kind, 'in_doubt')
      assert.equal(transport.count, 1)
    })
  }

  it('repeats a flag that the limiter turned away', async () => {
    loopMock().post(/flag/).reply(429).post(/flag/).reply(200, 'true')
    const { loop, transport } = loopClient()
    assert.deepEqual(await loop.flag('7'), { kind: 'accepted' })
    assert.equal(transport.count, 2)
  })

  it('posts a note of 1 to 254 characters, and refuses others before sending (loop.md §5.6)', async () => {
    loopMock()
      .post(`${root}/warehouse/return/7/note`, { content: 'x'.repeat(254) })
      .reply(200, 'true')
    const { loop, transport } = loopClient()
    assert.deepEqual(await loop.addNote('7', 'x'.repeat(254)), { kind: 'accepted' })
    for (const content of ['', '  ', 'x'.repeat(255)]) {
      await assert.rejects(loop.addNote('7', content), { code: 'NOTE_LENGTH' })
    }
    assert.equal(transport.count, 1)
  })

  it('refuses an id that would become another path', async () => {
    const { loop, transport } = loopClient()
    for (const id of ['', '..', '7/../8', '7?x', '#1001']) {
      await assert.rejects(async () => loop.process(id, {}), { code: 'RETURN_ID_INVALID', exit: 2 })
    }
    assert.equal(transport.count, 0)
  })

  it('does not follow a redirect', async () => {
    const other = loopMock().post('/elsewhere').reply(200, 'true')
    loopMock()
      .post(/process/)
      .reply(307, '', { location: `${host}/elsewhere` })
    const { loop } = loopClient()
    assert.equal((await loop.process('7', {})).kind, 'in_doubt')
    assert.equal(other.isDone(), false)
  })
})

describe('actions over a real network', () => {
  realNetwork()
  afterEach(closeServers)

  it('are not sent when the connection is refused', async () => {
    const { loop } = loopClient(await deadUrl())
    assert.equal((await loop.process('7', {})).kind, 'not_sent')
  })

  it('are in doubt when the answer is lost (F1)', async () => {
    let requests = 0
    const url = await serve((request) => {
      requests += 1
      request.socket.destroy()
    })
    const { loop } = loopClient(url)
    assert.equal((await loop.process('7', {})).kind, 'in_doubt')
    assert.equal(requests, 1)
  })
})
