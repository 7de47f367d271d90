import type { Clock } from '../time.ts'

/**
 * The answer to a request for a permit. Without one: the caller aborted, the permit would come after the deadline, or
 * the journal that keeps the permits failed (`trouble`), so that the number left is unknown.
 */
export type Permit = 'go' | 'aborted' | 'too-late' | { trouble: unknown }

export type RateLimiter = {
  /**
   * Waits for a permit, first come, first served. `deadline` is on the limiter's clock; a permit that would come later
   * is refused at once. `urgent` is for refunds, which have a reserved share of the limit.
   */
  acquire(options?: { signal?: AbortSignal | undefined; deadline?: number; urgent?: boolean }): Promise<Permit>
  /**
   * Makes every caller wait this many milliseconds from now, also those already waiting: a 429 applies to all users of
   * the key.
   */
  pause(milliseconds: number): void
  readonly clock: Clock
}
