import { ahead } from '../../core/ahead.ts'
import { customerIdentifierOf, returnIdOf } from '../../core/identifiers.ts'
import { liveRmas } from '../../core/rma-difference.ts'
import { day, type MerchantContext, nowOf, shifted } from '../merchant-context.ts'

/** Loop takes at most 120 days in one request; open returns are younger: labels expire after 28 (loop.md §8.2). */
const lookBack = 119 * day

/** A planned note is written by the next run that sees it; any other planned effect is decided again. */
const unfinished = ['planned', 'sent', 'accepted', 'in_doubt'] as const

/**
 * Ids of returns that the warehouse has received and that Loop still shows open: the rules may resolve them now. Both
 * vendors decide, not the journal, so that a new machine finds them, too. The journal adds older ones, those whose
 * resolution was sent and not seen yet, and those whose flag still lacks its note.
 */
export async function readyReturns(context: MerchantContext): Promise<string[]> {
  const { loop, masonhub, journal, merchant, signal } = context
  const now = nowOf(context)
  const from = shifted(now, -lookBack)
  const open = new Set<string>()
  // A return that can't be read is kept: resolving it reports the problem.
  const onUnreadable = ({ returnId }: { returnId: string }) => void open.add(returnId)
  // By the last change, which is never before the creation: an older return may have been edited lately.
  const query = { from, to: now, filter: 'updated_at', states: ['open'], signal, onUnreadable } as const
  for await (const page of ahead(loop.list(query))) for (const { returnId } of page) open.add(returnId)
  // The journal learns of a receipt only when Loop shows the return again, so `open` ones may be received, too.
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
