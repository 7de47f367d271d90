/** Edit distance with insertions, deletions, substitutions and swapped neighbours, each counting one. */
function distance(one: string, other: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: other.length + 1 }, (_, column) => column)
  for (let row = 1; row <= one.length; row++) {
    const current = [row]
    for (let column = 1; column <= other.length; column++) {
      const same = one[row - 1] === other[column - 1]
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      )
      const swapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1]
      if (row > 1 && column > 1 && swapped) cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1)
      current.push(cost)
    }
    beforeLast = last
    last = current
  }
  return last[other.length] ?? 0
}

/**
 * Candidates for “Did you mean”, nearest first, at most `limit`. A candidate that begins with the typed word counts as
 * near. Empty when every candidate differs by more than 40 % of the longer word's length.
 */
export function closest(typed: string, candidates: Iterable<string>, limit = 3): string[] {
  const word = typed.toLowerCase()
  if (word === '' || word.length > 100) return []
  const scored: { candidate: string; score: number }[] = []
  for (const candidate of new Set(candidates)) {
    const other = candidate.toLowerCase()
    const score = word.length > 2 && other.startsWith(word) ? 1 : distance(word, other)
    if (score <= Math.max(1, Math.floor(Math.max(word.length, other.length) * 0.4))) scored.push({ candidate, score })
  }
  return scored
    .sort((a, b) => a.score - b.score || (a.candidate < b.candidate ? -1 : 1))
    .slice(0, limit)
    .map(({ candidate }) => candidate)
}

/** ` Did you mean "x"?` with its leading space, or nothing. */
export function didYouMean(typed: string, candidates: Iterable<string>): string {
  const near = closest(typed, candidates)
  return near.length === 0 ? '' : ` Did you mean ${near.map((candidate) => `"${candidate}"`).join(' or ')}?`
}
