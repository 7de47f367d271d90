/** With fewer messages than this, it is unknown what is usual. */
export const leastMessages = 20
/** Milliseconds. A shorter silence is never reported. */
const shortestSilence = 3_600_000

export type Silence =
  /** Too few messages to know what is usual. */
  | { kind: 'unknown' }
  | { kind: 'usual'; gap: number; longest: number }
  | { kind: 'silent'; gap: number; longest: number }

/**
 * Whether nothing has come for longer than usual: for over twice the longest gap between the messages (milliseconds
 * since 1970, in any order), and for over an hour. Unlike an average, the longest gap covers this merchant's nights and
 * weekends.
 */
export function silenceOf(messages: readonly number[], now: number): Silence {
  if (messages.length < leastMessages) return { kind: 'unknown' }
  const sorted = messages.toSorted((a, b) => a - b)
  const longest = Math.max(...sorted.slice(1).map((timestamp, index) => timestamp - (sorted[index] ?? timestamp)))
  const gap = now - (sorted.at(-1) ?? now)
  return { kind: gap > Math.max(2 * longest, shortestSilence) ? 'silent' : 'usual', gap, longest }
}
