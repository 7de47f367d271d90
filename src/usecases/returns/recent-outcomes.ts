import { outcomeDays, unknownWordsText } from '../../core/doctor/outcomes.ts'
import { counted } from '../../core/doctor/verdict.ts'
import { Fault } from '../../core/errors/fault.ts'
import { type FlaggedOutcome, flaggedOutcomes, outcomeParts, outcomesText } from '../../core/returns/outcomes.ts'
import type { Merchant, Secret } from '../../merchants/profiles/merchant.ts'
import { connectLoop, type VendorClientOptions } from '../vendors/vendor-clients.ts'
import { seenOutcomes } from './seen-outcomes.ts'

/** The outcomes of recent returns that the merchant's policy leaves to a person. */
export type RecentOutcomes = { returns: number; flagged: FlaggedOutcome[] }

/** null when Loop can't be read now: nothing depends on it, and `doctor` reads them again. */
export async function recentOutcomes(
  { loop, policy }: Pick<Merchant, 'loop' | 'policy'>,
  apiKey: Secret,
  { now, signal, ...options }: VendorClientOptions & { now: Date; signal?: AbortSignal },
): Promise<RecentOutcomes | null> {
  const connection = await connectLoop(loop, apiKey, options)
  try {
    const { counts, returns } = await seenOutcomes(connection.client, { policy, now, ...(signal ? { signal } : {}) })
    return { returns, flagged: flaggedOutcomes(counts, policy.outcomes) }
  } catch (error) {
    if (error instanceof Fault) return null
    throw error
  } finally {
    connection.close()
  }
}

/** What an operator should know about a merchant's setting `outcomes`. */
export function outcomeWarnings(
  { name, policy }: Pick<Merchant, 'name' | 'policy'>,
  recent: RecentOutcomes | null,
): string[] {
  const unknown = unknownWordsText(policy.outcomes)
  return [...(unknown === null ? [] : [unknown]), ...(recent === null ? [] : recentWarnings(name, recent))]
}

function recentWarnings(name: string, { returns, flagged }: RecentOutcomes): string[] {
  if (flagged.length === 0) return []
  const among = `${counted(returns, 'return')} of the last ${outcomeDays} days`
  const text = `Not processed even if everything arrives, in ${among}: ${outcomesText(flagged)}.`
  const allow = `mhloop merchant set outcomes ${outcomeParts.join(',')} -m ${name}`
  return [flagged.some(({ known }) => known) ? `${text} To process every outcome that mhloop knows: ${allow}` : text]
}
