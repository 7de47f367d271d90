import { Fault } from '../../core/errors/fault.ts'
import { printable } from '../../core/text/printable.ts'

/** PostgreSQL's SQLSTATE (five characters), or Node.js's code of a socket error; null when there is neither. */
export function stateOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
}

/** Classes and codes that end a session (postgresql.org/docs/current/errcodes-appendix.html). */
const ended = /^(08|57P0[1-5]|25P0[34])/
/** Failed because of other transactions, and may succeed later: deadlock, serialisation failure, lock timeout. */
const passing = new Set(['40001', '40P01', '55P03'])
/** The server is there, but accepts no connection right now. */
const full = new Set(['53300', '57P03'])
/** Read-only: a standby, which may be promoted. */
export const readOnly = '25006'

/** Whether the server answered with an error of its own, as opposed to a broken connection. */
export function isAnswer(error: unknown): boolean {
  return error instanceof Error && 'severity' in error && !ended.test(stateOf(error) ?? '')
}

/** Whether the connection broke, or the server ended it: what was under way may or may not have happened. */
export function isLost(error: unknown): boolean {
  const isOurs = error instanceof Fault || error instanceof TypeError || error instanceof RangeError
  return error instanceof Error && !isOurs && !isAnswer(error)
}

export function isPassing(error: unknown): boolean {
  return isAnswer(error) && (passing.has(stateOf(error) ?? '') || isSlotTaken(error))
}

/** Another transaction has planned a refund of the return at the same moment: the next try sees it. */
function isSlotTaken(error: unknown): boolean {
  const constraint = error instanceof Error && 'constraint' in error ? error.constraint : null
  return stateOf(error) === '23505' && constraint === 'refund_of_a_return'
}

/** Whether another try at connecting may succeed; with a wrong password or database it can't. */
export function mayConnectLater(error: unknown): boolean {
  return (
    full.has(stateOf(error) ?? '') ||
    stateOf(error) === readOnly ||
    (isLost(error) && !isTls(error) && stateOf(error) !== 'ENOTFOUND')
  )
}

function isTls(error: unknown): boolean {
  return /^(ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/.test(stateOf(error) ?? '')
}

/** Translates an error of the database for the operator; any other, such as a violated rule, is returned as it is. */
export function faultOf(error: unknown, location: string): unknown {
  if (error instanceof Fault || !(error instanceof Error)) return error
  const state = stateOf(error) ?? ''
  if (isTls(error)) return noTls(location, error)
  if (full.has(state) || isLost(error)) return unreachable(location, error)
  if (/^28/.test(state)) return denied(location, 'it does not accept this user or password', error)
  if (state === '3D000') return denied(location, 'there is no such database', error)
  if (state === '42501') return denied(location, 'this user lacks the permission', error)
  if (isPassing(error)) return busy(location, error)
  if (state === '57014') return slow(location, error)
  if (/^53/.test(state)) return unwritable(location, 'its disk or memory is full', error)
  if (state === readOnly) return unwritable(location, 'it is read-only, perhaps a standby', error)
  if (/^(58|XX)/.test(state)) return damaged(location, error)
  return error
}

function named(location: string): string {
  return printable(location, 400)
}

export function unreachable(location: string, cause: unknown): Fault {
  return new Fault(`The journal ${named(location)} can't be reached${reasonOf(cause)}.`, {
    code: 'JOURNAL_UNREACHABLE',
    hint: 'check that PostgreSQL is running and that MHLOOP_JOURNAL points to it, then run the command again',
    cause,
  })
}

function reasonOf(cause: unknown): string {
  switch (stateOf(cause)) {
    case 'ECONNREFUSED':
      return ': nothing listens there'
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return ': unknown host name'
    case '53300':
      return ': it has no free connection'
    case '57P03':
      return ': it is starting or stopping'
    default:
      return ''
  }
}

function denied(location: string, why: string, cause: unknown): Fault {
  return new Fault(`The journal ${named(location)} can't be used: ${why}.`, {
    code: 'JOURNAL_DENIED',
    hint: 'check user, database and PGPASSWORD; the user needs CREATE on its schema (docs/postgres.md)',
    cause,
  })
}

function noTls(location: string, cause: unknown): Fault {
  const [why, hint] = certificateTrouble(stateOf(cause))
  return new Fault(`The journal ${named(location)} can't be used: its TLS certificate ${why}.`, {
    code: 'JOURNAL_DENIED',
    hint,
    cause,
  })
}

function certificateTrouble(state: string | null): [why: string, hint: string] {
  switch (state) {
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return ['is for another host name', 'use the host name of the certificate in the location (docs/postgres.md)']
    case 'CERT_HAS_EXPIRED':
      return ['has expired', 'renew it; if it has not expired, set the clock of this machine (date)']
    case 'CERT_NOT_YET_VALID':
      return ['is not valid yet', 'set the clock of this machine (date), or that of the machine that issued it']
    default:
      return [
        'could not be checked',
        'add sslrootcert=FILE to the location, with the CA that signed it (docs/postgres.md)',
      ]
  }
}

export function busy(location: string, cause: unknown): Fault {
  return new Fault(`Another process kept the journal ${named(location)} locked for half a minute.`, {
    code: 'JOURNAL_BUSY',
    hint: 'run the command again; if it happens again, look for a stuck session in pg_stat_activity',
    cause,
  })
}

function slow(location: string, cause: unknown): Fault {
  return new Fault(`The journal ${named(location)} did not complete a statement within half a minute.`, {
    code: 'JOURNAL_BUSY',
    hint: 'run the command again; if it happens again, check the load of PostgreSQL',
    cause,
  })
}

function unwritable(location: string, why: string, cause: unknown): Fault {
  return new Fault(`Nothing can be written to the journal ${named(location)}: ${why}.`, {
    code: 'JOURNAL_UNWRITABLE',
    hint: 'fix that, then run the command again',
    cause,
  })
}

function damaged(location: string, cause: unknown): Fault {
  return new Fault(`The journal ${named(location)} can't be read: PostgreSQL reports damage.`, {
    code: 'JOURNAL_CORRUPT',
    hint: "keep the database (it records which refunds were sent), pause Loop's refunds, restore the latest backup",
    cause,
  })
}

/** A commit whose answer is missing, and about which the server could not be asked. */
export function unknownOutcome(location: string, cause: unknown): Fault {
  return new Fault(`The connection to the journal ${named(location)} broke during a write.`, {
    code: 'JOURNAL_OUTCOME_UNKNOWN',
    hint: 'check that PostgreSQL is running, then run mhloop journal status: it shows what was written',
    cause,
  })
}

export function notDurable(location: string, why: string): Fault {
  return new Fault(`The journal ${named(location)} would not survive a power cut: ${why}.`, {
    code: 'JOURNAL_NOT_DURABLE',
    hint: 'switch it on in postgresql.conf, or use another server',
  })
}

export function pooled(location: string): Fault {
  return new Fault(`The journal ${named(location)} is behind a pooler that shares sessions between transactions.`, {
    code: 'JOURNAL_POOLED',
    hint: 'use the server itself, or a pooler in session mode: locks, timeouts and notifications belong to a session',
  })
}

export function tooOld(location: string, version: string, least: number): Fault {
  return new Fault(`The journal ${named(location)} is PostgreSQL ${version}; mhloop needs ${least} or newer.`, {
    code: 'JOURNAL_POSTGRES_TOO_OLD',
    hint: 'upgrade PostgreSQL',
  })
}

export function notUnicode(location: string, encoding: string): Fault {
  return new Fault(`The journal ${named(location)} is in a database encoded in ${printable(encoding, 40)}, not UTF8.`, {
    code: 'JOURNAL_NOT_SUPPORTED',
    hint: "create database mhloop encoding 'UTF8' template template0",
  })
}

export function foreign(location: string): Fault {
  return new Fault(`The schema of ${named(location)} contains tables of another program.`, {
    code: 'JOURNAL_FOREIGN',
    hint: 'create a database or schema for mhloop alone (docs/postgres.md)',
  })
}

/** Whether the schema, or a table in it, is missing. */
export function isMissing(error: unknown): boolean {
  return ['42P01', '3F000'].includes(stateOf(error) ?? '')
}

export function replaced(location: string): Fault {
  const message = `The journal ${named(location)} was dropped or replaced while mhloop had it open, so nothing more is written or sent.`
  return new Fault(message, {
    code: 'JOURNAL_REPLACED',
    // Working on in another schema would forget which refunds were sent (G3, F11).
    hint: 'stop every mhloop that uses it, bring back the old one, or restore the latest backup (mhloop journal restore FILE); then start again',
  })
}

export function newer(location: string, found: number, known: number): Fault {
  const message = `The journal ${named(location)} was written by a newer mhloop (schema ${found}; this one knows ${known}).`
  return new Fault(message, { code: 'JOURNAL_NEWER', hint: 'upgrade mhloop' })
}
