/**
 * Text from vendors and shoppers is hostile (F55): terminal escapes, bidirectional overrides, zero-width characters.
 * `printable` is the one place that such text passes before it reaches a terminal, a log or an error message.
 */
const controls = /[\u0000-\u001f\u007f-\u009f]/g
const invisible = /[\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu
const lineBreaks = /\r\n|[\n\r\u0085\u2028\u2029]/g

/** Makes text from outside safe to print on one line; at most `limit` characters, longer text ends in `…`. */
export function printable(text: string, limit = 300): string {
  const safe = text.toWellFormed().replace(lineBreaks, '⏎').replace(controls, '').replace(invisible, '')
  const characters = [...safe]
  return characters.length > limit ? `${characters.slice(0, limit - 1).join('')}…` : safe
}

/** Characters that readers can't see or mistake for others; blanks at either end, and unusual ones anywhere. */
const unseen = /[\p{Cc}\p{Cf}\p{DI}]|[^\S ]|^\s+|\s+$/gu
const mostNamed = 4

/** `printable` and the names of the invisible characters, which a person who compares two texts must know of (H25). */
export function printableWithUnseen(text: string, limit = 300): string {
  const found = new Set((text.match(unseen) ?? []).flatMap((part) => [...part]))
  if (found.size === 0) return printable(text, limit)
  const names = [...found].slice(0, mostNamed).map((one) => `U+${hex(one.codePointAt(0) ?? 0)}`)
  return `${printable(text, limit).trim()} with the invisible character${names.length > 1 ? 's' : ''} ${names.join(', ')}`
}

function hex(codePoint: number): string {
  return codePoint.toString(16).toUpperCase().padStart(4, '0')
}

export function hasUnseen(text: string): boolean {
  return text.search(unseen) >= 0
}

/** Whether the text has nothing that a reader could see. */
export function isBlank(text: string): boolean {
  return text.replace(unseen, '').trim() === ''
}

/** Cuts to at most `limit` UTF-16 units without splitting a character. */
export function cut(text: string, limit: number): string {
  if (text.length <= limit) return text
  const end = /[\ud800-\udbff]/.test(text[limit - 1] ?? '') ? limit - 1 : limit
  return text.slice(0, end)
}

/** Text as a sentence that another sentence can follow: a full stop is added where the end has no punctuation. */
export function sentence(text: string): string {
  const trimmed = text.trim()
  return /[.!?…]$/.test(trimmed) ? trimmed : `${trimmed}.`
}
