import { withMerchant } from '../core/errors/next-command.ts'
import type { Journal } from '../journal/journal.ts'
import type { LoopClient } from '../loop/client.ts'
import type { MasonHubClient } from '../masonhub/client.ts'
import type { Merchant } from '../merchants/profiles/merchant.ts'

/** What the effects of one merchant need from outside. */
export type EffectContext = {
  /** The merchant when the run began: its name and accounts. */
  merchant: Merchant
  loop: LoopClient
  masonhub: MasonHubClient
  journal: Journal
  /** Digest of the Loop key in use now (G10). */
  account(): string
  clock: { now(): Date }
  sleep(milliseconds: number): Promise<void>
  /** `operator@host`, or a worker's name: recorded in the journal. */
  actor: string
}

/** Completes a command in a text, so that it works for this merchant when it is pasted. */
export function forMerchant<Command extends string | null>(
  { merchant }: Pick<EffectContext, 'merchant'>,
  command: Command,
): Command {
  return (command === null ? null : withMerchant(command, merchant.name)) as Command
}

/** The current time (RFC 3339 UTC) by the context's clock. */
export function nowOf(context: Pick<EffectContext, 'clock'>): string {
  return context.clock.now().toISOString()
}
