import { withMerchant } from '../core/next-command.ts'
import type { Journal } from '../journal/journal.ts'
import type { LoopClient } from '../loop/client.ts'
import type { MasonHubClient } from '../masonhub/client.ts'
import type { Merchant } from '../merchants/merchant.ts'

/** What effects touch of the outside world, for one merchant. */
export type EffectContext = {
  /** As it was when the run began: its name and its accounts. */
  merchant: Merchant
  loop: LoopClient
  masonhub: MasonHubClient
  journal: Journal
  /** Digest of the Loop key that is used at this moment (G10). */
  account(): string
  clock: { now(): Date }
  sleep(milliseconds: number): Promise<void>
  /** `operator@host`, or a worker's name: who the journal says it was. */
  actor: string
}

/** A command that is printed for somebody to type, complete: it works for this merchant when it is pasted. */
export function forMerchant<Command extends string | null>(
  { merchant }: Pick<EffectContext, 'merchant'>,
  command: Command,
): Command {
  return (command === null ? null : withMerchant(command, merchant.name)) as Command
}

/** RFC 3339 UTC now, by the context's clock. */
export function nowOf(context: Pick<EffectContext, 'clock'>): string {
  return context.clock.now().toISOString()
}
