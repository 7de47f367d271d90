import assert from 'node:assert/strict'
import type { HttpAnswer, HttpRequest, Outcome, TransportFailure } from '../../src/http/transport.ts'
import { faultOf } from '../../src/http/vendor-faults.ts'

const read: HttpRequest = {
  method: 'GET',
  path: '/rmas?cid=secret-query',
  query: { email: 'jane@example.com' },
  effect: 'read',
}
const once: HttpRequest = { ...read, method: 'POST', effect: 'once' }

function answered(status: number, changes: Partial<HttpAnswer> = {}): Outcome {
  return { ok: true, answer: { status, headers: {}, json: undefined, text: '', requestId: 'req-1', ...changes } }
}

function failed(changes: Partial<TransportFailure>): Outcome {
  const failure: TransportFailure = { kind: 'connection', sent: 'no', message: 'refused', requestId: 'req-1' }
  return { ok: false, failure: { ...failure, ...changes } }
}

const login = { headers: { 'content-type': 'text/html' }, text: '<a href="/login">Found</a>.' }
const json = { json: { message: 'No such thing' }, text: '{"message":"No such thing"}' }

describe('faults of MasonHub', () => {
  const table: [string, Outcome, string, number, string][] = [
    ['a redirect to the login page (masonhub.md §2.4)', answered(302, login), 'MASONHUB_WRONG_SLUG', 4, 'input'],
    ['a redirect without a body', answered(301), 'MASONHUB_WRONG_SLUG', 4, 'input'],
    ['a web page under 200', answered(200, login), 'MASONHUB_WRONG_SLUG', 4, 'input'],
    [
      'H27: a notice of maintenance under 200',
      answered(200, {
        headers: { 'content-type': 'text/html' },
        text: '<!doctype html><h1>Down for maintenance</h1><a href="/login">Log in</a>',
      }),
      'MASONHUB_UNREADABLE',
      7,
      'masonhub',
    ],
    [
      'H27: a page of a gateway under 200',
      answered(200, { headers: { 'content-type': 'text/html' }, text: '<html><body>We are back soon</body></html>' }),
      'MASONHUB_UNREADABLE',
      7,
      'masonhub',
    ],
    ['a web page under 404', answered(404, login), 'MASONHUB_WRONG_SLUG', 4, 'input'],
    ['401 as text', answered(401, { text: 'Unauthorized' }), 'MASONHUB_UNAUTHORIZED', 4, 'input'],
    ['403', answered(403, json), 'MASONHUB_FORBIDDEN', 4, 'input'],
    ['404 as JSON', answered(404, json), 'MASONHUB_NOT_FOUND', 5, 'input'],
    ['400', answered(400, json), 'MASONHUB_REJECTED', 6, 'masonhub'],
    ['429', answered(429), 'MASONHUB_RATE_LIMITED', 7, 'masonhub'],
    ['503 as a web page', answered(503, login), 'MASONHUB_SERVER_ERROR', 7, 'masonhub'],
    ['an empty 200', answered(200), 'MASONHUB_UNREADABLE', 7, 'masonhub'],
    ['strange JSON', answered(200, json), 'MASONHUB_UNREADABLE', 7, 'masonhub'],
    ['no connection', failed({}), 'MASONHUB_UNREACHABLE', 7, 'machine'],
    ['a timeout', failed({ kind: 'timeout', sent: 'maybe' }), 'MASONHUB_UNREACHABLE', 7, 'masonhub'],
    ['a truncated answer', failed({ kind: 'truncated', sent: 'maybe' }), 'MASONHUB_UNREADABLE', 7, 'masonhub'],
    ['an endless answer', failed({ kind: 'too-large', sent: 'maybe' }), 'MASONHUB_UNREADABLE', 7, 'masonhub'],
    ['Ctrl-C', failed({ kind: 'aborted' }), 'INTERRUPTED', 130, 'input'],
  ]
  for (const [name, outcome, code, exit, blame] of table) {
    it(`${name}: ${code}, exit ${exit}`, () => {
      const fault = faultOf('masonhub', read, outcome)
      assert.deepEqual([fault.code, fault.exit, fault.blame, fault.requestId], [code, exit, blame, 'req-1'])
      assert.match(fault.message, /^MasonHub GET \/rmas .*\[request req-1\]$/)
      assert.doesNotMatch(`${fault.message} ${fault.hint}`, /secret-query|jane@/)
      if (exit !== 130 && exit !== 5 && exit !== 6) assert.ok((fault.hint ?? '').length > 10)
    })
  }

  it('says to check the slug before the token', () => {
    assert.match(faultOf('masonhub', read, answered(302)).hint ?? '', /slug first.*then the token/)
  })
})

describe('faults of a write that must not be repeated', () => {
  for (const [name, outcome] of [
    ['a lost answer', failed({ kind: 'timeout', sent: 'maybe' })],
    ['a 502', answered(502)],
    ['a redirect', answered(302)],
    ['an unreadable 200', answered(200)],
  ] as const) {
    it(`${name} leaves it in doubt: exit 8`, () => {
      const fault = faultOf('loop', once, outcome)
      assert.deepEqual([fault.code, fault.exit], ['LOOP_IN_DOUBT', 8])
    })
  }

  for (const [outcome, code] of [
    [failed({}), 'LOOP_UNREACHABLE'],
    [answered(401), 'LOOP_UNAUTHORIZED'],
    [answered(429), 'LOOP_RATE_LIMITED'],
    [answered(422, json), 'LOOP_REJECTED'],
  ] as const) {
    it(`${code} says that it surely did not happen`, () => assert.equal(faultOf('loop', once, outcome).code, code))
  }
})

describe('words from outside in a fault (F55, F58)', () => {
  it('are shown safely when a request was rejected', () => {
    const answer = answered(422, { json: { message: 'Bad\u001b[2J\u202e date' } })
    assert.match(faultOf('loop', read, answer).message, /rejected with 422: Bad\[2J date/)
  })

  it('are not repeated for a credential that was refused', () => {
    const answer = answered(401, { json: { message: 'Token abcdef is wrong' } })
    assert.doesNotMatch(faultOf('loop', read, answer).message, /abcdef/)
  })
})
