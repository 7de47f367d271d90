import { type Parts, plainText } from './styled.ts'

export type Column<Row> = {
  /** camelCase; the header in CSV and in a pipe. */
  key: string
  /** The header on a terminal. */
  title: string
  value(row: Row): Parts
  align?: 'right'
}

/** Rows ready to be drawn as table, tab-separated text, CSV or NDJSON. */
export type Listing = {
  columns: { key: string; title: string; align: 'left' | 'right' }[]
  rows: Rows
  /** What to say when there are no rows, and what to type next. */
  empty: string
}

/** Rows of which each is made when somebody comes to it: a list of a hundred thousand is never all there at once. */
export type Rows = Iterable<DrawnRow> & { readonly length: number; map<Made>(make: (row: DrawnRow) => Made): Made[] }
export type DrawnRow = { cells: Parts[]; record: unknown }

/** What the list commands return: `rows` are records of the JSON contract, `columns` say how people see them. */
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

/** Tab-separated with a header of column keys: what a pipe gets. Cells hold no tab or line break, and are never cut. */
export function* tabSeparated(list: Listing): Generator<string> {
  for (const cells of cellsOf(list)) yield `${cells.map(plainText).join('\t')}\n`
}

export function* ndjson(list: Listing, serialise: (value: unknown) => string): Generator<string> {
  for (const { record } of list.rows) yield `${serialise(record)}\n`
}

/** RFC 4180, every field quoted, with the apostrophe that keeps a spreadsheet from running a field as formula (F57). */
export function* csv(list: Listing): Generator<string> {
  for (const cells of cellsOf(list)) yield `${cells.map(csvField).join(',')}\r\n`
}

function* cellsOf({ columns, rows }: Listing): Generator<Parts[]> {
  yield columns.map(({ key }) => key)
  for (const { cells } of rows) yield cells
}

export function csvField(part: Parts): string {
  const text = plainText(part)
  // Also one that begins like what we have disarmed: who takes one apostrophe away reads what it was.
  const harmless = /^'*\s*[=+\-@＝＋－＠]/u.test(text) ? `'${text}` : text
  return `"${harmless.replaceAll('"', '""')}"`
}
