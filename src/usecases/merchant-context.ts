import { withMerchant } from '../core/next-command.ts'
import type { Journal } from '../journal/journal.ts'
import type { LoopClient } from '../loop/client.ts'
import type { MasonHubClient } from '../masonhub/client.ts'
import type { Merchant } from '../merchants/merchant.ts'
import type { StoredMerchant } from '../merchants/stored-merchant.ts'

/** Everything a use case touches of the outside world, for one merchant. Tests and simulations bring their own. */
export type MerchantContext = {
  /** As it was when the run began: its name and its accounts. Whatever decides by its policy asks `stored`. */
  merchant: Merchant
  /** The merchant as it is stored now: what is stored binds a run that began before (G4). Throws Fault when it is gone. */
  stored(): Promise<StoredMerchant>
  loop: LoopClient
  masonhub: MasonHubClient
  journal: Journal
  /** Digest of the Loop key that is used at this moment (G10). */
  account(): string
  clock: { now(): Date }
  sleep(milliseconds: number): Promise<void>
  /** `operator@host`, or a worker's name: who the journal says it was. */
  actor: string
  /** Tells an operator how far a long run is; `total` null while unknown. Counting from the start again is a new phase. */
  progress(step: { label: string; done: number; total: number | null }): void
  /** Aborted on Ctrl-C: nothing new is begun, the request in flight is finished and recorded. */
  signal: AbortSignal
}

/** A command that is printed for somebody to type, complete: it works for this merchant when it is pasted. */
export function forMerchant<Command extends string | null>(
  { merchant }: Pick<MerchantContext, 'merchant'>,
  command: Command,
): Command {
  return (command === null ? null : withMerchant(command, merchant.name)) as Command
}

/** RFC 3339 UTC now, by the context's clock. */
export function nowOf(context: Pick<MerchantContext, 'clock'>): string {
  return context.clock.now().toISOString()
}

/** The same moment, so many milliseconds away. */
export function shifted(timestamp: string, milliseconds: number): string {
  return new Date(Date.parse(timestamp) + milliseconds).toISOString()
}

export const day = 86_400_000
