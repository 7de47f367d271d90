import { DatabaseSync, StatementSync } from 'node:sqlite'

/** What the disk reports, by SQLite's result codes (sqlite.org/rescode.html). */
export const sayings = { full: 13, 'input or output error': 10, 'read-only': 8, busy: 5 } as const
export type Saying = keyof typeof sayings

export type Trouble = {
  saying: Saying
  /** Which operation fails, counted from 1. */
  at: number
  /**
   * `once`: only this one; `on`: this and all later ones, until the disk is repaired; `after`: it succeeds, and is
   * reported as failed.
   */
  how: 'once' | 'on' | 'after'
}

export type Watch = {
  /** Operations so far: executed statements, and transactions begun and ended. */
  count(): number
  /** How many of them failed. */
  failed(): number
  mend(): void
}

let active: { trouble: Trouble | null; count: number; failed: number } | null = null

/**
 * Counts every operation of any database in this process, and makes them fail as planned, until the disk is repaired.
 * It replaces methods of node:sqlite, below all of our code.
 */
export function watchDisk(trouble: Trouble | null): Watch {
  const mine = { trouble, count: 0, failed: 0 }
  active = mine
  return {
    count: () => mine.count,
    failed: () => mine.failed,
    mend() {
      if (active === mine) active = null
    },
  }
}

/** Reads the disk without counting and without failures. */
export function unwatched<Result>(read: () => Result): Result {
  const watched = active
  active = null
  try {
    return read()
  } finally {
    active = watched
  }
}

function operate<Result>(work: () => Result): Result {
  const watched = active
  if (watched === null) return work()
  watched.count += 1
  const { trouble, count } = watched
  const fails = trouble !== null && (trouble.how === 'on' ? count >= trouble.at : count === trouble.at)
  if (!fails) return work()
  watched.failed += 1
  if (trouble.how === 'after') work()
  throw Object.assign(new Error(`the disk says: ${trouble.saying}`), { errcode: sayings[trouble.saying] })
}

const { exec } = DatabaseSync.prototype
DatabaseSync.prototype.exec = function (sql: string) {
  // Rolling back writes nothing.
  return sql === 'rollback' ? exec.call(this, sql) : operate(() => exec.call(this, sql))
}
for (const name of ['all', 'get', 'run'] as const) {
  const real = StatementSync.prototype[name] as (...values: unknown[]) => unknown
  Object.assign(StatementSync.prototype, {
    [name](this: StatementSync, ...values: unknown[]) {
      return operate(() => real.call(this, ...values))
    },
  })
}
