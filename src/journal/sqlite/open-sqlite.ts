import { backup, DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import type { Engine } from '../database/engine.ts'
import type { Schema } from '../schema/schema.ts'
import { conditionOf, settingsOf, versionOf } from './condition.ts'
import { sqliteDialect } from './dialect.ts'
import { assertOurs, migrate } from './migrate.ts'
import { preparePlace } from './place.ts'
import { busyTimeout, retryWhileBusy } from './retry-while-busy.ts'
import { identityOf, sameFileAs } from './same-file.ts'
import { notDurable, replaced, tooOld } from './sqlite-faults.ts'

/** Older versions can lose commits of a write-ahead log that two connections reset at once (failures.md §2.6). */
const leastVersion = '3.51.3'

/** Opens one file with one connection, by the rules of failures.md §2.6; throws Faults and leaves nothing open. */
export async function openSqlite(
  path: string,
  { folderIsOurs, clock = { now: () => new Date() } }: { folderIsOurs: boolean; clock?: { now(): Date } | undefined },
): Promise<Engine> {
  preparePlace(path, { folderIsOurs })
  const prepared = identityOf(path)
  const database = await retryWhileBusy(
    () => new DatabaseSync(path, { timeout: busyTimeout, enableForeignKeyConstraints: true, defensive: true }),
    path,
  )
  try {
    const version = await retryWhileBusy(() => versionOf(database), path)
    if (!isAtLeast(version, leastVersion)) throw tooOld(version, leastVersion)
    await assertOurs(database, path)
    await configure(database, path)
    await migrate(database, path)
    // The file was replaced between the check and the opening.
    if (identityOf(path) !== prepared) throw replaced(path)
  } catch (error) {
    database.close()
    throw error
  }
  const sameFile = sameFileAs(path)
  return {
    name: 'sqlite',
    location: path,
    store: new Kysely<Schema>({ dialect: sqliteDialect(database, path, sameFile.assert) }),
    condition: async (deep) => {
      sameFile.assert()
      return await retryWhileBusy(() => conditionOf(database, path, deep), path)
    },
    takeLocks: async () => {},
    // All processes that share the file are on this machine, so its clock is the common one.
    now: async () => clock.now().toISOString(),
    // Processes that share a file check it every second.
    announce: async () => {},
    listen: async () => {},
    continueNumbering: async () => {},
    isInPlace: sameFile.holds,
    // The log still contains the data. While another process reads an old part of it, it can't be truncated; the next
    // time can.
    wipe: () => retryWhileBusy(() => database.exec('pragma wal_checkpoint(truncate)'), path),
    snapshot: async (to) => {
      sameFile.assert()
      await snapshot(path, to)
    },
  }
}

const allPages = 2 ** 31 - 1

/**
 * Copies the file as it is at one moment. The copy has its own connection, because node:sqlite fails with “not an
 * error” if the first step of a copy meets its own connection in a transaction. It takes one step, because a copy in
 * several steps begins again whenever another connection writes.
 */
async function snapshot(path: string, to: string): Promise<void> {
  const reading = await retryWhileBusy(() => new DatabaseSync(path, { timeout: busyTimeout, readOnly: true }), path)
  try {
    await backup(reading, to, { rate: allPages })
  } finally {
    reading.close()
  }
}

/** Sets what durability depends on, and reads it back: a build or a file system may refuse silently. */
async function configure(database: DatabaseSync, path: string): Promise<void> {
  await retryWhileBusy(() => {
    database.exec('pragma journal_mode = wal')
    database.exec('pragma synchronous = full')
    // Without these, a sync on macOS reaches only the drive's cache.
    database.exec('pragma fullfsync = on')
    database.exec('pragma checkpoint_fullfsync = on')
    database.exec('pragma trusted_schema = off')
    // Otherwise INSERT OR REPLACE deletes rows without the triggers that protect history and sent refunds.
    database.exec('pragma recursive_triggers = on')
    // Deleted data is overwritten, not only marked as free (F64).
    database.exec('pragma secure_delete = on')
    // Bytes. A log that one long transaction made is truncated to this at the next checkpoint.
    database.exec('pragma journal_size_limit = 67108864')
  }, path)
  const { wrong } = await retryWhileBusy(() => settingsOf(database), path)
  const [first] = wrong
  if (first !== undefined) throw notDurable(path, first)
}

/** Whether a version such as 3.53.0 is the other one or later. */
export function isAtLeast(version: string, least: string): boolean {
  const parts = version.split('.').map(Number)
  const leastParts = least.split('.').map(Number)
  const differing = leastParts.findIndex((part, index) => part !== (parts[index] ?? 0))
  return differing === -1 || (parts[differing] ?? 0) > (leastParts[differing] ?? 0)
}
