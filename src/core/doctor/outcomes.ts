import type { Policy } from '../merchants/policy.ts'
import { flaggedOutcomes, type OutcomeCounts, outcomeParts, outcomesText, unknownWords } from '../returns/outcomes.ts'
import { didYouMean } from '../text/closest.ts'
import { printable } from '../text/printable.ts'
import { counted, ok, type Verdict, warn } from './verdict.ts'

/** How many days back outcomes are looked for: a season, long enough to see rare ones. */
export const outcomeDays = 120

/** What a word in the setting `outcomes` that mhloop does not know does; null when it knows all of them. */
export function unknownWordsText(allowed: readonly string[]): string | null {
  const [first, ...more] = unknownWords(allowed)
  if (first === undefined) return null
  const words = [first, ...more].map((word) => `“${printable(word, 40)}”`).join(', ')
  const are =
    more.length === 0
      ? 'is not an outcome that mhloop knows, and allows'
      : 'are not outcomes that mhloop knows, and allow'
  return `In the setting outcomes, ${words} ${are} nothing.${didYouMean(first, outcomeParts)}`
}

/**
 * What the merchant leaves to a person is its decision, and named only; what mhloop does not know is reported.
 */
export function outcomesVerdict(
  seen: { counts: OutcomeCounts; returns: number },
  { outcomes, onUnclear }: Pick<Policy, 'outcomes' | 'onUnclear'>,
  merchant: string,
): Verdict {
  const unknown = unknownWordsText(outcomes)
  if (unknown !== null) return warn(unknown, `mhloop merchant set outcomes ${outcomeParts.join(',')} -m ${merchant}`)
  const among = `${counted(seen.returns, 'return')} of the last ${outcomeDays} days`
  const flagged = flaggedOutcomes(seen.counts, outcomes)
  if (flagged.length === 0) return ok(`Every outcome in ${among} is processed.`)
  const happens = onUnclear === 'flag' ? 'Flagged' : 'Left waiting'
  const text = `${happens} even if everything arrives, in ${among}: ${outcomesText(flagged)}.`
  if (flagged.every(({ known }) => known)) return ok(`${text} The merchant's setting outcomes says so.`)
  return warn(
    `${text} mhloop does not know ${outcomesText(flagged.filter(({ known }) => !known))}.`,
    'A person processes these in the Loop admin. What is known: mhloop explain OUTCOME_NOT_ALLOWED',
  )
}
