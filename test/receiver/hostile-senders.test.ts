import assert from 'node:assert/strict'
import { once } from 'node:events'
import { defaultLimits } from '../../src/receiver/receiver.ts'
import {
  connected,
  type Opened,
  openReceiver,
  paths,
  send,
  sendLoop,
  sign,
  untilClosed,
  webhook,
} from './open-receiver.ts'

const mebibyte = 1024 * 1024
const host = 'Host: receiver\r\n'

describe('senders who take too much (F52, F53)', () => {
  let opened: Opened
  const open = async (limits: Parameters<typeof openReceiver>[0] = {}) => {
    opened = await openReceiver(limits)
    return opened.url
  }
  afterEach(() => opened.receiver.close())

  const quick = { headersTimeout: 150, requestTimeout: 300, connectionsCheckingInterval: 25 }

  it('F52: a body of 5 MB is refused before it is read, by its announced length', async () => {
    const url = await open()
    const head = `POST ${paths.loop} HTTP/1.1\r\n${host}X-Loop-Signature: x\r\nContent-Length: ${5 * mebibyte}\r\n\r\n`
    assert.match(await untilClosed(url, head), /^HTTP\/1\.1 413 /)
    assert.deepEqual(opened.receiver.counts(), [{ merchant: 'acme', source: 'loop', outcome: 'too-large', count: 1 }])
    assert.deepEqual(opened.stored, [])
  })

  it('F52: a body of unknown length is refused as soon as it is too long, before its end', async () => {
    const url = await open()
    const head = `POST ${paths.loop} HTTP/1.1\r\n${host}X-Loop-Signature: x\r\nTransfer-Encoding: chunked\r\n\r\n`
    // One chunk more than fits, and no end of the body: only a receiver that counts while it reads can answer.
    const chunk = `10000\r\n${'x'.repeat(65_536)}\r\n`
    assert.match(await untilClosed(url, head + chunk.repeat(17)), /^HTTP\/1\.1 413 /)
  })

  it('F52: a body of exactly 1 MiB is taken, and one byte more is not', async () => {
    const url = await open()
    const body = Buffer.alloc(mebibyte, ' ')
    body.write(webhook())
    assert.equal((await sendLoop(url, body)).status, 200)
    const larger = Buffer.concat([body, Buffer.from(' ')])
    const headers = { 'x-loop-signature': sign(larger) }
    assert.equal((await send(url, { path: paths.loop, headers, body: larger })).status, 413)
  })

  it('F53: the limits are those of the failure model', () => {
    const { headersTimeout, requestTimeout, connectionsCheckingInterval, headerBytes, bodyBytes } = defaultLimits
    assert.deepEqual([headersTimeout, requestTimeout, connectionsCheckingInterval], [5_000, 10_000, 1_000])
    assert.deepEqual([headerBytes, bodyBytes], [8_192, mebibyte])
  })

  // With Node's own interval these connections would also end, after 30 seconds: they must not stay open that long.
  it('F53: slow headers are cut', async () => {
    const url = await open({ limits: quick })
    assert.match(await untilClosed(url, `POST ${paths.loop} HTTP/1.1\r\n${host}X-Slow: `), /^HTTP\/1\.1 408 /)
  }).timeout(25_000)

  it('F53: a client that connects and sends nothing is cut', async () => {
    const url = await open({ limits: quick })
    assert.match(await untilClosed(url, ''), /^(HTTP\/1\.1 408 |$)/)
  }).timeout(25_000)

  it('F53: a slow body is cut, and nothing of it is stored', async () => {
    const url = await open({ limits: quick })
    const head = `POST ${paths.loop} HTTP/1.1\r\n${host}X-Loop-Signature: x\r\nContent-Length: 100\r\n\r\n{`
    assert.match(await untilClosed(url, head), /^(HTTP\/1\.1 4\d\d |$)/)
    assert.deepEqual(opened.stored, [])
  }).timeout(25_000)

  it('F53: headers of more than 8 KiB are refused', async () => {
    const url = await open()
    const head = `POST ${paths.loop} HTTP/1.1\r\n${host}X-Long: ${'x'.repeat(9_000)}\r\n\r\n`
    assert.match(await untilClosed(url, head), /^HTTP\/1\.1 431 /)
  })

  it('F53 H4: more connections than allowed: the newcomer is served, and the one that was idle longest goes', async () => {
    const url = await open({ limits: { connections: 2 } })
    const [first, second] = [await connected(url), await connected(url)]
    const gone = once(first, 'close')
    assert.equal((await send(url, { path: '/healthz', method: 'GET' })).status, 200)
    await gone
    second.write(`GET /healthz HTTP/1.1\r\n${host}\r\n`)
    const [answer] = await once(second, 'data')
    assert.match(String(answer), /^HTTP\/1\.1 200 /)
    second.destroy()
  })

  it('what is not HTTP is refused', async () => {
    const url = await open()
    assert.match(await untilClosed(url, '\u0016\u0003\u0001 hello\r\n\r\n'), /^HTTP\/1\.1 400 /)
  })

  it('a slow sender does not keep the receiver from closing', async () => {
    const url = await open({ limits: { requestTimeout: 200 } })
    const head = `POST ${paths.loop} HTTP/1.1\r\n${host}X-Loop-Signature: x\r\nContent-Length: 100\r\n\r\n{`
    const closed = untilClosed(url, head)
    // The receiver has read it once it answers a later request.
    assert.equal((await send(url, { path: '/healthz', method: 'GET' })).status, 200)
    await opened.receiver.close()
    assert.equal(await closed, '')
  })
})
