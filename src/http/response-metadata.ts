import { readHttpDate } from './http-date.ts'
import type { HttpAnswer } from './transport.ts'

/** What the headers of an answer say about the vendor itself. */
export type ResponseMetadata = {
  /** The vendor's clock when it answered, RFC 3339 to the second; null when the header is missing or unreadable. */
  date: string | null
  /** Requests still allowed, and the limit; null when the headers are missing or unusable. */
  left: { remaining: number; limit: number } | null
}

/**
 * Loop's headers begin with `x-ratelimit`, which its pages do not say (loop.md §3); the others are those of the IETF
 * draft.
 */
export function metadataIn(headers: HttpAnswer['headers']): ResponseMetadata {
  const date = readHttpDate(headers.date)
  const remaining = count(headers['x-ratelimit-remaining'] ?? headers['ratelimit-remaining'])
  const limit = count(headers['x-ratelimit-limit'] ?? headers['ratelimit-limit'])
  return {
    date: date === null ? null : new Date(date).toISOString(),
    left: remaining === null || limit === null || limit === 0 ? null : { remaining, limit },
  }
}

function count(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,9}$/.test(text.trim()) ? Number(text) : null
}
