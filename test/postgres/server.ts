/**
 * PostgreSQL for tests: the first test that asks for it starts it, once per process. `MHLOOP_TEST_POSTGRES` names
 * another server: a database in which the tests may create and drop their own schemas. `MHLOOP_TEST_POSTGRES=own` is
 * for CI: where the embedded server can't run, the tests that need it fail instead of being skipped
 * (needs-postgres.ts).
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { createInterface, type Interface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import pg from 'pg'

// setup.ts removes all MHLOOP_… variables for the tests, so it passes this one on under another name.
const configured = process.env['TEST_POSTGRES'] ?? process.env['MHLOOP_TEST_POSTGRES']
const program = fileURLToPath(new URL('run-server.ts', import.meta.url))

const mayBeMissing = configured === undefined

type Server = { url: string; child: ChildProcess | null; answers: AsyncIterator<string> | null }

class NoPostgres extends Error {}

let starting: Promise<Server> | undefined

async function start(onDisk: boolean): Promise<Server> {
  if (configured !== undefined && configured !== 'own') return { url: configured, child: null, answers: null }
  const child = spawn(process.execPath, onDisk ? [program, 'on-disk'] : [program], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines: Interface = createInterface({ input: child.stdout })
  const answers = lines[Symbol.asyncIterator]()
  const { value } = await answers.next()
  const { url, missing } = JSON.parse(value ?? '{"missing":"it said nothing"}')
  if (url === undefined)
    throw new NoPostgres(`no PostgreSQL can run here (MHLOOP_TEST_POSTGRES names another): ${missing}`)
  // The child ends with this process, and must not keep it alive.
  child.unref()
  for (const stream of [child.stdin, child.stdout]) if ('unref' in stream) (stream as { unref(): void }).unref()
  return { url, child, answers }
}

function server(onDisk = false): Promise<Server> {
  starting ??= start(onDisk)
  return starting
}

/** Why the tests that need PostgreSQL can't run; null when they can, or must. */
export async function whyNoPostgres(): Promise<string | null> {
  if (!mayBeMissing) return null
  try {
    await server()
    return null
  } catch (error) {
    if (error instanceof NoPostgres) return error.message
    throw error
  }
}

/** Runs statements as the server's owner, without a journal. */
export async function asOwner<Result>(work: (client: pg.Client) => Promise<Result>): Promise<Result> {
  const client = new pg.Client({ connectionString: (await server()).url })
  client.on('error', () => undefined)
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

export type Place = { location: string; schema: string; drop(): Promise<void> }

/** A fresh schema; the location opens a journal in it. `onDisk`: if this starts the server, for benchmarks. */
export async function freshPlace({ onDisk = false } = {}): Promise<Place> {
  await server(onDisk)
  const schema = `test_${randomBytes(6).toString('hex')}`
  await asOwner((client) => client.query(`create schema ${schema}`))
  const location = new URL((await server()).url)
  location.searchParams.set('options', `-c search_path=${schema}`)
  return {
    schema,
    location: location.href,
    drop: async () => {
      await asOwner((client) => client.query(`drop schema if exists ${schema} cascade`))
    },
  }
}

/** Whether tests that use a SQLite journal should use PostgreSQL: `MHLOOP_TEST_JOURNAL=postgres npm test`. */
export const isRequested = process.env['TEST_JOURNAL'] === 'postgres'

/**
 * Restarts the server; `crash`: as if its machine had lost power. Returns false for a server that is not ours to
 * restart.
 */
export async function restartServer(how: 'restart' | 'crash'): Promise<boolean> {
  const { child, answers } = await server()
  if (!child?.stdin || answers === null) return false
  child.stdin.write(`${how}\n`)
  const { value } = await answers.next()
  const { missing } = JSON.parse(value ?? '{"missing":"it said nothing"}')
  if (missing !== undefined) throw new Error(`PostgreSQL did not come back: ${missing}`)
  return true
}
