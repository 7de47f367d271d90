import assert from 'node:assert/strict'
import nock from 'nock'
import type { RequestTrace } from '../../src/http/create-transport.ts'
import { metadataIn } from '../../src/http/response-metadata.ts'
import { mockedNetwork } from './networks.ts'
import { transportTo } from './server.ts'

describe("signs of a vendor in an answer's headers", () => {
  it('are its clock and what is left of its limit, in either spelling', () => {
    const date = 'Wed, 25 Nov 2026 09:00:00 GMT'
    assert.deepEqual(metadataIn({ date, 'x-ratelimit-limit': '300', 'x-ratelimit-remaining': '7' }), {
      date: '2026-11-25T09:00:00.000Z',
      left: { remaining: 7, limit: 300 },
    })
    assert.deepEqual(metadataIn({ 'ratelimit-limit': '60', 'ratelimit-remaining': '0' }).left, {
      remaining: 0,
      limit: 60,
    })
  })

  it('are nothing when they are missing or unreadable', () => {
    assert.deepEqual(metadataIn({}), { date: null, left: null })
    assert.deepEqual(metadataIn({ date: 'soon', 'x-ratelimit-limit': 'many', 'x-ratelimit-remaining': '3' }), {
      date: null,
      left: null,
    })
    assert.equal(metadataIn({ date: '1.5' }).date, null, 'H21: not a day of 2001')
    assert.equal(metadataIn({ 'x-ratelimit-limit': '0', 'x-ratelimit-remaining': '0' }).left, null)
  })
})

describe('why a vendor could not be reached', () => {
  mockedNetwork()
  for (const [code, cause, words] of [
    ['ENOTFOUND', 'dns', 'the host name is unknown'],
    ['EAI_AGAIN', 'dns', 'the host name could not be resolved'],
    ['ECONNREFUSED', 'refused', 'the connection was refused'],
    ['CERT_HAS_EXPIRED', 'tls', 'no trusted TLS connection'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls', 'no trusted TLS connection'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls', 'no trusted TLS connection'],
    ['ENETUNREACH', 'network', 'the network cannot be reached'],
    ['EBADF', 'other', 'the connection failed'],
  ] as const) {
    it(`${code}: ${cause}`, async () => {
      nock('https://vendor.test')
        .get('/api/webhooks')
        .times(4)
        .replyWithError(Object.assign(new Error('x'), { code }))
      const traces: RequestTrace[] = []
      const { transport } = transportTo('https://vendor.test/api', { onRequest: (trace) => traces.push(trace) })
      const outcome = await transport.send({ method: 'GET', path: '/webhooks', effect: 'read' })
      assert.deepEqual(outcome.ok ? null : [outcome.failure.cause, outcome.failure.message], [
        cause,
        `${words} (${code})`,
      ])
      assert.deepEqual([traces.at(-1)?.cause, traces.at(-1)?.metadata], [cause, null])
      transport.close()
    })
  }
})
