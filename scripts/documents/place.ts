/** Where a generated text goes in the document that holds it. */
import type { Generated } from './generated.ts'

/** The document as it should be. A part stands between its two marks; the marks stay as they are. */
export function placed(document: string, text: string, { path, marker }: Pick<Generated, 'path' | 'marker'>): string {
  if (marker === undefined) return `${text.trim()}\n`
  const [begin, end] = [`<!-- generated: ${marker} -->\n`, `<!-- end of ${marker} -->`]
  const [before, held, ...more] = document.split(begin)
  const after = held?.split(end)
  if (before === undefined || after?.length !== 2 || more.length > 0) {
    throw new Error(`${path} has not exactly one part between "${begin.trim()}" and "${end}"`)
  }
  return `${before}${begin}\n${text.trim()}\n\n${end}${after[1]}`
}
