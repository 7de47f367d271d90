// Created when first needed: it costs a third of the time that Node.js takes to start.
let segmenter: Intl.Segmenter | null = null
// East Asian wide and full-width blocks (Unicode's EastAsianWidth W and F, gathered into runs).
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]/u
const emoji = /\p{Emoji_Presentation}|\ufe0f/u
// Single characters of one column each, which make up almost every text.
const narrow =
  /^[\x20-\x7e\u00a1-\u00a8\u00aa-\u00ac\u00af-\u02ff\u2010-\u2027\u2030-\u203b\u2190-\u21ff\u2500-\u259f\u2713\u2717]*$/

/** Columns that a text takes on a terminal: wide characters and emoji two, combining marks none. */
export function displayWidth(text: string): number {
  if (narrow.test(text)) return text.length
  return graphemes(text).reduce((sum, { columns }) => sum + columns, 0)
}

/** The characters as a reader counts them (graphemes), with the columns that each takes. */
export function graphemes(text: string): { grapheme: string; columns: number }[] {
  if (narrow.test(text)) return [...text].map((grapheme) => ({ grapheme, columns: 1 }))
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' })
  return [...segmenter.segment(text)].map(({ segment }) => ({ grapheme: segment, columns: graphemeWidth(segment) }))
}

function graphemeWidth(grapheme: string): number {
  if (emoji.test(grapheme) || wide.test(grapheme)) return 2
  return /^\p{M}+$/u.test(grapheme) ? 0 : 1
}

/** Cuts to at most `columns`, ending in `…` when something was cut. */
export function truncate(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text
  let used = 0
  let shortened = ''
  for (const { grapheme, columns: more } of graphemes(text)) {
    if (used + more > columns - 1) break
    used += more
    shortened += grapheme
  }
  return `${shortened}…`
}

export function padEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - displayWidth(text)))
}
