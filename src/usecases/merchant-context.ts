import type { EffectContext } from '../effects/context.ts'
import type { StoredMerchant } from '../merchants/profiles/stored-merchant.ts'

export { forMerchant, nowOf } from '../effects/context.ts'

/**
 * Everything that a use case needs from outside, for one merchant. Tests and simulations bring their own. A decision
 * uses the policy of `stored`, not that of `merchant`.
 */
export type MerchantContext = EffectContext & {
  /** The merchant as it is stored now, which binds a run that began before (G4). Throws Fault when it was removed. */
  stored(): Promise<StoredMerchant>
  /** Tells an operator how far a long run is; `total`: null while unknown. When `done` falls, a new phase begins. */
  progress(step: { label: string; done: number; total: number | null }): void
  /** Aborted on Ctrl-C: nothing new begins; the request in flight is finished and recorded. */
  signal: AbortSignal
}

/** The time this many milliseconds later. */
export function shifted(timestamp: string, milliseconds: number): string {
  return new Date(Date.parse(timestamp) + milliseconds).toISOString()
}

export const day = 86_400_000
