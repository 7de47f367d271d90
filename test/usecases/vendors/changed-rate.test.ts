/**
 * A vendor's limit changes under a running `serve`, which creates the merchant's clients again when a setting changes
 * (G4).
 */
import assert from 'node:assert/strict'
import type { Rate } from '../../../src/core/rate-limit/grant-permits.ts'
import type { RateLimitStore } from '../../../src/core/rate-limit/rate-limit-store.ts'
import { secret } from '../../../src/merchants/secrets/secret.ts'
import { connectLoop, connectMasonHub } from '../../../src/usecases/vendors/vendor-clients.ts'
import { realNetwork } from '../../http/networks.ts'
import { closeServers, serve } from '../../http/server.ts'

describe('clients that are opened again with another rate', () => {
  realNetwork()
  afterEach(closeServers)

  it('F44 take their permits at that rate, for both vendors, in the same process', async () => {
    const rates: Rate[] = []
    const permits: RateLimitStore = {
      lifetime: 2_000,
      take: async (_, rate) => {
        rates.push(rate)
        return { permits: 1, wait: 0 }
      },
      pause: async () => undefined,
    }
    const baseUrl = await serve((_, response) => response.end('{}'))
    const key = secret(`key-${crypto.randomUUID()}`)
    const ask = { method: 'GET', path: '/any', effect: 'read' } as const
    for (const requestsPerMinute of [255, 60]) {
      const { transport, close } = await connectLoop({ baseUrl, requestsPerMinute }, key, { permits })
      await transport.send(ask)
      close()
    }
    for (const requestsPerSecond of [4, 1]) {
      const { transport, close } = await connectMasonHub({ baseUrl, requestsPerSecond }, key, { permits })
      await transport.send(ask)
      close()
    }
    assert.deepEqual(rates, [
      { perMinute: 255 },
      { perMinute: 60 },
      { perSecond: 4, burst: 4 },
      { perSecond: 1, burst: 1 },
    ])
  })
})
