import type { EffectContext } from '../effects/context.ts'
import type { StoredMerchant } from '../merchants/stored-merchant.ts'

export { forMerchant, nowOf } from '../effects/context.ts'

/**
 * Everything a use case touches of the outside world, for one merchant. Tests and simulations bring their own. Whatever
 * decides by the merchant's policy asks `stored`.
 */
export type MerchantContext = EffectContext & {
  /** The merchant as it is stored now: what is stored binds a run that began before (G4). Throws Fault when it is gone. */
  stored(): Promise<StoredMerchant>
  /** Tells an operator how far a long run is; `total` null while unknown. Counting from the start again is a new phase. */
  progress(step: { label: string; done: number; total: number | null }): void
  /** Aborted on Ctrl-C: nothing new begins; the request in flight is finished and recorded. */
  signal: AbortSignal
}

/** The same moment, so many milliseconds away. */
export function shifted(timestamp: string, milliseconds: number): string {
  return new Date(Date.parse(timestamp) + milliseconds).toISOString()
}

export const day = 86_400_000
