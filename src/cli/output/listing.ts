import { type Part, type Parts, plainText } from './styled.ts'

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
  rows: { cells: Parts[]; record: unknown }[]
  /** What to say when there are no rows, and what to type next. */
  empty: string
}

/** What the list commands return: `rows` are records of the JSON contract, `columns` say how people see them. */
export function listing<Row>(options: {
  columns: readonly Column<Row>[]
  rows: readonly Row[]
  empty: string
}): Listing {
  return {
    columns: options.columns.map(({ key, title, align }) => ({ key, title, align: align ?? 'left' })),
    rows: options.rows.map((record) => ({ cells: options.columns.map((column) => column.value(record)), record })),
    empty: options.empty,
  }
}

/** Tab-separated with a header of column keys: what a pipe gets. Cells hold no tab or line break, and are never cut. */
export function tabSeparated(list: Listing): string {
  const lines = [list.columns.map(({ key }) => key), ...list.rows.map(({ cells }) => cells.map(plainText))]
  return lines.map((cells) => `${cells.join('\t')}\n`).join('')
}

export function ndjson(list: Listing, serialise: (value: unknown) => string): string {
  return list.rows.map(({ record }) => `${serialise(record)}\n`).join('')
}

/** RFC 4180, every field quoted, with the apostrophe that keeps a spreadsheet from running a field as formula (F57). */
export function csv(list: Listing): string {
  const lines = [list.columns.map(({ key }) => key), ...list.rows.map(({ cells }) => cells.map(plainText))]
  return lines.map((cells) => `${cells.map(csvField).join(',')}\r\n`).join('')
}

export function csvField(part: Part): string {
  const text = plainText(part)
  const harmless = /^[=+\-@\t\r＝＋－＠]/u.test(text.trimStart()) ? `'${text}` : text
  return `"${harmless.replaceAll('"', '""')}"`
}
