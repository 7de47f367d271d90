/**
 * The receiver closes idle connections to make room, so that a client with many connections can't shut out others (H4).
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { setImmediate as round } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import { holderOf } from '../../../src/receiver/server/connections.ts'
import { temporaryFolder } from '../../temporary-folder.ts'
import {
  at,
  connected,
  type Opened,
  openReceiver,
  paths,
  send,
  sendLoop,
  sendMasonHub,
  sign,
  webhook,
} from '../open-receiver.ts'

const host = 'Host: receiver\r\n'
const half = `POST ${paths.loop} HTTP/1.1\r\n${host}X-Slow: `

describe('connections that do nothing (H4)', () => {
  let opened: Opened
  const folder = temporaryFolder()
  const sockets: Socket[] = []
  const open = async (change: Parameters<typeof openReceiver>[0] = {}) => {
    opened = await openReceiver(change)
    return opened.url
  }
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy()
    await opened.receiver.close()
  })

  /** Opens connections from one address; each has begun a request and sends nothing more. */
  async function hold(url: string, count: number, localAddress?: string): Promise<Socket[]> {
    const held: Socket[] = []
    for (let one = 0; one < count; one += 1) {
      const socket = await connected(url, localAddress)
      socket.write(half)
      held.push(socket)
    }
    sockets.push(...held)
    return held
  }
  const isOpen = (socket: Socket) => !socket.destroyed && !socket.readableEnded
  const alive = (url: string, localAddress?: string) =>
    send(url, { path: '/healthz', method: 'GET', ...(localAddress === undefined ? {} : { localAddress }) })

  it('H4: 530 half-open ones from one address, more than there may be: others are served, and so is that address', async () => {
    const url = await open()
    await hold(url, 530)
    for (let one = 0; one < 20; one += 1) assert.equal((await alive(url, '127.0.0.2')).status, 200)
    assert.equal((await sendLoop(url, webhook())).status, 200)
    assert.equal((await sendMasonHub(url, '[]')).status, 200)
  })

  it('H4: the client with the most connections gives way, its oldest first; one with few keeps them', async () => {
    const url = await open({ limits: { connections: 6 } })
    const [few] = await hold(url, 1, '127.0.0.2')
    const many = await hold(url, 5, '127.0.0.3')
    await hold(url, 2, '127.0.0.4')
    const [first, second] = many
    await Promise.all([first, second].map((socket) => (socket && isOpen(socket) ? once(socket, 'close') : null)))
    assert.deepEqual(many.map(isOpen), [false, false, true, true, true])
    assert.ok(few && isOpen(few))
  })

  it('H4: behind a proxy all have one address: what works is kept, what does nothing goes', async () => {
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    let waiting = 0
    const url = await open({
      limits: { connections: 4 },
      store: async (events) => {
        waiting += events.length
        await held
        return events.map(() => true)
      },
    })
    const answers = [1, 2].map((id) => send(url, signedWebhook(id)))
    while (waiting === 0) await round()
    for (let one = 0; one < 10; one += 1) await hold(url, 1)
    assert.equal((await alive(url)).status, 200)
    release()
    assert.deepEqual(
      (await Promise.all(answers)).map(({ status }) => status),
      [200, 200],
    )
  })

  it('H4: when all of them wait for their answer, a newcomer is closed, and none of them', async () => {
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    let taken = 0
    const url = await open({
      limits: { connections: 2 },
      now: () => {
        taken += 1
        return new Date(at)
      },
      store: async (events) => {
        await held
        return events.map(() => true)
      },
    })
    // The receiver read the clock when it was created.
    taken = 0
    const answers = [1, 2].map((id) => send(url, signedWebhook(id)))
    while (taken < 2) await round()
    await assert.rejects(alive(url))
    release()
    assert.deepEqual(
      (await Promise.all(answers)).map(({ status }) => status),
      [200, 200],
    )
    assert.equal((await alive(url)).status, 200)
  })

  it('H4: a body that does not come gives way, once nothing is idle', async () => {
    const url = await open({ limits: { connections: 2 } })
    const [slow, other] = await hold(url, 2)
    slow?.write(`\r\nX-Loop-Signature: x\r\nContent-Length: 100\r\n\r\n{`)
    other?.write(`\r\nX-Loop-Signature: x\r\nContent-Length: 100\r\n\r\n{`)
    for (let one = 0; one < 3; one += 1) assert.equal((await alive(url, '127.0.0.2')).status, 200)
  })

  it('H4: under TLS, too: handshakes that never come give way', async () => {
    const [keyFile, certificateFile] = [join(folder(), 'key.pem'), join(folder(), 'certificate.pem')]
    const subject = ['-subj', '/CN=localhost', '-nodes', '-days', '1']
    spawnSync('openssl', [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-keyout',
      keyFile,
      '-out',
      certificateFile,
      ...subject,
    ])
    const certificate = await readFile(certificateFile, 'utf8')
    const url = await open({ limits: { connections: 3 }, tls: { certificate, key: await readFile(keyFile, 'utf8') } })
    const silent = [await connected(url), await connected(url), await connected(url)]
    sockets.push(...silent)
    for (let one = 0; one < 3; one += 1) {
      const socket = connectTls({
        host: '127.0.0.1',
        port: Number(new URL(url).port),
        ca: certificate,
        servername: 'localhost',
      })
      socket.on('error', () => undefined)
      sockets.push(socket)
      await once(socket, 'secureConnect')
      socket.write(`GET /healthz HTTP/1.1\r\n${host}\r\n`)
      const [answer] = await once(socket, 'data')
      assert.match(String(answer), /^HTTP\/1\.1 200 /)
    }
  })
})

function signedWebhook(id: number) {
  const body = Buffer.from(webhook({ id }))
  const headers = { 'x-loop-signature': sign(body), 'content-length': String(body.length) }
  return { path: paths.loop, headers, body }
}

describe('who holds a connection (H4)', () => {
  it('is an IPv4 address, however it is written, or a /64 of IPv6', () => {
    const holders: [string, string][] = [
      ['192.0.2.7', '192.0.2.7'],
      ['::ffff:192.0.2.7', '192.0.2.7'],
      ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
      ['2001:db8:1:2::9', '2001:db8:1:2'],
      ['2001:db8::9', '2001:db8:0:0'],
      ['fe80::1%eth0', 'fe80:0:0:0'],
      ['::1', '0:0:0:0'],
      ['', ''],
    ]
    assert.deepEqual(
      holders.map(([address]) => [address, holderOf(address)]),
      holders,
    )
  })
})
