import { readHttpDate } from './http-date.ts'
import type { EffectClass, HttpAnswer, Outcome } from './transport.ts'

/** Attempts per call, including the first. */
export const mostAttempts = 4
/** Milliseconds. Loop itself honours up to 30 minutes (loop.md §7.3); mhloop never waits longer for a header. */
export const longestRetryAfter = 30 * 60_000

function mayRepeatAnswer(effect: EffectClass, answer: HttpAnswer): boolean {
  if (answer.status === 429) return true
  // A proxy's 503 may come after the work was done; only one with Retry-After proves that the request was turned away.
  if (effect === 'repeatable') return answer.status === 503 && answer.headers['retry-after'] !== undefined
  return answer.status >= 500
}

/**
 * Whether the effect's class allows another attempt after this outcome. The caller counts the attempts and the time.
 */
export function mayRepeat(effect: EffectClass, outcome: Outcome): boolean {
  if (effect === 'once') return false
  if (outcome.ok) return mayRepeatAnswer(effect, outcome.answer)
  const { kind, sent } = outcome.failure
  if (kind === 'aborted' || kind === 'too-large') return false
  return effect === 'read' || sent === 'no'
}

/**
 * Milliseconds of a `Retry-After`: seconds (decimals rounded up), or an HTTP date compared with the vendor's own
 * `Date`, so that our clock does not matter; at most 30 minutes. Null when it can't be read or is not in the future:
 * then our own back-off applies, so that a wrong header does not make us hammer the vendor (H21).
 */
export function retryAfter(headers: HttpAnswer['headers']): number | null {
  const value = headers['retry-after']?.trim() ?? ''
  const wait = /^\d+(?:\.\d+)?$/.test(value) ? Math.ceil(Number(value)) * 1000 : untilDate(value, headers.date)
  return wait === null || wait <= 0 ? null : Math.min(wait, longestRetryAfter)
}

function untilDate(value: string, theirNow: string | undefined): number | null {
  const at = readHttpDate(value)
  return at === null ? null : at - (readHttpDate(theirNow) ?? Date.now())
}

/**
 * Milliseconds before the next attempt without a `Retry-After`: doubling from half a second; after a 429 from five
 * seconds, trebling (loop.md §3). Half of it is random, so that several processes do not come back together.
 */
export function backoff(attempt: number, limited: boolean, random: () => number): number {
  const full = limited ? Math.min(5000 * 3 ** (attempt - 1), 60_000) : Math.min(500 * 2 ** (attempt - 1), 30_000)
  return full / 2 + (random() * full) / 2
}
