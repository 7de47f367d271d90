import { existsSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { isPostgres } from '../postgres/location.ts'
import { sqlitePath } from './location.ts'

const most = 50
/** Entries of the history that are looked at for returns that something happened to lately. */
const newest = 1_000

export type RecentReturn = { returnId: string; orderName: string | null }

/**
 * Returns whose id begins like this, those first that something happened to lately: for a shell that completes a word, so
 * straight from the file, without all that opening a journal loads. None when there is no journal of our own on this
 * machine; nothing is made, migrated or waited for. May throw.
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
