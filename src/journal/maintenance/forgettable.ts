import { piecesOf } from '../database/bulk.ts'
import type { Store } from '../database/engine.ts'
import type { EffectRow } from '../effects/effect-rows.ts'
import type { LinkStatus } from '../records/link.ts'

export type ForgetRequest = {
  /** Only returns that have been over since before this time; null with `returnIds`. */
  before: string | null
  /** Only these returns, however recently they ended. */
  returnIds?: readonly string[] | undefined
  merchant?: string | undefined
  at: string
  actor: string
  dryRun: boolean
}

/** How many returns were forgotten, what was removed with them, and what stays. A dry run counts returns and bodies. */
export type Forgotten = {
  returns: number
  effects: number
  history: number
  events: number
  bodies: number
  kept: Retained[]
}

/** A requested return that is not forgotten. `merchant` is null when the journal does not know the return. */
export type Retained = { returnId: string; merchant: string | null; code: RetainedCode; message: string }
export type RetainedCode = 'NOT_OVER' | 'UNSETTLED' | 'RECENT' | 'FORGOTTEN_BEFORE' | 'RETURN_UNKNOWN'

export type Key = { merchant: string; return_id: string }

/** Effects in these states may be removed, unless they are refunds. */
export const over = ['confirmed', 'refused', 'abandoned'] as const
const overStates = new Set<EffectRow['state']>(over)

/** Nothing more will happen: Loop has closed the return or no longer knows it, or it was never the warehouse's. */
const overStatuses = new Set<LinkStatus>(['resolved', 'gone', 'skipped'])

type Row = Key & {
  standing: LinkStatus
  reason: string | null
  forgotten_at: string | null
  return_updated_at: string | null
}

/** Sorts returns by whether they are over, by the last state in Loop and in the journal; says why others are kept. */
export async function sortOut(
  store: Store,
  { before, returnIds, merchant }: Pick<ForgetRequest, 'before' | 'returnIds' | 'merchant'>,
): Promise<{ over: Key[]; kept: Retained[] }> {
  const rows = await rowsOf(store, { before, returnIds, merchant })
  const retained: Retained[] = []
  const due: Key[] = []
  for (const [name, same] of Map.groupBy(rows, (row) => row.merchant)) {
    const effects = await effectsOf(
      store,
      name,
      same.map(({ return_id }) => return_id),
    )
    for (const row of same) {
      const reason = reasonToKeep(row, effects.get(row.return_id) ?? [], before)
      if (reason === null) due.push({ merchant: row.merchant, return_id: row.return_id })
      else retained.push({ returnId: row.return_id, merchant: row.merchant, ...reason })
    }
  }
  const known = new Set(rows.map(({ return_id }) => return_id))
  const unknown = (returnIds ?? []).filter((returnId) => !known.has(returnId))
  const message = 'The journal does not know it.'
  retained.push(...unknown.map((returnId) => ({ returnId, merchant: null, code: 'RETURN_UNKNOWN' as const, message })))
  return { over: due, kept: retained }
}

async function rowsOf(
  store: Store,
  { before, returnIds, merchant }: Pick<ForgetRequest, 'before' | 'returnIds' | 'merchant'>,
): Promise<Row[]> {
  const all = store
    .selectFrom('links')
    .select(['merchant', 'return_id', 'standing', 'reason', 'forgotten_at', 'return_updated_at'])
    .orderBy('merchant')
    .orderBy('return_id')
  const own = merchant === undefined ? all : all.where('merchant', '=', merchant)
  if (before !== null) {
    return await own.where('forgotten_at', 'is', null).where('first_seen_at', '<', before).execute()
  }
  const rows: Row[] = []
  for (const ids of piecesOf([...new Set(returnIds ?? [])]))
    rows.push(...(await own.where('return_id', 'in', ids).execute()))
  return rows
}

type Seen = Pick<EffectRow, 'return_id' | 'kind' | 'state'> & { last: string }

async function effectsOf(store: Store, merchant: string, ids: readonly string[]): Promise<Map<string, Seen[]>> {
  const found: Seen[] = []
  for (const some of piecesOf(ids)) {
    const rows = await store
      .selectFrom('effects')
      .select((column) => [
        'return_id',
        'kind',
        'state',
        column.fn.coalesce('settled_at', 'sent_at', 'planned_at').as('last'),
      ])
      .where('merchant', '=', merchant)
      .where('return_id', 'in', some)
      .execute()
    found.push(...rows)
  }
  return Map.groupBy(found, ({ return_id }) => return_id)
}

function reasonToKeep(
  row: Row,
  effects: readonly Seen[],
  before: string | null,
): Pick<Retained, 'code' | 'message'> | null {
  if (row.forgotten_at !== null) {
    return { code: 'FORGOTTEN_BEFORE', message: `Its data was removed on ${row.forgotten_at.slice(0, 10)}.` }
  }
  const open = effects.find(({ state }) => !overStates.has(state))
  if (open !== undefined) {
    const message = `A ${open.kind} is ${open.state.replace('_', ' ')}: the return's data is needed to settle it.`
    return { code: 'UNSETTLED', message }
  }
  if (!overStatuses.has(row.standing)) {
    const why = row.reason === null ? '' : ` (${row.reason})`
    return { code: 'NOT_OVER', message: `Its status is ${row.standing}${why}: Loop has not closed it.` }
  }
  if (before === null) return null
  const last = [row.return_updated_at ?? '', ...effects.map((effect) => effect.last)].reduce((one, other) =>
    one > other ? one : other,
  )
  return last < before ? null : { code: 'RECENT', message: `It last changed on ${last.slice(0, 10)}.` }
}
