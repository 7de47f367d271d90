import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryResult,
  type TransactionSettings,
} from 'kysely'
import { Fault } from '../../core/errors/fault.ts'
import { Undone } from '../database/engine.ts'
import { schemaVersion } from '../schema/migrations.ts'
import { isCommitted, recordAndCommit } from './commits.ts'
import { faultOf, isAnswer, isLost, isMissing, isPassing, newer, replaced, unreachable } from './postgres-faults.ts'
import type { Session, Sessions } from './sessions.ts'

/**
 * kysely's PostgreSQL dialect over sessions that may break at any time. A read is repeated. A transaction that broke
 * before its COMMIT was sent is {@link Undone}. One whose COMMIT was not answered is looked up, never guessed.
 */
export function postgresDialect(sessions: Sessions, location: string): Dialect {
  return {
    createDriver: () => driverOf(sessions, location),
    createQueryCompiler: () => new PostgresQueryCompiler(),
    createAdapter: () => new PostgresAdapter(),
    createIntrospector: (kysely) => new PostgresIntrospector(kysely),
  }
}

/**
 * Each transaction checks the schema in the same message: its version, and the object id of a table, which changes when
 * the table is dropped and created again, or restored from a dump (G3).
 */
const begin = ({ isolationLevel = 'read committed', accessMode = 'read write' }: TransactionSettings) =>
  `begin isolation level ${isolationLevel} ${accessMode};
select value as version, 'meta'::regclass::oid::text as number from meta where name = 'schema_version'`

type Connection = DatabaseConnection & {
  /** null before its first use, and after it broke. */
  session: Session | null
  /** Set between the beginning and the end of a transaction. */
  transaction: { hasWritten: boolean; mayWrite: boolean } | null
}

function driverOf(sessions: Sessions, location: string): Driver {
  /** Server, database and schema that the first transaction found. */
  let identity: string | null = null
  const asConnection = (connection: DatabaseConnection) => connection as Connection

  function drop(connection: Connection): void {
    connection.session?.discard()
    connection.session = null
  }

  /** Translates an error within a transaction; drops the session if its connection was lost. */
  function broken(connection: Connection, error: unknown): unknown {
    if (isLost(error)) drop(connection)
    const passes = isLost(error) || isPassing(error)
    const fault = faultOf(error, location)
    return passes && fault instanceof Fault ? new Undone(fault) : fault
  }

  return {
    init: async () => {},

    acquireConnection: async () => connectionOf(sessions, location, broken),

    releaseConnection: async (handle) => {
      asConnection(handle).session?.release()
    },

    beginTransaction: async (handle, settings) => {
      const connection = asConnection(handle)
      connection.session ??= await sessions.acquire()
      try {
        const [, schema] = await connection.session.run(begin(settings), Math.min(10_000, sessions.timeouts.answer))
        connection.transaction = { hasWritten: false, mayWrite: settings.accessMode !== 'read only' }
        const found = schema?.rows[0]
        const { cluster, database } = connection.session.facts
        const now = [cluster, database, found?.number].join(' ')
        identity ??= now
        if (now !== identity) throw replaced(location)
        // A newer mhloop may have migrated the schema while this process had it open (F48).
        if (Number(found?.version) !== schemaVersion) throw newer(location, Number(found?.version), schemaVersion)
      } catch (error) {
        await rollBack(connection)
        throw identity !== null && isMissing(error) ? replaced(location) : broken(connection, error)
      }
    },

    commitTransaction: async (handle) => {
      const connection = asConnection(handle)
      const { session, transaction } = connection
      connection.transaction = null
      if (session === null || transaction === null) throw new Undone(unreachable(location, null))
      if (!transaction.hasWritten) return void (await rollBack(connection))
      const commit = recordAndCommit(session)
      try {
        await commit.send()
      } catch (error) {
        if (isAnswer(error)) {
          await rollBack(connection)
          throw broken(connection, error)
        }
        drop(connection)
        if (await isCommitted(sessions, commit, location, error)) return
        throw new Undone(unreachable(location, error))
      }
    },

    rollbackTransaction: async (handle) => await rollBack(asConnection(handle)),

    destroy: async () => await sessions.close(),
  }

  async function rollBack(connection: Connection): Promise<void> {
    connection.transaction = null
    try {
      await connection.session?.query('rollback')
    } catch {
      drop(connection)
    }
  }
}

function connectionOf(
  sessions: Sessions,
  location: string,
  broken: (connection: Connection, error: unknown) => unknown,
): Connection {
  /** Repeats a read until it is answered, or the server has been gone for too long. */
  async function readAgain<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const deadline = performance.now() + sessions.timeouts.outage
    for (;;) {
      connection.session ??= await sessions.acquire()
      try {
        return await ask<Row>(connection.session, query)
      } catch (error) {
        const undone = broken(connection, error)
        if (!(undone instanceof Undone)) throw undone
        if (!isRead(query) || performance.now() >= deadline) throw undone.fault
      }
    }
  }

  const connection: Connection = {
    session: null,
    transaction: null,

    executeQuery: async <Row>(query: CompiledQuery): Promise<QueryResult<Row>> => {
      const { transaction } = connection
      if (transaction === null) return await readAgain<Row>(query)
      if (query.query.kind !== 'SelectQueryNode') transaction.hasWritten = transaction.mayWrite
      if (connection.session === null) throw new Undone(unreachable(location, null))
      try {
        return await ask<Row>(connection.session, query)
      } catch (error) {
        throw broken(connection, error)
      }
    },

    // biome-ignore lint/correctness/useYield: an interface of kysely that the journal has no use for
    streamQuery: async function* () {
      throw new Error('the journal reads whole results')
    },
  }
  return connection
}

function isRead({ query, sql }: CompiledQuery): boolean {
  return query.kind === 'SelectQueryNode' || /^\s*select\b/i.test(sql)
}

async function ask<Row>(session: Session, { sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> {
  const { rows, rowCount } = await session.query(sql, parameters)
  return rowCount === null ? { rows } : { rows, numAffectedRows: BigInt(rowCount) }
}
