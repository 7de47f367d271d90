import { type Expression, type Selectable, type SelectQueryBuilder, type SqlBool, sql } from 'kysely'
import { workerLease } from '../coordination/lease.ts'
import { piecesOf } from '../database/bulk.ts'
import type { Store, Writing } from '../database/engine.ts'
import type { Schema } from '../schema/schema.ts'
import type { EventClass } from './journal-event.ts'

type EventRow = Selectable<Schema['events']>

type Due = { merchant: string; at: string; only?: EventClass | undefined }

/** Milliseconds. No event waits for as long: a later time was written before the clock was set back (C5). */
const longestWait = 600_000

/** Events that are due, of one class or of all. */
export function dueIn(store: Store, { merchant, at, only }: Due): SelectQueryBuilder<Schema, 'events', object> {
  const due = store
    .selectFrom('events')
    .where('merchant', '=', merchant)
    .where('state', '=', 'new')
    .where((where) =>
      where.or([
        where('next_try_at', 'is', null),
        where('next_try_at', '<=', at),
        where('next_try_at', '>', new Date(Date.parse(at) + longestWait).toISOString()),
      ]),
    )
  if (only === undefined) return due
  if (only === 'known') return due.where(isOfKnownReturn())
  return due.where((where) => where.not(isOfKnownReturn())).where('source', '=', only.unknownOf)
}

/** Whether the journal has a record of the event's return. */
export function isOfKnownReturn(): Expression<SqlBool> {
  return sql<SqlBool>`exists (select 1 from links where links.merchant = events.merchant and links.return_id = events.return_id)`
}

type Taking = Due & { worker: string; limit: number; judgedAt: string }

/** Takes events that no living worker has. Locked rows, which others are taking right now, are skipped. */
export async function takeFree(writing: Writing, taking: Taking): Promise<EventRow[]> {
  const { merchant, worker, limit, judgedAt } = taking
  const others = await busyWorkers(writing, merchant, worker, judgedAt)
  let free = dueIn(writing, taking)
  if (others.length > 0) {
    free = free
      .where((where) => where.or([where('owner', 'is', null), where('owner', 'not in', others)]))
      // A return that another worker reads right now need not be read twice at once.
      .where(
        (where) => where.fn.coalesce('return_id', where.val('')),
        'not in',
        (where) =>
          where
            .selectFrom('events as taken')
            .select((column) => column.fn.coalesce('taken.return_id', column.val('')).as('return_id'))
            .where('taken.merchant', '=', merchant)
            .where('taken.state', '=', 'new')
            .where('taken.owner', 'in', others),
      )
  }
  const rows = await free
    .selectAll()
    .orderBy('received_at')
    .orderBy('seq')
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute()
  const ids = rows.map((row) => row.event_id)
  for (const piece of piecesOf(ids)) {
    await writing.updateTable('events').set({ owner: worker }).where('event_id', 'in', piece).execute()
  }
  return rows
}

/** Other workers that have taken events of this merchant and are alive. */
async function busyWorkers(writing: Writing, merchant: string, worker: string, judgedAt: string): Promise<string[]> {
  const owners = await writing
    .selectFrom('events')
    .select('owner')
    .distinct()
    .where('merchant', '=', merchant)
    .where('state', '=', 'new')
    .where('owner', 'is not', null)
    .execute()
  const names = owners.flatMap(({ owner }) => (owner === null || owner === worker ? [] : [owner]))
  if (names.length === 0) return []
  const living = await writing
    .selectFrom('leases')
    .select('owner')
    .where('merchant', '=', '')
    .where(
      'subject',
      'in',
      names.map((name) => workerLease(name).subject),
    )
    .where('expires_at', '>', judgedAt)
    .execute()
  return living.map(({ owner }) => owner)
}
