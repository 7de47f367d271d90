import { prefetch } from '../../core/concurrency/prefetch.ts'
import type { Fault } from '../../core/errors/fault.ts'
import { untilFault } from '../../core/errors/until-fault.ts'
import { refundKinds } from '../../core/refunds/refund-kinds.ts'
import { customerIdentifierOf, returnIdOf } from '../../core/rmas/identifiers.ts'
import { liveRmas } from '../../core/rmas/rma-difference.ts'
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
  const { returnIds, failure } = await findReady(context)
  if (failure !== null) throw failure
  return returnIds
}

export type Ready = {
  returnIds: string[]
  /** What kept Loop's list from being read to its end, so that others may be ready, too. */
  failure: Fault | null
}

/** Like {@link readyReturns}, with what was found although the list could not be read to its end. */
export async function findReady(context: MerchantContext): Promise<Ready> {
  const { masonhub, journal, merchant, signal } = context
  const from = shifted(nowOf(context), -lookBack)
  const { open, failure } = await openReturns(context, from)
  // The journal learns of a receipt only when Loop shows the return again, so `open` ones may be received, too.
  const older = await journal.links.find(merchant.name, { statuses: ['open', 'received'] })
  for (const { returnId, returnUpdatedAt, firstSeenAt } of older)
    if ((returnUpdatedAt ?? firstSeenAt) < from) open.add(returnId)
  const ready = new Set<string>()
  const add = (identifier: string) => {
    const returnId = returnIdOf(identifier)
    if (returnId !== null) ready.add(returnId)
  }
  const identifiers = [...open].map(customerIdentifierOf)
  // As above: resolving it reports the problem.
  const there = await masonhub.rmas.byCustomerIdentifiers(identifiers, { signal, onUnreadable: add })
  for (const [identifier, rmas] of there) if (liveRmas(rmas).some((rma) => rma.status === 'received')) add(identifier)
  const unsettled = { merchant: merchant.name, kinds: [...refundKinds, 'flag', 'note'], states: unfinished } as const
  for (const { returnId, kind, state } of await journal.effects.find(unsettled))
    if (kind === 'note' || state !== 'planned') ready.add(returnId)
  return { returnIds: [...ready].sort((a, b) => a.length - b.length || (a < b ? -1 : 1)), failure }
}

/** Open returns by Loop's list, until it is read or fails. */
async function openReturns(
  context: MerchantContext,
  from: string,
): Promise<{ open: Set<string>; failure: Fault | null }> {
  const { loop, signal } = context
  const open = new Set<string>()
  // A return that can't be read is kept: resolving it reports the problem.
  const onUnreadable = ({ returnId }: { returnId: string }) => void open.add(returnId)
  // By the last change, which is never before the creation: an older return may have been edited lately.
  const query = { from, to: nowOf(context), filter: 'updated_at', states: ['open'], signal, onUnreadable } as const
  const failures: Fault[] = []
  const pages = untilFault(loop.list(query), failures)
  for await (const page of prefetch(pages)) for (const { returnId } of page) open.add(returnId)
  return { open, failure: failures[0] ?? null }
}
