import type { EffectClass, HttpAnswer, Outcome } from './transport.ts'

/** Tries per call, the first included. */
export const mostAttempts = 4
/** Loop honours up to 30 minutes itself (loop.md §7.3); nobody waits longer for a header. */
export const longestRetryAfter = 30 * 60_000

function mayRepeatAnswer(effect: EffectClass, answer: HttpAnswer): boolean {
  if (answer.status === 429) return true
  // A proxy's 503 may come after the work was done; only one that says when to come back was surely turned away.
  if (effect === 'repeatable') return answer.status === 503 && answer.headers['retry-after'] !== undefined
  return answer.status >= 500
}

/** Whether the effect's class allows another try after this outcome. The caller counts the tries and the time. */
export function mayRepeat(effect: EffectClass, outcome: Outcome): boolean {
  if (effect === 'once') return false
  if (outcome.ok) return mayRepeatAnswer(effect, outcome.answer)
  const { kind, sent } = outcome.failure
  if (kind === 'aborted' || kind === 'too-large') return false
  return effect === 'read' || sent === 'no'
}

/**
 * Milliseconds of a `Retry-After` (seconds, or an HTTP date read against the vendor's own `Date`, so that our clock does
 * not matter), at most 30 minutes; null when there is none that can be read.
 */
export function retryAfter(headers: HttpAnswer['headers']): number | null {
  const value = headers['retry-after']?.trim()
  if (value === undefined || value === '') return null
  if (/^\d{1,9}$/.test(value)) return Math.min(Number(value) * 1000, longestRetryAfter)
  const at = Date.parse(value)
  if (Number.isNaN(at)) return null
  const theirNow = Date.parse(headers.date ?? '')
  return Math.min(Math.max(0, at - (Number.isNaN(theirNow) ? Date.now() : theirNow)), longestRetryAfter)
}

/**
 * Milliseconds before the next try without a `Retry-After`: doubling from half a second; after a 429 from five seconds,
 * trebling (loop.md §3). Half of it is random, so that several workers do not come back together.
 */
export function backoff(attempt: number, limited: boolean, random: () => number): number {
  const full = limited ? Math.min(5000 * 3 ** (attempt - 1), 60_000) : Math.min(500 * 2 ** (attempt - 1), 30_000)
  return full / 2 + (random() * full) / 2
}
