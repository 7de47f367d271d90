import type { Arrival } from '../../core/returns/journey.ts'
import type { EventFilter } from '../../journal/journal.ts'
import type { MerchantContext } from '../merchant-context.ts'

/** What MasonHub's messages say of a parcel on its way: only callbacks report it (masonhub.md §5.4). */
export type CarrierReport = {
  arrival: Arrival
  /** The carrier could not deliver it. No refund is due yet, but somebody must ask where it is (RCV-006). */
  undeliverableAt: string | null
}

export const noReport: CarrierReport = { arrival: { deliveredAt: null, onDockAt: null }, undeliverableAt: null }

/** The reports of each return, by when their messages arrived. A delivery ends what was said before it. */
export async function carrierReports(
  { journal, merchant }: Pick<MerchantContext, 'journal' | 'merchant'>,
  which: Pick<EventFilter, 'returnId' | 'since'>,
): Promise<ReadonlyMap<string, CarrierReport>> {
  const events = await journal.events.find({
    ...which,
    merchant: merchant.name,
    source: 'masonhub',
    topics: ['undeliverable', 'delivered', 'onDock'],
  })
  const reports = new Map<string, CarrierReport>()
  for (const { returnId, topic, receivedAt } of events) {
    if (returnId === null) continue
    reports.set(returnId, after(reports.get(returnId) ?? noReport, topic, receivedAt))
  }
  return reports
}

function after(report: CarrierReport, topic: string | null, at: string): CarrierReport {
  const { arrival } = report
  switch (topic) {
    case 'undeliverable':
      return { arrival: { ...arrival, deliveredAt: null }, undeliverableAt: at }
    case 'delivered':
      return { arrival: { ...arrival, deliveredAt: arrival.deliveredAt ?? at }, undeliverableAt: null }
    case 'onDock':
      return { ...report, arrival: { ...arrival, onDockAt: arrival.onDockAt ?? at } }
    default:
      return report
  }
}
