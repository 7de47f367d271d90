import { printable } from '../../core/text/printable.ts'
import { parseExactly } from '../input/raw-input.ts'

/** Keys whose values are secrets in any vendor's answer: callback tokens, phrases, and tokens made from them. */
const secretKeys = /("(?:token|secret|secret_phrase|encrypted_key|encrypted_token)"\s*:\s*)"(?:[^"\\]|\\.)*"/gi
/** The key of a merchant's endpoint, which is part of its address (F51); PHP escapes slashes. */
const endpoints = /(\\?\/in\\?\/)[\w-]{32,100}(?=\\?\/(?:loop|masonhub)\b)/g

/** The body as it came, byte for byte, with its secrets masked. */
export function maskedBody(text: string): string {
  return text.replace(secretKeys, '$1"[secret]"').replace(endpoints, '$1[secret]')
}

/** The body for a terminal: JSON is indented, and nothing in it acts as a terminal control (F55). */
export function readableBody(text: string): string {
  const json = parseExactly(text)
  const laidOut = json === undefined ? text : JSON.stringify(json, null, 2)
  const lines = laidOut.replace(/\r\n?/g, '\n').replace(/\n$/, '').split('\n')
  return lines.map((line) => `${printable(line.replaceAll('\t', '  '), Number.POSITIVE_INFINITY)}\n`).join('')
}

/** Headers that are safe and useful to print. */
const listedHeaders =
  /^(?:content-type|date|retry-after|x-request-id|etag|last-modified|sunset|deprecation|result-count|x-ratelimit-[a-z-]+)$/

export function printableHeaders(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const entries = Object.entries(headers).flatMap(([name, value]) =>
    value !== undefined && listedHeaders.test(name) ? [[name, printable(value)] as const] : [],
  )
  return Object.fromEntries(entries)
}
