import { realpathSync, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { printable } from '../../core/text/printable.ts'
import type { Condition } from '../database/engine.ts'
import { fileSystemOf, trustIn } from './file-system.ts'
import { busyTimeout } from './retry-while-busy.ts'

/** What every connection must read back (failures.md §2.6). */
const required: Record<string, string> = {
  journal_mode: 'wal',
  // FULL: with NORMAL, a power cut loses commits that were acknowledged (failures.md §2.3).
  synchronous: '2',
  foreign_keys: '1',
  trusted_schema: '0',
  recursive_triggers: '1',
  secure_delete: '1',
  busy_timeout: String(busyTimeout),
}

/** The settings that the connection reports, and a sentence for each that is wrong. */
export function settingsOf(database: DatabaseSync): { settings: Record<string, string>; wrong: string[] } {
  const names = Object.keys(required)
  const settings = Object.fromEntries(names.map((name) => [name, pragma(database, name)]))
  const wrong = names
    .filter((name) => settings[name] !== required[name])
    .map((name) => `SQLite's ${name} is ${settings[name]}, not ${required[name]}`)
  return { settings: { ...settings, sqlite_version: versionOf(database) }, wrong }
}

/** The version of SQLite itself, such as 3.53.4. */
export function versionOf(database: DatabaseSync): string {
  return String(database.prepare('select sqlite_version() as version').get()?.['version'])
}

function pragma(database: DatabaseSync, name: string): string {
  const [value] = Object.values(database.prepare(`pragma ${name}`).get() ?? {})
  return String(value)
}

export function conditionOf(database: DatabaseSync, path: string, deep: boolean): Condition {
  const { settings, wrong } = settingsOf(database)
  const { bavail, bsize } = statfsSync(dirname(path))
  return {
    settings,
    problems: [...wrong.map((sentence) => `${sentence}.`), ...doubtfulDisk(path), ...(deep ? damage(database) : [])],
    sizeBytes: sizeOf(path),
    walBytes: sizeOf(`${path}-wal`),
    freeBytes: bavail * bsize,
  }
}

/** A file system of which it is unknown whether its locks and syncs can be trusted (H13). */
function doubtfulDisk(path: string): string[] {
  const type = fileSystemOf(realpathSync(dirname(path)))
  if (type === null || trustIn(type) !== 'unknown') return []
  return [
    `It is on a FUSE file system (${type}), where synced data may still be lost: better use a local disk or a named volume.`,
  ]
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

/** Reads every page and index; reports up to 10 findings. */
function damage(database: DatabaseSync): string[] {
  const findings = database.prepare('pragma integrity_check(10)').all()
  return findings
    .map((row) => printable(String(row['integrity_check'])))
    .filter((finding) => finding !== 'ok')
    .map((finding) => `The file is damaged: ${finding}`)
}
