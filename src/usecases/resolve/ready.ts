import { customerIdentifierOf, returnIdOf } from '../../core/identifiers.ts'
import { liveRmas } from '../../core/rma-difference.ts'
import { day, nowOf, shifted, type Workplace } from '../workplace.ts'

/** Loop takes at most 120 days in one question; open returns are younger, since labels expire after 28 (loop.md §8.2). */
const lookBack = 119 * day

/**
 * Ids of returns that the warehouse has received and that Loop still shows open: those that the rules may resolve now.
 * Rests on both vendors, not on the journal, so that a fresh machine finds them too; the journal adds older ones, and
 * those whose resolution was sent and not yet seen done.
 */
export async function readyReturns(workplace: Workplace): Promise<string[]> {
  const { loop, masonhub, journal, merchant, signal } = workplace
  const now = nowOf(workplace)
  const open = new Set<string>()
  for await (const page of loop.list({
    from: shifted(now, -lookBack),
    to: now,
    filter: 'created_at',
    states: ['open'],
    signal,
  })) {
    for (const { returnId } of page) open.add(returnId)
  }
  const received = await journal.links.find(merchant.name, { standings: ['received'] })
  for (const { returnId, firstSeenAt } of received) if (firstSeenAt < shifted(now, -lookBack)) open.add(returnId)
  const ready = new Set<string>()
  const there = await masonhub.rmas.byCustomerIdentifiers([...open].map(customerIdentifierOf), { signal })
  for (const [identifier, rmas] of there) {
    const returnId = returnIdOf(identifier)
    if (returnId !== null && liveRmas(rmas).some((rma) => rma.status === 'received')) ready.add(returnId)
  }
  const unsettled = await journal.effects.find({
    merchant: merchant.name,
    kinds: ['process', 'flag'],
    states: ['sent', 'accepted', 'in_doubt'],
  })
  for (const { returnId } of unsettled) ready.add(returnId)
  return [...ready].sort((a, b) => a.length - b.length || (a < b ? -1 : 1))
}
