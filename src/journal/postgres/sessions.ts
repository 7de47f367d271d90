import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Client, ClientConfig, CustomTypesConfig, PoolClient, QueryResult } from 'pg'
import { atMost } from '../../core/time/at-most.ts'
import { connectionOf, printableLocation } from './location.ts'
import { faultOf, mayConnectLater, stateOf } from './postgres-faults.ts'

/** Maximum connections of one process, without the one that listens (docs/postgres.md, sizing). */
export const mostConnections = 5

/** Milliseconds. The server gives up first; our own deadlines notice a connection whose other end is gone. */
const limits = {
  connect: 5_000,
  statement: 30_000,
  lock: 10_000,
  idleInTransaction: 30_000,
  /** For queries that take almost no time. */
  probe: 5_000,
  close: 2_000,
  /** A connection that was idle for longer is tested before use. */
  trusted: 10_000,
}

/** Sets up a session, and reads its settings back: PostgreSQL may be configured to lose commits (F10). */
const setUp = `
set statement_timeout = ${limits.statement};
set lock_timeout = ${limits.lock};
set idle_in_transaction_session_timeout = ${limits.idleInTransaction};
set default_transaction_isolation = 'read committed';
select set_config('synchronous_commit',
  case current_setting('synchronous_commit') when 'off' then 'on' else current_setting('synchronous_commit') end, false);
select pg_backend_pid() as pid,
  (select backend_start::text from pg_stat_activity where pid = pg_backend_pid()) as started,
  pg_is_in_recovery() as standby,
  current_schema() as schema,
  (select oid::text from pg_database where datname = current_database()) as database,
  current_setting('server_version_num')::int as version,
  current_setting('server_version') as server_version,
  current_setting('server_encoding') as server_encoding,
  current_setting('fsync') as fsync,
  current_setting('full_page_writes') as full_page_writes,
  current_setting('synchronous_commit') as synchronous_commit,
  current_setting('transaction_isolation') as transaction_isolation,
  current_setting('statement_timeout') as statement_timeout,
  current_setting('lock_timeout') as lock_timeout`

/** What a session reports about itself. */
export type Facts = {
  pid: number
  started: string
  standby: boolean
  schema: string | null
  /** The database's number, which no other database of the same server ever has. */
  database: string
  /** Identifies the server and its standbys; null where we may not ask. */
  cluster: string | null
  version: number
  server_version: string
  server_encoding: string
  fsync: string
  full_page_writes: string
  synchronous_commit: string
  transaction_isolation: string
  statement_timeout: string
  lock_timeout: string
}

type Channel = {
  query(sql: string, parameters?: readonly unknown[], milliseconds?: number): Promise<QueryResult>
  /** Several statements in one message; returns all answers. */
  run(statements: string, milliseconds?: number): Promise<QueryResult[]>
  /** Returns it to the pool. */
  release(): void
  /** Closes it for good. */
  discard(): void
}

export type Session = Channel & {
  facts: Facts
  /** Identifies this session in the table `commits`. */
  writer: string
  /** Something between us and the server relays: its process id is not the one that the connection was given. */
  isRelayed: boolean
}

/** Milliseconds: how long an answer may take, and how long a server may be gone. Tests use shorter ones. */
export type Timeouts = { answer: number; outage: number }
export const usualTimeouts: Timeouts = { answer: 35_000, outage: 30_000 }

export type Sessions = {
  timeouts: Timeouts
  /** Retries while a server is starting, full, or gone for a moment; then throws a Fault. */
  acquire(outage?: number): Promise<Session>
  /** A connection outside the pool, for listening. */
  connect(): Promise<Client>
  close(): Promise<void>
}

/** The pool of one journal's connections. `check` throws a Fault when a new session is not as it must be. Loads pg. */
export async function openSessions(
  location: string,
  check: (facts: Facts) => void,
  timeouts: Timeouts = usualTimeouts,
): Promise<Sessions> {
  const { default: pg } = await import('pg')
  const config: ClientConfig = {
    ...connectionOf(location),
    application_name: 'mhloop',
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    types: numbersForCounts(pg),
  }
  const pool = new pg.Pool({
    ...config,
    max: mostConnections,
    connectionTimeoutMillis: limits.connect,
    idleTimeoutMillis: 30_000,
    allowExitOnIdle: true,
  })
  // An idle connection broke: the pool has already dropped it.
  pool.on('error', () => undefined)
  // A connection in use reports its end to its next query. The pool hands it over without an `error` listener, and a
  // server that stops may say so in the message that makes it ready: unhandled, that would end the process (F9).
  pool.on('connect', (client) => client.on('error', () => undefined))
  const known = new WeakMap<PoolClient, Omit<Session, keyof Channel> & { usedAt: number }>()
  let closing: Promise<void> | undefined

  async function once(): Promise<Session> {
    const client = await pool.connect()
    const channel = channelTo(client, timeouts.answer)
    try {
      let made = known.get(client)
      if (made === undefined) {
        made = { ...(await introduce(client, channel)), usedAt: performance.now() }
        check(made.facts)
        known.set(client, made)
      } else if (performance.now() - made.usedAt > limits.trusted) await channel.query('select 1', [], limits.probe)
      const { usedAt: _, ...facts } = made
      const release = () => {
        known.set(client, { ...facts, usedAt: performance.now() })
        channel.release()
      }
      return { ...facts, ...channel, release }
    } catch (error) {
      channel.discard()
      throw error
    }
  }

  return {
    timeouts,
    async acquire(outage = timeouts.outage) {
      const deadline = performance.now() + outage
      for (let attempt = 0; ; attempt += 1) {
        try {
          return await once()
        } catch (error) {
          if (!mayConnectLater(error) || performance.now() >= deadline)
            throw faultOf(error, printableLocation(location))
        }
        await sleep(Math.random() * Math.min(1_000, 20 * 2 ** Math.min(attempt, 10)))
      }
    },
    async connect() {
      const client = new pg.Client({ ...config, connectionTimeoutMillis: limits.connect })
      client.on('error', () => undefined)
      await client.connect()
      return client
    },
    close() {
      // A stuck connection would keep the process from ending until its own deadline (H30).
      closing ??= atMost(limits.close, pool.end())
      return closing
    },
  }
}

/** Parses 64-bit counts as numbers: none of ours exceeds 2^53. */
function numbersForCounts({ types }: Pick<typeof import('pg'), 'types'>): CustomTypesConfig {
  return {
    getTypeParser: (oid, format) => (oid === types.builtins.INT8 ? Number : types.getTypeParser(oid, format)),
  } as CustomTypesConfig
}

async function introduce(client: PoolClient, { run }: Channel): Promise<Omit<Session, keyof Channel>> {
  const said = (await run(setUp, limits.connect)).at(-1)?.rows[0]
  const facts: Facts = { ...said, cluster: await clusterOf(run) }
  const processId: unknown = 'processID' in client ? client.processID : null
  return { facts, writer: randomUUID(), isRelayed: processId !== null && processId !== facts.pid }
}

/** Every user may ask for it, unless the administrator has forbidden it. */
async function clusterOf(run: Channel['run']): Promise<string | null> {
  try {
    const [found] = await run('select system_identifier::text as cluster from pg_control_system()', limits.connect)
    return found?.rows[0]?.cluster ?? null
  } catch (error) {
    if (['42501', '42883'].includes(stateOf(error) ?? '')) return null
    throw error
  }
}

function channelTo(client: PoolClient, answerWithin: number): Channel {
  let isBack = false
  const once = (isBroken: boolean) => {
    if (!isBack) client.release(isBroken)
    isBack = true
  }
  return {
    query: (sql, parameters = [], milliseconds = answerWithin) =>
      within(client, milliseconds, () => client.query(sql, parameters.map(storable))),
    run: (statements, milliseconds = answerWithin) =>
      within(client, milliseconds, async () => [await client.query(statements)].flat()),
    release: () => once(false),
    discard: () => once(true),
  }
}

/** Hangs up on a server that does not answer in time, which fails the query: its other end may be long gone. */
async function within<Result>(client: PoolClient, milliseconds: number, ask: () => Promise<Result>): Promise<Result> {
  const timer = setTimeout(() => hangUp(client), milliseconds)
  try {
    return await ask()
  } finally {
    clearTimeout(timer)
  }
}

function hangUp(client: PoolClient): void {
  // pg's types lack this; its pool does the same.
  const { connection } = client as PoolClient & { connection?: { stream?: { destroy(): void } } }
  connection?.stream?.destroy()
}

/** PostgreSQL's text can't contain the character 0, but what a vendor sent must be stored all the same (F28). */
function storable(value: unknown): unknown {
  return typeof value === 'string' && value.includes('\0') ? value.replaceAll('\0', '\uFFFD') : value
}
