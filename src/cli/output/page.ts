import { type Column, type Listing, listing } from './listing.ts'
import { draw, type Parts, plainText, strong, toParts } from './styled.ts'
import { table } from './table.ts'
import { displayWidth, padEnd } from './width.ts'
import { wrapped } from './wrapped.ts'

/** What a command's view writes to. All text passes `printable`; the page decides colour and width. */
export type Page = {
  heading(text: string): void
  /** One line, never wrapped: ids and commands stay copyable. */
  line(...parts: Exclude<Parts, readonly unknown[]>[]): void
  /** Wrapped at the page's width. */
  paragraph(parts: Parts): void
  /** `label  value` lines with aligned values. */
  fields(rows: readonly (readonly [label: string, value: Parts])[]): void
  bullets(items: readonly Parts[]): void
  /** Text after a mark that keeps its colour; further lines are indented under the text. */
  item(mark: Parts, parts: Parts): void
  table(list: Listing): void
  /** A table of these rows; `empty` is printed when there are none. */
  rows<Row>(rows: readonly Row[], columns: readonly Column<Row>[], empty?: string): void
  blank(): void
}

export type RenderedPage = Page & { text(): Promise<string> }

export function createPage({ width, colour }: { width: number; colour: boolean }): RenderedPage {
  const blocks: (string | Promise<string>)[] = []
  const indented = (parts: Parts, first: string) => wrapped(toParts(parts), { first, width, colour })
  return {
    heading(text) {
      if (blocks.length > 0) blocks.push('\n')
      blocks.push(`${draw(strong(text), colour)}\n`)
    },
    line(...parts) {
      blocks.push(`${draw(parts, colour)}\n`)
    },
    paragraph(parts) {
      blocks.push(indented(parts, ''))
    },
    fields(rows) {
      const labels = rows.map(([label]) => plainText(label))
      const columns = Math.max(0, ...labels.map(displayWidth))
      for (const [index, [, value]] of rows.entries()) {
        blocks.push(indented(value, `${padEnd(labels[index] ?? '', columns)}  `))
      }
    },
    bullets(items) {
      for (const item of items) blocks.push(indented(item, '- '))
    },
    item(mark, parts) {
      const room = displayWidth(plainText(mark))
      const text = indented(parts, ' '.repeat(room))
      blocks.push(draw(mark, colour), text.slice(room))
    },
    table(list) {
      blocks.push(table(list, width, colour))
    },
    rows(rows, columns, empty = '') {
      blocks.push(table(listing({ columns, rows, empty }), width, colour))
    },
    blank() {
      blocks.push('\n')
    },
    async text() {
      return (await Promise.all(blocks)).join('')
    },
  }
}
