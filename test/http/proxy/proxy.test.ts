import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { connect as connectTcp, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { Fault } from '../../../src/core/errors/fault.ts'
import { type Environment, proxyFor } from '../../../src/http/proxy/proxy.ts'
import type { HttpRequest, Outcome } from '../../../src/http/transport.ts'
import { faultOf } from '../../../src/http/vendor-faults.ts'
import { until } from '../../until.ts'
import { realNetwork } from '../networks.ts'
import { canary, closeServers, deadUrl, listen, serve, serveTcp, transportTo } from '../server.ts'

const get: HttpRequest = { method: 'GET', path: '/webhooks', effect: 'read' }
const pay: HttpRequest = { method: 'POST', path: '/warehouse/return/7/process', body: {}, effect: 'once' }
const password = 'proxy-password-canary'
const vendorHost = 'loop.example'

function failureOf(outcome: Outcome) {
  assert.ok(!outcome.ok, 'expected a failure')
  return outcome.failure
}

describe('which proxy the environment names (H20)', () => {
  const vendor = new URL('https://api.loop.example/api/2026-10/')
  const nameOf = (env: Environment, url = vendor) => proxyFor(env, url)?.name ?? null

  it('H20: HTTPS_PROXY in both cases, the lower one first; an empty one is none', () => {
    assert.equal(nameOf({}), null)
    assert.equal(nameOf({ HTTPS_PROXY: 'http://upper.example:3128' }), 'http://upper.example:3128')
    const both = { HTTPS_PROXY: 'http://upper.example', https_proxy: 'https://lower.example' }
    assert.equal(nameOf(both), 'https://lower.example')
    assert.equal(proxyFor(both, vendor)?.variable, 'https_proxy')
    assert.equal(proxyFor(both, vendor)?.port, 443)
    assert.equal(nameOf({ ...both, https_proxy: '' }), 'http://upper.example')
    assert.equal(nameOf({ HTTPS_PROXY: 'bare.example:8080' }), 'http://bare.example:8080')
    assert.equal(nameOf({ HTTP_PROXY: 'http://plain.example' }), null)
  })

  it('H20: never for this machine itself', () => {
    for (const url of ['http://127.0.0.1:4010/', 'https://localhost:1/', 'https://[::1]:1/', 'https://127.9.9.9/'])
      assert.equal(nameOf({ HTTPS_PROXY: 'http://p.example', HTTP_PROXY: 'http://p.example' }, new URL(url)), null, url)
  })

  it('H20: NO_PROXY takes out a host, all below a name, a port, or everything', () => {
    const through = (list: string, lower?: string) =>
      nameOf({
        HTTPS_PROXY: 'http://p.example',
        NO_PROXY: list,
        ...(lower === undefined ? {} : { no_proxy: lower }),
      }) !== null
    for (const list of [
      'api.loop.example',
      'API.Loop.Example',
      'loop.example',
      '.loop.example',
      '*.loop.example',
      'a.example, api.loop.example',
      'a.example api.loop.example',
      'api.loop.example:443',
      '*',
    ])
      assert.equal(through(list), false, list)
    for (const list of ['', 'op.example', 'x.api.loop.example', 'api.loop.example:8443', '10.0.0.0/8', ',', '.'])
      assert.equal(through(list), true, list)
    assert.equal(through('*', 'other.example'), true)
  })

  it('H20: one that can’t be used is refused, not bypassed, and its password is not printed', () => {
    for (const value of [
      `socks5://me:${password}@p.example:1080`,
      `http://me:${password}@`,
      `http://me:${password}%@p.example`,
      `http://me:${password}@p.example:99999`,
    ]) {
      assert.throws(
        () => proxyFor({ HTTPS_PROXY: value }, vendor),
        (error) => {
          assert.ok(error instanceof Fault)
          assert.deepEqual([error.code, error.exit, error.blame], ['PROXY_UNUSABLE', 2, 'machine'])
          assert.match(error.message, /^HTTPS_PROXY /)
          assert.match(error.hint ?? '', /export NO_PROXY=api\.loop\.example$/)
          assert.doesNotMatch(`${error.message}${error.hint}`, new RegExp(password))
          return true
        },
        value,
      )
    }
    assert.equal(nameOf({ HTTPS_PROXY: 'socks5://p.example', NO_PROXY: '*' }), null)
  })
})

/** A proxy that connects every request to the one vendor, and a record of what it saw. */
async function startProxy(vendorPort: number, answer?: (socket: Socket) => void) {
  const seenRequests: { target: string; authorization: string | undefined }[] = []
  const open = new Set<Socket>()
  const server = createServer(() => assert.fail('the proxy is only ever asked to connect'))
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    seenRequests.push({ target: request.url ?? '', authorization: request.headers['proxy-authorization'] })
    // A server's sockets stay half open, so the side that the client ends is closed here, too.
    socket.once('end', () => socket.destroy())
    if (answer !== undefined) {
      socket.resume()
      answer(socket)
      return
    }
    const onwards = connectTcp(vendorPort, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      socket.pipe(onwards).pipe(socket)
    })
    onwards.on('error', () => socket.destroy())
    // Reads on without a consumer, because otherwise the end of the stream is not reported.
    onwards.once('close', () => socket.resume())
    socket.once('close', () => onwards.destroy())
  })
  const { host, port } = new URL(await listen(server))
  return { host, port, seenRequests, open, env: { HTTPS_PROXY: `http://me:${password}@${host}` } }
}

describe('requests through a proxy (H20)', () => {
  realNetwork()
  const trusted = getCACertificates('default')
  let certificate = { cert: '', key: '' }
  let requests: IncomingMessage[] = []

  before(async function () {
    const folder = await mkdtemp(join(tmpdir(), 'mhloop-test-'))
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
    const names = ['-subj', `/CN=${vendorHost}`, '-addext', `subjectAltName=DNS:${vendorHost}`]
    const made = spawnSync('openssl', ['req', ...kind, ...names, '-keyout', key, '-out', cert])
    if (made.status === 0) certificate = { cert: await readFile(cert, 'utf8'), key: await readFile(key, 'utf8') }
    await rm(folder, { recursive: true, force: true })
    if (made.status === 0) return
    process.stderr.write('skipped: there is no openssl here to make a certificate with\n')
    this.skip()
  })
  beforeEach(() => {
    requests = []
    setDefaultCACertificates([...trusted, certificate.cert])
  })
  afterEach(async () => {
    setDefaultCACertificates(trusted)
    await closeServers()
  })

  async function startVendor(): Promise<number> {
    const server = createTlsServer(certificate, (request, response) => {
      requests.push(request)
      response.end('{"ok":true}')
    })
    return Number(new URL(await listen(server)).port)
  }

  /** A transport to the vendor. Its name can't be resolved, so that only the proxy can reach it. */
  function vendorThrough(env: Environment, port = 443, options = {}) {
    return transportTo(`https://${vendorHost}:${port}/api`, { env, ...options })
  }

  it('H20: reads and writes go through it, with its user name, and the vendor alone gets the key', async () => {
    const port = await startVendor()
    const proxy = await startProxy(port)
    const { transport } = vendorThrough(proxy.env, port)
    const outcome = await transport.send(get)
    assert.ok(outcome.ok, JSON.stringify(outcome))
    assert.deepEqual(outcome.answer.json, { ok: true })
    assert.ok((await transport.send(get)).ok)
    const authorization = `Basic ${Buffer.from(`me:${password}`).toString('base64')}`
    // The second read used the same tunnel.
    assert.deepEqual(proxy.seenRequests, [{ target: `${vendorHost}:${port}`, authorization }])
    assert.equal(requests[0]?.headers['x-authorization'], canary)
    assert.equal(requests[0]?.headers['proxy-authorization'], undefined)
    transport.close()
    await until(() => proxy.open.size === 0)
  })

  it('H20: a write that must not be repeated gets its own tunnel, closed after it', async () => {
    const port = await startVendor()
    const proxy = await startProxy(port)
    const { transport } = vendorThrough(proxy.env, port)
    await transport.send(get)
    assert.ok((await transport.send(pay)).ok)
    assert.ok((await transport.send(pay)).ok)
    assert.equal(proxy.seenRequests.length, 3)
    await until(() => proxy.open.size <= 1)
    transport.close()
  })

  it('H20: what NO_PROXY takes out, and this machine itself, goes around it', async () => {
    const proxy = await startProxy(1)
    const plain = await serve((_, response) => response.end('true'))
    const here = transportTo(plain, { env: { ...proxy.env, HTTP_PROXY: `http://${proxy.host}` } })
    assert.ok((await here.transport.send(get)).ok)
    const around = vendorThrough({ ...proxy.env, NO_PROXY: vendorHost })
    const failure = failureOf(await around.transport.send(get))
    assert.equal(failure.cause, 'dns')
    assert.deepEqual(proxy.seenRequests, [])
    here.transport.close()
    around.transport.close()
  })

  for (const [name, status, expected] of [
    ['wants a password', '407 Proxy Authentication Required', /needs a user name and a password.*\(407\)/],
    ['is not allowed to', '403 Forbidden', /answered 403 instead of connecting/],
    ['can not reach the vendor', '502 Bad Gateway', /answered 502 instead of connecting/],
  ] as const) {
    it(`H20: one that ${name} has surely let nothing through, and is reported as what it is`, async () => {
      const proxy = await startProxy(1, (socket) => {
        socket.write(`HTTP/1.1 ${status}\r\nX-Said: ${password}\r\nContent-Length: 6\r\n\r\nsecret`)
      })
      const { transport } = vendorThrough(proxy.env)
      const outcome = await transport.send(pay)
      const failure = failureOf(outcome)
      assert.deepEqual([failure.sent, failure.cause, failure.kind], ['no', 'proxy', 'connection'])
      assert.match(failure.message, expected)
      const fault = faultOf('loop', pay, outcome)
      assert.deepEqual([fault.code, fault.exit, fault.blame], ['LOOP_UNREACHABLE', 7, 'machine'])
      assert.match(fault.message, new RegExp(`the proxy http://${proxy.host}`))
      assert.match(fault.hint ?? '', /HTTPS_PROXY.*NO_PROXY/)
      assert.doesNotMatch(JSON.stringify([outcome, fault.message, fault.hint]), new RegExp(`${password}|secret`))
      // The proxy keeps its side open; nothing on our side may keep the process alive.
      await until(() => proxy.open.size === 0)
      transport.close()
    })
  }

  it('H20: one that is not there, unknown, closes at once or does not speak HTTP: surely not sent', async () => {
    const closing = await serveTcp((socket) => socket.destroy())
    const other = await serveTcp((socket) => socket.write('SSH-2.0-OpenSSH_9.9\r\n'))
    for (const [url, expected] of [
      [await deadUrl(), /connection was refused \(ECONNREFUSED\)/],
      ['http://proxy.invalid:3128', /host name .* \((?:ENOTFOUND|EAI_AGAIN)\)/],
      [closing, /\(ECONNRESET\)/],
      [other, /\(HPE_/],
      [closing.replace('http:', 'https:'), /no connection to the proxy https:/],
    ] as const) {
      const { transport } = vendorThrough({ https_proxy: url.replace('//', `//me:${password}@`) })
      const failure = failureOf(await transport.send(pay))
      assert.deepEqual([failure.sent, failure.cause], ['no', 'proxy'], url)
      assert.match(failure.message, expected)
      assert.doesNotMatch(failure.message, new RegExp(password))
      transport.close()
    }
  })

  it('H20: one that never answers: surely not sent, and no connection is left', async () => {
    const proxy = await startProxy(1, () => undefined)
    const { transport } = vendorThrough(proxy.env, 443, { attemptTimeout: 300 })
    const failure = failureOf(await transport.send(pay))
    assert.deepEqual([failure.sent, failure.cause, failure.kind], ['no', 'proxy', 'timeout'])
    assert.match(failure.message, /no connection through the proxy http:/)
    await until(() => proxy.open.size === 0)
    // Reads share their connections, which end with the transport.
    const read = transport.send({ ...get, signal: AbortSignal.timeout(300) })
    assert.equal(failureOf(await read).kind, 'aborted')
    transport.close()
    await until(() => proxy.open.size === 0)
  })

  it('H20: an answer that comes too late carries nothing any more', async () => {
    const port = await startVendor()
    const held: (() => void)[] = []
    const proxy = await startProxy(port, (socket) => {
      held.push(() => socket.write('HTTP/1.1 200 OK\r\n\r\n'))
    })
    const { transport } = vendorThrough(proxy.env, port, { attemptTimeout: 300 })
    assert.equal(failureOf(await transport.send(pay)).sent, 'no')
    for (const answer of held) answer()
    await until(() => proxy.open.size === 0)
    assert.equal(requests.length, 0)
    transport.close()
  })

  it('H20: behind the tunnel all is as without: no trusted TLS is not sent, a lost answer may be', async () => {
    const port = await startVendor()
    const proxy = await startProxy(port)
    setDefaultCACertificates(trusted)
    const untrusted = vendorThrough(proxy.env, port)
    const refused = failureOf(await untrusted.transport.send(pay))
    assert.deepEqual([refused.sent, refused.cause], ['no', 'tls'])
    assert.match(refused.message, /through the proxy http:.*no trusted TLS connection/)
    untrusted.transport.close()

    setDefaultCACertificates([...trusted, certificate.cert])
    const cutting = createTlsServer(certificate, (request) => request.socket.destroy())
    const cuttingPort = Number(new URL(await listen(cutting)).port)
    const { env } = await startProxy(cuttingPort)
    const lost = vendorThrough(env, cuttingPort)
    const failure = failureOf(await lost.transport.send(pay))
    assert.deepEqual([failure.sent, failure.cause], ['maybe', 'cut'])
    assert.equal(faultOf('loop', pay, { ok: false, failure }).code, 'LOOP_IN_DOUBT')
    lost.transport.close()
  })

  it('H20: a tunnel that breaks before TLS is established is surely not sent', async () => {
    const proxy = await startProxy(1, (socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'))
    const { transport } = vendorThrough(proxy.env)
    assert.equal(failureOf(await transport.send(pay)).sent, 'no')
    transport.close()
  })

  it('H20: one that connects and then speaks no TLS, or closes, is named, and is surely not sent', async () => {
    for (const [after, expected] of [
      ['SSH-2.0-OpenSSH_9.9\r\n', /no trusted TLS connection \((?:EPROTO|ERR_SSL_)/],
      [null, /the connection was closed \(ECONNRESET\)/],
    ] as const) {
      const proxy = await startProxy(1, (socket) => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        // With the first bytes of the handshake, which it does not expect.
        socket.once('data', () => (after === null ? socket.destroy() : socket.write(after)))
      })
      const { transport } = vendorThrough(proxy.env)
      const outcome = await transport.send(pay)
      const failure = failureOf(outcome)
      assert.deepEqual([failure.sent, failure.cause, failure.kind], ['no', 'proxy', 'connection'])
      const fault = faultOf('loop', pay, outcome)
      assert.match(fault.message, new RegExp(`no connection through the proxy http://${proxy.host}: `))
      assert.match(fault.message, expected)
      assert.match(fault.hint ?? '', /HTTPS_PROXY.*NO_PROXY/)
      assert.doesNotMatch(fault.message, new RegExp(password))
      transport.close()
    }
  })

  it('H20: the way to the proxy itself may be TLS, with a certificate that is trusted', async () => {
    const port = await startVendor()
    const server = createTlsServer(certificate)
    server.on('connect', (_: IncomingMessage, socket: Socket) => {
      const onwards = connectTcp(port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 OK\r\n\r\n')
        socket.pipe(onwards).pipe(socket)
      })
      socket.once('close', () => onwards.destroy())
    })
    const { port: proxyPort } = new URL(await listen(server))
    // Its certificate is for another name.
    const { transport } = vendorThrough({ HTTPS_PROXY: `https://127.0.0.1:${proxyPort}` }, port)
    const failure = failureOf(await transport.send(pay))
    assert.deepEqual([failure.sent, failure.cause], ['no', 'proxy'])
    assert.match(failure.message, /no trusted TLS connection/)
    transport.close()
  })
})
