import type { MerchantContext } from '../merchant-context.ts'

/** How many other returns of each kind are read, at most, to tell one unreadable return from an outage. */
export const mostComparisons = 2

/**
 * Returns that the journal knows, without those in `but`: if one of them can be read, the failure of another is a bad
 * record and not an outage. They are spread evenly over all returns and differ from second to second. They include
 * finished ones, because many open returns may be unreadable for the same reason, and stay open for that reason.
 */
export async function* comparisonReturns(context: MerchantContext, but: readonly string[]): AsyncGenerator<string> {
  const { journal, merchant } = context
  for (const statuses of [
    ['open', 'received'],
    ['held', 'resolved'],
  ] as const) {
    yield* await journal.links.pick(merchant.name, { statuses, but, most: mostComparisons, start: startOf(context) })
  }
}

/** Differs from second to second, so that another call chooses other returns. */
export function startOf({ clock }: Pick<MerchantContext, 'clock'>): number {
  return Math.floor(clock.now().getTime() / 1_000)
}
