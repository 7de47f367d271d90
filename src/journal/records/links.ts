import { type Selectable, sql } from 'kysely'
import { Fault } from '../../core/errors/fault.ts'
import { evenly } from '../../core/returns/evenly.ts'
import { pieces, piecesOf, valuesOf } from '../database/bulk.ts'
import { type Engine, inTransaction, type Store, type Writing } from '../database/engine.ts'
import { timestamp } from '../database/timestamp.ts'
import type { Schema } from '../schema/schema.ts'
import type { Link, LinkPick, LinkStatus } from './link.ts'

export type Links = {
  get(merchant: string, returnId: string): Promise<Link | null>
  find(
    merchant: string,
    filter?: { returnIds?: readonly string[]; statuses?: readonly LinkStatus[]; orderName?: string },
  ): Promise<Link[]>
  /**
   * At most `most` ids of returns with these statuses, without those in `but`, spread evenly over all of them
   * (evenly.ts).
   */
  pick(merchant: string, pick: LinkPick): Promise<string[]>
  /** Registers returns as seen; known ones keep ordinal, status, first-seen. Returns the rows, in the order given. */
  see(
    merchant: string,
    returns: readonly {
      returnId: string
      customerIdentifier: string
      orderName: string | null
      returnUpdatedAt: string | null
      /** Only some of Loop's endpoints say it; without it, what is known stays. */
      boxFree?: boolean | null
    }[],
    at: string,
  ): Promise<Link[]>
  setStatus(
    merchant: string,
    changes: readonly { returnId: string; status: LinkStatus; reason: string | null; announced?: string[] | null }[],
    at: string,
  ): Promise<void>
}

type LinkRow = Selectable<Schema['links']>
type Seen = Parameters<Links['see']>[1][number]
type StatusChange = Parameters<Links['setStatus']>[1][number]

export function linksOf(engine: Engine): Links {
  const { store } = engine
  return {
    get: async (merchant, returnId) => {
      const row = await store
        .selectFrom('links')
        .selectAll()
        .where('merchant', '=', merchant)
        .where('return_id', '=', returnId)
        .executeTakeFirst()
      return row ? linkOf(row) : null
    },

    find: (merchant, filter = {}) => findLinks(store, merchant, filter),

    pick: (merchant, pick) => pickLinks(store, merchant, pick),

    see: async (merchant, returns, at) => {
      if (returns.length === 0) return []
      const when = timestamp(at)
      return await inTransaction(store, async (writing) => {
        const rows = new Map<string, LinkRow>()
        // New ordinals continue those in the table, so no other transaction may add one meanwhile.
        await engine.takeLocks(writing, [`returns of ${merchant}`])
        for (const piece of pieces(returns, ({ returnId }) => returnId)) {
          for (const row of await seePiece(writing, merchant, piece, when)) rows.set(row.return_id, row)
        }
        return returns.flatMap(({ returnId }) => {
          const row = rows.get(returnId)
          return row ? [linkOf(row)] : []
        })
      })
    },

    setStatus: async (merchant, changes, at) => {
      if (changes.length === 0) return
      const when = timestamp(at)
      await inTransaction(store, async (writing) => {
        for (const piece of pieces(changes, ({ returnId }) => returnId)) {
          await setStatusOfPiece(writing, merchant, piece, when)
        }
      })
    },
  }
}

function linkOf(row: LinkRow): Link {
  return {
    merchant: row.merchant,
    returnId: row.return_id,
    customerIdentifier: row.customer_identifier,
    orderName: row.order_name,
    ordinal: row.ordinal,
    status: row.standing,
    reason: row.reason,
    announced: row.announced === null ? null : JSON.parse(row.announced),
    returnUpdatedAt: row.return_updated_at,
    boxFree: row.box_free === null ? null : row.box_free !== 0,
    firstSeenAt: row.first_seen_at,
    lastSeenAt: row.last_seen_at,
  }
}

/** Oldest first. */
async function findLinks(
  store: Store,
  merchant: string,
  { returnIds, statuses, orderName }: NonNullable<Parameters<Links['find']>[1]>,
): Promise<Link[]> {
  if (statuses?.length === 0) return []
  const all = store.selectFrom('links').selectAll().where('merchant', '=', merchant)
  const rows: LinkRow[] = []
  if (returnIds) {
    // Selects by return only: with a status in the condition, SQLite would scan that whole status for each piece.
    for (const ids of piecesOf(returnIds)) rows.push(...(await all.where('return_id', 'in', ids).execute()))
  } else {
    let query = all
    if (statuses) query = query.where('standing', 'in', statuses)
    if (orderName !== undefined) query = query.where('order_name', '=', orderName)
    rows.push(...(await query.execute()))
  }
  const isSelected = (row: LinkRow) =>
    (statuses?.includes(row.standing) ?? true) && (orderName === undefined || row.order_name === orderName)
  const order = (row: LinkRow) => `${row.first_seen_at} ${row.return_id}`
  return rows
    .filter(isSelected)
    .sort((one, other) => (order(one) < order(other) ? -1 : 1))
    .map(linkOf)
}

async function pickLinks(store: Store, merchant: string, { statuses, but, most, start }: LinkPick): Promise<string[]> {
  let matching = store.selectFrom('links').where('merchant', '=', merchant).where('standing', 'in', statuses)
  if (but.length > 0) matching = matching.where('return_id', 'not in', but)
  const { count } = await matching
    .select((column) => column.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow()
  const picked: string[] = []
  for (const place of evenly(Number(count), most, start)) {
    const row = await matching.select('return_id').orderBy('return_id').limit(1).offset(place).executeTakeFirst()
    if (row !== undefined) picked.push(row.return_id)
  }
  return picked
}

async function seePiece(writing: Writing, merchant: string, returns: readonly Seen[], at: string): Promise<LinkRow[]> {
  const ordinals = await ordinalsOf(writing, merchant, returns)
  const rows = returns.map((seen) => ({
    merchant,
    return_id: seen.returnId,
    customer_identifier: seen.customerIdentifier,
    order_name: seen.orderName,
    ordinal: ordinals.get(seen.returnId) ?? 1,
    standing: 'open' as const,
    return_updated_at: seen.returnUpdatedAt,
    box_free: seen.boxFree == null ? null : Number(seen.boxFree),
    first_seen_at: at,
    last_seen_at: at,
  }))
  return await writing
    .insertInto('links')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['merchant', 'return_id']).doUpdateSet((column) => ({
        customer_identifier: column.ref('excluded.customer_identifier'),
        // A value that this report of Loop lacks may be known from another.
        order_name: column
          .case()
          .when('links.forgotten_at', 'is', null)
          .then(column.fn.coalesce('excluded.order_name', 'links.order_name'))
          .else(null)
          .end(),
        return_updated_at: column.fn.coalesce('excluded.return_updated_at', 'links.return_updated_at'),
        box_free: column.fn.coalesce('excluded.box_free', 'links.box_free'),
        ordinal: column.ref('excluded.ordinal'),
        last_seen_at: column.ref('excluded.last_seen_at'),
      })),
    )
    .returningAll()
    .execute()
}

/** Known returns keep their ordinal, unless their order was unknown until now; others follow their order's last. */
async function ordinalsOf(
  writing: Writing,
  merchant: string,
  returns: readonly Seen[],
): Promise<ReadonlyMap<string, number>> {
  const ids = returns.map(({ returnId }) => returnId)
  const known = await writing
    .selectFrom('links')
    .select(['return_id', 'order_name', 'ordinal'])
    .where('merchant', '=', merchant)
    .where('return_id', 'in', ids)
    .execute()
  const ordinals = new Map<string, number>()
  for (const row of known) {
    const isNamedNow =
      row.order_name === null && returns.some((seen) => seen.returnId === row.return_id && seen.orderName)
    if (!isNamedNow) ordinals.set(row.return_id, row.ordinal)
  }
  const unnumbered = returns.filter(({ returnId, orderName }) => orderName !== null && !ordinals.has(returnId))
  const last = await lastOrdinals(
    writing,
    merchant,
    unnumbered.flatMap(({ orderName }) => orderName ?? []),
  )
  for (const { returnId, orderName } of unnumbered) {
    const next = (last.get(orderName ?? '') ?? 0) + 1
    last.set(orderName ?? '', next)
    ordinals.set(returnId, next)
  }
  return ordinals
}

async function lastOrdinals(writing: Writing, merchant: string, orderNames: string[]): Promise<Map<string, number>> {
  if (orderNames.length === 0) return new Map()
  const rows = await writing
    .selectFrom('links')
    .select((column) => ['order_name', column.fn.max('ordinal').as('last')])
    .where('merchant', '=', merchant)
    .where('order_name', 'in', [...new Set(orderNames)])
    .groupBy('order_name')
    .execute()
  return new Map(rows.map((row) => [row.order_name ?? '', row.last]))
}

/** A refund is never undone: what Loop shows of the return afterwards, such as closed, changes no status (H16). */
const isRefunded = sql<boolean>`links.standing = 'resolved' and links.reason = 'refund'`

async function setStatusOfPiece(
  writing: Writing,
  merchant: string,
  changes: readonly StatusChange[],
  at: string,
): Promise<void> {
  const values = changes.map(({ returnId, status, reason, announced }) => [
    returnId,
    status,
    reason,
    announced === undefined ? 'keep' : 'set',
    announced ? JSON.stringify(announced) : null,
  ])
  const { rows } = await sql<{ return_id: string }>`
    with change (return_id, standing, reason, announcing, announced) as (${valuesOf(values)})
    update links
    set standing = case when ${isRefunded} then links.standing else change.standing end,
      reason = case when ${isRefunded} then links.reason else change.reason end,
      announced = case change.announcing when 'keep' then links.announced else change.announced end,
      last_seen_at = ${at}
    from change
    where links.merchant = ${merchant} and links.return_id = change.return_id
    returning links.return_id
  `.execute(writing)
  const updated = new Set(rows.map((row) => row.return_id))
  const unknown = changes.find(({ returnId }) => !updated.has(returnId))
  if (unknown) {
    throw new Fault('A status was given for a return that the journal has never seen.', {
      code: 'JOURNAL_MISUSED',
      merchant,
      returnId: unknown.returnId,
    })
  }
}
