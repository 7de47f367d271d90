import { lastCommandAt } from '../../core/errors/next-command.ts'
import { paint, type Styled } from './styled.ts'
import { displayWidth, graphemes } from './width.ts'

export type WrapOptions = {
  first: string
  width: number
  colour: boolean
  /** Breaks words that are longer than the line: in a table's column they would push the others aside. */
  breakWords?: boolean
}

/**
 * Wraps words at `width`, after `first`; following lines are indented under the first one's text. Words keep their
 * colour. A word longer than the line stays whole, so that it can be copied, unless `breakWords` is set. A command at
 * the end of a sentence also stays on one line where it fits: pasted in two pieces it would be two commands.
 */
export function wrapped(parts: readonly Styled[], { first, width, colour, breakWords = false }: WrapOptions): string {
  const room = width - displayWidth(first)
  const lines: string[] = []
  let line = ''
  let used = 0
  const pieces = breakWords ? words(parts).flatMap((word) => broken(word, room)) : words(parts, room)
  for (const word of pieces) {
    const columns = widthOf(word)
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

/**
 * Splits text into words, each with pieces of one or more tones: `(`, a red `wrong` and `)` are one word. A command
 * that ends a part is one word, too, if it fits `room` columns.
 */
function words(parts: readonly Styled[], room = 0): Styled[][] {
  const found: Styled[][] = [[]]
  for (const { text, tone } of parts) {
    for (const [index, piece] of wordsOf(text, room).entries()) {
      if (index > 0) found.push([])
      if (piece !== '') found.at(-1)?.push({ text: piece, tone })
    }
  }
  return found.filter((word) => word.length > 0)
}

function wordsOf(text: string, room: number): string[] {
  const at = lastCommandAt(text)
  if (at === null || displayWidth(text.slice(at)) > room) return text.split(' ')
  const before = text.slice(0, at).split(' ')
  const opening = before.pop() ?? ''
  return [...before, `${opening}${text.slice(at)}`]
}

function widthOf(word: readonly Styled[]): number {
  return word.reduce((sum, { text }) => sum + displayWidth(text), 0)
}

/** A word in pieces of at most `columns`. */
function broken(word: Styled[], columns: number): Styled[][] {
  if (widthOf(word) <= columns) return [word]
  const pieces: Styled[][] = [[]]
  let used = 0
  for (const { text, tone } of word) {
    for (const { grapheme, columns: more } of graphemes(text)) {
      if (used + more > columns && used > 0) {
        pieces.push([])
        used = 0
      }
      used += more
      const piece = pieces.at(-1)
      const last = piece?.at(-1)
      if (last?.tone === tone) last.text += grapheme
      else piece?.push({ text: grapheme, tone })
    }
  }
  return pieces
}
