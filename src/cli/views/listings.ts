import type { RmaStatus } from '../../core/rma.ts'
import type { ListedRma } from '../../usecases/list-rmas.ts'
import type { Announced } from '../../usecases/sync/announced.ts'
import { type Listing, listing } from '../output/listing.ts'
import { bad, dim, good, type Styled, warn } from '../output/styled.ts'
import { moment } from './rma-page.ts'

const planTone: Record<Announced['plan'], (text: string) => Styled> = {
  wanted: good,
  held: warn,
  skipped: dim,
  blocked: bad,
  retired: dim,
}

/** `asn list` for people and spreadsheets. */
export function announcedListing(rows: readonly Announced[], empty: string): Listing {
  return listing({
    columns: [
      { key: 'returnId', title: 'Return', value: ({ returnId }) => returnId },
      { key: 'orderName', title: 'Order', value: ({ orderName }) => orderName ?? '' },
      { key: 'state', title: 'State', value: ({ state }) => state },
      { key: 'units', title: 'Units', align: 'right', value: ({ units }) => units },
      { key: 'trackingNumbers', title: 'Tracking', value: ({ trackingNumbers }) => trackingNumbers.join(' ') },
      {
        key: 'destination',
        title: 'Destination',
        value: ({ destinationName, destinationId }) => destinationName ?? destinationId ?? '',
      },
      { key: 'plan', title: 'Plan', value: ({ plan }) => planTone[plan](plan) },
      { key: 'why', title: 'Why', value: ({ reason }) => reason?.message ?? '' },
    ],
    rows,
    empty,
  })
}

const statusTone: Record<RmaStatus, (text: string) => Styled> = {
  open: warn,
  'in-receiving': warn,
  received: good,
  deleted: dim,
  unknown: bad,
}

/** `rma list` for people and spreadsheets. */
export function rmaListing(rows: readonly ListedRma[], empty: string): Listing {
  return listing({
    columns: [
      { key: 'customerIdentifier', title: 'RMA', value: ({ customerIdentifier }) => customerIdentifier ?? '' },
      { key: 'returnId', title: 'Return', value: ({ returnId }) => returnId ?? '' },
      { key: 'manifestId', title: 'Order', value: ({ manifestId }) => manifestId ?? '' },
      { key: 'status', title: 'Status', value: ({ status }) => statusTone[status](status) },
      { key: 'unitsExpected', title: 'Expected', align: 'right', value: ({ units }) => units.expected },
      { key: 'unitsReceived', title: 'Received', align: 'right', value: ({ units }) => units.received },
      { key: 'standing', title: 'Journal', value: ({ standing }) => standing ?? dim('never seen') },
      { key: 'createdAt', title: 'Created (UTC)', value: ({ createdAt }) => moment(createdAt) },
    ],
    rows,
    empty,
  })
}
