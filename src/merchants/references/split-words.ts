/** White space, quoted text, an escaped character, or plain characters; `open` matches what can't be any of these. */
const part =
  /(?<space>\s+)|"(?<double>(?:[^"\\]|\\.)*)"|'(?<single>[^']*)'|\\(?<escaped>.)|(?<plain>[^\s"'\\]+)|(?<open>.)/gs

/**
 * Splits a command line into words as a shell does, and nothing else that a shell does: no variables, no patterns, no
 * second command. null when a quote is not closed.
 */
export function splitWords(text: string): string[] | null {
  const words: string[] = []
  let word: string | null = null
  for (const { groups = {} } of text.matchAll(part)) {
    const { space, double, single, escaped, plain, open } = groups
    if (open !== undefined) return null
    if (space !== undefined) {
      if (word !== null) words.push(word)
      word = null
    } else {
      word = (word ?? '') + (double?.replace(/\\(.)/gs, '$1') ?? single ?? escaped ?? plain ?? '')
    }
  }
  return word === null ? words : [...words, word]
}
