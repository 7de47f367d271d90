import type { PermitRequest, Rate } from './grant-permits.ts'

/**
 * Keeps the permits of a credential for all processes that use it; the journal implements it. A permit that one
 * takes is gone for the others (F44). `credential` is a digest.
 */
export type RateLimitStore = {
  /** Milliseconds within which a permit must be used once it was taken. */
  lifetime: number
  /** `wait`: milliseconds until the first permit, if `permits` is 0. */
  take(credential: string, rate: Rate, request: PermitRequest): Promise<{ permits: number; wait: number }>
  /** Makes all processes wait this many milliseconds. */
  pause(credential: string, milliseconds: number): Promise<void>
}
