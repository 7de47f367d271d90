import type { Listing } from './listing.ts'
import { draw, type Parts, paint, plainText, type Styled, strong, toParts } from './styled.ts'
import { table } from './table.ts'
import { displayWidth, padEnd } from './width.ts'

/** What a command's view writes on. Every text in it passes `shown`; colour and width are the page's business. */
export type Page = {
  heading(text: string): void
  /** One line, never wrapped: ids and commands stay copyable. */
  line(...parts: Exclude<Parts, readonly unknown[]>[]): void
  /** Wrapped at the page's width. */
  paragraph(parts: Parts): void
  /** `label  value` lines with aligned values. */
  fields(rows: readonly (readonly [label: string, value: Parts])[]): void
  bullets(items: readonly Parts[]): void
  table(list: Listing): void
  blank(): void
}

export type RenderedPage = Page & { text(): Promise<string> }

export function createPage({ width, colour }: { width: number; colour: boolean }): RenderedPage {
  const blocks: (string | Promise<string>)[] = []
  const indented = (parts: Parts, first: string) => hanging(toParts(parts), first, width, colour)
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
    table(list) {
      blocks.push(table(list, width, colour))
    },
    blank() {
      blocks.push('\n')
    },
    async text() {
      return (await Promise.all(blocks)).join('')
    },
  }
}

/** Wraps words at `width`; following lines are indented under the first one's text. Words keep their colour. */
function hanging(parts: readonly Styled[], first: string, width: number, colour: boolean): string {
  const room = width - displayWidth(first)
  const lines: string[] = []
  let line = ''
  let used = 0
  for (const word of words(parts)) {
    const columns = word.reduce((sum, { text }) => sum + displayWidth(text), 0)
    if (used > 0 && used + 1 + columns > room) {
      lines.push(line)
      line = ''
      used = 0
    }
    const space = used > 0 ? ' ' : ''
    line += space + word.map(({ text, tone }) => paint(text, tone, colour)).join('')
    used += space.length + columns
  }
  lines.push(line)
  const indent = ' '.repeat(displayWidth(first))
  return lines.map((text, index) => `${`${index === 0 ? first : indent}${text}`.trimEnd()}\n`).join('')
}

/** Words as pieces of one or more tones: `(` and a red `wrong` and `)` are one word. */
function words(parts: readonly Styled[]): Styled[][] {
  const found: Styled[][] = [[]]
  for (const { text, tone } of parts) {
    for (const [index, piece] of text.split(' ').entries()) {
      if (index > 0) found.push([])
      if (piece !== '') found.at(-1)?.push({ text: piece, tone })
    }
  }
  return found.filter((word) => word.length > 0)
}
