import assert from 'node:assert/strict'
import { foreignHost, foreignHosts, readHost } from '../../../src/merchants/secrets/vendor-hosts.ts'

describe('hosts that credentials may go to (G8, F63)', () => {
  it('G8 knows each vendor by its own domain and the port of https, and this machine', () => {
    for (const [vendor, url, foreign] of [
      ['loop', 'https://api.loopreturns.com/api/2026-10', null],
      ['loop', 'https://eu.api.loopreturns.com:443/api', null],
      ['loop', 'https://API.LoopReturns.com/api', null],
      ['loop', 'http://127.0.0.1:4010/api', null],
      ['loop', 'http://[::1]:4010/api', null],
      ['loop', 'https://localhost/api', null],
      ['loop', 'https://app.masonhub.co/api', 'app.masonhub.co'],
      ['loop', 'https://api.loopreturns.com:8443/api', 'api.loopreturns.com:8443'],
      ['loop', 'https://loopreturns.com/api', 'loopreturns.com'],
      ['loop', 'https://evilloopreturns.com/api', 'evilloopreturns.com'],
      ['loop', 'https://api.loopreturns.com.evil.example/api', 'api.loopreturns.com.evil.example'],
      ['loop', 'https://api.loopreturns.co/api', 'api.loopreturns.co'],
      ['loop', 'https://localhost.evil.example/api', 'localhost.evil.example'],
      ['masonhub', 'https://sandbox.masonhub.co/demo/api/v1', null],
      ['masonhub', 'https://app.masonhub.co/demo/api/v1', null],
      ['masonhub', 'https://api.loopreturns.com/demo', 'api.loopreturns.com'],
      ['masonhub', 'https://app.masonhub.co:8080/demo', 'app.masonhub.co:8080'],
      ['masonhub', 'https://app.masonhub.com/demo', 'app.masonhub.com'],
      // A Cyrillic а makes another host, which is shown in punycode.
      ['masonhub', 'https://\u0430pp.masonhub.co.example/x', 'xn--pp-6kc.masonhub.co.example'],
      ['masonhub', 'https://app.m\u0430sonhub.co/x', 'app.xn--msonhub-2fg.co'],
    ] as const) {
      assert.equal(foreignHost(vendor, url), foreign, `${vendor} ${url}`)
    }
  })

  it('G8 a host that was stored already is not asked about again, under another path; another port is', () => {
    const at = (baseUrl?: string) => ({ loop: {}, masonhub: { baseUrl } })
    const host = (before: string | undefined, after: string | undefined) =>
      foreignHosts(at(before), at(after)).map((one) => one.host)
    assert.deepEqual(host('https://hub.example/a', 'https://hub.example/b'), [])
    assert.deepEqual(host('https://hub.example/a', 'https://hub.example:444/a'), ['hub.example:444'])
    assert.deepEqual(host(undefined, 'https://hub.example/a'), ['hub.example'])
    assert.deepEqual(host('https://hub.example/a', undefined), [])
    assert.deepEqual(foreignHosts(null, at('https://hub.example')), [{ vendor: 'masonhub', host: 'hub.example' }])
  })

  it('G8 reads a host as a base URL has it, and nothing that is more or less than one', () => {
    for (const [text, host] of [
      ['mocks.example.com', 'mocks.example.com'],
      ['MOCKS.Example.com', 'mocks.example.com'],
      ['mocks.example.com:8443', 'mocks.example.com:8443'],
      ['mocks.example.com:443', 'mocks.example.com'],
      ['m\u00fcller.example', 'xn--mller-kva.example'],
      ['XN--MLLER-KVA.example', 'xn--mller-kva.example'],
      // This machine needs no permission; naming it does no harm.
      ['localhost:4010', 'localhost:4010'],
      ['127.0.0.1:4010', '127.0.0.1:4010'],
      ['[::1]:4010', '[::1]:4010'],
    ]) {
      assert.deepEqual(readHost(text ?? ''), { host }, text)
    }
    for (const text of [
      '',
      '  ',
      'https://mocks.example.com',
      'mocks.example.com/api',
      'mocks.example.com?x',
      'mocks.example.com#x',
      'me@mocks.example.com',
      '*.example.com',
      '*',
      'a.example,b.example',
      'a.example b.example',
      ' a.example',
      'a.example:',
      'a.example:99999',
      'a.example:http',
      'a.example.',
      'a..example',
      '.example',
      '10.0.0.1',
      '10.0.0.1:4010',
      '0.0.0.0',
      '[2001:db8::1]',
      '[::ffff:127.0.0.1]',
      '1',
      '\\\\host',
      '%zz',
    ]) {
      assert.ok('problem' in readHost(text), text)
    }
  })
})
