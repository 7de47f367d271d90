import { ahead } from '../../core/ahead.ts'
import { customerIdentifierOf, returnIdOf } from '../../core/identifiers.ts'
import { liveRmas } from '../../core/rma-difference.ts'
import { day, type MerchantContext, nowOf, shifted } from '../merchant-context.ts'

/** Loop takes at most 120 days in one question; open returns are younger, since labels expire after 28 (loop.md §8.2). */
const lookBack = 119 * day

/** A note that is planned is written by whoever comes next; anything else that is planned is decided anew. */
const unfinished = ['planned', 'sent', 'accepted', 'in_doubt'] as const

/**
 * Ids of returns that the warehouse has received and that Loop still shows open: those that the rules may resolve now.
 * Rests on both vendors, not on the journal, so that a fresh machine finds them too; the journal adds older ones, those
 * whose resolution was sent and not yet seen done, and those whose flag still wants its note.
 */
export async function readyReturns(context: MerchantContext): Promise<string[]> {
  const { loop, masonhub, journal, merchant, signal } = context
  const now = nowOf(context)
  const from = shifted(now, -lookBack)
  const open = new Set<string>()
  // One that can't be read is no reason to forget it: whoever resolves it tells.
  const onUnreadable = ({ returnId }: { returnId: string }) => void open.add(returnId)
  // By the time of the last change, which is never before the creation: an older return may have been edited lately.
  const query = { from, to: now, filter: 'updated_at', states: ['open'], signal, onUnreadable } as const
  for await (const page of ahead(loop.list(query))) for (const { returnId } of page) open.add(returnId)
  // The journal hears of a receipt only when Loop shows the return again, so `open` may be received just as well.
  const older = await journal.links.find(merchant.name, { statuses: ['open', 'received'] })
  for (const { returnId, returnUpdatedAt, firstSeenAt } of older)
    if ((returnUpdatedAt ?? firstSeenAt) < from) open.add(returnId)
  const ready = new Set<string>()
  const there = await masonhub.rmas.byCustomerIdentifiers([...open].map(customerIdentifierOf), { signal })
  for (const [identifier, rmas] of there) {
    const returnId = returnIdOf(identifier)
    if (returnId !== null && liveRmas(rmas).some((rma) => rma.status === 'received')) ready.add(returnId)
  }
  const unsettled = { merchant: merchant.name, kinds: ['process', 'flag', 'note'], states: unfinished } as const
  for (const { returnId, kind, state } of await journal.effects.find(unsettled))
    if (kind === 'note' || state !== 'planned') ready.add(returnId)
  return [...ready].sort((a, b) => a.length - b.length || (a < b ? -1 : 1))
}
