import { randomUUID } from 'node:crypto'
import { migrations } from '../schema/migrations.ts'
import { commitsTable, forgetCommits } from './commits.ts'
import { foreign, newer, stateOf } from './postgres-faults.ts'
import type { Session } from './sessions.ts'
import { postgresWords } from './sql-words.ts'

/** Advisory locks are numbers. They are made of a subject and the schema, because others may use the same database. */
const lock = `select pg_advisory_xact_lock(hashtextextended(current_schema() || ' ' || $1, 0))`

/** Milliseconds that one process waits for the migrations of others that started at the same time. */
const timeout = 120_000

/**
 * Brings the schema to a version, all or nothing, one process at a time (F48). Throws JOURNAL_NEWER when it is ahead,
 * JOURNAL_FOREIGN when its tables belong to another program.
 */
export async function migrate(session: Session, location: string, steps = migrations): Promise<void> {
  if ((await versionOf(session, location)) === steps.length) return
  await session.query('begin')
  try {
    await session.query(`set local lock_timeout = ${timeout}`)
    await session.query(`set local statement_timeout = ${timeout}`)
    await session.query(lock, ['migrate'], timeout + 10_000)
    const version = await versionOf(session, location)
    if (version > steps.length) throw newer(location, version, steps.length)
    if (version < steps.length) await climb(session, version, steps)
    await session.query('commit')
  } catch (error) {
    // If the connection broke, there is nothing to roll back any more.
    await session.query('rollback').catch(() => undefined)
    throw error
  }
}

async function climb(session: Session, from: number, steps: typeof migrations): Promise<void> {
  if (from === 0) await session.run(commitsTable)
  for (const [index, step] of steps.entries()) {
    if (index < from) continue
    await session.run(step(postgresWords), timeout)
    if (index > 0) continue
    await session.query('insert into meta (name, value) values ($1, $2), ($3, $4)', [
      'installation_id',
      randomUUID(),
      'schema_version',
      '0',
    ])
  }
  await session.query(`update meta set value = $1 where name = 'schema_version'`, [String(steps.length)])
}

/** 0 for a schema without any table of ours. */
async function versionOf(session: Session, location: string): Promise<number> {
  const names = `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname = current_schema() and c.relname in ('meta', 'effects', 'links', 'history', 'events')`
  const { rows } = await session.query(names)
  if (rows.length === 0) return 0
  if (rows.length < 5) throw foreign(location)
  try {
    const { rows: versions } = await session.query(`select value from meta where name = 'schema_version'`)
    const version = Number(versions[0]?.value)
    if (Number.isInteger(version)) return version
  } catch (error) {
    // A missing table or column, or another type.
    if (!/^42/.test(stateOf(error) ?? '')) throw error
  }
  throw foreign(location)
}

/** Deletes the rows of sessions that ended long ago. */
export async function tidy(session: Session): Promise<void> {
  await session.query(forgetCommits)
}
