/**
 * Suggests which of MasonHub's codes a Loop reason means. Anyone can follow the rule: every proposal names the words
 * that it rests on, and a reason that says nothing is marked as a guess. The codes don't move money.
 */

import { type ReasonCode, reasonCodes } from '../rmas/rma.ts'
import { normalReason } from './reason-mapping.ts'

export type Suggestion = {
  code: ReasonCode
  /** Its words decide nothing: `other` until a person decides. */
  guess: boolean
  /** The words that it rests on; safe to print. */
  why: string
}

type Phrase = { code: ReasonCode; words: string[] }

/** Longest first, so that `took too long` uses its words before `too long` can. */
function phrases(texts: Record<ReasonCode, string>): Phrase[] {
  return reasonCodes
    .flatMap((code) => texts[code].split(',').map((text) => ({ code, words: text.trim().split(/\s+/) })))
    .sort((one, other) => other.words.length - one.words.length)
}

/** Phrases that name the reason outright. */
const strong = phrases({
  tooBig: `too big, too large, too long, too loose, too wide, too baggy, too oversized, too roomy, runs big, runs large,
    fits big, fits large, bigger than, larger than, longer than, not small enough, not tight enough, size down,
    smaller size, oversized`,
  tooSmall: `too small, too tight, too short, too narrow, too snug, too slim, runs small, fits small, smaller than,
    shorter than, not big enough, not large enough, not long enough, not wide enough, size up, bigger size, larger size`,
  damaged: `damage, damaged, broken, broke, defect, defects, defective, faulty, fault, torn, tear, ripped, rip, hole,
    holes, stain, stained, stains, scratch, scratched, scratches, dent, dented, cracked, crack, shattered, leaking, leaked,
    mould, mold, mouldy, moldy, moths, does not work, doesnt work, not working, stopped working, came apart, fell apart,
    missing parts, missing part, poor quality, bad quality, low quality, quality issue, quality issues, spoiled,
    malfunction, malfunctioning, unraveling, unravelling`,
  wrongItem: `wrong item, wrong items, wrong product, wrong products, wrong article, wrong style, wrong color, wrong colour,
    wrong order, wrong variant, wrong model, wrong one, incorrect item, incorrect product, received wrong,
    received the wrong, received the wrong size, received wrong size, sent wrong, sent the wrong, sent me the wrong, shipped wrong,
    shipped the wrong, wrong size received, wrong size sent, not what i ordered, not what was ordered, different item,
    different product, someone elses order`,
  other: `changed my mind, change of mind, changed mind, no longer needed, no longer need, no longer want,
    no longer wanted, dont need, did not like, didnt like, do not like, dont like, dont want, took too long, arrived late,
    arrived too late, late delivery, too late, by mistake, by accident, accidental order, accidentally ordered,
    ordered wrong, ordered the wrong, ordered the wrong size, ordered the wrong item, ordered wrong size,
    ordered wrong item, ordered multiple, ordered two sizes, multiple sizes, better price, too expensive, found cheaper,
    not as described, not as expected, not as pictured, looks different, unwanted gift, duplicate order, never arrived`,
})

/** Words that count only where no strong phrase was found: a `small hole` is damage. */
const weak = phrases({
  tooBig: 'big, large, loose, long, wide, baggy, bigger, larger, longer, wider',
  tooSmall: 'small, tight, short, narrow, snug, smaller, shorter, narrower, tighter',
  damaged: 'quality, seam, zipper, stitching, shrank, shrunk, faded, pilling, worn out',
  wrongItem: 'wrong, incorrect',
  other: 'unwanted, mind, price, late, gift, duplicate, preference',
})

/** Phrases for a mistake of the shop or of the shopper: they decide nothing. */
const silent = ['wrong size', 'incorrect size', 'wrong fit'].map((text) => text.split(' '))
const negations = new Set(['not', 'no', 'isnt', 'wasnt', 'without', 'never', 'arent', 'nothing'])

/** Proposes a code for a reason. The parent counts only where the reason itself says nothing. Total. */
export function suggestCode(parentReason: string | null, reason: string): Suggestion {
  const own = heard(reason)
  if (own.length > 0) return conclude(own, 'says')
  const parents = parentReason === null ? [] : heard(parentReason)
  if (parents.length > 0) return conclude(parents, 'its parent reason suggests')
  return { code: 'other', guess: true, why: 'its words do not say' }
}

function conclude(found: readonly Phrase[], who: string): Suggestion {
  const [first] = found
  const words = found.map((phrase) => `“${phrase.words.join(' ')}”`).join(' and ')
  const codes = new Set(found.map(({ code }) => code))
  if (first !== undefined && codes.size === 1) return { code: first.code, guess: false, why: `${who} ${words}` }
  return { code: 'other', guess: true, why: `${who} both ${words}` }
}

/** The phrases in a text; each word is used once. */
function heard(text: string): Phrase[] {
  const words = wordsOf(text)
  const taken = words.map(() => false)
  const says = (phrase: Phrase) => take(words, taken, phrase.words)
  const outright = [...strong.filter((phrase) => phrase.words.length > 2 && says(phrase))]
  for (const phrase of silent) take(words, taken, phrase)
  outright.push(...strong.filter((phrase) => phrase.words.length <= 2 && says(phrase)))
  return outright.length > 0 ? outright : weak.filter(says)
}

/** Lower-case letters and digits only, without apostrophes: `Doesn’t work!` becomes `doesnt`, `work`. */
function wordsOf(text: string): string[] {
  return normalReason(text)
    .replace(/['’`´]/g, '')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
}

/** Whether the phrase occurs in unused words without a negation before it. Marks its words as used either way. */
function take(words: readonly string[], taken: boolean[], phrase: readonly string[]): boolean {
  let found = false
  for (let start = 0; start + phrase.length <= words.length; start++) {
    if (!phrase.every((word, offset) => words[start + offset] === word && taken[start + offset] === false)) continue
    taken.fill(true, start, start + phrase.length)
    found ||= !isDenied(words, taken, start)
  }
  return found
}

/** Whether one of the two words before it is a negation outside any phrase: `not damaged`, `not too small`. */
function isDenied(words: readonly string[], taken: readonly boolean[], start: number): boolean {
  return [start - 1, start - 2].some((at) => negations.has(words[at] ?? '') && taken[at] === false)
}
