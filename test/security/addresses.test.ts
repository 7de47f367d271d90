/** Where credentials may be sent and callbacks registered, in every notation of an address (F63). */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { assertBaseUrl } from '../../src/http/base-url.ts'
import { publicUrl } from '../../src/usecases/connect/endpoint-urls.ts'

/** Cloud metadata, private networks and every interface, in each notation that a URL parser accepts. */
const inside = [
  '169.254.169.254',
  '2852039166',
  '0xa9fea9fe',
  '0xa9.0xfe.0xa9.0xfe',
  '0251.0376.0251.0376',
  '169.254.43518',
  '[::ffff:169.254.169.254]',
  '[::ffff:a9fe:a9fe]',
  '[fd00:ec2::254]',
  '[64:ff9b::a9fe:a9fe]',
  '10.0.0.1',
  '172.16.0.1',
  '192.168.1.1',
  '100.100.100.200',
  '0.0.0.0',
  '0',
  '[::]',
  '[::ffff:127.0.0.1]',
  '１６９.２５４.１６９.２５４',
]

describe('addresses (F63)', () => {
  for (const host of inside) {
    it(`F63: nothing goes to ${host}`, () => {
      for (const scheme of ['https', 'http']) {
        assert.throws(() => assertBaseUrl(`${scheme}://${host}/api`, 'loop'), { code: 'BASE_URL_REFUSED' })
        assert.throws(() => publicUrl(`${scheme}://${host}/`), { code: 'URL_REFUSED' })
      }
    })
  }

  it('F63: an address of this machine stays this machine, in any notation', () => {
    for (const host of ['2130706433', '0x7f000001', '127.1', '0177.0.0.1', '127.0.0.1', 'LOCALHOST']) {
      const { hostname } = new URL(assertBaseUrl(`http://${host}:4010/api`, 'loop'))
      assert.match(hostname, /^(127\.0\.0\.1|localhost)$/)
    }
  })

  it('F63: whatever is accepted is https to a name, or this machine (property)', () => {
    const hosts = fc.oneof(
      fc.ipV4(),
      fc.ipV6().map((ip) => `[${ip}]`),
      fc.domain(),
      fc.nat().map(String),
      fc.webAuthority(),
    )
    const urls = fc.tuple(fc.constantFrom('http', 'https', 'ftp', 'file', 'HTTP'), hosts, fc.webPath())
    fc.assert(
      fc.property(urls, ([scheme, host, path]) => {
        let accepted: URL
        try {
          accepted = new URL(assertBaseUrl(`${scheme}://${host}${path}`, 'masonhub'))
        } catch {
          return
        }
        const { protocol, hostname, username, password } = accepted
        assert.deepEqual([username, password], ['', ''])
        if (/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname)) return
        assert.equal(protocol, 'https:')
        assert.doesNotMatch(hostname, /^\[|^\d+(\.\d+){3}$/)
      }),
      { numRuns: 2_000 },
    )
  })
})
