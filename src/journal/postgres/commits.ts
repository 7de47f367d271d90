import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { unknownOutcome } from './faults.ts'
import type { Session, Sessions } from './sessions.ts'

/**
 * Whether a transaction happened whose COMMIT was not answered. Each session has a row, and every commit leaves its own
 * token there, within its transaction. (PostgreSQL's own pg_xact_status won't do: after a crash, transaction numbers that
 * were not on the disk yet are given again, and it would tell of somebody else's.)
 */
export const commitsTable = `
create table if not exists commits (writer uuid primary key, token uuid not null, at timestamptz not null default now())`

/** What nobody will ask about any more: sessions of long ago. */
export const forgetCommits = `delete from commits where at < now() - interval '1 day'`

export type Commit = { writer: string; token: string; pid: number; started: string; send(): Promise<void> }

/** A commit that can be asked about; one message, so that it costs no time on the wire. */
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
 * Asks on another connection, once the session that sent the COMMIT is surely over: before that, it might still come
 * to pass. Throws JOURNAL_OUTCOME_UNKNOWN when nobody can be asked in time.
 */
export async function isCommitted(
  sessions: Sessions,
  commit: Commit,
  location: string,
  cause: unknown,
): Promise<boolean> {
  const deadline = performance.now() + sessions.patience.outage
  while (performance.now() < deadline) {
    const answer = await lookUp(sessions, commit, deadline - performance.now())
    if (answer !== null) return answer
    await sleep(100)
  }
  throw unknownOutcome(location, cause)
}

/** null while the old session lives, or nobody answers. */
async function lookUp(sessions: Sessions, { writer, token, pid, started }: Commit, patience: number) {
  let session: Session | null = null
  try {
    session = await sessions.acquire(patience)
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
