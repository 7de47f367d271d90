import { Kysely, sql } from 'kysely'
import { Fault } from '../../core/errors/fault.ts'
import { type Engine, inTransaction, Undone } from '../database/engine.ts'
import { copyAll } from '../maintenance/copy.ts'
import type { Schema } from '../schema/schema.ts'
import { openSqlite } from '../sqlite/open-sqlite.ts'
import { conditionOf } from './condition.ts'
import { postgresDialect } from './dialect.ts'
import { printableLocation } from './location.ts'
import { migrate, tidy } from './migrate.ts'
import { channelOf, listenTo } from './notifications.ts'
import {
  faultOf,
  isLost,
  isPassing,
  notDurable,
  notUnicode,
  pooled,
  readOnly,
  stateOf,
  tooOld,
} from './postgres-faults.ts'
import { type Facts, openSessions, type Session, type Sessions, type Timeouts } from './sessions.ts'

/** The oldest major version of PostgreSQL that is still maintained. */
const leastVersion = 15
/** Milliseconds. A command should not wait long for a server that is not there, but long enough for a restart. */
const startOutage = 10_000

/** Opens a schema of a PostgreSQL database, by the rules of failures.md §2.6; throws Faults and leaves nothing open. */
export async function openPostgres(
  location: string,
  { clock, timeouts }: { clock?: { now(): Date } | undefined; timeouts?: Timeouts } = {},
): Promise<Engine> {
  const place = printableLocation(location)
  const sessions = await openSessions(location, (facts) => assertFit(facts, place), timeouts)
  let schema: string
  try {
    schema = await prepare(sessions, place)
  } catch (error) {
    await sessions.close()
    throw faultOf(error, place)
  }
  const store = new Kysely<Schema>({ dialect: postgresDialect(sessions, place) })
  const ending = new AbortController()
  const destroy = store.destroy.bind(store)
  store.destroy = async () => {
    ending.abort()
    await destroy()
  }
  return {
    name: 'postgres',
    location: place,
    store,
    condition: (deep) => conditionOf(sessions, place, deep),

    takeLocks: async (writing, names) => {
      // Always in the same order, so that no two transactions wait for each other.
      for (const name of [...new Set(names)].sort()) {
        await sql`select pg_advisory_xact_lock(hashtextextended(current_schema() || ' ' || ${name}, 0))`.execute(
          writing,
        )
      }
    },

    now: async (on) => {
      if (clock) return clock.now().toISOString()
      const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(on)
      return (rows[0]?.now ?? new Date()).toISOString()
    },

    wipe: () => rewrite(sessions),

    isInPlace: () => true,

    announce: async (writing, merchants) => {
      const channel = channelOf(schema)
      for (const merchant of new Set(merchants)) await sql`select pg_notify(${channel}, ${merchant})`.execute(writing)
    },

    listen: async (heard) => {
      await listenTo(sessions, channelOf(schema), heard, ending.signal)
    },

    continueNumbering: async (writing) => {
      for (const table of ['effects', 'history', 'events', 'changes']) {
        const sequence = sql`pg_get_serial_sequence(${table}, 'seq')`
        const last = sql`(select coalesce(max(seq), 0) + 1 from ${sql.table(table)})`
        await sql`select setval(${sequence}, ${last}, false)`.execute(writing)
      }
    },

    snapshot: async (path) => {
      const target = await openSqlite(path, { folderIsOurs: false })
      try {
        const atOneTimestamp = store.transaction().setIsolationLevel('repeatable read').setAccessMode('read only')
        await atOneTimestamp.execute((reading) => inTransaction(target.store, (writing) => copyAll(reading, writing)))
      } catch (error) {
        throw error instanceof Undone ? error.fault : error
      } finally {
        await target.store.destroy()
      }
    },
  }
}

/** Tables that may contain what identifies a shopper. */
const personal = ['links', 'parcels', 'effects', 'history', 'events']
const rewriteWithin = 600_000
const lockNotAvailable = '55P03'

/**
 * Deleted data stays in a table's pages until they are used again, even after a plain vacuum, so the tables are
 * rewritten (F64, H17). A table that others hold for long is only vacuumed; the next run rewrites it.
 */
async function rewrite(sessions: Sessions): Promise<void> {
  const session = await sessions.acquire()
  try {
    await session.query(`set statement_timeout = ${rewriteWithin}`)
    for (const table of personal) {
      try {
        await session.query(`vacuum (full) ${table}`, [], rewriteWithin)
      } catch (error) {
        if (stateOf(error) !== lockNotAvailable) throw error
        await session.query(`vacuum ${table}`, [], rewriteWithin)
      }
    }
  } finally {
    // The session has its own time limit, which other users of the pool must not inherit.
    session.discard()
  }
}

/** Creates and migrates the schema; again when the server went away in between. Returns the schema's name. */
async function prepare(sessions: Sessions, place: string): Promise<string> {
  const deadline = performance.now() + Math.min(startOutage, sessions.timeouts.outage)
  for (;;) {
    const session = await sessions.acquire(Math.max(0, deadline - performance.now()))
    try {
      if (session.isRelayed) await refuseSharedSessions(session, sessions, place)
      await migrate(session, place)
      await tidy(session)
      session.release()
      return session.facts.schema ?? ''
    } catch (error) {
      session.discard()
      if (!(isLost(error) || isPassing(error)) || performance.now() >= deadline) throw error
    }
  }
}

/** What every session must fulfil. Settings are read back, because a server may be configured to lose commits (F10). */
export function assertFit(facts: Facts, location: string): void {
  const { version, server_version, server_encoding, fsync, synchronous_commit, full_page_writes, schema } = facts
  if (version < leastVersion * 10_000) throw tooOld(location, server_version, leastVersion)
  if (server_encoding !== 'UTF8') throw notUnicode(location, server_encoding)
  if (schema === null) {
    throw new Fault(`The journal ${location} has no schema.`, {
      code: 'JOURNAL_DENIED',
      hint: "create the schema in this user's search_path",
    })
  }
  if (facts.standby) throw Object.assign(new Error('a standby'), { code: readOnly, severity: 'ERROR' })
  if (fsync !== 'on') throw notDurable(location, 'its fsync is off')
  if (full_page_writes !== 'on') throw notDurable(location, 'its full_page_writes is off')
  if (synchronous_commit === 'off') throw notDurable(location, 'its synchronous_commit is off')
}

/**
 * A pooler in transaction mode gives a session's server to others between two statements: locks, timeouts and LISTEN
 * would be lost (failures.md §2.6). Two of our sessions on one server process prove such a pooler.
 */
async function refuseSharedSessions(first: Session, sessions: Sessions, location: string): Promise<void> {
  const second = await sessions.acquire(Math.min(startOutage, sessions.timeouts.outage))
  try {
    const pid = async (session: Session) => (await session.query('select pg_backend_pid() as pid')).rows[0]?.pid
    const one = await pid(first)
    await second.query('begin')
    const other = await pid(second)
    await second.query('rollback')
    if (one === other) throw pooled(location)
  } finally {
    second.release()
  }
}
