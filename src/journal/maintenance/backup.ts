import { closeSync, existsSync, fsyncSync, mkdtempSync, openSync, renameSync, rmSync, statSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { Fault } from '../../core/errors/fault.ts'
import { printable } from '../../core/text/printable.ts'
import { type Engine, inTransaction } from '../database/engine.ts'
import { quarantine } from '../refunds/refund-quarantine.ts'
import { openSqlite } from '../sqlite/open-sqlite.ts'
import { type Copied, copyAll, isEmpty, merchantsOf } from './copy.ts'

/** A backup is one file, a SQLite journal whatever the engine. Any mhloop can read it and restore it to either. */
export type BackupDone = { file: string; sizeBytes: number; merchants: string[] }

/** Writes a consistent copy of everything, checks it, and only then gives it its name. Never replaces a file. */
export async function backUp(engine: Engine, file: string): Promise<BackupDone> {
  const path = resolve(file)
  if (existsSync(path)) throw exists(file)
  const partial = `${path}.partial-${process.pid}`
  try {
    // Created with its permissions, so that no other user can read it even while it grows.
    closeSync(openSync(partial, 'wx', 0o600))
    await engine.snapshot(partial)
    const merchants = await checked(partial, async (copy) => await merchantsOf(copy.store))
    sync(partial)
    renameSync(partial, path)
    sync(dirname(path))
    return { file: path, sizeBytes: statSync(path).size, merchants }
  } catch (error) {
    throw error instanceof Fault ? error : unwritable(file, error)
  } finally {
    for (const end of ['', '-wal', '-shm']) rmSync(`${partial}${end}`, { force: true })
  }
}

/** Opens a copy, throws if it is damaged, and closes it again. */
async function checked<Result>(path: string, work: (copy: Engine) => Promise<Result>): Promise<Result> {
  const copy = await openSqlite(path, { folderIsOurs: false })
  try {
    const { problems } = await copy.condition(true)
    const [first] = problems
    if (first !== undefined) throw damaged(path, first)
    return await work(copy)
  } finally {
    await copy.store.destroy()
  }
}

export type Restored = { copied: Copied; quarantined: string[] }
/** `dataDir`: where the copy of a backup for a shared database goes, if the folder exists. */
export type By = { actor: string; at: string; dataDir?: string; onProgress?: (rows: number) => void }

/**
 * Restores a backup into an empty journal. It lacks what was sent after the backup, so every merchant is quarantined
 * until its open returns were read (F11), even one that the backup does not know.
 */
export async function restore(engine: Engine, file: string, by: By): Promise<Restored> {
  if (!existsSync(file)) throw notThere(file)
  if (!(await isEmpty(engine.store))) throw notEmpty(engine)
  // Opening may migrate, so a copy is opened and the backup stays as it is.
  const folder = mkdtempSync(join(placeOfCopy(engine, by), 'mhloop-restore-'))
  try {
    const path = join(folder, 'journal.db')
    await copyFile(file, path)
    return await checked(path, (from) =>
      copyInto(engine, from, by, 'restored from a backup', async () => ({
        held: [null],
        reported: await merchantsOf(from.store),
      })),
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Where there is room for a journal: /tmp may be in memory, or missing in a container whose root is read-only. */
function placeOfCopy({ name, location }: Engine, { dataDir }: By): string {
  if (name === 'sqlite') return dirname(location)
  return dataDir !== undefined && existsSync(dataDir) ? dataDir : tmpdir()
}

/** Copies everything into an empty journal, in a transaction with the quarantine of merchants that may lack refunds. */
export async function copyInto(
  to: Engine,
  from: Engine,
  { actor, at, onProgress }: By,
  reason: string,
  doubtful: () => Promise<{ held: readonly (string | null)[]; reported: string[] }>,
): Promise<Restored> {
  const { held, reported: quarantined } = await doubtful()
  const copied = await inTransaction(to.store, async (writing) => {
    const all = await copyAll(from.store, writing, onProgress)
    for (const merchant of held) await quarantine(writing, merchant, { reason, actor, since: at })
    await to.continueNumbering(writing)
    return all
  })
  return { copied, quarantined }
}

function sync(path: string): void {
  if (process.platform === 'win32') return
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function exists(file: string): Fault {
  return new Fault(`${printable(file, 300)} already exists; a backup never replaces a file.`, {
    code: 'BACKUP_EXISTS',
    hint: 'choose another name, such as one with the date',
  })
}

function unwritable(file: string, cause: unknown): Fault {
  const why = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : ''
  return new Fault(`The backup ${printable(file, 300)} can't be written${why}.`, {
    code: 'BACKUP_UNWRITABLE',
    hint: 'choose a folder on a local disk that you may write to, with enough free space',
    cause,
  })
}

function notThere(file: string): Fault {
  return new Fault(`There is no file ${printable(file, 300)}.`, {
    code: 'BACKUP_NOT_FOUND',
    hint: 'mhloop journal restore FILE, with a FILE written by journal backup',
  })
}

function damaged(path: string, problem: string): Fault {
  return new Fault(`The copy ${printable(path, 300)} is damaged: ${problem}`, {
    code: 'JOURNAL_CORRUPT',
    hint: 'mhloop journal check, and take an older backup if this was one',
  })
}

export function notEmpty({ name, location }: Engine): Fault {
  const hint =
    name === 'sqlite'
      ? 'stop every mhloop, then move the file aside with its -wal and -shm, and keep it: it records which refunds were sent'
      : 'create an empty database or schema, and point MHLOOP_JOURNAL at that one'
  return new Fault(
    `The journal ${printable(location, 300)} is not empty; it may contain refunds that the other one does not.`,
    { code: 'JOURNAL_NOT_EMPTY', hint },
  )
}
