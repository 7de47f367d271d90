import type { Reason } from './reason.ts'

/** A person who asks for the refund explicitly passes these. */
const passedExplicitly = ['REFUNDS_OFF', 'REFUND_TOO_LARGE', 'FIRST_BY_HAND']
/** These hold for everybody. */
const holdsForAll = ['REFUNDS_PAUSED', 'QUARANTINED', 'HOURLY_LIMIT', 'DAILY_LIMIT']

const policyCodes = new Set([...passedExplicitly, ...holdsForAll])
const namedCodes = new Set(passedExplicitly)

/**
 * The rules allow the refund, and what the merchant or a person has decided holds it back: one case with one exit code,
 * whichever switch or limit it is (docs/cli.md, "Held by policy").
 */
export function isHeldByPolicy(reasons: readonly Reason[]): boolean {
  return policyCodes.has(reasons[0]?.code ?? '')
}

/** Whether `--refund` passes what holds it back. */
export function isPassedExplicitly({ code }: Reason): boolean {
  return namedCodes.has(code)
}
