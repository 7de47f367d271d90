/** H30: a transport that is told to stop begins nothing, waits for nothing, and finishes a write that was begun. */
import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import type { HttpRequest, Outcome } from '../../src/http/transport.ts'
import { until } from '../until.ts'
import { realNetwork } from './networks.ts'
import { closeServers, serve, transportTo } from './server.ts'

const get: HttpRequest = { method: 'GET', path: '/webhooks', effect: 'read' }
const process_: HttpRequest = { method: 'POST', path: '/warehouse/return/7/process', effect: 'once' }
const flag: HttpRequest = { method: 'POST', path: '/warehouse/return/7/flag', effect: 'repeatable' }

/** Waits until the signal aborts, as a real pause of hours would. */
const forHours = (_milliseconds: number, signal?: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal?.aborted) resolve()
    signal?.addEventListener('abort', () => resolve(), { once: true })
  })

function failureOf(outcome: Outcome) {
  assert.ok(!outcome.ok, 'expected a failure')
  return outcome.failure
}

describe('transport: stopped (H30)', () => {
  realNetwork()
  afterEach(closeServers)

  it('H30 a call that waits for its next try ends at once, whatever Retry-After says', async () => {
    const stopping = new AbortController()
    let seenRequests = 0
    const url = await serve((_request, response) => {
      seenRequests += 1
      response.writeHead(503, { 'retry-after': '1800' }).end('{}')
      setImmediate(() => stopping.abort())
    })
    const { transport } = transportTo(url, { stopping: stopping.signal, sleep: forHours, timeout: 4_000_000 })
    const failure = failureOf(await transport.send(get))
    assert.deepEqual([failure.kind, seenRequests], ['aborted', 1])
  })

  it('H30 a read that hangs is cut: its answer is not needed any more', async () => {
    const stopping = new AbortController()
    const url = await serve(() => setImmediate(() => stopping.abort()))
    const { transport } = transportTo(url, { stopping: stopping.signal })
    assert.equal(failureOf(await transport.send(get)).kind, 'aborted')
  })

  it('H30 a call that waits for its permit gets none', async () => {
    const stopping = new AbortController()
    const url = await serve((_request, response) => response.end('{}'))
    const { transport } = transportTo(url, {
      stopping: stopping.signal,
      rate: {
        clock: () => performance.now(),
        pause: () => undefined,
        acquire: async ({ signal } = {}) => {
          await forHours(0, signal)
          return 'aborted'
        },
      },
    })
    const waiting = transport.send(process_)
    setImmediate(() => stopping.abort())
    const { kind, sent } = failureOf(await waiting)
    assert.deepEqual([kind, sent, transport.count], ['aborted', 'no', 0], 'so that a refund surely was not sent')
  })

  for (const request of [process_, flag])
    it(`H30 a write on the wire is finished, and reported as what is waited for: ${request.path}`, async () => {
      const stopping = new AbortController()
      let open: ServerResponse | null = null
      const url = await serve((_request, response) => {
        open = response
      })
      const { transport } = transportTo(url, { stopping: stopping.signal })
      const answer = transport.send(request)
      await until(() => open !== null)
      stopping.abort()
      assert.deepEqual(transport.writing, [`Loop POST ${request.path}`])
      ;(open as unknown as ServerResponse).end('{"ok":true}')
      const outcome = await answer
      assert.deepEqual([outcome.ok, transport.writing], [true, []])
      const { sent } = failureOf(await transport.send(request))
      assert.deepEqual([sent, transport.count], ['no', 1], 'and nothing new is begun')
    })

  it('H30 credentials that take their time are not waited for', async () => {
    const stopping = new AbortController()
    const url = await serve((_request, response) => {
      response.writeHead(401).end('{}')
    })
    const { transport } = transportTo(url, {
      stopping: stopping.signal,
      renew: async () => {
        stopping.abort()
        // A program that never ends.
        await new Promise(() => undefined)
      },
    })
    const outcome = await transport.send(get)
    assert.equal(outcome.ok && outcome.answer.status, 401)
  })
})
