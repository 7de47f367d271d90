import { stripVTControlCharacters } from 'node:util'
import type { Listing } from './listing.ts'
import { type Parts, plainText, strong, toParts } from './styled.ts'
import { displayWidth } from './width.ts'
import { wrapped } from './wrapped.ts'

const gap = 2
const narrowest = 6
/** Columns that hold any id, code or tracking number, and a readable part of a sentence. */
const readable = 24
/** Above this number of rows cli-table3 is too slow: its time is quadratic. */
const mostTableRows = 200

/** A table for a terminal `width` columns wide. Cells that don't fit are wrapped, never cut: they may be ids. */
export async function table(list: Listing, width: number, colour: boolean): Promise<string> {
  if (list.rows.length === 0) return `${list.empty}\n`
  const widths = columnWidths(list, width)
  const head = list.columns.map(({ title }, index) => cellLines(strong(title), widths[index] ?? narrowest, colour))
  const rows = list.rows.map(({ cells }) =>
    cells.map((cell, index) => cellLines(cell, widths[index] ?? narrowest, colour)),
  )
  const drawn =
    rows.length <= mostTableRows
      ? await drawnTable(list, head, rows, widths)
      : plainColumns(list, [head, ...rows], widths)
  return `${drawn.split('\n').map(trimmed).join('\n')}\n`
}

function cellLines(cell: Parts, columns: number, colour: boolean): string[] {
  return wrapped(toParts(cell), { first: '', width: columns, colour, breakWords: true }).trimEnd().split('\n')
}

/**
 * Natural widths, from which the widest columns are narrowed until the line fits, first where only spaces are wrapped.
 */
function columnWidths(list: Listing, width: number): number[] {
  const widths: number[] = []
  const words: number[] = []
  for (const [index, { title }] of list.columns.entries()) {
    const texts = [title, ...list.rows.map(({ cells }) => plainText(cells[index] ?? ''))]
    widths.push(widest(texts))
    words.push(widest(texts.flatMap((text) => text.split(' '))))
  }
  // Narrows sentences first; then very long words, before they squeeze the sentences; then every column.
  shrink(
    widths,
    width,
    words.map((word, index) => Math.max(word, Math.min(widths[index] ?? 0, readable))),
  )
  shrink(
    widths,
    width,
    words.map((word) => Math.min(word, readable)),
  )
  shrink(
    widths,
    width,
    widths.map(() => narrowest),
  )
  return widths
}

function widest(texts: readonly string[]): number {
  return texts.reduce((most, text) => Math.max(most, displayWidth(text)), 0)
}

/**
 * Narrows the widest column that is above its floor, by one each time, until the line fits or all are at their floors.
 */
function shrink(widths: number[], width: number, floors: readonly number[]): void {
  const total = () => widths.reduce((sum, columns) => sum + columns + gap, -gap)
  while (total() > width) {
    let index = -1
    for (const [candidate, columns] of widths.entries()) {
      if (columns > (floors[candidate] ?? 0) && columns >= (widths[index] ?? 0)) index = candidate
    }
    if (index === -1) return
    widths[index] = (widths[index] ?? 0) - 1
  }
}

async function drawnTable(
  list: Listing,
  head: readonly string[][],
  rows: readonly string[][][],
  widths: readonly number[],
): Promise<string> {
  const { default: Table } = await import('cli-table3')
  const none = ''
  const drawn = new Table({
    head: head.map((lines) => lines.join('\n')),
    colWidths: [...widths],
    colAligns: list.columns.map(({ align }) => align),
    // cli-table3's own colours ignore NO_COLOR and pipes; the cells are already coloured.
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
    chars: {
      top: none,
      'top-mid': none,
      'top-left': none,
      'top-right': none,
      bottom: none,
      'bottom-mid': none,
      'bottom-left': none,
      'bottom-right': none,
      left: none,
      'left-mid': none,
      mid: none,
      'mid-mid': none,
      right: none,
      'right-mid': none,
      middle: ' '.repeat(gap),
    },
  })
  for (const cells of rows) drawn.push(cells.map((lines) => lines.join('\n')))
  return drawn.toString()
}

function plainColumns(list: Listing, rows: readonly string[][][], widths: readonly number[]): string {
  const line = (cells: readonly string[]) =>
    cells
      .map((text, index) => {
        const right = list.columns[index]?.align === 'right'
        const space = ' '.repeat(Math.max(0, (widths[index] ?? 0) - displayWidth(stripVTControlCharacters(text))))
        return right ? space + text : text + space
      })
      .join(' '.repeat(gap))
  const drawn: string[] = []
  for (const cells of rows) {
    const height = Math.max(...cells.map((lines) => lines.length))
    for (let index = 0; index < height; index++) drawn.push(line(cells.map((lines) => lines[index] ?? '')))
  }
  return drawn.join('\n')
}

function trimmed(text: string): string {
  return text.replace(/ +$/, '')
}
