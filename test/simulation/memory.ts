import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import type { Engine } from '../../src/journal/engine.ts'
import type { Schema } from '../../src/journal/schema.ts'
import { sqliteDialect } from '../../src/journal/sqlite/dialect.ts'
import { migrate } from '../../src/journal/sqlite/migrations.ts'

/** A journal's database that lives in memory alone. */
export type Memory = { database: DatabaseSync; engineBy(clock: { now(): Date }): Engine }

const path = ':memory:'

/** Nobody else has the file, so nothing is ever waited for, and no courtesy is due. */
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

/** An empty one of the current schema. Its installation is named by the caller, because ids are random otherwise. */
export async function openMemory(installation: string): Promise<Memory> {
  const database = new DatabaseSync(path)
  await migrate(database, path)
  database.prepare(`update meta set value = ? where name = 'installation_id'`).run(installation)
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
    takeTurns: async () => undefined,
    now: async () => clock.now().toISOString(),
    announce: async () => undefined,
    listen: async () => undefined,
    continueNumbering: async () => undefined,
    wipe: async () => undefined,
    snapshot: async () => undefined,
  })
  return { database, engineBy }
}

/** Every row of every table, whatever it is for: as `cp` of a file that nobody writes to at that moment. */
export async function copyExactly(from: Memory, installation: string): Promise<Memory> {
  const copy = await openMemory(installation)
  const tables = from.database
    .prepare(`select name from sqlite_schema where type = 'table' and name not like 'sqlite_%'`)
    .all() as { name: string }[]
  for (const { name } of tables) {
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
