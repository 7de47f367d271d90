import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { request } from 'node:https'
import { join } from 'node:path'
import { setImmediate as round } from 'node:timers/promises'
import type { Readiness } from '../../src/receiver/receiver.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { openReceiver, openWatch, send, sendLoop, webhook } from './open-receiver.ts'

describe('monitoring of the receiver', () => {
  it('learns whether it lives, whether work goes forward, and how much came in', async () => {
    const state: Readiness = {
      ready: true,
      journal: null,
      settings: null,
      oldestEventSeconds: null,
      merchants: [],
    }
    const { url, close } = await openWatch({ readiness: async () => state })
    const alive = await fetch(`${url}/healthz`)
    assert.deepEqual([alive.status, await alive.json()], [200, { status: 'alive' }])
    const ready = await fetch(`${url}/readyz`)
    assert.deepEqual([ready.status, await ready.json()], [200, state])
    Object.assign(state, {
      ready: false,
      oldestEventSeconds: 400,
      merchants: [{ merchant: 'acme', lastGoodPollAt: null, stopped: 'LOOP_DOWN' }],
    })
    const stuck = await fetch(`${url}/readyz`)
    assert.deepEqual([stuck.status, await stuck.json()], [503, state])
    const metrics = await fetch(`${url}/metrics`)
    assert.match(metrics.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/)
    assert.equal(await metrics.text(), 'mhloop_up 1\n')
    await close()
    await assert.rejects(fetch(`${url}/healthz`))
  })

  it('H3 has its own address: the public one has the endpoints, and says only that it lives', async () => {
    const { receiver, url } = await openReceiver()
    for (const path of ['/readyz', '/metrics', '/', '/status']) {
      for (const method of ['GET', 'HEAD', 'POST']) {
        const { status, body } = await send(url, { path, method })
        assert.deepEqual([path, method, status], [path, method, 404])
        assert.doesNotMatch(body, /acme|ready/)
      }
    }
    assert.deepEqual(await (await fetch(`${url}/healthz`)).json(), { status: 'alive' })
    assert.equal((await send(url, { path: '/healthz' })).status, 405)
    const watch = await openWatch()
    assert.equal((await sendLoop(watch.url, webhook())).status, 404, 'and takes no messages there')
    await watch.close()
    await receiver.close()
  })

  it('may only read', async () => {
    const { url, close } = await openWatch()
    for (const path of ['/healthz', '/readyz', '/metrics']) {
      const { status, headers } = await send(url, { path })
      assert.deepEqual([path, status, headers.allow], [path, 405, 'GET, HEAD'])
      assert.equal((await send(url, { path, method: 'HEAD' })).status, 200)
    }
    await close()
  })

  it('learns when its state is unknown, and nothing else (F58)', async () => {
    const { close, url, logged } = await openWatch({
      readiness: () => Promise.reject(new Error('secret-canary')),
    })
    const answer = await fetch(`${url}/readyz`)
    assert.equal(answer.status, 503)
    assert.doesNotMatch(await answer.text(), /canary/)
    assert.deepEqual(logged, [{ level: 'error', event: 'receiver failed', detail: 'Error' }])
    await close()
  })
})

describe('the receiver closes', () => {
  it('after what is in flight, and takes nothing more', async () => {
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    let storing = false
    const { receiver, url } = await openReceiver({
      store: async (events) => {
        storing = true
        await held
        return events.map(() => true)
      },
    })
    const inFlight = sendLoop(url, webhook())
    while (!storing) await round()
    const closed = receiver.close()
    release()
    const answer = await inFlight
    assert.deepEqual([answer.status, answer.headers.get('connection')], [200, 'close'])
    await closed
    await assert.rejects(fetch(`${url}/healthz`))
  })
})

describe('the receiver listens', () => {
  it('listens where it should, or says why it cannot', async () => {
    const { receiver, url } = await openReceiver({ host: 'localhost' })
    assert.equal((await fetch(`${url}/healthz`)).status, 200)
    const port = Number(new URL(url).port)
    const address = new URL(url).hostname.replace(/[[\]]/g, '')
    await assert.rejects(openReceiver({ host: address, port }), {
      code: 'RECEIVER_ADDRESS',
      exit: 2,
      message: `Cannot listen on ${address}, port ${port}: another program is using that port.`,
    })
    await assert.rejects(openReceiver({ host: '192.0.2.1' }), { code: 'RECEIVER_ADDRESS' })
    await assert.rejects(openWatch({ host: address, port }), {
      code: 'RECEIVER_ADDRESS',
      exit: 2,
      hint: 'Choose another with --watch-host and --watch-port.',
    })
    await receiver.close()
  })

  it('not with a certificate that is none', async () => {
    const tls = { certificate: 'no certificate', key: 'secret-canary' }
    await assert.rejects(openReceiver({ tls }), (error: Error) => {
      assert.equal((error as Error & { code?: string }).code, 'RECEIVER_TLS')
      assert.doesNotMatch(error.message, /canary/)
      return true
    })
  })

  const folder = temporaryFolder()
  it('with TLS', async function () {
    const [keyFile, certificateFile] = [join(folder(), 'key.pem'), join(folder(), 'certificate.pem')]
    const made = spawnSync('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
      ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'],
      ...['-keyout', keyFile, '-out', certificateFile],
    ])
    if (made.status !== 0) {
      process.stderr.write('skipped: there is no openssl here to make a certificate with\n')
      this.skip()
    }
    const certificate = await readFile(certificateFile, 'utf8')
    const { receiver, url } = await openReceiver({ tls: { certificate, key: await readFile(keyFile, 'utf8') } })
    assert.match(url, /^https:\/\/127\.0\.0\.1:\d+$/)
    const status = await new Promise((resolve, reject) => {
      const outgoing = request(`${url}/healthz`, { ca: certificate, agent: false }, (answer) => {
        answer.resume()
        resolve(answer.statusCode)
      })
      outgoing.on('error', reject)
      outgoing.end()
    })
    assert.equal(status, 200)
    await receiver.close()
  })
})
