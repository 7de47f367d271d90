/** A space, a text in double or single quotes, an escaped character, or plain ones; or what can't be any of these. */
const part =
  /(?<space>\s+)|"(?<double>(?:[^"\\]|\\.)*)"|'(?<single>[^']*)'|\\(?<escaped>.)|(?<plain>[^\s"'\\]+)|(?<open>.)/gs

/**
 * A command line as words, the way a shell splits it, and nothing else that a shell does: no variables, no patterns, no
 * second command. Null when a quote is not closed.
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
