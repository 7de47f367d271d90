import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type LimitNode,
  type QueryResult,
  type SelectModifierNode,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  ValueNode,
} from 'kysely'
import { schemaVersion } from '../schema/migrations.ts'
import { aheadOf } from './migrate.ts'
import { type RetryClock, realClock, retryWhileBusy } from './retry-while-busy.ts'
import { faultOf } from './sqlite-faults.ts'

/** kysely's SQLite dialect over node:sqlite. With one connection, kysely queues a process's transactions. */
export function sqliteDialect(
  database: DatabaseSync,
  path: string,
  /** Throws when the file at the path is no longer the one that is open. */
  isSame: () => void,
  clock: RetryClock = realClock,
): Dialect {
  return {
    createDriver: () => driverOf(database, path, isSame, clock),
    createQueryCompiler: () => new Compiler(),
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (kysely) => new SqliteIntrospector(kysely),
  }
}

/** SQLite has no row locks and needs none: a transaction of ours locks the whole file for writing. */
class Compiler extends SqliteQueryCompiler {
  protected override visitSelectModifier(node: SelectModifierNode): void {
    if (!/^(ForUpdate|SkipLocked)$/.test(node.modifier ?? '')) super.visitSelectModifier(node)
  }

  /** Writes the limit as a literal: SQLite plans by it, and would prepare a bound one again at each run. */
  protected override visitLimit(node: LimitNode): void {
    const { limit } = node
    if (ValueNode.is(limit) && Number.isSafeInteger(limit.value)) this.append(`limit ${limit.value}`)
    else super.visitLimit(node)
  }
}

/**
 * Milliseconds to wait after a commit, so that other processes can lock the file: without this pause, one of four
 * writers starved (failures.md §2.3).
 */
const courtesy = { after: 5, least: 1, spread: 2 }

function driverOf(database: DatabaseSync, path: string, isSame: () => void, clock: RetryClock): Driver {
  const prepared = statementsOf(database)
  const connection = connectionTo(database, path, isSame, clock, prepared)
  let committedAt = Number.NEGATIVE_INFINITY
  return {
    init: async () => {},
    acquireConnection: async () => connection,
    releaseConnection: async () => {},

    beginTransaction: async () => {
      if (clock.now() - committedAt < courtesy.after)
        await clock.sleep(courtesy.least + courtesy.spread * clock.random())
      try {
        // A plain BEGIN takes the write lock too late: two processes could read the same state, and one of them then
        // fails (F8).
        await retryWhileBusy(() => database.exec('begin immediate'), path, clock)
        // A newer mhloop may have migrated the file while this process had it open (F48).
        if (Number(prepared(currentVersion).statement.get()?.['value']) !== schemaVersion)
          throw aheadOf(database, path, schemaVersion)
        isSame()
      } catch (error) {
        // kysely takes this transaction for not begun and never ends it; its lock would block every process (F46).
        giveUp(database)
        throw faultOf(error, path)
      }
    },

    commitTransaction: async () => {
      await retryWhileBusy(() => database.exec('commit'), path, clock)
      committedAt = clock.now()
      // A commit into a file that is gone counts for nothing (G3).
      isSame()
    },

    rollbackTransaction: async () => giveUp(database),

    destroy: async () => {
      if (database.isOpen) database.close()
    },
  }
}

/** After some errors, such as a full disk, SQLite has already rolled back by itself. */
function giveUp(database: DatabaseSync): void {
  if (database.isTransaction) database.exec('rollback')
}

const currentVersion = `select value from meta where name = 'schema_version'`

type Prepared = { statement: StatementSync; gives: boolean }

/** How many statements are kept: the journal has about a hundred, but bulk ones differ by their number of rows. */
const mostRetained = 200

/** Preparing a statement costs as much as running it. The least recently used ones are dropped. */
function statementsOf(database: DatabaseSync): (sql: string) => Prepared {
  const stored = new Map<string, Prepared>()
  return (sql) => {
    const known = stored.get(sql)
    if (known) stored.delete(sql)
    const prepared = known ?? prepare(database, sql)
    stored.set(sql, prepared)
    const [oldest] = stored.size > mostRetained ? stored.keys() : []
    if (oldest !== undefined) stored.delete(oldest)
    return prepared
  }
}

function prepare(database: DatabaseSync, sql: string): Prepared {
  const statement = database.prepare(sql)
  return { statement, gives: statement.columns().length > 0 }
}

function connectionTo(
  database: DatabaseSync,
  path: string,
  isSame: () => void,
  clock: RetryClock,
  prepared: (sql: string) => Prepared,
): DatabaseConnection {
  return {
    executeQuery: async <Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> => {
      const run = () => runQuery<Row>(prepared(sql), parameters)
      // Within a transaction nothing may be awaited; it already has the lock.
      if (!database.isTransaction) {
        isSame()
        return await retryWhileBusy(run, path, clock)
      }
      try {
        return run()
      } catch (error) {
        throw faultOf(error, path)
      }
    },
    // biome-ignore lint/correctness/useYield: an interface of kysely that the journal has no use for
    streamQuery: async function* () {
      throw new Error('the journal reads whole results')
    },
  }
}

function runQuery<Row>({ statement, gives }: Prepared, parameters: readonly unknown[]): QueryResult<Row> {
  // kysely types parameters as unknown; node:sqlite refuses what SQLite can't store.
  const values = parameters as SQLInputValue[]
  if (gives) return { rows: statement.all(...values) as Row[] }
  const { changes, lastInsertRowid } = statement.run(...values)
  return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
}
