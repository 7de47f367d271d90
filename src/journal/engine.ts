import type { Kysely, Transaction } from 'kysely'
import type { Schema } from './schema.ts'

export type Store = Kysely<Schema>
/** Inside one of these, nothing is awaited but the database. */
export type Writing = Transaction<Schema>

/**
 * Does a write in a transaction of its own, however small: only there is the lock shared fairly, and the file refused
 * once a newer mhloop has migrated it.
 */
export async function written<Result>(store: Store, write: (writing: Writing) => Promise<Result>): Promise<Result> {
  return await store.transaction().execute(write)
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
 * A database under the journal. Every transaction of `store` takes the write lock when it begins, and is on the disk
 * when it has committed; its errors are Faults.
 */
export type Engine = {
  name: 'sqlite' | 'postgres'
  location: string
  store: Store
  condition(deep: boolean): Promise<Condition>
}
