import { randomUUID } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { foreign, newer } from './faults.ts'
import { firstSchema } from './first-schema.ts'
import { patiently } from './patience.ts'

/** Marks the file as ours: "mhlp" in its header. */
const applicationId = 0x6d686c70

/** One per version, from 1. Never change one that was released. */
const migrations: readonly ((database: DatabaseSync) => void)[] = [
  (database) => {
    database.exec(firstSchema)
    database.exec(`pragma application_id = ${applicationId}`)
    const meta = database.prepare('insert into meta (name, value) values (?, ?)')
    meta.run('installation_id', randomUUID())
    meta.run('schema_version', '0')
  },
]

/** What this mhloop reads and writes. */
export const schemaVersion = migrations.length

/** Throws JOURNAL_FOREIGN when the file is another program's; a new or empty one becomes ours. */
export async function assertOurs(database: DatabaseSync, path: string): Promise<void> {
  // One statement: between two, another process may create the tables.
  const header = `select (select count(*) from sqlite_schema) as tables,
    (select application_id from pragma_application_id) as application`
  const found = await patiently(() => database.prepare(header).get(), path)
  if (found?.['tables'] !== 0 && found?.['application'] !== applicationId) throw foreign(path)
}

/**
 * Brings the file to a schema version, all or nothing, however many processes begin at once (F48): the version is read
 * again under the write lock. Throws JOURNAL_NEWER when the file is ahead.
 */
export async function migrate(database: DatabaseSync, path: string, steps = migrations): Promise<void> {
  const isCurrent = () => {
    const version = versionOf(database)
    if (version > steps.length) throw newer(path, version, steps.length)
    return version === steps.length
  }
  if (await patiently(isCurrent, path)) return
  await patiently(() => database.exec('begin immediate'), path)
  try {
    if (!isCurrent()) {
      for (const step of steps.slice(versionOf(database))) step(database)
      database.prepare(`update meta set value = ? where name = 'schema_version'`).run(String(steps.length))
    }
    await patiently(() => database.exec('commit'), path)
  } catch (error) {
    if (database.isTransaction) database.exec('rollback')
    // Translated like any other error of the database.
    return await patiently(() => {
      throw error
    }, path)
  }
}

function versionOf(database: DatabaseSync): number {
  const meta = database.prepare(`select count(*) as count from sqlite_schema where name = 'meta'`).get()
  if (meta?.['count'] === 0) return 0
  return Number(database.prepare(`select value from meta where name = 'schema_version'`).get()?.['value'])
}
