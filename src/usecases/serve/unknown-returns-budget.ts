import type { JournalEvent } from '../../journal/journal.ts'

type Source = JournalEvent['source']

export type UnknownReturnsBudget = {
  /** How many returns that the journal does not know may be read now. */
  remaining(source: Source): number
  spend(source: Source, count: number): void
}

/**
 * Readings at once, and then per minute. A burst of new returns is processed as it comes; the next pull brings what
 * exceeds the budget. An RMA that MasonHub names and no pull has brought is rarely ours. Both together stay below a
 * third of Loop's limit per minute.
 */
const allowed: Record<Source, { atOnce: number; perMinute: number }> = {
  loop: { atOnce: 60, perMinute: 60 },
  masonhub: { atOnce: 10, perMinute: 20 },
}

/** Each made-up id costs a reading, so a sender of made-up ids must not use up what real ones need (H2, F50). */
export function createUnknownReturnsBudget(now: () => number): UnknownReturnsBudget {
  const accounts = new Map<Source, { remaining: number; at: number }>()

  function accountOf(source: Source): { remaining: number; at: number } {
    const { atOnce, perMinute } = allowed[source]
    const at = now()
    const { remaining, at: before } = accounts.get(source) ?? { remaining: atOnce, at }
    // A clock that was set back neither adds nor removes budget.
    const account = { remaining: Math.min(atOnce, remaining + (Math.max(0, at - before) * perMinute) / 60_000), at }
    accounts.set(source, account)
    return account
  }

  return {
    remaining: (source) => Math.floor(accountOf(source).remaining),
    spend: (source, count) => {
      accountOf(source).remaining -= count
    },
  }
}
