import { withMerchant } from '../core/next-command.ts'
import type { Journal } from '../journal/journal.ts'
import type { LoopClient } from '../loop/client.ts'
import type { MasonHubClient } from '../masonhub/client.ts'
import type { Merchant } from '../merchants/merchant.ts'
import type { StoredMerchant } from '../merchants/stored-merchant.ts'

/** Everything that a use case needs from outside, for one merchant. Tests and simulations bring their own. */
export type MerchantContext = {
  /** The merchant when the run began: its name and accounts. A decision uses the policy of `stored` instead. */
  merchant: Merchant
  /** The merchant as it is stored now, which binds a run that began before (G4). Throws Fault when it was removed. */
  stored(): Promise<StoredMerchant>
  loop: LoopClient
  masonhub: MasonHubClient
  journal: Journal
  /** Digest of the Loop key in use now (G10). */
  account(): string
  clock: { now(): Date }
  sleep(milliseconds: number): Promise<void>
  /** `operator@host`, or a worker's name: recorded in the journal. */
  actor: string
  /** Tells an operator how far a long run is; `total`: null while unknown. When `done` falls, a new phase begins. */
  progress(step: { label: string; done: number; total: number | null }): void
  /** Aborted on Ctrl-C: nothing new begins; the request in flight is finished and recorded. */
  signal: AbortSignal
}

/** Completes a command that is printed for somebody to paste, so that it works for this merchant. */
export function forMerchant<Command extends string | null>(
  { merchant }: Pick<MerchantContext, 'merchant'>,
  command: Command,
): Command {
  return (command === null ? null : withMerchant(command, merchant.name)) as Command
}

/** The current time (RFC 3339 UTC) by the context's clock. */
export function nowOf(context: Pick<MerchantContext, 'clock'>): string {
  return context.clock.now().toISOString()
}

/** The time this many milliseconds later. */
export function shifted(timestamp: string, milliseconds: number): string {
  return new Date(Date.parse(timestamp) + milliseconds).toISOString()
}

export const day = 86_400_000
