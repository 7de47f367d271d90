import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import type { Engine } from '../../src/journal/database/engine.ts'
import type { Schema } from '../../src/journal/schema/schema.ts'
import { sqliteDialect } from '../../src/journal/sqlite/dialect.ts'
import { migrate } from '../../src/journal/sqlite/migrate.ts'

/** A journal's database in memory. */
export type Memory = {
  database: DatabaseSync
  engineBy(clock: { now(): Date }): Engine
  /** The first row of a query of the checker. */
  first(sql: string, ...values: (string | Record<string, string>)[]): unknown
  /** Called when the database is no longer needed; it is then emptied and used again. */
  release(): void
}

const path = ':memory:'

/** No other connection uses the database, so nothing waits for a lock and no pause after a commit is needed. */
function unhurried() {
  let now = 0
  return {
    now: () => {
      now += 1_000
      return now
    },
    sleep: async () => undefined,
    random: () => 0.5,
  }
}

/** Emptied databases with their prepared statements: creating them again would take a tenth of a world's time. */
const idle: Memory[] = []

/** An empty database with the current schema. The caller names its installation, because ids are random otherwise. */
export async function openMemory(installation: string): Promise<Memory> {
  const memory = idle.pop() ?? (await createMemory())
  memory.database.prepare(`update meta set value = ? where name = 'installation_id'`).run(installation)
  return memory
}

async function createMemory(): Promise<Memory> {
  const database = new DatabaseSync(path)
  await migrate(database, path)
  const wipe = wiping(database)
  const statements = new Map<string, StatementSync>()
  const store = new Kysely<Schema>({ dialect: sqliteDialect(database, path, () => undefined, unhurried()) })
  const condition: Engine['condition'] = async () => ({
    problems: [],
    settings: {},
    sizeBytes: 0,
    walBytes: 0,
    freeBytes: null,
  })
  const engineBy = (clock: { now(): Date }): Engine => ({
    name: 'sqlite',
    location: path,
    store,
    condition,
    takeLocks: async () => undefined,
    now: async () => clock.now().toISOString(),
    announce: async () => undefined,
    isInPlace: () => true,
    listen: async () => undefined,
    continueNumbering: async () => undefined,
    wipe: async () => undefined,
    snapshot: async () => undefined,
  })
  const memory: Memory = {
    database,
    engineBy,
    first(sql, ...values) {
      const statement = statements.get(sql) ?? database.prepare(sql)
      statements.set(sql, statement)
      return statement.get(...(values as SQLInputValue[]))
    },
    release() {
      wipe()
      idle.push(memory)
    },
  }
  return memory
}

const tablesIn = (database: DatabaseSync) =>
  database
    .prepare(`select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'`)
    .all()
    .map(({ name }) => String(name))

/** Returns a function that empties it. */
function wiping(database: DatabaseSync): () => void {
  const filled = tablesIn(database).filter((name) => database.prepare(`select 1 from ${name} limit 1`).get())
  if (filled.join() !== 'meta') throw new Error(`a new journal has rows in ${filled}`)
  const meta = database.prepare('select name, value from meta').all()
  const add = database.prepare('insert into meta (name, value) values (?, ?)')
  const triggers = database.prepare(`select name, sql from sqlite_schema where type = 'trigger'`).all()
  // Triggers protect the rows that must never be deleted.
  const empty = [
    ...triggers.map(({ name }) => `drop trigger ${name}`),
    ...[...tablesIn(database), 'sqlite_sequence'].map((name) => `delete from ${name}`),
    ...triggers.map(({ sql }) => sql),
  ].join(';')
  return () => {
    database.exec(`begin;${empty}`)
    for (const { name, value } of meta) add.run(String(name), String(value))
    database.exec('commit')
  }
}

/** Copies every row of every table, as `cp` copies a file to which nothing is written at that moment. */
export async function copyExactly(from: Memory, installation: string): Promise<Memory> {
  const copy = await openMemory(installation)
  for (const name of tablesIn(from.database)) {
    const rows = from.database.prepare(`select * from ${name}`).all()
    const columns = Object.keys(rows[0] ?? {})
    if (columns.length === 0) continue
    const insert = copy.database.prepare(
      `insert or replace into ${name} (${columns}) values (${columns.map(() => '?')})`,
    )
    for (const row of rows) insert.run(...Object.values(row))
  }
  return copy
}
