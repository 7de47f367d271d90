import type { RegisteredCode } from '../errors/fault-codes.ts'
import type { Explanation } from './explanation.ts'

const report = 'Report it with the output of the same command and --verbose.'

/** Errors of the journal, and of its backups. */
export const journal = {
  JOURNAL_LOCATION: {
    means: 'The location of the journal cannot be used.',
    next: 'Correct MHLOOP_JOURNAL or --journal: sqlite:/a/path/journal.db, or postgres://USER@HOST/DATABASE.',
  },
  JOURNAL_OTHER: {
    means:
      'The merchant is bound to another journal than the one in use, and only that one knows which refunds were sent.',
    next: 'Name the right one (--journal, MHLOOP_JOURNAL, MHLOOP_DATA_DIR). Only if it is gone for good: mhloop merchant rebind NAME',
  },
  JOURNAL_MOVED: {
    means: 'The journal was moved to another place; this file is only what it was before.',
    next: 'Set MHLOOP_JOURNAL to where it is now, wherever mhloop runs.',
  },
  JOURNAL_REPLACED: {
    means: 'The journal was deleted or replaced while mhloop had it open, so nothing more is written or sent.',
    next: 'Stop every mhloop, put the journal back together with its -wal file, or restore the latest backup: mhloop journal restore FILE',
  },
  JOURNAL_FOREIGN: {
    means: 'The file or the schema belongs to another program.',
    next: 'Set MHLOOP_JOURNAL to another path, database or schema.',
  },
  JOURNAL_NEWER: {
    means: 'The journal was written by a newer version of mhloop.',
    next: 'Upgrade mhloop on this machine.',
  },
  JOURNAL_BUSY: {
    means: 'Another process kept the journal locked for half a minute, or the database did not answer in that time.',
    next: 'Run the command again; if it happens again, look for a process that hangs: ps -ef | grep mhloop',
  },
  JOURNAL_CORRUPT: {
    means: 'The journal, or a backup of it, is damaged. It knows which refunds were sent, so it must not be deleted.',
    next: 'Keep the file with its -wal, pause refunds in Loop, and restore the latest backup: mhloop journal restore FILE',
  },
  JOURNAL_UNWRITABLE: {
    means:
      'The journal cannot be written, for example because the disk is full or read-only; nothing is sent without it.',
    next: 'Free up space or correct the permissions, then check it: mhloop journal check',
  },
  JOURNAL_UNSAFE: {
    means:
      'The file of the journal is not safe to use: it is a link, has a second name, belongs to another user, or others may replace it.',
    next: 'Do what the message says, or use a folder of your own: MHLOOP_DATA_DIR.',
  },
  JOURNAL_NOT_DURABLE: {
    means:
      'The journal would not survive a power cut: it lies on a network disk, or the server confirms writes too early.',
    next: 'Put it on a local disk, or switch on what the message names in PostgreSQL.',
  },
  JOURNAL_UNREACHABLE: {
    means: 'The PostgreSQL server of the journal cannot be reached.',
    next: 'Check that it is running and that MHLOOP_JOURNAL names it, then: mhloop journal status',
  },
  JOURNAL_OUTCOME_UNKNOWN: {
    means: 'The connection to the journal broke during a write, so it is unknown whether the write took place.',
    next: 'Look at the return before you repeat anything: mhloop rma show ID -m NAME',
  },
  JOURNAL_DENIED: {
    means: 'PostgreSQL refused the user, the password, the database, the schema or the certificate.',
    next: 'Check user, database and PGPASSWORD; docs/postgres.md says what the user needs.',
  },
  JOURNAL_POOLED: {
    means: 'The journal is behind a pooler that shares sessions between transactions, so its locks would not hold.',
    next: 'Name the server itself, or a pooler in session mode.',
  },
  JOURNAL_NOT_SUPPORTED: {
    means: 'The database of the journal is not encoded in UTF8.',
    next: "Create another one: create database mhloop encoding 'UTF8' template template0",
  },
  JOURNAL_POSTGRES_TOO_OLD: { means: 'The PostgreSQL server is too old for the journal.', next: 'Upgrade the server.' },
  JOURNAL_SQLITE_TOO_OLD: {
    means: 'This version of Node.js contains a version of SQLite that can lose data.',
    next: 'Upgrade Node.js.',
  },
  JOURNAL_NOT_EMPTY: {
    means: 'The journal that is to be replaced is not empty: it may know of refunds that the other one does not.',
    next: 'Move it aside as the message says, and keep it.',
  },
  JOURNAL_MISUSED: {
    means: 'A bug: the journal was used in a way that it does not allow, and nothing was written.',
    next: report,
  },
  JOURNAL_BAD_TIME: { means: 'A bug: the journal was given something that is not a point in time.', next: report },
  JOURNAL_FORBIDDEN: {
    means: 'A bug: an outcome that contradicts what the journal knows was about to be recorded.',
    next: report,
  },
  BACKUP_EXISTS: {
    means: 'A file of that name already exists, and a backup never replaces one.',
    next: 'Choose another name, such as one with the date: mhloop journal backup FILE',
  },
  BACKUP_NOT_FOUND: {
    means: 'There is no backup of that name.',
    next: 'Correct the path: mhloop journal restore FILE',
  },
  BACKUP_UNWRITABLE: {
    means: 'The backup cannot be written to that place.',
    next: 'Choose a folder on a local disk with room, in which you may write: mhloop journal backup FILE',
  },
} as const satisfies Partial<Record<RegisteredCode, Explanation>>

const status = 'Look at the sandbox: mhloop sandbox status'

/** Errors of the sandbox, which is both vendors on this machine. */
export const sandbox = {
  SANDBOX_URL_INVALID: {
    means: 'The address of the sandbox is not one of this machine, such as http://127.0.0.1:4010.',
    next: 'Correct MHLOOP_SANDBOX_URL, or start one: mhloop sandbox start',
  },
  SANDBOX_UNREACHABLE: {
    means: 'No sandbox answers at that address.',
    next: 'Start one in another terminal: mhloop sandbox start',
  },
  SANDBOX_PORT_UNAVAILABLE: {
    means: 'The sandbox cannot listen on that port.',
    next: 'Choose another one: mhloop sandbox start --port 4011',
  },
  SANDBOX_FAULT_UNREADABLE: {
    means: 'A fault to simulate must have the form name=value.',
    next: 'See the names and values: mhloop sandbox status --faults',
  },
  SANDBOX_FAULT_UNKNOWN: {
    means: 'The sandbox simulates no fault of that name.',
    next: 'See the names and values: mhloop sandbox status --faults',
  },
  SANDBOX_FAULT_VALUE: {
    means: 'The fault does not accept this value.',
    next: 'See the names and values: mhloop sandbox status --faults',
  },
  SANDBOX_BAD_REQUEST: { means: 'The sandbox could not use the request.', next: status },
  SANDBOX_CONFLICT: {
    means: 'The return or RMA in the sandbox is no longer in a state where this can be done.',
    next: status,
  },
  SANDBOX_FORBIDDEN: {
    means: 'The sandbox can be controlled only from the machine that it runs on.',
    next: 'Run the command on the machine where the sandbox runs.',
  },
  SANDBOX_NOT_FOUND: { means: 'The sandbox has no such return, RMA or action.', next: status },
  SANDBOX_REFUSED: {
    means: 'The sandbox refused the request; it may be another version of mhloop.',
    next: 'Start it again with this version: mhloop sandbox start',
  },
  SANDBOX_FAILED: { means: 'The sandbox itself has a bug.', next: report },
} as const satisfies Partial<Record<RegisteredCode, Explanation>>
