/** Fewer messages than this say nothing about what is usual. */
export const leastMessages = 20
/** Nobody is called silent for less. */
const shortestSilence = 3_600_000

export type Silence =
  /** Too few messages to know what is usual. */
  | { kind: 'unknown' }
  | { kind: 'usual'; gap: number; longest: number }
  | { kind: 'silent'; gap: number; longest: number }

/**
 * Whether nothing has come for longer than usual: over twice the longest gap that the messages (milliseconds, in any
 * order) had among themselves, and over an hour. The longest gap knows the nights and weekends of this merchant, which no
 * average does.
 */
export function silenceOf(messages: readonly number[], now: number): Silence {
  if (messages.length < leastMessages) return { kind: 'unknown' }
  const sorted = messages.toSorted((a, b) => a - b)
  const longest = Math.max(...sorted.slice(1).map((timestamp, index) => timestamp - (sorted[index] ?? timestamp)))
  const gap = now - (sorted.at(-1) ?? now)
  return { kind: gap > Math.max(2 * longest, shortestSilence) ? 'silent' : 'usual', gap, longest }
}
