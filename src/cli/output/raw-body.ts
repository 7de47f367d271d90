import { printable } from '../../core/text.ts'
import { parseExactly } from '../raw-input.ts'

/** Values of these keys are secrets wherever a vendor sends them back: callback tokens, phrases and what is made of them. */
const secretKeys = /("(?:token|secret|secret_phrase|encrypted_key|encrypted_token)"\s*:\s*)"(?:[^"\\]|\\.)*"/gi
/** The key of a merchant's endpoint is part of its address (F51); PHP escapes slashes. */
const endpoints = /(\\?\/in\\?\/)[\w-]{32,100}(?=\\?\/(?:loop|masonhub)\b)/g

/** The body as it came, byte for byte, but for secrets. */
export function maskedBody(text: string): string {
  return text.replace(secretKeys, '$1"[secret]"').replace(endpoints, '$1[secret]')
}

/** The same for a terminal: JSON laid out, and nothing in it that a terminal would obey (F55). */
export function readableBody(text: string): string {
  const json = parseExactly(text)
  const laidOut = json === undefined ? text : JSON.stringify(json, null, 2)
  const lines = laidOut.replace(/\r\n?/g, '\n').replace(/\n$/, '').split('\n')
  return lines.map((line) => `${printable(line.replaceAll('\t', '  '), Number.POSITIVE_INFINITY)}\n`).join('')
}

/** Headers that say nothing about who asked, and something to whoever asks. */
const listedHeaders =
  /^(?:content-type|date|retry-after|x-request-id|etag|last-modified|sunset|deprecation|result-count|x-ratelimit-[a-z-]+)$/

export function printableHeaders(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    value !== undefined && listedHeaders.test(name) ? [[name, printable(value)] as const] : [],
  )
  return Object.fromEntries(entries)
}
