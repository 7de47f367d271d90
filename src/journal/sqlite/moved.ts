import { DatabaseSync } from 'node:sqlite'
import { type Engine, inTransaction } from '../database/engine.ts'
import { schemaVersion } from '../schema/migrations.ts'

/** A schema version that no mhloop knows, so that every one, even an older one, leaves the file alone. */
const unknownVersion = 1_000_000

/** Closes a file for good: from now on only the process that moves it reads or writes it. */
export async function markMoved({ store }: Engine, to: string): Promise<void> {
  await inTransaction(store, async (writing) => {
    await writing
      .insertInto('meta')
      .values({ name: 'moved_to', value: to })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: to }))
      .execute()
    await writing
      .updateTable('meta')
      .set({ value: String(unknownVersion) })
      .where('name', '=', 'schema_version')
      .execute()
  })
}

/** Undoes the mark of a failed move. Without a transaction, because a transaction would refuse the file. */
export async function unmarkMoved({ store }: Pick<Engine, 'store'>): Promise<void> {
  await store
    .updateTable('meta')
    .set({ value: String(schemaVersion) })
    .where('name', '=', 'schema_version')
    .execute()
  await store.deleteFrom('meta').where('name', '=', 'moved_to').execute()
}

/** Milliseconds to wait for another process's lock. This blocks, which is fine: this process has nothing else to do. */
const longestWait = 5_000

/** Removes the mark of an interrupted move to this place; false when the file was moved elsewhere, or never. */
export function reopen(path: string, to: string): boolean {
  const database = new DatabaseSync(path, { timeout: longestWait })
  try {
    database.exec('begin immediate')
    const mark = database.prepare(`delete from meta where name = 'moved_to' and value = ?`).run(to)
    if (mark.changes === 1) {
      database.prepare(`update meta set value = ? where name = 'schema_version'`).run(String(schemaVersion))
    }
    database.exec('commit')
    return mark.changes === 1
  } finally {
    database.close()
  }
}
