import { statSync } from 'node:fs'
import { replaced } from './sqlite-faults.ts'

/** SQLite's file, log and shared memory: a process that loses one of them no longer writes where others read. */
const parts = ['', '-wal', '-shm']

/** Watches whether an open file is still in its place. */
export type SameFile = {
  /** Throws JOURNAL_REPLACED. */
  assert(): void
  holds(): boolean
}

/**
 * Watches the files at this path. Once they are not those that are open, because they were deleted or replaced by a
 * backup, nobody reads what is written there, and another mhloop would pay again (G3). This never becomes good again:
 * what other processes did meanwhile is not known here. Call it when the database is open and was read, so that all
 * files exist.
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

/** Device and inode; null when the file is missing or may not be looked at. */
export function identityOf(path: string): string | null {
  try {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false })
    return found ? `${found.dev} ${found.ino}` : null
  } catch {
    return null
  }
}
