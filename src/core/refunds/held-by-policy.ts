import type { Reason } from '../explain/reason.ts'

/** An explicit refund passes these. */
const passedExplicitly = ['REFUNDS_OFF', 'REFUND_TOO_LARGE', 'FIRST_BY_HAND']
/** An explicit refund does not pass these. */
const holdsForAll = ['REFUNDS_PAUSED', 'QUARANTINED', 'HOURLY_LIMIT', 'DAILY_LIMIT']

const policyCodes = new Set([...passedExplicitly, ...holdsForAll])
const namedCodes = new Set(passedExplicitly)

/**
 * Whether the rules allow the refund, and a decision of the merchant or of a person holds it back: one case with one
 * exit code, whichever switch or limit it is (docs/cli.md, "Held by policy").
 */
export function isHeldByPolicy(reasons: readonly Reason[]): boolean {
  return policyCodes.has(reasons[0]?.code ?? '')
}

/** Whether `--refund` passes the reason that holds a refund back. */
export function isPassedExplicitly({ code }: Reason): boolean {
  return namedCodes.has(code)
}
