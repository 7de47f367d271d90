import type { MerchantContext } from '../merchant-context.ts'

/** How many other returns of each kind are read, at most, to tell one unreadable return from an outage. */
export const mostComparisons = 2

/**
 * Returns that the journal knows beside these: whether they can be read tells one bad record from an outage. From here and
 * there, others each second, and finished ones as well: a whole row of returns may be unreadable for the same reason, and
 * stays open for that reason.
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

/** Another one each second. */
export function startOf({ clock }: Pick<MerchantContext, 'clock'>): number {
  return Math.floor(clock.now().getTime() / 1_000)
}
