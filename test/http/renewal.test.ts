import assert from 'node:assert/strict'
import type { TransportOptions } from '../../src/http/create-transport.ts'
import type { RateLimiter } from '../../src/http/rate-limit/rate-limiter.ts'
import type { HttpRequest } from '../../src/http/transport.ts'
import { realNetwork } from './networks.ts'
import { closeServers, serve, transportTo, virtualTime } from './server.ts'

const get: HttpRequest = { method: 'GET', path: '/webhooks', effect: 'read' }

describe('transport: credentials that were replaced meanwhile', () => {
  realNetwork()
  afterEach(closeServers)

  /** A vendor that accepts one key only, and a transport that has `key` and gets `renewed` when it reads again. */
  async function between(key: string, renewed: string, options: Partial<TransportOptions> = {}) {
    const seen: unknown[] = []
    const url = await serve((request, response) => {
      seen.push(request.headers['x-authorization'])
      response.statusCode = request.headers['x-authorization'] === 'good' ? 200 : 401
      response.end('{}')
    })
    let current = key
    let renewals = 0
    const { transport } = transportTo(url, {
      headers: () => ({ 'X-Authorization': current }),
      renew: async () => {
        renewals += 1
        current = renewed
      },
      ...options,
    })
    const status = async (request: HttpRequest) => {
      const outcome = await transport.send(request)
      return outcome.ok ? outcome.answer.status : outcome.failure
    }
    return { seen, status, renewals: () => renewals }
  }

  it('are read again when they are refused, and the call is made again with the new ones', async () => {
    const { seen, status, renewals } = await between('old', 'good')
    assert.deepEqual([await status(get), await status(get)], [200, 200])
    assert.deepEqual([seen, renewals()], [['old', 'good', 'good'], 1])
  })
  it('that are the same as before are refused once', async () => {
    const { seen, status } = await between('bad', 'bad')
    assert.deepEqual([await status(get), seen], [401, ['bad']])
  })
  it('F9 are not used for a call that may not start any more once they were read', async () => {
    const { seen, status } = await between('old', 'good')
    const answers = [true, false]
    const flag: HttpRequest = {
      method: 'POST',
      path: '/warehouse/return/7/flag',
      effect: 'repeatable',
      mayStart: () => answers.shift() === true,
    }
    const failure = await status(flag)
    assert.deepEqual(seen, ['old'])
    assert.ok(typeof failure === 'object')
    assert.deepEqual([failure.kind, failure.sent], ['timeout', 'no'])
  })
  it('F44 take another permit, because the vendor counts the second try as well', async () => {
    let permits = 0
    const rate: RateLimiter = {
      clock: () => 0,
      acquire: async () => {
        permits += 1
        return 'go'
      },
      pause: () => undefined,
    }
    const { status } = await between('old', 'good', { rate })
    assert.deepEqual([await status(get), permits], [200, 2])
  })
  it('are not used after the deadline, when reading them took too long', async () => {
    const { clock, sleep } = virtualTime()
    const seen: string[] = []
    const url = await serve((request, response) => {
      seen.push(String(request.headers['x-authorization']))
      response.statusCode = 401
      response.end('{}')
    })
    let current = 'old'
    const { transport } = transportTo(url, {
      clock,
      headers: () => ({ 'X-Authorization': current }),
      renew: async () => {
        current = 'good'
        await sleep(10 * 60_000)
      },
    })
    const outcome = await transport.send(get)
    assert.deepEqual(seen, ['old'])
    assert.ok(!outcome.ok)
    assert.equal(outcome.failure.kind, 'timeout')
  })
  it('never send what may be sent once only a second time (F1)', async () => {
    const { seen, status } = await between('old', 'good')
    const process: HttpRequest = { method: 'POST', path: '/warehouse/return/7/process', effect: 'once' }
    assert.deepEqual([await status(process), seen], [401, ['old']])
  })
})
