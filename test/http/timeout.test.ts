/** The operator decides how long a request may take (H20). */
import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { visibleWithin } from '../../src/core/rmas/write-check.ts'
import { callWithin, leaseFor, requestSeconds, sendWithin } from '../../src/core/time/time-limits.ts'
import { secret } from '../../src/merchants/secrets/secret.ts'
import { connectLoop, type VendorClientOptions } from '../../src/usecases/vendors/vendor-clients.ts'
import { runMhloop } from '../run.ts'
import { realNetwork } from './networks.ts'
import { closeServers, serve } from './server.ts'

describe('--timeout (H20)', () => {
  realNetwork()
  afterEach(closeServers)

  /** A Loop that never answers its first request. */
  async function slowAtFirst() {
    const requests: string[] = []
    const held: ServerResponse[] = []
    const url = await serve((request, response) => {
      requests.push(`${request.method} ${request.url}`)
      if (requests.length === 1) held.push(response)
      else response.setHeader('content-type', 'application/json').end('[]')
    })
    const env = {
      MHLOOP_LOOP_API_KEY: 'timeout-test-key',
      MHLOOP_MASONHUB_TOKEN: 'timeout-test-token',
      MHLOOP_MASONHUB_SLUG: 'acme',
      MHLOOP_LOOP_BASE_URL: url,
    }
    return { url, requests, env }
  }

  it('H20: what an operator may say does not outlast what money rests on', () => {
    const most = requestSeconds.most * 1_000
    assert.ok(sendWithin + most <= leaseFor, 'a refund that goes out at the last moment is answered under its lease')
    assert.ok(most <= callWithin && most <= visibleWithin)
    assert.ok('a note that goes out at the last moment is answered before others write it')
    assert.ok(requestSeconds.least <= requestSeconds.usual && requestSeconds.usual <= requestSeconds.most)
  })

  for (const [what, words, env] of [
    ['--timeout', ['--timeout', '1'], {}],
    ['MHLOOP_TIMEOUT', [], { MHLOOP_TIMEOUT: '1' }],
    ['--timeout before MHLOOP_TIMEOUT', ['--timeout', '1'], { MHLOOP_TIMEOUT: 'soon' }],
  ] as const) {
    it(`H20: ${what} ends a request that takes longer; a read is tried again`, async () => {
      const loop = await slowAtFirst()
      const argv = ['api', 'loop', 'GET', '/destinations', '--verbose', ...words]
      const { exit, stderr } = await runMhloop(argv, { env: { ...loop.env, ...env } })
      assert.equal(exit, 0, stderr)
      assert.equal(loop.requests.length, 2)
      assert.match(stderr, /loop GET \/destinations timeout in/)
      assert.match(stderr, /loop GET \/destinations 200 in .*attempt 2/)
    })
  }

  for (const text of ['0', '61', '1.5', '-3', 'soon', '1e1', ' 5', '045x', '9'.repeat(40)]) {
    it(`H20: ${text} is refused with the bounds, and no vendor is asked`, async () => {
      const loop = await slowAtFirst()
      const argv = ['api', 'loop', 'GET', '/destinations']
      for (const run of [
        await runMhloop([...argv, `--timeout=${text}`], { env: loop.env }),
        await runMhloop(argv, { env: { ...loop.env, MHLOOP_TIMEOUT: text } }),
      ]) {
        assert.equal(run.exit, 2)
        assert.match(run.stderr, /^Error: Invalid time limit of a request \(--timeout, or MHLOOP_TIMEOUT\)/)
        assert.doesNotMatch(run.stderr, /Parsing|--help/)
        assert.match(run.stderr, /whole seconds from 1 to 60/)
        assert.match(run.stderr, /TIMEOUT_UNUSABLE/)
      }
      assert.deepEqual(loop.requests, [])
    })
  }

  it('H20: an empty MHLOOP_TIMEOUT is none', async () => {
    const loop = await slowAtFirst()
    loop.requests.push('answered from the first on')
    const { exit } = await runMhloop(['api', 'loop', 'GET', '/destinations'], {
      env: { ...loop.env, MHLOOP_TIMEOUT: '' },
    })
    assert.equal(exit, 0)
  })

  async function loopWith(url: string, options: VendorClientOptions) {
    return await connectLoop({ baseUrl: url, requestsPerMinute: 300 }, secret('timeout-test-key'), options)
  }

  it('H20: a refund whose answer does not come in time was sent once, and is in doubt', async () => {
    const loop = await slowAtFirst()
    const { client, close } = await loopWith(loop.url, { timeout: 1 })
    const answer = await client.process('7', {} as never, () => true)
    close()
    assert.equal(answer.kind, 'in_doubt')
    assert.equal(loop.requests.length, 1)
  })

  it('H20: it counts before the patience of doctor and merchant add, in both directions', async () => {
    const shorter = await slowAtFirst()
    const one = await loopWith(shorter.url, { timeout: 1, timeouts: { attempt: 600_000, call: 600_000 } })
    assert.ok((await one.transport.send({ method: 'GET', path: '/destinations', effect: 'read' })).ok)
    one.close()
    assert.equal(shorter.requests.length, 2)

    let count = 0
    const slow = await serve((_, response) => {
      count += 1
      setTimeout(() => response.end('[]'), 300)
    })
    const other = await loopWith(slow, { timeout: 60, timeouts: { attempt: 20, call: 20 } })
    assert.ok((await other.transport.send({ method: 'GET', path: '/destinations', effect: 'read' })).ok)
    other.close()
    assert.equal(count, 1)
  })
})
