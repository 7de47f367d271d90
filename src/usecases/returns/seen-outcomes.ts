import { outcomeDays } from '../../core/doctor/outcomes.ts'
import { isOurs } from '../../core/doctor/returns.ts'
import type { Policy } from '../../core/merchants/policy.ts'
import { countOutcomes, type OutcomeCounts } from '../../core/returns/outcomes.ts'
import type { LoopReturn } from '../../core/returns/return.ts'
import type { LoopClient } from '../../loop/client.ts'
import { day } from '../merchant-context.ts'

/** `returns`: how many of the merchant's returns were read. */
export type SeenOutcomes = { counts: OutcomeCounts; returns: number }

/** A returned parcel may still be decided in these; whatever ended otherwise is never flagged. */
const states = ['open', 'review', 'closed'] as const
/** The period is read in two halves, so that the sample of a busy shop is not only of its latest days. */
const halves = 2

/**
 * The outcomes of recent returns. Of each state and half of the period one page is read, so that a busy shop takes as
 * many requests as a small one: six.
 */
export async function seenOutcomes(
  loop: Pick<LoopClient, 'list'>,
  { policy, now, signal }: { policy: Policy; now: Date; signal?: AbortSignal },
): Promise<SeenOutcomes> {
  const half = (outcomeDays / halves) * day
  const ago = (times: number) => new Date(now.getTime() - times * half).toISOString()
  const passes = Array.from({ length: halves }, (_, index) => ({ from: ago(index + 1), to: ago(index) })).flatMap(
    (window) => states.map((state) => ({ ...window, state })),
  )
  const pages = await Promise.all(
    passes.map(async ({ from, to, state }) => {
      const query = { from, to, filter: 'created_at', states: [state], onUnreadable: () => {} } as const
      return await firstPage(loop.list({ ...query, ...(signal ? { signal } : {}) }))
    }),
  )
  // By id: the halves share an edge, and a return may change its state meanwhile.
  const byId = new Map(pages.flat().map((one) => [one.returnId, one]))
  const ours = [...byId.values()].filter((one) => isOurs(one, policy))
  return { counts: countOutcomes(ours), returns: ours.length }
}

async function firstPage(pages: AsyncIterable<LoopReturn[]>): Promise<LoopReturn[]> {
  for await (const page of pages) return page
  return []
}
