/**
 * Milliseconds that pass by this clock, from 0. They never run backwards: when the clock is set back, they go on from
 * where they were, so that nothing waits until it has caught up (C5).
 */
export function steadyTime(now: () => number): () => number {
  let before = now()
  let passed = 0
  return () => {
    const at = now()
    passed += Math.max(0, at - before)
    before = at
    return passed
  }
}
