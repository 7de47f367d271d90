import assert from 'node:assert/strict'
import type { HttpRequest } from '../../src/http/transport.ts'
import { realNetwork } from './networks.ts'
import { closeServers, serve, transportTo } from './server.ts'

const get: HttpRequest = { method: 'GET', path: '/webhooks', effect: 'read' }

describe('transport: credentials that were replaced meanwhile', () => {
  realNetwork()
  afterEach(closeServers)

  /** A vendor that takes one key only, and a transport that has `key` and finds `renewed` when it looks again. */
  async function between(key: string, renewed: string) {
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
  it('never send what may be sent once only a second time (F1)', async () => {
    const { seen, status } = await between('old', 'good')
    const process: HttpRequest = { method: 'POST', path: '/warehouse/return/7/process', effect: 'once' }
    assert.deepEqual([await status(process), seen], [401, ['old']])
  })
})
