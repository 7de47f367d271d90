import { setTimeout as sleep } from 'node:timers/promises'
import type { Kysely, Transaction } from 'kysely'
import type { Fault } from '../../core/errors/fault.ts'
import type { Schema } from '../schema/schema.ts'

export type Store = Kysely<Schema>
/** A transaction. Inside it, nothing is awaited but the database. */
export type Writing = Transaction<Schema>

/** A transaction that surely did not happen, for a transient reason such as a lost connection: it may be repeated. */
export class Undone extends Error {
  /** The error to throw if the reason does not pass. */
  readonly fault: Fault

  constructor(fault: Fault) {
    super(fault.message, { cause: fault })
    this.fault = fault
  }
}

/** How long (ms) a write is repeated after transient failures. */
const bearable = 30_000
const longestPause = 500

/**
 * Runs `write` in a transaction of its own, however small it is: only there processes share the lock fairly, and a
 * journal that a newer mhloop has migrated is refused. `write` may run several times, but takes effect once; it must
 * not keep anything outside itself.
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
  /** Free bytes on its disk; null when unknown. */
  freeBytes: number | null
}

/** A database under the journal. `store` commits to the disk; its errors are Faults or {@link Undone}. */
export type Engine = {
  name: 'sqlite' | 'postgres'
  /** For people, without a password. */
  location: string
  store: Store
  condition(deep: boolean): Promise<Condition>
  /**
   * Locks these subjects until the transaction ends, for code that reads before it writes. A no-op in SQLite, where a
   * transaction locks the whole file.
   */
  takeLocks(writing: Writing, names: readonly string[]): Promise<void>
  /** The current time (RFC 3339 UTC) by the one clock that decides about leases for all processes. */
  now(store: Store): Promise<string>
  /**
   * Whether this engine still has open what others open by the same name (G3). Asked right before a request is sent, so
   * it waits for nothing: for a shared database, which only a transaction can ask, it is always true.
   */
  isInPlace(): boolean
  /** Tells the other processes, at the commit, that these merchants have new events. */
  announce(writing: Writing, merchants: readonly string[]): Promise<void>
  /** Calls back for each merchant that another process announces; null: check all. Ends when the store closes. */
  listen(heard: (merchant: string | null) => void): Promise<void>
  /** After rows were copied with their numbers, lets new rows continue behind the last one. */
  continueNumbering(writing: Writing): Promise<void>
  /** Removes deleted and emptied data from the disk as well, not only from what queries show (F64). */
  wipe(): Promise<void>
  /** Writes a consistent copy of everything into a new SQLite journal. */
  snapshot(path: string): Promise<void>
}
