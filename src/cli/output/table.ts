import type { Listing } from './listing.ts'
import { draw, paint, plainText } from './styled.ts'
import { displayWidth, padEnd, padStart, truncate } from './width.ts'

const gap = 2
const narrowest = 6
/** Above this cli-table3 takes its time: it is quadratic in the number of rows. */
const mostTableRows = 200

/** A table for a terminal `width` columns wide. */
export async function table(list: Listing, width: number, colour: boolean): Promise<string> {
  if (list.rows.length === 0) return `${list.empty}\n`
  const widths = columnWidths(list, width)
  return list.rows.length <= mostTableRows ? drawnTable(list, widths, colour) : plainColumns(list, widths, colour)
}

/** Natural widths, with the widest columns giving way until the line fits. */
function columnWidths(list: Listing, width: number): number[] {
  const widths = list.columns.map(({ title }, index) =>
    list.rows.reduce(
      (most, { cells }) => Math.max(most, displayWidth(plainText(cells[index] ?? ''))),
      displayWidth(title),
    ),
  )
  let excess = widths.reduce((sum, columns) => sum + columns + gap, -gap) - width
  while (excess > 0) {
    const most = Math.max(...widths)
    if (most <= narrowest) break
    const second = Math.max(narrowest, ...widths.filter((columns) => columns < most))
    const widest = widths.indexOf(most)
    const step = Math.min(excess, Math.max(1, most - second))
    widths[widest] = most - step
    excess -= step
  }
  return widths
}

async function drawnTable(list: Listing, widths: readonly number[], colour: boolean): Promise<string> {
  const { default: Table } = await import('cli-table3')
  const none = ''
  const drawn = new Table({
    head: list.columns.map(({ title }) => paint(title, 'strong', colour)),
    colWidths: [...widths],
    colAligns: list.columns.map(({ align }) => align),
    wordWrap: true,
    // Its own colours ignore NO_COLOR and pipes; ours are already in the cells.
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
  for (const { cells } of list.rows) drawn.push(cells.map((cell) => draw(cell, colour)))
  return `${drawn.toString().split('\n').map(trimmed).join('\n')}\n`
}

function plainColumns(list: Listing, widths: readonly number[], colour: boolean): string {
  const line = (cells: readonly string[], paintCell: (text: string, index: number) => string) =>
    trimmed(
      cells
        .map((text, index) => {
          const columns = widths[index] ?? 0
          const short = truncate(text, columns)
          const pad = list.columns[index]?.align === 'right' ? padStart : padEnd
          return pad(short, columns).replace(short, () => paintCell(short, index))
        })
        .join(' '.repeat(gap)),
    )
  const head = line(
    list.columns.map(({ title }) => title),
    (text) => paint(text, 'strong', colour),
  )
  const body = list.rows.map(({ cells }) =>
    line(cells.map(plainText), (text, index) => {
      const cell = cells[index] ?? ''
      return text === plainText(cell) ? draw(cell, colour) : text
    }),
  )
  return `${[head, ...body].join('\n')}\n`
}

function trimmed(text: string): string {
  return text.replace(/ +$/, '')
}
