import type { EventFilter } from '../../journal/journal.ts'
import type { MerchantContext } from '../merchant-context.ts'

/**
 * Returns whose parcel the carrier could not deliver, according to MasonHub's last message, and when that message
 * arrived. No refund is due yet, but somebody must ask where the parcel is (RCV-006). Only callbacks report it
 * (masonhub.md §5.4).
 */
export async function undeliverable(
  { journal, merchant }: Pick<MerchantContext, 'journal' | 'merchant'>,
  which: Pick<EventFilter, 'returnId' | 'since'>,
): Promise<ReadonlyMap<string, string>> {
  const events = await journal.events.find({
    ...which,
    merchant: merchant.name,
    source: 'masonhub',
    topics: ['undeliverable', 'delivered'],
  })
  const since = new Map<string, string>()
  for (const { returnId, topic, receivedAt } of events) {
    if (returnId === null) continue
    if (topic === 'undeliverable') since.set(returnId, receivedAt)
    else since.delete(returnId)
  }
  return since
}
