import { statfsSync } from 'node:fs'
import { dirname } from 'node:path'
import { Fault } from '../../core/errors/fault.ts'
import { printable } from '../../core/text/printable.ts'

/** SQLite's primary result codes (sqlite.org/rescode.html). */
const codes = {
  permission: 3,
  busy: 5,
  locked: 6,
  readOnly: 8,
  io: 10,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  protocol: 15,
  notADatabase: 26,
}

function resultCode(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return null
  // The low byte is the primary code; the other bits give details.
  return error.errcode & 0xff
}

/** Another connection holds a lock; a later try may succeed. */
export function isBusy(error: unknown): boolean {
  const code = resultCode(error)
  return code === codes.busy || code === codes.locked || code === codes.protocol
}

/** Translates an error of SQLite for the operator; any other, such as a violated constraint, is returned as it is. */
export function faultOf(error: unknown, path: string): unknown {
  switch (resultCode(error)) {
    case codes.busy:
    case codes.locked:
    case codes.protocol:
      return busy(path, error)
    case codes.full:
      return full(path, error)
    case codes.readOnly:
    case codes.permission:
      return unwritable(path, 'it is read-only', 'give yourself write permission for the file and its folder', error)
    case codes.cannotOpen:
      return unwritable(
        path,
        'it cannot be opened',
        'give yourself read and write permission for the file and its folder',
        error,
      )
    case codes.io:
      // On a full disk, SQLite's shared memory can't grow; SQLite reports that as an I/O error (H24).
      if (hasNoRoom(path)) return full(path, error)
      return unwritable(path, 'its disk reports an error', 'check the disk, then `mhloop journal check`', error)
    case codes.corrupt:
    case codes.notADatabase:
      return corrupt(path, error)
    default:
      return error
  }
}

function full(path: string, cause: unknown): Fault {
  return unwritable(path, 'its disk is full', 'free up space on that disk, then run the command again', cause)
}

/** Bytes by which SQLite's shared memory grows at a time. */
const leastRoom = 32_768

function hasNoRoom(path: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(dirname(path))
    return bavail * bsize < leastRoom
  } catch {
    return false
  }
}

export function unwritable(path: string, why: string, hint: string, cause?: unknown): Fault {
  const message = `Nothing can be written to the journal ${named(path)}: ${why}.`
  return new Fault(message, { code: 'JOURNAL_UNWRITABLE', hint, cause })
}

function busy(path: string, cause: unknown): Fault {
  return new Fault(`Another process kept the journal ${named(path)} locked for half a minute.`, {
    code: 'JOURNAL_BUSY',
    hint: 'run the command again; if it happens again, look for a stuck mhloop process: ps -ef | grep mhloop',
    cause,
  })
}

function corrupt(path: string, cause: unknown): Fault {
  return new Fault(`The journal ${named(path)} is damaged or not a SQLite file.`, {
    code: 'JOURNAL_CORRUPT',
    // Deleting the journal would forget which refunds were sent (F11).
    hint: "keep the file with its -wal (it records which refunds were sent), pause Loop's refunds, restore the latest backup",
    cause,
  })
}

export function unsafe(path: string, why: string, hint: string): Fault {
  return new Fault(`The journal ${named(path)} is not safe to use: ${why}.`, { code: 'JOURNAL_UNSAFE', hint })
}

export function notDurable(path: string, why: string): Fault {
  return new Fault(`The journal ${named(path)} would not survive a power cut: ${why}.`, {
    code: 'JOURNAL_NOT_DURABLE',
    hint: 'put the journal on a local disk (in a container: on a named volume): set MHLOOP_JOURNAL to sqlite:PATH',
  })
}

export function foreign(path: string): Fault {
  return new Fault(`${named(path)} is a SQLite file of another program.`, {
    code: 'JOURNAL_FOREIGN',
    hint: 'set MHLOOP_JOURNAL to another path',
  })
}

export function noPlace(folder: string, cause: unknown): Fault {
  return new Fault(`The journal can't be in ${named(folder)}: its file system has no folders.`, {
    code: 'JOURNAL_LOCATION',
    hint: 'choose a place on a disk: MHLOOP_DATA_DIR=/a/folder, or MHLOOP_JOURNAL=sqlite:/a/folder/journal.db',
    cause,
  })
}

export function newer(path: string, found: number, known: number): Fault {
  const message = `The journal ${named(path)} was written by a newer mhloop (schema ${found}; this one knows ${known}).`
  return new Fault(message, { code: 'JOURNAL_NEWER', hint: 'upgrade mhloop' })
}

export function moved(path: string, to: string): Fault {
  return new Fault(`The journal ${named(path)} has moved to ${printable(to, 200)}; this file is no longer used.`, {
    code: 'JOURNAL_MOVED',
    hint: 'set MHLOOP_JOURNAL to the new location wherever mhloop runs',
  })
}

export function replaced(path: string): Fault {
  const message = `The journal ${named(path)} was deleted or replaced while mhloop had it open, so nothing more is written or sent.`
  return new Fault(message, {
    code: 'JOURNAL_REPLACED',
    // Working on in another file would forget which refunds were sent (G3, F11).
    hint: 'stop every mhloop that uses it, put the file back with its -wal, or restore the latest backup (mhloop journal restore FILE); then start again',
  })
}

export function tooOld(version: string, least: string): Fault {
  return new Fault(
    `This Node.js contains SQLite ${version}, which can lose data; the journal needs ${least} or newer.`,
    {
      code: 'JOURNAL_SQLITE_TOO_OLD',
      hint: 'upgrade Node.js',
    },
  )
}

function named(path: string): string {
  return printable(path, 400)
}
