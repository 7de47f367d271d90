import assert from 'node:assert/strict'
import nock from 'nock'
import { retryAfter } from '../../src/http/retry.ts'
import type { HttpRequest, Outcome } from '../../src/http/transport.ts'
import { mockedNetwork } from './networks.ts'
import { transportTo } from './server.ts'

const base = 'https://loop.example/api/2026-10'
const get: HttpRequest = { method: 'GET', path: '/webhooks', effect: 'read' }
const process_: HttpRequest = { method: 'POST', path: '/warehouse/return/7/process', effect: 'once' }
const flag: HttpRequest = { method: 'POST', path: '/warehouse/return/7/flag', effect: 'repeatable' }

function answerOf(outcome: Outcome) {
  assert.ok(outcome.ok, JSON.stringify(outcome))
  return outcome.answer
}

function failureOf(outcome: Outcome) {
  assert.ok(!outcome.ok, 'expected a failure')
  return outcome.failure
}

describe('transport: redirects', () => {
  mockedNetwork()

  for (const status of [301, 302, 303, 307, 308]) {
    it(`does not follow a ${status} (F43, F63)`, async () => {
      const login = nock('https://loop.example').get('/login').reply(200, 'stolen')
      nock('https://loop.example').get('/api/2026-10/webhooks').reply(status, '', { location: '/login' })
      const { transport } = transportTo(base)
      const answer = answerOf(await transport.send(get))
      assert.equal(answer.status, status)
      assert.equal(answer.headers.location, '/login')
      assert.equal(login.isDone(), false)
    })
  }
})

describe('transport: retries by class of effect', () => {
  mockedNetwork()

  async function triesFor(request: HttpRequest, status: number, headers: Record<string, string> = {}) {
    nock('https://loop.example').persist().intercept(/.*/, request.method).reply(status, { message: 'x' }, headers)
    const { transport, slept } = transportTo(base)
    const answer = answerOf(await transport.send(request))
    assert.equal(answer.status, status)
    return { tries: transport.count, slept }
  }

  const table: [HttpRequest, number, Record<string, string>, number][] = [
    [get, 200, {}, 1],
    [get, 400, {}, 1],
    [get, 401, {}, 1],
    [get, 404, {}, 1],
    [get, 422, {}, 1],
    [get, 429, {}, 4],
    [get, 500, {}, 4],
    [get, 503, {}, 4],
    [get, 524, {}, 4],
    [flag, 429, {}, 4],
    [flag, 500, {}, 1],
    [flag, 503, {}, 1],
    [flag, 503, { 'retry-after': '1' }, 4],
    [process_, 429, { 'retry-after': '1' }, 1],
    [process_, 500, {}, 1],
    [process_, 503, { 'retry-after': '1' }, 1],
  ]
  for (const [request, status, headers, tries] of table) {
    const suffix = headers['retry-after'] ? ' with Retry-After' : ''
    it(`sends ${request.effect} ${tries === 1 ? 'once' : `${tries} times`} when answered ${status}${suffix}`, async () => {
      assert.equal((await triesFor(request, status, headers)).tries, tries)
    })
  }

  it('backs off exponentially, and from five seconds after a 429 (loop.md §3)', async () => {
    assert.deepEqual((await triesFor(get, 500)).slept, [500, 1000, 2000])
    nock.cleanAll()
    assert.deepEqual((await triesFor(get, 429)).slept, [5000, 15_000, 45_000])
  })

  it('draws half of the wait by lot', async () => {
    nock('https://loop.example').persist().get(/.*/).reply(500)
    const { transport, slept } = transportTo(base, { random: () => 0 })
    await transport.send(get)
    assert.deepEqual(slept, [250, 500, 1000])
  })

  it('stops repeating as soon as the vendor is well again', async () => {
    nock('https://loop.example').get(/.*/).reply(502).get(/.*/).reply(200, 'true')
    const { transport } = transportTo(base)
    assert.equal(answerOf(await transport.send(get)).json, true)
    assert.equal(transport.count, 2)
  })

  it('waits as long as Retry-After says, in seconds or as a date read against their clock', async () => {
    const date = { date: 'Mon, 23 Nov 2026 10:00:00 GMT', 'retry-after': 'Mon, 23 Nov 2026 10:00:07 GMT' }
    nock('https://loop.example')
      .get(/.*/)
      .reply(429, '', { 'retry-after': '3' })
      .get(/.*/)
      .reply(503, '', date)
      .get(/.*/)
      .reply(200, 'true')
    const { transport, slept } = transportTo(base)
    assert.equal(answerOf(await transport.send(get)).json, true)
    assert.deepEqual(slept, [3000, 7000])
  })

  it('H21: takes decimals for seconds and rounds them up; only an HTTP date to come is a date, all else is no Retry-After', () => {
    const now = { date: 'Mon, 23 Nov 2026 10:00:00 GMT' }
    const table: [string, number | null][] = [
      ['1.5', 2000],
      ['0.2', 1000],
      ['1799.1', 30 * 60_000],
      ['123456789012345678901234567890', 30 * 60_000],
      ['Mon, 23 Nov 2026 10:00:07 GMT', 7000],
      ['Mon, 23 Nov 2026 10:00:00 GMT', null],
      ['Mon, 23 Nov 2026 09:59:00 GMT', null],
      ['0', null],
      ['0.0', null],
      ['-3', null],
      ['1,5', null],
      ['3s', null],
      ['soon', null],
      ['1e3', null],
      ['2027', 2_027_000],
      ['2026-11-23T10:00:07Z', null],
      ['Monday, 23-Nov-26 10:00:07 GMT', null],
      ['Mon Nov 23 10:00:07 2026', null],
      ['Tue, 23 Nov 2026 10:00:07 GMT', null],
      ['', null],
    ]
    for (const [value, milliseconds] of table) {
      const expected = milliseconds === null ? null : Math.min(milliseconds, 30 * 60_000)
      assert.equal(retryAfter({ ...now, 'retry-after': value }), expected, `Retry-After: ${value}`)
    }
    const ahead = new Date(Date.now() + 3_600_000).toUTCString()
    assert.equal(retryAfter({ date: '1.5', 'retry-after': ahead }), 30 * 60_000, 'against our clock')
  })

  it('H21: spreads its tries out by itself after a Retry-After that has passed or can’t be read', async () => {
    for (const header of ['0', 'Thu, 01 Jan 1998 00:00:00 GMT', 'soon']) {
      const { tries, slept } = await triesFor(get, 429, { 'retry-after': header })
      assert.equal(tries, 4)
      assert.ok(
        slept.every((milliseconds) => milliseconds >= 2500),
        `${header}: ${slept}`,
      )
      nock.cleanAll()
    }
  })

  it('makes everybody with the key wait after a 429, not only the one who got it (F44)', async () => {
    const paused: number[] = []
    nock('https://loop.example').post(/.*/).reply(429, '', { 'retry-after': '9' })
    const { transport } = transportTo(base, {
      rate: { clock: () => 0, acquire: async () => 'go', pause: (milliseconds) => void paused.push(milliseconds) },
    })
    await transport.send(process_)
    assert.deepEqual(paused, [9000])
  })

  it('gives the 429 back when Retry-After is beyond the deadline', async () => {
    nock('https://loop.example').persist().get(/.*/).reply(429, '', { 'retry-after': '121' })
    const { transport, slept } = transportTo(base)
    assert.equal(answerOf(await transport.send(get)).status, 429)
    assert.equal(transport.count, 1)
    assert.deepEqual(slept, [])
  })

  it('never waits more than 30 minutes for a header', async () => {
    nock('https://loop.example').get(/.*/).reply(429, '', { 'retry-after': '999999' }).get(/.*/).reply(200, 'true')
    const { transport, slept } = transportTo(base)
    assert.equal(answerOf(await transport.send({ ...get, timeout: 40 * 60_000 })).json, true)
    assert.deepEqual(slept, [30 * 60_000])
  })

  it('stops waiting when the caller aborts', async () => {
    const controller = new AbortController()
    nock('https://loop.example').persist().get(/.*/).reply(500)
    const { transport } = transportTo(base, { sleep: async () => controller.abort() })
    const failure = failureOf(await transport.send({ ...get, signal: controller.signal }))
    assert.equal(failure.kind, 'aborted')
    assert.equal(transport.count, 1)
  })
})
