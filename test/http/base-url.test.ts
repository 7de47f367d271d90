import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { assertBaseUrl } from '../../src/http/base-url.ts'

describe('base URL guard (F63)', () => {
  for (const [input, expected] of [
    ['https://api.loopreturns.com/api/2026-10', 'https://api.loopreturns.com/api/2026-10'],
    ['https://sandbox.masonhub.co/demo/api/v1/', 'https://sandbox.masonhub.co/demo/api/v1'],
    ['http://localhost:4010/api/v1', 'http://localhost:4010/api/v1'],
    ['http://127.0.0.1:4010', 'http://127.0.0.1:4010'],
    ['http://[::1]:4010', 'http://[::1]:4010'],
  ] as const) {
    it(`accepts ${input}`, () => assert.equal(assertBaseUrl(input, 'loop'), expected))
  }

  for (const url of [
    '',
    'api.loopreturns.com',
    'http://api.loopreturns.com',
    'http://localhost.evil.example',
    'http://127.0.0.1.evil.example',
    'http://169.254.169.254/latest',
    'https://169.254.169.254/latest',
    'https://[::ffff:169.254.169.254]/',
    'http://[::ffff:127.0.0.1]/',
    'https://10.0.0.1/',
    'http://0.0.0.0:80/',
    'ftp://api.loopreturns.com',
    'file:///etc/passwd',
    'https://user:pass@api.loopreturns.com',
    'https://api.loopreturns.com@evil.example',
    'https://api.loopreturns.com/?x=1',
    'https://api.loopreturns.com/#x',
  ]) {
    it(`refuses ${url || 'nothing'}`, () => {
      assert.throws(() => assertBaseUrl(url, 'loop'), { code: 'BASE_URL_REFUSED', exit: 2, blame: 'input' })
    })
  }

  for (const url of [
    'https://app.masonhub.co./demo/api/v1',
    'https://APP.masonhub.co.:443/',
    'https://app.masonhub.co%2E/',
  ]) {
    it(`H12: refuses ${url}, another spelling of a host`, () => {
      assert.throws(() => assertBaseUrl(url, 'masonhub'), {
        code: 'BASE_URL_REFUSED',
        message: /have a host name that ends with a dot/,
      })
    })
  }

  it('does not repeat a password', () => {
    try {
      assertBaseUrl('https://user:hunter2pass@loop.example', 'loop')
      assert.fail('accepted')
    } catch (error) {
      assert.equal(inspect(error).includes('hunter2pass'), false)
    }
  })
})
