import { type Parts, wholeText } from './styled.ts'

export type Column<Row> = {
  /** camelCase; the header in CSV and in a pipe. */
  key: string
  /** The header on a terminal. */
  title: string
  value(row: Row): Parts
  align?: 'right'
}

/** A list ready to be written as a table, tab-separated text, CSV or NDJSON. */
export type Listing = {
  columns: { key: string; title: string; align: 'left' | 'right' }[]
  rows: Rows
  /** Text for a list without rows, with the next command to type. */
  empty: string
}

/** Rows that are drawn one at a time during iteration: a list of a hundred thousand is never in memory whole. */
export type Rows = Iterable<DrawnRow> & { readonly length: number; map<Made>(make: (row: DrawnRow) => Made): Made[] }
export type DrawnRow = { cells: Parts[]; record: unknown }

/** The result of list commands: `rows` are records of the JSON contract, `columns` define how people see them. */
export function listing<Row>(options: {
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  empty: string
}): Listing {
  const { columns, rows: records, empty } = options
  const drawn = (record: Row): DrawnRow => ({ cells: columns.map((column) => column.value(record)), record })
  return {
    columns: columns.map(({ key, title, align }) => ({ key, title, align: align ?? 'left' })),
    rows: {
      length: records.length,
      map: (make) => records.map((record) => make(drawn(record))),
      *[Symbol.iterator]() {
        for (const record of records) yield drawn(record)
      },
    },
    empty,
  }
}

/**
 * Tab-separated text with a header of column keys, for pipes. Cells contain no tab or line break, and are never cut.
 */
export function* tabSeparated(list: Listing): Generator<string> {
  for (const cells of cellsOf(list)) yield `${cells.map(wholeText).join('\t')}\n`
}

export function* ndjson(list: Listing, serialise: (value: unknown) => string): Generator<string> {
  for (const { record } of list.rows) yield `${serialise(record)}\n`
}

/**
 * CSV after RFC 4180, every field quoted. An apostrophe keeps a spreadsheet from running a field as a formula (F57).
 */
export function* csv(list: Listing): Generator<string> {
  for (const cells of cellsOf(list)) yield `${cells.map(csvField).join(',')}\r\n`
}

function* cellsOf({ columns, rows }: Listing): Generator<Parts[]> {
  yield columns.map(({ key }) => key)
  for (const { cells } of rows) yield cells
}

export function csvField(part: Parts): string {
  const text = wholeText(part)
  // Text that already starts with an apostrophe gets another one, so that removing one always restores the original.
  const harmless = /^'*\s*[=+\-@＝＋－＠]/u.test(text) ? `'${text}` : text
  return `"${harmless.replaceAll('"', '""')}"`
}
