import { randomUUID } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { migrations } from '../schema/migrations.ts'
import { retryWhileBusy } from './retry-while-busy.ts'
import { sqliteWords } from './sql-words.ts'
import { foreign, moved, newer } from './sqlite-faults.ts'

/** Marks the file as mhloop's: "mhlp" in its header. */
const applicationId = 0x6d686c70

type Step = (database: DatabaseSync) => void

/** One per version, from 1. */
export const steps: readonly Step[] = migrations.map((migration, index) => (database) => {
  database.exec(migration(sqliteWords))
  if (index === 0) begin(database)
})

function begin(database: DatabaseSync): void {
  database.exec(`pragma application_id = ${applicationId}`)
  const meta = database.prepare('insert into meta (name, value) values (?, ?)')
  meta.run('installation_id', randomUUID())
  meta.run('schema_version', '0')
}

/** Throws JOURNAL_FOREIGN when the file is another program's; a new or empty one becomes mhloop's. */
export async function assertOurs(database: DatabaseSync, path: string): Promise<void> {
  // One statement: between two, another process may create the tables.
  const header = `select (select count(*) from sqlite_schema) as tables,
    (select application_id from pragma_application_id) as application`
  const found = await retryWhileBusy(() => database.prepare(header).get(), path)
  if (found?.['tables'] !== 0 && found?.['application'] !== applicationId) throw foreign(path)
}

/**
 * Brings the file to a schema version, all or nothing, however many processes start at once (F48): the version is read
 * again under the write lock. Throws JOURNAL_NEWER when the file is ahead, JOURNAL_MOVED when its contents were moved.
 */
export async function migrate(database: DatabaseSync, path: string, all = steps): Promise<void> {
  const isCurrent = () => {
    const version = versionOf(database)
    if (!(version <= all.length)) throw aheadOf(database, path, all.length)
    return version === all.length
  }
  if (await retryWhileBusy(isCurrent, path)) return
  await retryWhileBusy(() => database.exec('begin immediate'), path)
  try {
    if (!isCurrent()) {
      for (const step of all.slice(versionOf(database))) step(database)
      database.prepare(`update meta set value = ? where name = 'schema_version'`).run(String(all.length))
    }
    await retryWhileBusy(() => database.exec('commit'), path)
  } catch (error) {
    if (database.isTransaction) database.exec('rollback')
    // Translated like any other error of the database.
    return await retryWhileBusy(() => {
      throw error
    }, path)
  }
}

/** Why a file of an unknown version must be left alone. */
export function aheadOf(database: DatabaseSync, path: string, known: number) {
  const movedTo = database.prepare(`select value from meta where name = 'moved_to'`).get()?.['value']
  if (movedTo !== undefined) return moved(path, String(movedTo))
  return newer(path, versionOf(database), known)
}

function versionOf(database: DatabaseSync): number {
  const meta = database.prepare(`select count(*) as count from sqlite_schema where name = 'meta'`).get()
  if (meta?.['count'] === 0) return 0
  return Number(database.prepare(`select value from meta where name = 'schema_version'`).get()?.['value'])
}
