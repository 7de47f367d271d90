import { DatabaseSync } from 'node:sqlite'
import { type Engine, inTransaction } from '../engine.ts'
import { schemaVersion } from '../migrations.ts'

/** A schema that no mhloop knows, so that every one, also an older one, leaves the file alone. */
const nobodys = 1_000_000

/** Closes a file for good: from now on nobody reads or writes it but whoever has it in hand to move it. */
export async function markMoved({ store }: Engine, to: string): Promise<void> {
  await inTransaction(store, async (writing) => {
    await writing
      .insertInto('meta')
      .values({ name: 'moved_to', value: to })
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: to }))
      .execute()
    await writing
      .updateTable('meta')
      .set({ value: String(nobodys) })
      .where('name', '=', 'schema_version')
      .execute()
  })
}

/** The move came to nothing. Statement by statement: a transaction would refuse the file. */
export async function unmarkMoved({ store }: Pick<Engine, 'store'>): Promise<void> {
  await store
    .updateTable('meta')
    .set({ value: String(schemaVersion) })
    .where('name', '=', 'schema_version')
    .execute()
  await store.deleteFrom('meta').where('name', '=', 'moved_to').execute()
}

/** Milliseconds that the lock of others is waited for; nobody asks anything of this process meanwhile. */
const patience = 5_000

/** Takes the mark back of a move that broke off on its way to that place; false when it went elsewhere, or never began. */
export function reopen(path: string, to: string): boolean {
  const database = new DatabaseSync(path, { timeout: patience })
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
