import { printable } from '../text/printable.ts'

/** What a shopper can get for a return (loop.md §8.3). Loop joins several of them by `+`, in any order. */
export const outcomeParts = ['refund', 'credit', 'exchange', 'upsell'] as const
export type OutcomePart = (typeof outcomeParts)[number]

/**
 * The parts of an outcome as a set, each once and in a fixed order, whatever their order and case. null when Loop names
 * none, or when mhloop does not know one of them: an unknown part is never interpreted.
 */
export function partsOf(outcome: string | null): readonly OutcomePart[] | null {
  if (outcome === null) return null
  const words = new Set(outcome.split('+').map((word) => word.trim().toLowerCase()))
  const parts = outcomeParts.filter((part) => words.has(part))
  return parts.length === words.size ? parts : null
}

/** The words in a merchant's setting that mhloop does not know. */
export function unknownWords(allowed: readonly string[]): string[] {
  return [...new Set(allowed.flatMap((one) => one.split('+')))].filter((word) => partsOf(word) === null)
}

/**
 * Whether a merchant lets mhloop process an outcome: each of its parts is allowed by itself, or exactly this combination
 * is. `exchange+refund` alone allows neither `exchange` nor `refund`. A word that mhloop does not know allows nothing.
 */
export function isOutcomeAllowed(outcome: string | null, allowed: readonly string[]): boolean {
  const parts = partsOf(outcome)
  if (parts === null) return false
  const combinations = new Set(allowed.map((one) => partsOf(one)?.join('+')))
  return parts.every((part) => combinations.has(part)) || combinations.has(parts.join('+'))
}

/** Every outcome that known parts can make. */
const everyOutcome = Array.from({ length: 2 ** outcomeParts.length - 1 }, (_, index) =>
  outcomeParts.filter((_part, bit) => ((index + 1) >> bit) % 2 === 1).join('+'),
)

/** Whether the second setting lets mhloop process an outcome that the first leaves to a person. */
export function allowsMoreOutcomes(before: readonly string[], after: readonly string[]): boolean {
  return everyOutcome.some((outcome) => isOutcomeAllowed(outcome, after) && !isOutcomeAllowed(outcome, before))
}

/** How many returns have each outcome, as Loop wrote it; null: it names none. */
export type OutcomeCounts = ReadonlyMap<string | null, number>

export function countOutcomes(returns: Iterable<{ outcome: string | null }>): OutcomeCounts {
  const counts = new Map<string | null, number>()
  for (const { outcome } of returns) counts.set(outcome, (counts.get(outcome) ?? 0) + 1)
  return counts
}

/** `known`: whether mhloop knows each of its parts, so that the merchant may allow it. */
export type FlaggedOutcome = { outcome: string | null; returns: number; known: boolean }

/** The outcomes that are not processed even when everything arrives, most frequent first; spellings count together. */
export function flaggedOutcomes(counts: OutcomeCounts, allowed: readonly string[]): FlaggedOutcome[] {
  const flagged = new Map<string | null, FlaggedOutcome>()
  for (const [written, returns] of counts) {
    if (isOutcomeAllowed(written, allowed)) continue
    const parts = partsOf(written)
    const outcome = parts?.join('+') ?? written
    flagged.set(outcome, { outcome, returns: returns + (flagged.get(outcome)?.returns ?? 0), known: parts !== null })
  }
  return [...flagged.values()].sort((a, b) => b.returns - a.returns || ((a.outcome ?? '') < (b.outcome ?? '') ? -1 : 1))
}

/** `“exchange” (12), none named (1)` */
export function outcomesText(flagged: readonly FlaggedOutcome[]): string {
  const text = (outcome: string | null) => (outcome === null ? 'none named' : `“${printable(outcome, 40)}”`)
  return flagged.map(({ outcome, returns }) => `${text(outcome)} (${returns})`).join(', ')
}
