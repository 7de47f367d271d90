import { customerIdentifierOf } from '../../core/identifiers.ts'
import { liveRmas } from '../../core/rma-difference.ts'
import type { Link } from '../../journal/journal.ts'
import { readyReturns } from '../resolve/ready.ts'
import { syncReturns } from '../sync/sync.ts'
import { day, nowOf, shifted, type Workplace } from '../workplace.ts'
import { type WorkOptions, workOnReturns } from './work-on-returns.ts'

/**
 * What repairs whatever messages were lost: each chore alone would bring every return to its end, only later. None
 * trusts an event, a webhook or another chore to have run.
 */
export type Chore = 'pull' | 'poll' | 'settle' | 'rescan'

/** Returns looked at together. */
const together = 30
/** Loop takes at most 120 days in one question. */
const lookBack = 119 * day
const minute = 60_000

/** The recurring pull of Loop's returns; the cursor moves only after its pages are committed (F40). */
export async function pull(workplace: Workplace): Promise<void> {
  await syncReturns(workplace, { source: 'both', dryRun: false })
}

/**
 * Asks MasonHub for RMAs that it may have received meanwhile, thirty a request: it can't be asked what changed (F29).
 * Young and old ones are asked for less often than those whose parcel should arrive about now.
 */
export async function poll(workplace: Workplace, options: WorkOptions): Promise<void> {
  const { journal, masonhub, merchant, signal } = workplace
  const now = nowOf(workplace)
  const links = await journal.links.find(merchant.name, { standings: ['open', 'received'] })
  const due = links.filter((link) => isDue(link, now))
  for (let start = 0; start < due.length && !signal.aborted; start += together * 10) {
    const some = due.slice(start, start + together * 10)
    const there = await masonhub.rmas.byCustomerIdentifiers(
      some.map(({ customerIdentifier }) => customerIdentifier),
      { signal },
    )
    const moved = some.filter((link) => {
      const [rma] = liveRmas(there.get(customerIdentifierOf(link.returnId)) ?? [])
      // Gone is news, too: a person at MasonHub may have deleted it.
      return rma === undefined || rma.status === 'received'
    })
    await journal.links.see(
      merchant.name,
      some.map(({ returnId, customerIdentifier, orderName, returnUpdatedAt }) => ({
        returnId,
        customerIdentifier,
        orderName,
        returnUpdatedAt,
      })),
      now,
    )
    await workInChunks(
      workplace,
      moved.map(({ returnId }) => returnId),
      options,
    )
  }
}

/** How long an RMA of this age may go unasked. */
function pollInterval(age: number): number {
  if (age < day) return 60 * minute
  if (age < 30 * day) return 15 * minute
  return 6 * 60 * minute
}

export function isDue({ firstSeenAt, lastSeenAt }: Pick<Link, 'firstSeenAt' | 'lastSeenAt'>, now: string): boolean {
  const moment = Date.parse(now)
  return moment - Date.parse(lastSeenAt) >= pollInterval(moment - Date.parse(firstSeenAt))
}

/** Looks how refunds and flags that were sent ended, and finishes what a crash left undone. */
export async function settleSent(workplace: Workplace, options: WorkOptions): Promise<void> {
  const { journal, merchant } = workplace
  const open = await journal.effects.find({
    merchant: merchant.name,
    kinds: ['process', 'flag', 'note'],
    states: ['sent', 'accepted', 'in_doubt'],
  })
  await workInChunks(workplace, [...new Set(open.map(({ returnId }) => returnId))], options)
}

/** Once a day everything is read again, as if nothing had ever been remembered. */
export async function rescan(workplace: Workplace, options: WorkOptions): Promise<void> {
  const now = nowOf(workplace)
  await syncReturns(workplace, { since: shifted(now, -lookBack), until: now, source: 'both', dryRun: false })
  await workInChunks(workplace, await readyReturns(workplace), options)
  await workplace.journal.events.forgetBodies(shifted(now, -30 * day))
}

async function workInChunks(workplace: Workplace, returnIds: readonly string[], options: WorkOptions): Promise<void> {
  for (let start = 0; start < returnIds.length && !workplace.signal.aborted; start += together) {
    const { stoppedBy } = await workOnReturns(workplace, returnIds.slice(start, start + together), options)
    if (stoppedBy !== null) throw stoppedBy
  }
}
