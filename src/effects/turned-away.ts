const codes = ['LOOP_UNAUTHORIZED', 'LOOP_FORBIDDEN', 'LOOP_RATE_LIMITED'] as const

/**
 * Whether Loop refused a request before it did any work: nothing of it took effect, and the next request would be refused
 * as well (F45). After any other refusal, it may have had its effect.
 */
export function isTurnedAway(code: string): code is (typeof codes)[number] {
  return codes.some((one) => one === code)
}
