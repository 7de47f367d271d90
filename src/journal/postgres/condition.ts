import { printable } from '../../core/text/printable.ts'
import type { Condition } from '../database/engine.ts'
import { tables } from '../schema/schema.ts'
import { faultOf, stateOf } from './postgres-faults.ts'
import type { Session, Sessions } from './sessions.ts'

/** Every table: those of both engines, and the one that shows whether a lost commit happened (commits.ts). */
export const checkedTables: readonly string[] = [...tables, 'commits']

export async function conditionOf(sessions: Sessions, location: string, deep: boolean): Promise<Condition> {
  const session = await sessions.acquire()
  try {
    const { facts } = session
    const size = `select sum(pg_total_relation_size(c.oid))::bigint as bytes
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = current_schema() and c.relkind = 'r'`
    const sizeBytes = Number((await session.query(size)).rows[0]?.bytes ?? 0)
    const { server_version, synchronous_commit, fsync, full_page_writes } = facts
    const { transaction_isolation, statement_timeout, lock_timeout } = facts
    return {
      settings: {
        server_version,
        synchronous_commit,
        fsync,
        full_page_writes,
        transaction_isolation: transaction_isolation.replace(' ', '_'),
        statement_timeout,
        lock_timeout,
        schema: facts.schema ?? '',
      },
      problems: deep ? await damage(session) : [],
      sizeBytes,
      // All databases share the server's log, and its disk can't be seen from here.
      walBytes: 0,
      freeBytes: null,
    }
  } catch (error) {
    // The session may be inside a failed transaction, in which every later statement would fail.
    session.discard()
    throw faultOf(error, location)
  } finally {
    session.release()
  }
}

/** Reads every row of every table: this finds the damage that checksums and formats reveal. */
async function damage(session: Session): Promise<string[]> {
  const problems: string[] = []
  await session.run('begin; set local statement_timeout = 600000')
  for (const table of checkedTables) {
    try {
      await session.query(`select count(*), sum(length(t::text)) from ${table} t`, [], 600_000)
    } catch (error) {
      if (!/^(XX|58|22)/.test(stateOf(error) ?? '')) throw error
      problems.push(`The table ${table} is damaged: ${printable(error instanceof Error ? error.message : '', 200)}`)
      await session.run('rollback; begin; set local statement_timeout = 600000')
    }
  }
  await session.query('rollback')
  return problems
}
