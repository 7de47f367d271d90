import type { Selectable } from 'kysely'
import { pieces, piecesOf } from '../database/bulk.ts'
import { type Engine, inTransaction, type Store, type Writing } from '../database/engine.ts'
import { timestamp } from '../database/timestamp.ts'
import type { Schema } from '../schema/schema.ts'
import { mergedParcel, type RememberedParcel, type SeenParcel } from './parcel.ts'

export type Parcels = {
  /**
   * Remembers what a reading of Loop shows, and keeps what it lacks. A time that can't be read counts as not said. A
   * return whose shopper is forgotten is left alone: a tracking number leads to the shopper (F64).
   */
  see(merchant: string, parcels: readonly SeenParcel[], at: string): Promise<void>
  /** The returns that travel, or are known, under this number. */
  find(merchant: string, parcelId: string): Promise<RememberedParcel[]>
  /** In the order in which they were first seen. */
  of(merchant: string, returnIds: readonly string[]): Promise<RememberedParcel[]>
}

type ParcelRow = Selectable<Schema['parcels']>

export function parcelsOf({ store }: Engine): Parcels {
  return {
    see: async (merchant, parcels, at) => {
      const when = timestamp(at)
      for (const piece of pieces(parcels, keyOf)) {
        // Nearly always nothing is new; then nothing is locked either.
        if ((await newsOf(store, merchant, piece, when)).length === 0) continue
        await inTransaction(store, async (writing) => {
          const unforgotten = await withoutForgotten(writing, merchant, piece)
          await write(writing, await newsOf(writing, merchant, unforgotten, when))
        })
      }
    },

    find: async (merchant, parcelId) => {
      const query = store.selectFrom('parcels').selectAll().where('merchant', '=', merchant)
      const rows = await query.where('parcel_id', '=', parcelId).orderBy('return_id').execute()
      return rows.map(parcelOf)
    },

    of: async (merchant, returnIds) => {
      const rows: ParcelRow[] = []
      for (const ids of piecesOf(returnIds)) rows.push(...(await rowsOf(store, merchant, ids)))
      const order = (row: ParcelRow) => `${row.first_seen_at} ${row.return_id} ${row.parcel_id}`
      return rows.toSorted((one, other) => (order(one) < order(other) ? -1 : 1)).map(parcelOf)
    },
  }
}

function keyOf({ returnId, parcelId }: Pick<SeenParcel, 'returnId' | 'parcelId'>): string {
  return JSON.stringify([returnId, parcelId])
}

async function rowsOf(store: Store | Writing, merchant: string, returnIds: readonly string[]): Promise<ParcelRow[]> {
  const query = store.selectFrom('parcels').selectAll().where('merchant', '=', merchant)
  return await query.where('return_id', 'in', returnIds).execute()
}

function parcelOf(row: ParcelRow): RememberedParcel {
  return {
    returnId: row.return_id,
    parcelId: row.parcel_id,
    kind: row.kind,
    lineItemIds: row.line_items === null ? null : JSON.parse(row.line_items),
    status: row.status,
    changedAt: row.changed_at,
    firstSeenAt: row.first_seen_at,
  }
}

function rowOf(merchant: string, parcel: RememberedParcel): ParcelRow {
  return {
    merchant,
    return_id: parcel.returnId,
    parcel_id: parcel.parcelId,
    kind: parcel.kind,
    line_items: parcel.lineItemIds === null ? null : JSON.stringify(parcel.lineItemIds),
    status: parcel.status,
    changed_at: parcel.changedAt,
    first_seen_at: parcel.firstSeenAt,
  }
}

/** The rows that differ from what is stored. */
async function newsOf(
  store: Store | Writing,
  merchant: string,
  parcels: readonly SeenParcel[],
  at: string,
): Promise<ParcelRow[]> {
  if (parcels.length === 0) return []
  const stored = await rowsOf(store, merchant, [...new Set(parcels.map(({ returnId }) => returnId))])
  const known = new Map(stored.map((row) => [keyOf(parcelOf(row)), row]))
  return parcels.flatMap((parcel) => {
    const seen = { ...parcel, changedAt: parcel.status === null ? null : readable(parcel.changedAt) }
    const before = known.get(keyOf(seen))
    const next = before === undefined ? { ...seen, firstSeenAt: at } : mergedParcel(parcelOf(before), seen)
    const row = rowOf(merchant, next)
    return before !== undefined && isSame(before, row) ? [] : [row]
  })
}

function readable(time: string | null): string | null {
  return time === null || Number.isNaN(Date.parse(time)) ? null : timestamp(time)
}

function isSame(one: ParcelRow, other: ParcelRow): boolean {
  return (
    one.kind === other.kind &&
    one.line_items === other.line_items &&
    one.status === other.status &&
    one.changed_at === other.changed_at
  )
}

/** Their records stay locked until the transaction ends, so that no return is forgotten meanwhile. */
async function withoutForgotten(
  writing: Writing,
  merchant: string,
  parcels: readonly SeenParcel[],
): Promise<SeenParcel[]> {
  const links = await writing
    .selectFrom('links')
    .select(['return_id', 'forgotten_at'])
    .where('merchant', '=', merchant)
    .where('return_id', 'in', [...new Set(parcels.map(({ returnId }) => returnId))])
    .orderBy('return_id')
    .forUpdate()
    .execute()
  const forgotten = new Set(links.filter((row) => row.forgotten_at !== null).map((row) => row.return_id))
  return parcels.filter(({ returnId }) => !forgotten.has(returnId))
}

async function write(writing: Writing, rows: readonly ParcelRow[]): Promise<void> {
  if (rows.length === 0) return
  await writing
    .insertInto('parcels')
    .values(rows)
    .onConflict((conflict) =>
      conflict.columns(['merchant', 'return_id', 'parcel_id']).doUpdateSet((column) => ({
        kind: column.ref('excluded.kind'),
        line_items: column.ref('excluded.line_items'),
        status: column.ref('excluded.status'),
        changed_at: column.ref('excluded.changed_at'),
      })),
    )
    .execute()
}
