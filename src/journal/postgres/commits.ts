import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { unknownOutcome } from './postgres-faults.ts'
import type { Session, Sessions } from './sessions.ts'

/**
 * Finds out whether a transaction happened when the answer to its COMMIT is missing. Each session has a row, in which
 * every commit leaves its own token, within its transaction. (PostgreSQL's pg_xact_status can't be used: after a crash,
 * transaction numbers that had not reached the disk are used again, and it would answer for another transaction.)
 */
export const commitsTable = `
create table if not exists commits (writer uuid primary key, token uuid not null, at timestamptz not null default now())`

/** Rows of sessions that ended long ago, about which no process asks any more. */
export const forgetCommits = `delete from commits where at < now() - interval '1 day'`

export type Commit = { writer: string; token: string; pid: number; started: string; send(): Promise<void> }

/** A commit that can be asked about later. Token and COMMIT travel in one message, so that this costs no round trip. */
export function recordAndCommit(session: Session): Commit {
  const { writer, facts } = session
  const token = randomUUID()
  const statements = `insert into commits (writer, token) values ('${writer}', '${token}')
    on conflict (writer) do update set token = excluded.token, at = now(); commit`
  return {
    writer,
    token,
    pid: facts.pid,
    started: facts.started,
    async send() {
      const answers = await session.run(statements)
      // An aborted transaction answers COMMIT with ROLLBACK.
      if (answers.at(-1)?.command !== 'COMMIT') throw new Error('the transaction was rolled back')
    },
  }
}

/**
 * Asks over another connection, once the session that sent the COMMIT has surely ended: before that, it might still
 * commit. Throws JOURNAL_OUTCOME_UNKNOWN when the server can't be asked in time.
 */
export async function isCommitted(
  sessions: Sessions,
  commit: Commit,
  location: string,
  cause: unknown,
): Promise<boolean> {
  const deadline = performance.now() + sessions.timeouts.outage
  while (performance.now() < deadline) {
    const answer = await lookUp(sessions, commit, deadline - performance.now())
    if (answer !== null) return answer
    await sleep(100)
  }
  throw unknownOutcome(location, cause)
}

/** null while the old session lives, or when the server does not answer. */
async function lookUp(sessions: Sessions, { writer, token, pid, started }: Commit, timeout: number) {
  let session: Session | null = null
  try {
    session = await sessions.acquire(timeout)
    const same = 'from pg_stat_activity where pid = $1 and backend_start = $2::timestamptz'
    await session.query(`select pg_terminate_backend(pid, 2000) ${same}`, [pid, started])
    const alive = await session.query(`select 1 ${same}`, [pid, started])
    if (alive.rows.length > 0) return null
    const { rows } = await session.query('select token from commits where writer = $1', [writer])
    return rows[0]?.token === token
  } catch {
    session?.discard()
    session = null
    return null
  } finally {
    session?.release()
  }
}
