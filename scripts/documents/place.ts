/** Inserts a generated text into its document. */
import type { Generated } from './generated.ts'

/** The document with the new text: the whole file, or the part between its two markers, which stay as they are. */
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
