import type { MayResolve, MayUse, ReceiveEvent } from './loop-return.ts'

export type SmokeRequest = {
  /** SKUs for the test RMAs; empty: taken from recent returns and MasonHub's catalogue. */
  skus: readonly string[]
  /** A Loop return that is a test, to be resolved for real; null: Loop is only read. */
  loopReturn: { returnId: string; event: ReceiveEvent; mayUse: MayUse; mayResolve: MayResolve } | null
  keep: boolean
  /** The key of the endpoint for callbacks; null when the merchant was never connected. Read when it is needed. */
  receiverKey(): Promise<string | null>
  /** Six hexadecimal digits that tell this run from others. */
  random: string
}
