import { inspect } from 'node:util'
import type { Secret } from './merchant.ts'

const mask = '[secret]'

/**
 * Every secret this process has held, so that the last door before a stream can take out what slipped through all
 * others (F58). Short ones are left out: scrubbing `test` would garble honest text, and no vendor issues such a key.
 */
const known = new Set<string>()
const shortestScrubbed = 8

/** Wraps a secret so that printing, serialising or inspecting it gives `[secret]`; only `reveal()` gives the value. */
export function secret(value: string): Secret {
  // Also each of several values that are kept as one text.
  for (const part of value.split(/\s+/)) {
    if (part.length < shortestScrubbed) continue
    known.add(part)
    known.add(encodeURIComponent(part))
  }
  const wrapped = { reveal: () => value, toString: () => mask, toJSON: () => mask, [inspect.custom]: () => mask }
  return Object.freeze(wrapped)
}

/** Takes every secret this process has held out of a text. */
export function scrubSecrets(text: string): string {
  let clean = text
  for (const value of known) {
    if (clean.includes(value)) clean = clean.replaceAll(value, mask)
  }
  return clean
}
