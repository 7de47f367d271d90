import { statSync } from 'node:fs'
import { replaced } from './faults.ts'

/** SQLite's file, its write-ahead log and its locks: a process that loses any of them no longer writes where others read. */
const parts = ['', '-wal', '-shm']

/** What watches over an open file. */
export type SameFile = {
  /** Throws JOURNAL_REPLACED. */
  assert(): void
  holds(): boolean
}

/**
 * Gives what throws JOURNAL_REPLACED once the files at this path are not those that are open: deleted, or
 * swapped for a backup, what is written there is read by nobody, and another mhloop pays again (G3). It never becomes
 * good again: what others have done in between is not known here. To be made when the database is open and was read, so
 * that all of them are there.
 */
export function sameFileAs(path: string): SameFile {
  const opened = parts.map((part) => identityOf(path + part))
  let isReplaced = false
  const holds = () => {
    isReplaced ||= parts.some((part, index) => identityOf(path + part) !== opened[index])
    return !isReplaced
  }
  return {
    holds,
    assert: () => {
      if (!holds()) throw replaced(path)
    },
  }
}

/** Device and inode; null when there is no such file, or nobody lets us look. */
export function identityOf(path: string): string | null {
  try {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false })
    return found ? `${found.dev} ${found.ino}` : null
  } catch {
    return null
  }
}
