import { type RawBuilder, sql } from 'kysely'

/** Rows per statement: with at most 18 columns, far below SQLite's 32,766 variables and PostgreSQL's 65,535. */
const size = 500

/** Pieces of at most 500 items, in order. No piece contains two items with the same key. */
export function* pieces<Item>(items: readonly Item[], keyOf: (item: Item) => string): Generator<Item[]> {
  let piece: Item[] = []
  let keys = new Set<string>()
  for (const item of items) {
    const key = keyOf(item)
    if (piece.length === size || keys.has(key)) {
      yield piece
      piece = []
      keys = new Set()
    }
    piece.push(item)
    keys.add(key)
  }
  if (piece.length > 0) yield piece
}

/** The distinct values, in pieces of at most 500. */
export function piecesOf(values: readonly string[]): Generator<string[]> {
  return pieces([...new Set(values)], (value) => value)
}

/** `values (…), (…)`, for statements that change many rows in different ways. All values are text. */
export function valuesOf(rows: readonly (readonly (string | null)[])[]): RawBuilder<unknown> {
  return sql`values ${sql.join(rows.map((row) => sql`(${sql.join(row)})`))}`
}
