export type CsvRow = {
  /** Line of the file on which the row begins, from 1. */
  line: number
  cells: string[]
}

/**
 * Parses CSV text (RFC 4180), with line breaks inside quoted fields; skips blank rows and a byte order mark. null when
 * a quoted field never ends: then no row can be trusted.
 */
export function csvRows(text: string, delimiter: string): CsvRow[] | null {
  const rows: CsvRow[] = []
  const source = text.replace(/^\ufeff/, '').replace(/\r\n?/g, '\n')
  let row: CsvRow = { line: 1, cells: [] }
  let line = 1
  let position = 0
  while (position <= source.length) {
    const { cell, end } =
      source[position] === '"' ? quoted(source, position, delimiter) : plain(source, position, delimiter)
    if (cell === null) return null
    row.cells.push(cell)
    for (let at = position; at < end; at++) if (source[at] === '\n') line += 1
    if (source[end] !== delimiter) {
      if (row.cells.some((text) => text.trim() !== '')) rows.push(row)
      line += 1
      row = { line, cells: [] }
    }
    position = end + 1
  }
  return rows
}

/** `end` is the position of the delimiter, the line break, or the text's end. */
type Cell = { cell: string | null; end: number }

function plain(source: string, start: number, delimiter: string): Cell {
  let end = start
  while (end < source.length && source[end] !== delimiter && source[end] !== '\n') end += 1
  return { cell: source.slice(start, end), end }
}

function quoted(source: string, start: number, delimiter: string): Cell {
  let close = source.indexOf('"', start + 1)
  while (close !== -1 && source[close + 1] === '"') close = source.indexOf('"', close + 2)
  if (close === -1) return { cell: null, end: source.length }
  const { cell, end } = plain(source, close + 1, delimiter)
  // Some programs leave text after the closing quote; it belongs to the field.
  return { cell: source.slice(start + 1, close).replaceAll('""', '"') + (cell ?? ''), end }
}
