/** The address of a message contains the endpoint's key, so no proxy may log it (H7). */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { endpointPaths } from '../../src/receiver/endpoint-paths.ts'
import { skipped } from '../skipped.ts'
import { temporaryFolder } from '../temporary-folder.ts'
import { until } from '../until.ts'

const read = (name: string) => readFile(fileURLToPath(new URL(`../../deploy/${name}`, import.meta.url)), 'utf8')
const key = 'KEY-canary-0123456789-0123456789-0123456789'

async function nginxBlock(): Promise<string> {
  return /```nginx\n(.*?)```/s.exec(await read('README.md'))?.[1] ?? assert.fail('deploy/README.md has no nginx block')
}

describe('proxies in front of the receiver', () => {
  const folder = temporaryFolder()

  it('H7: nginx logs no variable that holds the address, and no error', async () => {
    const block = await nginxBlock()
    const [, format = ''] = /log_format mhloop '([^']*)'/.exec(block) ?? []
    const allowed = [
      'remote_addr',
      'time_iso8601',
      'request_method',
      'status',
      'request_length',
      'upstream_status',
      'request_time',
    ]
    assert.deepEqual(
      [...format.matchAll(/\$(\w+)/g)].map(([, name]) => name),
      allowed,
    )
    assert.deepEqual(
      [...block.matchAll(/^ *(access_log|error_log) (.*);/gm)].map(([, name, value]) => `${name} ${value}`),
      ['access_log /var/log/nginx/mhloop.log mhloop', 'error_log /dev/null emerg'],
    )
    // Outside the location block, which a malformed request never reaches.
    assert.ok(
      block.indexOf('error_log') < block.indexOf('location /in/') &&
        block.indexOf('access_log') < block.indexOf('location /in/'),
    )
  })

  it('H7: nginx as printed writes the key nowhere, also when requests fail', async function () {
    if (spawnSync('nginx', ['-v']).error) skipped(this, 'there is no nginx here')
    const port = await freePort()
    const [logs, main] = [join(folder(), 'mhloop.log'), join(folder(), 'nginx.conf')]
    const block = (await nginxBlock())
      .replace('listen 443 ssl', `listen 127.0.0.1:${port}`)
      .replace(/^ *ssl_certificate.*\n/gm, '')
      .replace('/var/log/nginx/mhloop.log', logs)
      .replace('127.0.0.1:4020', `127.0.0.1:${await freePort()}`)
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    for (const name of temporary) await mkdir(join(folder(), name))
    const paths = temporary.map((name) => `${name}_temp_path ${join(folder(), name)};`).join(' ')
    const outside = `daemon off; master_process off; pid ${join(folder(), 'pid')}; error_log ${join(folder(), 'main.log')} info;`
    await writeFile(
      main,
      `${outside}\nevents {}\nhttp {\naccess_log ${join(folder(), 'other.log')};\n${paths}\n${block}\n}\n`,
    )
    const nginx = spawn('nginx', ['-c', main, '-e', join(folder(), 'start.log')], { stdio: 'ignore' })
    try {
      await until(() => answered(port, 'GET / HTTP/1.0\r\n\r\n').then((text) => text !== ''))
      const { loop } = endpointPaths(key)
      const failing = [
        `POST ${loop} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx`,
        `POST ${loop} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 9000000\r\n\r\n`,
        `POST ${loop} HTTP/1.1\r\n\r\n`,
        `GET ${loop} HTTP/9.9\r\n\r\n`,
      ]
      for (const request of failing) assert.match(await answered(port, request), /^HTTP\/1\.1 (400|413|502|505)/)
      await until(async () => (await readFile(logs, 'utf8')).includes(' POST 502 '))
    } finally {
      nginx.kill()
      if (nginx.exitCode === null) await once(nginx, 'exit')
    }
    for (const name of (await readdir(folder())).filter((file) => file.endsWith('.log')))
      assert.doesNotMatch(await readFile(join(folder(), name), 'utf8'), /canary/, name)
  })

  it('H7: Caddy masks it in every entry that has a request', async () => {
    const [, pattern = '', replacement = ''] = /request>uri regexp (\S+) (\S+)/.exec(await read('Caddyfile')) ?? []
    for (const path of Object.values(endpointPaths(key)))
      assert.doesNotMatch(`${path}?x=1`.replace(new RegExp(pattern, 'g'), replacement), /canary/)
    assert.match(
      await read('Caddyfile'),
      /^\{\n(?:\t.*\n)*?\tlog default \{\n/,
      'for all that Caddy logs, not one site only',
    )
    assert.doesNotMatch(await read('Caddyfile'), /log_credentials|\bdebug\b/)
  })
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address ? address.port : assert.fail()
}

/** The server's answer before it closes the connection; empty when there is none. */
function answered(port: number, request: string): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(port, '127.0.0.1', () => socket.write(request))
    socket.setEncoding('utf8')
    socket.on('data', (chunk) => {
      text += chunk
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(text))
  })
}
