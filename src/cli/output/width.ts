const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
// East Asian wide and full-width blocks (Unicode's EastAsianWidth W and F, gathered into runs).
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]/u
const emoji = /\p{Emoji_Presentation}|\ufe0f/u
const ascii = /^[\x20-\x7e]*$/

/** Columns that a text takes on a terminal: wide characters and emoji two, combining marks none. */
export function displayWidth(text: string): number {
  if (ascii.test(text)) return text.length
  let columns = 0
  for (const { segment } of segmenter.segment(text)) columns += graphemeWidth(segment)
  return columns
}

function graphemeWidth(grapheme: string): number {
  if (emoji.test(grapheme) || wide.test(grapheme)) return 2
  return /^\p{M}+$/u.test(grapheme) ? 0 : 1
}

/** Cuts to at most `columns`, ending in `…` when something was cut. */
export function truncate(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text
  let used = 0
  let kept = ''
  for (const { segment } of segmenter.segment(text)) {
    const more = graphemeWidth(segment)
    if (used + more > columns - 1) break
    used += more
    kept += segment
  }
  return `${kept}…`
}

export function padEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - displayWidth(text)))
}

export function padStart(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - displayWidth(text))) + text
}

/** Breaks at spaces into lines of at most `columns`; a longer word is never broken, so that it can still be copied. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && displayWidth(line) + 1 + displayWidth(word) > columns) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  lines.push(line)
  return lines
}
