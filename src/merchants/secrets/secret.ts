import { inspect } from 'node:util'
import type { Secret } from '../profiles/merchant.ts'

const mask = '[secret]'

/**
 * Every secret that this process has held, so that the last filter before an output stream can remove one that slipped
 * past all others (F58). Short ones are left out: scrubbing `test` would garble honest text, and no vendor issues such
 * a key.
 */
const known = new Set<string>()
/** The same, longest first: removing a part first would hide the whole around it. null after another was added. */
let inOrder: { text: string; blanks: RegExp | null }[] | null = null
const shortestScrubbed = 8
const longerThanWords = 24

/**
 * Wraps a secret so that printing, serialising or inspecting it gives `[secret]`; only `reveal()` returns the value. In
 * a secret with blanks, such as a passphrase, a part that could be a common word is scrubbed only together with the
 * whole: otherwise honest text would lose that word.
 */
export function secret(value: string): Secret {
  remember([value, ...partsOf(value).filter(isRandomEnough)])
  return wrap(value)
}

/** Like `secret`, for several values in one text, separated by spaces: each of them is a secret. */
export function secretList(value: string): Secret {
  remember([value, ...partsOf(value)])
  return wrap(value)
}

/** Removes every secret that this process has held from a text. */
export function scrubSecrets(text: string): string {
  inOrder ??= [...known]
    .sort((one, other) => lengthOf(other) - lengthOf(one))
    .map((each) => ({ text: each, blanks: blanksOf(each) }))
  let clean = text
  for (const each of inOrder) {
    if (each.blanks !== null) clean = clean.replace(each.blanks, mask)
    else if (clean.includes(each.text)) clean = clean.replaceAll(each.text, mask)
  }
  return clean
}

function wrap(value: string): Secret {
  const wrapped = { reveal: () => value, toString: () => mask, toJSON: () => mask, [inspect.custom]: () => mask }
  return Object.freeze(wrapped)
}

function partsOf(value: string): string[] {
  return value.split(/\s+/)
}

/** Longer than a word, or mixed as words are not: letters with digits, or capitals after small letters. */
function isRandomEnough(part: string): boolean {
  const kinds = [/[a-z]/, /.[A-Z]/, /\d/].filter((kind) => kind.test(part))
  return part.length >= longerThanWords || kinds.length > 1
}

/** Remembers each value, also as it appears in a URL and in JSON. */
function remember(values: readonly string[]): void {
  const before = known.size
  for (const value of values.map((each) => each.trim()).filter(({ length }) => length >= shortestScrubbed)) {
    for (const form of [value, encodeURIComponent(value), JSON.stringify(value).slice(1, -1)]) known.add(form)
  }
  if (known.size > before) inOrder = null
}

/** Blanks between two parts count as one, as they do in the search. */
function lengthOf(text: string): number {
  return text.replace(/\s+/g, ' ').length
}

/** Long lines are folded at blanks, so any kind of blank may stand there. */
function blanksOf(text: string): RegExp | null {
  const parts = partsOf(text)
  return parts.length === 1 ? null : new RegExp(parts.map(RegExp.escape).join('\\s+'), 'g')
}
