import { setTimeout as sleep } from 'node:timers/promises'
import type { Kysely, Transaction } from 'kysely'
import type { Fault } from '../core/fault.ts'
import type { Schema } from './schema.ts'

export type Store = Kysely<Schema>
/** Inside one of these, nothing is awaited but the database. */
export type Writing = Transaction<Schema>

/** A transaction that surely did not happen, for a reason that passes, such as a lost connection: it may be done again. */
export class Undone extends Error {
  /** What to tell if it goes on. */
  readonly fault: Fault

  constructor(fault: Fault) {
    super(fault.message, { cause: fault })
    this.fault = fault
  }
}

/** Milliseconds that a reason which passes is borne with. */
const bearable = 30_000
const longestPause = 500

/**
 * Does a write in a transaction of its own, however small: only there is the lock shared fairly, and the journal refused
 * once a newer mhloop has migrated it. `write` may run several times, but happens once; it keeps nothing outside itself.
 */
export async function inTransaction<Result>(
  store: Store,
  write: (writing: Writing) => Promise<Result>,
): Promise<Result> {
  const deadline = performance.now() + bearable
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await store.transaction().execute(write)
    } catch (error) {
      if (!(error instanceof Undone)) throw error
      if (performance.now() >= deadline) throw error.fault
    }
    await sleep(Math.random() * Math.min(longestPause, 5 * 2 ** Math.min(attempt, 10)))
  }
}

/** What a database says about its own health. */
export type Condition = {
  problems: string[]
  settings: Record<string, string>
  sizeBytes: number
  walBytes: number
  /** Room left on its disk; null when it can't be told. */
  freeBytes: number | null
}

/**
 * A database under the journal. A transaction of `store` is on the disk when it has committed; its errors are Faults,
 * or {@link Undone}.
 */
export type Engine = {
  name: 'sqlite' | 'postgres'
  /** Without a password. */
  location: string
  store: Store
  condition(deep: boolean): Promise<Condition>
  /**
   * Whoever reads before it writes takes turns by subject until its transaction ends. In SQLite every transaction has
   * the whole file anyway.
   */
  takeLocks(writing: Writing, names: readonly string[]): Promise<void>
  /** RFC 3339 UTC: the one clock by which all processes judge leases. */
  now(store: Store): Promise<string>
  /**
   * Whether what is open is still what others open by its name (G3). Asked on the wire, so nothing is waited for: a shared
   * database, which only its own transactions can ask, always says so.
   */
  isInPlace(): boolean
  /** Tells the other processes, once the transaction has committed, that there are new events of these merchants. */
  announce(writing: Writing, merchants: readonly string[]): Promise<void>
  /** Calls back for each merchant that another process announces; null: it can't tell, look at all. Ends with the store. */
  listen(heard: (merchant: string | null) => void): Promise<void>
  /** Rows were brought with the numbers that they had elsewhere; the next ones follow the last. */
  continueNumbering(writing: Writing): Promise<void>
  /** What was emptied leaves the disk as well, and is not only no longer shown (F64). */
  wipe(): Promise<void>
  /** Writes all that is in it at one moment into a new SQLite journal. */
  snapshot(path: string): Promise<void>
}
