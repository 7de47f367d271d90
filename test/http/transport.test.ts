import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import type { RequestTrace } from '../../src/http/create-transport.ts'
import type { HttpRequest, Outcome } from '../../src/http/transport.ts'
import { realNetwork } from './networks.ts'
import { bodyOf, closeServers, deadUrl, serve, serveTcp, transportTo } from './server.ts'

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

/**
 * The failure of a request that arrives and whose answer takes longer than the timeout. On a busy machine the timeout
 * grows.
 */
async function timedOut(answer: (response: ServerResponse) => void) {
  let hasArrived = false
  const url = await serve((_request, response) => {
    hasArrived = true
    answer(response)
  })
  const { transport } = transportTo(url)
  for (let timeout = 50; ; timeout *= 2) {
    const failure = failureOf(await transport.send({ ...process_, timeout }))
    // It did not even connect in time.
    if (hasArrived || failure.sent !== 'no' || timeout > 60_000) return failure
  }
}

describe('transport: what is sent', () => {
  realNetwork()
  afterEach(closeServers)

  it('sends the secret, a user agent and a request id, and keeps the id for the answer', async () => {
    let seen: Record<string, unknown> = {}
    const url = await serve((request, response) => {
      seen = request.headers
      response.end('{"ok":true}')
    })
    const { transport } = transportTo(url)
    const answer = answerOf(await transport.send(get))
    assert.equal(seen['x-authorization'], 'canary-key-4f9c1b7e2d')
    assert.equal(seen['user-agent'], 'mhloop/test')
    assert.equal(seen['x-request-id'], answer.requestId)
    assert.match(answer.requestId, /^[0-9a-f]{8}-[0-9a-f]{4}-4/)
    assert.deepEqual(answer.json, { ok: true })
    transport.close()
  })

  it('names its own version when no user agent is given', async () => {
    let agent: string | undefined
    const url = await serve((request, response) => {
      agent = request.headers['user-agent']
      response.end('true')
    })
    const { transport } = transportTo(url, { userAgent: undefined as never })
    await transport.send(get)
    assert.match(agent ?? '', /^mhloop\/\d+\.\d+\.\d+/)
    transport.close()
  })

  it('joins base path, path and query, and serialises the body as JSON', async () => {
    let seen = ''
    const url = await serve(async (request, response) => {
      seen = `${request.method} ${request.url} ${request.headers['content-type']} ${await bodyOf(request)}`
      response.end('true')
    })
    const { transport } = transportTo(`${url}/api/v1/`)
    await transport.send({ ...flag, query: { a: '1 2&3' }, body: { note: 'ä' } })
    assert.equal(seen, 'POST /api/v1/warehouse/return/7/flag?a=1+2%263 application/json {"note":"ä"}')
    transport.close()
  })

  it('refuses a path that leaves the base, because the credential would go elsewhere (F63)', async () => {
    const { transport } = transportTo(base)
    for (const path of ['/../admin', '/%2e%2e/%2e%2e/x', 'webhooks', '']) {
      await assert.rejects(transport.send({ ...get, path }), { code: 'PATH_REFUSED', exit: 2 })
    }
    assert.equal(transport.count, 0)
  })

  it('reveals the secret again for each try', async () => {
    let reveals = 0
    const url = await serve((_request, response) => {
      response.statusCode = 500
      response.end()
    })
    const headers = () => {
      reveals += 1
      return { 'X-Authorization': 'k'.repeat(12) }
    }
    const { transport } = transportTo(url, { headers })
    await transport.send(get)
    assert.equal(reveals, 4)
    transport.close()
  })
})

describe('transport: connections', () => {
  realNetwork()
  afterEach(closeServers)

  async function portsUsed(request: HttpRequest): Promise<number> {
    const ports = new Set<number | undefined>()
    const url = await serve((incoming, response) => {
      ports.add(incoming.socket.remotePort)
      response.end('true')
    })
    const { transport } = transportTo(url)
    for (let i = 0; i < 3; i += 1) await transport.send(request)
    transport.close()
    return ports.size
  }

  it('keeps a connection alive for reads', async () => {
    assert.equal(await portsUsed(get), 1)
  })

  it('opens a fresh connection for every `once` request (failures.md §2.2)', async () => {
    assert.equal(await portsUsed(process_), 3)
  })
})

describe('transport: was it sent?', () => {
  realNetwork()
  afterEach(closeServers)

  it('says no when the connection is refused', async () => {
    const { transport } = transportTo(await deadUrl())
    const failure = failureOf(await transport.send(process_))
    assert.deepEqual([failure.kind, failure.sent], ['connection', 'no'])
    assert.match(failure.message, /refused \(ECONNREFUSED\)/)
  })

  it('says no when the host name is unknown', async () => {
    const { transport } = transportTo('https://mhloop-test.invalid')
    const failure = failureOf(await transport.send(process_))
    assert.deepEqual([failure.kind, failure.sent], ['connection', 'no'])
  })

  it('says no when TLS fails before the request is written', async () => {
    const url = await serveTcp((socket) => socket.once('data', () => socket.end('no TLS here\r\n\r\n')))
    const { transport } = transportTo(url.replace('http:', 'https:'))
    const failure = failureOf(await transport.send(process_))
    assert.deepEqual([failure.kind, failure.sent], ['connection', 'no'])
  })

  it('says maybe when the connection is cut after the request', async () => {
    const url = await serveTcp((socket) => socket.once('data', () => socket.resetAndDestroy()))
    const { transport } = transportTo(url)
    const failure = failureOf(await transport.send(process_))
    assert.deepEqual([failure.kind, failure.sent], ['connection', 'maybe'])
    assert.equal(transport.count, 1)
  })

  it('says maybe when the connection is closed without an answer', async () => {
    const url = await serveTcp((socket) => socket.once('data', () => socket.end()))
    const { transport } = transportTo(url)
    assert.equal(failureOf(await transport.send(process_)).sent, 'maybe')
  })

  it('says maybe when no answer comes in time', async () => {
    const failure = await timedOut(() => undefined)
    assert.deepEqual([failure.kind, failure.sent], ['timeout', 'maybe'])
  })

  it('says maybe when the body trickles beyond the deadline', async () => {
    const failure = await timedOut((response) => {
      response.writeHead(200, { 'content-type': 'application/json' })
      const drip = setInterval(() => response.write(' '), 5)
      response.once('close', () => clearInterval(drip))
    })
    assert.deepEqual([failure.kind, failure.sent], ['timeout', 'maybe'])
  })

  it('says no when the caller aborted before anything was sent', async () => {
    const { transport } = transportTo(base)
    const failure = failureOf(await transport.send({ ...process_, signal: AbortSignal.abort() }))
    assert.deepEqual([failure.kind, failure.sent], ['aborted', 'no'])
    assert.equal(transport.count, 0)
  })

  it('says maybe when the caller aborts while the vendor works', async () => {
    const controller = new AbortController()
    const url = await serve(() => controller.abort())
    const { transport } = transportTo(url)
    const failure = failureOf(await transport.send({ ...get, signal: controller.signal }))
    assert.deepEqual([failure.kind, failure.sent], ['aborted', 'maybe'])
  })

  it('never says no once an earlier try may have left this machine', async () => {
    let connections = 0
    const url = await serveTcp((socket) => {
      connections += 1
      socket.once('data', () => socket.resetAndDestroy())
    })
    const { transport } = transportTo(url, { sleep: closeServers })
    const failure = failureOf(await transport.send(get))
    assert.equal(connections, 1)
    assert.match(failure.message, /ECONNREFUSED/)
    assert.equal(failure.sent, 'maybe')
  })
})

describe('transport: bodies that lie (F43)', () => {
  realNetwork()
  afterEach(closeServers)

  it('calls a body shorter than its content-length truncated', async () => {
    const url = await serveTcp((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\ntrue')),
    )
    const { transport } = transportTo(url)
    const failure = failureOf(await transport.send(process_))
    assert.deepEqual([failure.kind, failure.sent], ['truncated', 'maybe'])
  })

  it('calls a chunked body without its end truncated', async () => {
    const url = await serveTcp((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\ntrue\r\n')),
    )
    const { transport } = transportTo(url)
    assert.equal(failureOf(await transport.send(process_)).kind, 'truncated')
  })

  it('calls a broken gzip stream truncated', async () => {
    const whole = gzipSync('true'.repeat(1000))
    const url = await serve((_request, response) => {
      const half = whole.subarray(0, 20)
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': half.length })
      response.end(half)
    })
    const { transport } = transportTo(url)
    assert.equal(failureOf(await transport.send(process_)).kind, 'truncated')
  })

  it('stops a gzip bomb at the cap on decoded bytes, and does not ask for it again', async () => {
    const bomb = gzipSync(Buffer.alloc(30_000_000))
    assert.ok(bomb.length < 50_000)
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' })
      response.end(bomb)
    })
    const { transport } = transportTo(url)
    const failure = failureOf(await transport.send(get))
    assert.deepEqual([failure.kind, failure.sent], ['too-large', 'maybe'])
    assert.equal(transport.count, 1)
  })

  it('reads a body of exactly the cap', async () => {
    const url = await serve((_request, response) => response.end(`"${'x'.repeat(998)}"`))
    const { transport } = transportTo(url, { maxBytes: 1000 })
    assert.equal(answerOf(await transport.send(get)).text.length, 1000)
    const smaller = transportTo(url, { maxBytes: 999 }).transport
    assert.equal(failureOf(await smaller.send(get)).kind, 'too-large')
    transport.close()
  })

  it('reads gzip', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' })
      response.end(gzipSync('{"a":1}'))
    })
    const { transport } = transportTo(url)
    assert.deepEqual(answerOf(await transport.send(get)).json, { a: 1 })
    transport.close()
  })

  it('gives no JSON for HTML, an empty body and a broken document', async () => {
    const bodies = ['<html></html>', '', '{"a":']
    const url = await serve((_request, response) => response.end(bodies.shift()))
    const { transport } = transportTo(url)
    for (let i = 0; i < 3; i += 1) assert.equal(answerOf(await transport.send(get)).json, undefined)
    transport.close()
  })
})

describe('transport: retries of failures', () => {
  realNetwork()
  afterEach(closeServers)

  const table: [HttpRequest, number][] = [
    [get, 4],
    [flag, 1],
    [process_, 1],
  ]
  for (const [request, tries] of table) {
    it(`sends ${request.effect} ${tries} time(s) when the connection is cut after the request`, async () => {
      let requests = 0
      const url = await serve((incoming) => {
        requests += 1
        incoming.socket.destroy()
      })
      const { transport } = transportTo(url)
      failureOf(await transport.send(request))
      assert.equal(requests, tries)
      assert.equal(transport.count, tries)
    })
  }

  it('repeats a repeatable write, but never a `once`, when no byte was sent', async () => {
    const url = await deadUrl()
    for (const [request, tries] of [
      [flag, 4],
      [process_, 1],
    ] as const) {
      const { transport } = transportTo(url)
      assert.equal(failureOf(await transport.send(request)).sent, 'no')
      assert.equal(transport.count, tries)
    }
  })
})

describe('transport: nothing secret comes out (F58)', () => {
  realNetwork()
  afterEach(closeServers)

  it('traces one safe line per try', async () => {
    const traces: RequestTrace[] = []
    const url = await serve((_request, response) => {
      response.statusCode = traces.length === 0 ? 500 : 200
      response.setHeader('Date', 'Wed, 25 Nov 2026 09:00:00 GMT')
      response.setHeader('X-RateLimit-Limit', '300')
      response.setHeader('X-RateLimit-Remaining', '12')
      response.end('true')
    })
    const { transport } = transportTo(url, { onRequest: (trace) => traces.push(trace) })
    await transport.send({ ...get, query: { order_name: 'jane@example.com' } })
    const metadata = { date: '2026-11-25T09:00:00.000Z', left: { remaining: 12, limit: 300 } }
    const common = { vendor: 'loop', method: 'GET', path: '/webhooks', failure: null, cause: null, metadata }
    assert.deepEqual(
      traces.map(({ milliseconds: _, requestId: __, ...rest }) => rest),
      [
        { ...common, status: 500, attempt: 1 },
        { ...common, status: 200, attempt: 2 },
      ],
    )
    assert.equal(traces[0]?.requestId, traces[1]?.requestId)
    transport.close()
  })

  it('does not lose an outcome when the listener throws', async () => {
    const url = await serve((_request, response) => response.end('true'))
    const onRequest = () => {
      throw new Error('listener')
    }
    const { transport } = transportTo(url, { onRequest })
    assert.equal(answerOf(await transport.send(process_)).json, true)
  })

  it('takes the key out of an answer that echoes it, bare, escaped or after a scheme', async () => {
    const key = `abc/${createHash('sha256').update('x').digest('base64')}`
    const url = await serve((_request, response) => {
      response.statusCode = 422
      response.end(JSON.stringify({ message: `Bad key ${key}` }).replaceAll('/', '\\/'))
    })
    const { transport } = transportTo(url, { headers: () => ({ Authorization: `Bearer ${key}` }) })
    const answer = answerOf(await transport.send(get))
    assert.deepEqual(answer.json, { message: 'Bad key [redacted]' })
    assert.equal(JSON.stringify(answer).includes(key.slice(0, 12)), false)
    transport.close()
  })
})
