import { sql } from 'kysely'
import type { Store, Writing } from '../database/engine.ts'
import { isRefund } from '../refunds/refund-checks.ts'
import type { Schema } from '../schema/schema.ts'

/** The tables that are copied, with the columns that order their rows. `leases` and `turns` are of no use later. */
const tables = {
  effects: ['seq'],
  links: ['merchant', 'return_id'],
  history: ['seq'],
  events: ['seq'],
  cursors: ['merchant', 'name'],
  pauses: ['merchant'],
  quarantines: ['merchant'],
  claims: ['nonce'],
  parcels: ['merchant', 'return_id', 'parcel_id'],
  accounts: ['merchant', 'account'],
  changes: ['seq'],
} as const satisfies Partial<Record<keyof Schema, readonly string[]>>

export type Copied = Record<keyof typeof tables, number>

const size = 500

/** Copies everything into an empty journal, including the installation id. Calls `onProgress` after each page. */
export async function copyAll(
  from: Store,
  to: Writing,
  onProgress: (rows: number) => void = () => {},
): Promise<Copied> {
  const identity = from.selectFrom('meta').select('value').where('name', '=', 'installation_id')
  const { value } = await identity.executeTakeFirstOrThrow()
  await to.updateTable('meta').set({ value }).where('name', '=', 'installation_id').execute()
  const copied = Object.fromEntries(Object.keys(tables).map((table) => [table, 0])) as Copied
  for (const table of Object.keys(tables) as (keyof Copied)[]) {
    for await (const rows of pagesOf(from, table)) {
      // Each table's rows go into the same table of the other journal; both have the same schema.
      await insert(to, table, rows)
      copied[table] += rows.length
      onProgress(rows.length)
    }
  }
  return copied
}

/** The target may have accounts, which stay if both have them, and changes, so that copied ones get new numbers. */
async function insert(to: Writing, table: keyof Copied, rows: readonly Row[]): Promise<void> {
  const toInsert = table === 'changes' ? rows.map(({ seq: _, ...row }) => row) : rows
  const query = to.insertInto(table).values(toInsert as never)
  await (table === 'accounts' ? query.onConflict((conflict) => conflict.doNothing()) : query).execute()
}

type Row = Record<string, unknown>

async function* pagesOf(from: Store, table: keyof Copied): AsyncGenerator<Row[]> {
  let last: Row | undefined
  for (;;) {
    const rows = await pageAfter(from, table, last)
    if (rows.length > 0) yield rows
    if (rows.length < size) return
    last = rows.at(-1)
  }
}

async function pageAfter(from: Store, table: keyof Copied, last: Row | undefined): Promise<Row[]> {
  const key: readonly string[] = tables[table]
  const columns = sql.join(key.map((column) => sql.ref(column)))
  const after = last === undefined ? sql`` : sql`where (${columns}) > (${sql.join(key.map((column) => last[column]))})`
  const page = sql<Row>`select * from ${sql.table(table)} ${after} order by ${columns} limit ${sql.lit(size)}`
  return (await page.execute(from)).rows
}

/** Every merchant that has effects, return records or events. */
export async function merchantsOf(store: Store): Promise<string[]> {
  const names = new Set<string>()
  for (const table of ['effects', 'links', 'events'] as const) {
    const rows = await store.selectFrom(table).select('merchant').distinct().execute()
    for (const { merchant } of rows) names.add(merchant)
  }
  return [...names].sort()
}

/** Merchants with a refund that was sent and has no known outcome. */
export async function merchantsWithOpenRefunds(store: Store): Promise<string[]> {
  const rows = await store
    .selectFrom('effects')
    .select('merchant')
    .distinct()
    .where(isRefund)
    .where('state', 'in', ['sent', 'accepted', 'in_doubt'])
    .execute()
  return rows.map(({ merchant }) => merchant).sort()
}

/**
 * Whether the journal contains nothing that a backup could contradict. Accounts and setting changes don't count: they
 * are written before any work, and are kept beside what is restored.
 */
export async function isEmpty(store: Store): Promise<boolean> {
  for (const table of Object.keys(tables) as (keyof Copied)[]) {
    if (table === 'accounts' || table === 'changes') continue
    const { rows } = await sql`select 1 from ${sql.table(table)} limit 1`.execute(store)
    if (rows.length > 0) return false
  }
  return true
}
