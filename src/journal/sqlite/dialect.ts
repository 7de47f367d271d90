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
import { schemaVersion } from '../migrations.ts'
import { faultOf } from './faults.ts'
import { aheadOf } from './migrations.ts'
import { type Pace, patiently, realPace } from './patience.ts'

/** kysely's SQLite over node:sqlite. The adapter says "one connection", so kysely queues transactions within a process. */
export function sqliteDialect(
  database: DatabaseSync,
  path: string,
  /** Throws when the file at the path is no longer the one that is open. */
  isSame: () => void,
  pace: Pace = realPace,
): Dialect {
  return {
    createDriver: () => driverOf(database, path, isSame, pace),
    createQueryCompiler: () => new Compiler(),
    createAdapter: () => new SqliteAdapter(),
    createIntrospector: (kysely) => new SqliteIntrospector(kysely),
  }
}

/** SQLite has no row locks, and needs none: a transaction of ours has the whole file for writing. */
class Compiler extends SqliteQueryCompiler {
  protected override visitSelectModifier(node: SelectModifierNode): void {
    if (!/^(ForUpdate|SkipLocked)$/.test(node.modifier ?? '')) super.visitSelectModifier(node)
  }

  /** Written out: SQLite plans by it, and would prepare a statement with a bound one again each time that it runs. */
  protected override visitLimit(node: LimitNode): void {
    const { limit } = node
    if (ValueNode.is(limit) && Number.isSafeInteger(limit.value)) this.append(`limit ${limit.value}`)
    else super.visitLimit(node)
  }
}

/** A process that has just committed lets others lock first: without this, one of four writers starved (failures.md §2.3). */
const courtesy = { after: 5, least: 1, spread: 2 }

function driverOf(database: DatabaseSync, path: string, isSame: () => void, pace: Pace): Driver {
  const prepared = statementsOf(database)
  const connection = connectionTo(database, path, isSame, pace, prepared)
  let committedAt = Number.NEGATIVE_INFINITY
  return {
    init: async () => {},
    acquireConnection: async () => connection,
    releaseConnection: async () => {},

    beginTransaction: async () => {
      if (pace.now() - committedAt < courtesy.after) await pace.sleep(courtesy.least + courtesy.spread * pace.random())
      try {
        // A plain BEGIN takes the write lock too late: two processes read the same, and one then fails (F8).
        await patiently(() => database.exec('begin immediate'), path, pace)
        // A newer mhloop may have migrated the file while this process had it open (F48).
        if (Number(prepared(currentVersion).statement.get()?.['value']) !== schemaVersion)
          throw aheadOf(database, path, schemaVersion)
        isSame()
      } catch (error) {
        // Nobody else ends it: kysely thinks that it never began, and everybody would wait for its lock (F46).
        giveUp(database)
        throw faultOf(error, path)
      }
    },

    commitTransaction: async () => {
      await patiently(() => database.exec('commit'), path, pace)
      committedAt = pace.now()
      // What went into a file that is gone is claimed, and stored, for nobody (G3).
      isSame()
    },

    rollbackTransaction: async () => giveUp(database),

    destroy: async () => {
      if (database.isOpen) database.close()
    },
  }
}

/** After some errors, such as a full disk, SQLite has rolled back by itself. */
function giveUp(database: DatabaseSync): void {
  if (database.isTransaction) database.exec('rollback')
}

const currentVersion = `select value from meta where name = 'schema_version'`

type Prepared = { statement: StatementSync; gives: boolean }

/** Statements worth keeping: the journal has some hundred, but bulk ones differ by their number of rows. */
const mostKept = 200

/** Preparing costs as much as running. The least recently used are let go. */
function statementsOf(database: DatabaseSync): (sql: string) => Prepared {
  const kept = new Map<string, Prepared>()
  return (sql) => {
    const known = kept.get(sql)
    if (known) kept.delete(sql)
    const prepared = known ?? prepare(database, sql)
    kept.set(sql, prepared)
    const [oldest] = kept.size > mostKept ? kept.keys() : []
    if (oldest !== undefined) kept.delete(oldest)
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
  pace: Pace,
  prepared: (sql: string) => Prepared,
): DatabaseConnection {
  return {
    executeQuery: async <Row>({ sql, parameters }: CompiledQuery): Promise<QueryResult<Row>> => {
      const run = () => runQuery<Row>(prepared(sql), parameters)
      // Within a transaction nothing may be waited for; it has the lock already.
      if (!database.isTransaction) {
        isSame()
        return await patiently(run, path, pace)
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
  // kysely types parameters as unknown; what SQLite cannot store, node:sqlite refuses.
  const values = parameters as SQLInputValue[]
  if (gives) return { rows: statement.all(...values) as Row[] }
  const { changes, lastInsertRowid } = statement.run(...values)
  return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) }
}
