/**
 * Runs one PostgreSQL for one run of tests: `run-server.ts`. Prints its URL as a line of JSON (or `{"missing": why}`),
 * and ends with its standard input: when the tests end, in any way, server and files are removed. `restart` on standard
 * input restarts the server at once, as after a crash.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { environment } from './binaries.ts'
import { findHome, type Home } from './scratch.ts'

let home: Home | null = null
let server: ChildProcess | null = null
let isEnding = false

async function end(): Promise<void> {
  if (isEnding) return
  isEnding = true
  if (server !== null && server.exitCode === null) {
    server.kill('SIGQUIT')
    await Promise.race([once(server, 'exit'), pause(5_000)])
    server.kill('SIGKILL')
  }
  if (home !== null) rmSync(home.scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  process.exit()
}
process.once('SIGTERM', () => void end())
// Ctrl-C reaches the whole process group; standard input closes right after it.
process.on('SIGINT', () => undefined)

function send(word: unknown): void {
  process.stdout.write(`${JSON.stringify(word)}\n`)
}

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  await new Promise((resolve) => listener.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

function prepare({ folder, user, scratch }: Home): void {
  const made = spawnSync(
    join(folder, 'bin', 'initdb'),
    [...['-D', join(scratch, 'data'), '-U', 'mhloop', '-A', 'trust', '-E', 'UTF8'], ...initSettings],
    { ...environment(folder, user, scratch), encoding: 'utf8' },
  )
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr || made.error?.message}`)
}

const initSettings = ['--locale=C', '--no-sync', '--no-instructions']

/** Settings for a server that lives briefly; what a commit guarantees stays unchanged. */
const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '64MB',
  // Otherwise a crash of the tests would leave shared memory segments behind.
  dynamic_shared_memory_type: 'mmap',
  autovacuum_naptime: '10s',
  log_min_messages: 'fatal',
}

/** Why the server ended again; null once it answers, however long that takes. */
async function start({ folder, user, scratch }: Home, port: number): Promise<string | null> {
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const words = ['-D', join(scratch, 'data'), '-p', String(port), ...args]
  const child = spawn(join(folder, 'bin', 'postgres'), words, {
    ...environment(folder, user, scratch),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (chunk) => {
    said = `${said}${chunk}`.slice(-2_000)
  })
  let hasEnded = false
  child.once('close', () => {
    hasEnded = true
    if (isEnding || server !== child) return
    send({ missing: `postgres ended with ${child.exitCode}: ${said}` })
    void end()
  })
  while (!hasEnded && !(await answers(port))) await pause(25)
  if (hasEnded) return said.trim() || `postgres ended with ${child.exitCode}`
  server = child
  return null
}

async function answers(port: number): Promise<boolean> {
  const { Client } = await import('pg')
  const client = new Client({ connectionString: url(port), connectionTimeoutMillis: 30_000 })
  client.on('error', () => undefined)
  try {
    await client.connect()
    await client.end()
    return true
  } catch {
    return false
  }
}

function url(port: number): string {
  return `postgres://mhloop@127.0.0.1:${port}/postgres`
}

/** Another process may take the free port before the server starts, so this tries several. */
async function startSomewhere(at: Home): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    const port = await freePort()
    const hindrance = await start(at, port)
    if (hindrance === null) return port
    if (tries === 5) throw new Error(hindrance)
  }
}

/** SIGINT is PostgreSQL's fast shutdown, SIGQUIT a crash, whose remains may delay the next start for a moment. */
async function restart(at: Home, port: number, signal: NodeJS.Signals): Promise<void> {
  const old = server
  server = null
  if (old !== null && old.exitCode === null) {
    old.kill(signal)
    await once(old, 'exit')
  }
  for (let tries = 1; ; tries += 1) {
    const hindrance = await start(at, port)
    if (hindrance === null) return
    if (tries === 20) throw new Error(hindrance)
    await pause(250)
  }
}

const found = await findHome(process.argv[2] === 'on-disk')
if (typeof found === 'string') send({ missing: found })
else {
  home = found
  try {
    prepare(home)
    const port = await startSomewhere(home)
    send({ url: url(port) })
    for await (const word of createInterface({ input: process.stdin })) {
      await restart(home, port, word === 'crash' ? 'SIGQUIT' : 'SIGINT')
      send({ restarted: true })
    }
  } catch (error) {
    send({ missing: error instanceof Error ? error.message : String(error) })
  }
}
await end()
