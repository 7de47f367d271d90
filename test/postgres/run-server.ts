/**
 * One PostgreSQL for one run of tests: `run-server.ts`. Prints its URL as a line of JSON (or `{"missing": why}`), and
 * lives as long as its standard input: when the tests end, however they end, server and files are gone. `restart`
 * on standard input restarts it at once, as after a crash.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { postgresFolder } from './binaries.ts'

/** PostgreSQL refuses to run as root; nobody owns nothing else. */
const isRoot = process.getuid?.() === 0
const nobody = isRoot ? { uid: 65_534, gid: 65_534 } : {}

/** In memory where there is room, unless told `on-disk`: commits wait for a sync there, too, only that it costs nothing. */
function scratchFolder(): string {
  const memory = '/dev/shm'
  const mayUse = process.argv[2] !== 'on-disk' && existsSync(memory)
  const room = mayUse ? statfsSync(memory) : null
  const base = room !== null && room.bavail * room.bsize > 2 ** 30 ? memory : tmpdir()
  return mkdtempSync(join(base, 'mhloop-postgres-'))
}

const scratch = scratchFolder()
const data = join(scratch, 'data')
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
  rmSync(scratch, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  process.exit()
}
process.once('SIGTERM', () => void end())
// Ctrl-C goes to the whole group; standard input ends right after it.
process.on('SIGINT', () => undefined)

function tell(word: unknown): void {
  process.stdout.write(`${JSON.stringify(word)}\n`)
}

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  await new Promise((resolve) => listener.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

function prepare(folder: string): void {
  if (isRoot) chownSync(scratch, nobody.uid ?? 0, nobody.gid ?? 0)
  const made = spawnSync(
    join(folder, 'bin', 'initdb'),
    ['-D', data, '-U', 'mhloop', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync', '--no-instructions'],
    { ...environment(folder), encoding: 'utf8' },
  )
  if (made.status !== 0) throw new Error(`initdb: ${made.stderr || made.error?.message}`)
}

function environment(folder: string) {
  const library = join(folder, 'lib')
  return {
    ...nobody,
    cwd: scratch,
    env: { PATH: process.env['PATH'] ?? '', LD_LIBRARY_PATH: library, DYLD_LIBRARY_PATH: library, TZ: 'UTC' },
  }
}

/** Settings for a short life; what a commit promises is left as it is. */
const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '64MB',
  // Else a crash of the tests would leave segments behind.
  dynamic_shared_memory_type: 'mmap',
  autovacuum_naptime: '10s',
  log_min_messages: 'fatal',
}

async function start(folder: string, port: number): Promise<void> {
  const given = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const child = spawn(join(folder, 'bin', 'postgres'), ['-D', data, '-p', String(port), ...given], {
    ...environment(folder),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  server = child
  let said = ''
  child.stderr.on('data', (chunk) => {
    said = `${said}${chunk}`.slice(-2_000)
  })
  child.once('exit', (code) => {
    if (isEnding || server !== child) return
    tell({ missing: `postgres ended with ${code}: ${said}` })
    void end()
  })
  const { Client } = await import('pg')
  for (let tries = 0; ; tries += 1) {
    const client = new Client({ connectionString: url(port), connectionTimeoutMillis: 5_000 })
    client.on('error', () => undefined)
    try {
      await client.connect()
      await client.end()
      return
    } catch (error) {
      if (tries > 600) throw error
      await pause(25)
    }
  }
}

function url(port: number): string {
  return `postgres://mhloop@127.0.0.1:${port}/postgres`
}

/** SIGINT is PostgreSQL's fast shutdown, SIGQUIT its crash. */
async function restart(folder: string, port: number, signal: NodeJS.Signals): Promise<void> {
  const old = server
  server = null
  if (old !== null && old.exitCode === null) {
    old.kill(signal)
    await once(old, 'exit')
  }
  await start(folder, port)
}

const folder = await postgresFolder(scratch, isRoot)
if (folder === null) {
  tell({ missing: `no PostgreSQL is packaged for ${process.platform}-${process.arch}` })
  await end()
} else {
  try {
    prepare(folder)
    const port = await freePort()
    await start(folder, port)
    tell({ url: url(port) })
    for await (const word of createInterface({ input: process.stdin })) {
      await restart(folder, port, word === 'crash' ? 'SIGQUIT' : 'SIGINT')
      tell({ restarted: true })
    }
  } catch (error) {
    tell({ missing: error instanceof Error ? error.message : String(error) })
  }
  await end()
}
