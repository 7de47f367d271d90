import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { isPostgres } from '../postgres/location.ts'
import { sqlitePath } from './location.ts'

const most = 50
/** How many of the latest history entries are searched for returns. */
const newest = 1_000

export type RecentReturn = { returnId: string; orderName: string | null }

/**
 * Returns whose id begins with `prefix`, the ones with the latest history first, to complete a word in a shell. It
 * reads the file directly, without what opening a journal loads. Empty without a SQLite journal on this machine;
 * creates, migrates and waits for nothing. May throw.
 */
export function recentReturns(location: string | undefined, dataDir: string, prefix: string): RecentReturn[] {
  if (!/^\d*$/.test(prefix) || (location !== undefined && isPostgres(location))) return []
  const path = sqlitePath(location, dataDir)
  if (!existsSync(path)) return []
  const database = new DatabaseSync(path, { readOnly: true, timeout: 0 })
  try {
    const lately = database.prepare(`
      select return_id as returnId, min(order_name) as orderName from (
        select h.return_id, l.order_name, h.seq
        from (select merchant, return_id, seq from history order by seq desc limit ${newest}) h
        join links l on l.merchant = h.merchant and l.return_id = h.return_id
      ) where substr(return_id, 1, length(?1)) = ?1
      group by return_id order by max(seq) desc limit ${most}`)
    return lately.all(prefix) as RecentReturn[]
  } finally {
    database.close()
  }
}
