import type { RmaStatus } from '../../core/rmas/rma.ts'
import type { ListedRma } from '../../usecases/returns/list-rmas.ts'
import type { Announced } from '../../usecases/sync/list-announced.ts'
import type { Io } from '../io/io.ts'
import { type Column, type Listing, listing } from '../output/listing.ts'
import { bad, dim, good, type Styled, warn } from '../output/styled.ts'
import { timestamp } from './times.ts'

const planTone: Record<Announced['plan'], (text: string) => Styled> = {
  wanted: good,
  held: warn,
  skipped: dim,
  blocked: bad,
  retired: dim,
}

/** Columns. A narrower terminal can't hold every column without cutting ids; files and pipes always get all columns. */
const wideTerminal = 130

/** Whether the list is read on a terminal with room for only the essential columns. */
export function isNarrow(io: Pick<Io, 'stdout' | 'width'>, format: string): boolean {
  return io.stdout.isTTY && format === 'table' && io.width < wideTerminal
}

function listed<Row>(columns: readonly Column<Row>[], rows: readonly Row[], options: ListOptions): Listing {
  const { empty, narrow, essential } = options
  return listing({ columns: narrow ? columns.filter(({ key }) => essential.includes(key)) : columns, rows, empty })
}
type ListOptions = { empty: string; narrow: boolean; essential: readonly string[] }
type ListingOptions = Pick<ListOptions, 'empty' | 'narrow'>

/** `asn list` for people and spreadsheets. */
export function announcedListing(rows: readonly Announced[], options: ListingOptions): Listing {
  const columns: Column<Announced>[] = [
    { key: 'returnId', title: 'Return', value: ({ returnId }) => returnId },
    { key: 'orderName', title: 'Order', value: ({ orderName }) => orderName ?? '' },
    { key: 'state', title: 'State', value: ({ state }) => state },
    { key: 'units', title: 'Units', align: 'right', value: ({ units }) => units },
    { key: 'trackingNumbers', title: 'Tracking', value: ({ trackingNumbers }) => trackingNumbers.join(' ') },
    { key: 'bags', title: 'Bags', value: ({ bags }) => bags.join(' ') },
    { key: 'destination', title: 'Destination', value: (row) => row.destinationName ?? row.destinationId ?? '' },
    { key: 'plan', title: 'Plan', value: ({ plan }) => planTone[plan](plan) },
    { key: 'why', title: 'Why', value: ({ reason }) => reason?.message ?? '' },
  ]
  return listed(columns, rows, { ...options, essential: ['returnId', 'orderName', 'state', 'units', 'plan', 'why'] })
}

const statusTone: Record<RmaStatus, (text: string) => Styled> = {
  open: warn,
  'in-receiving': warn,
  received: good,
  deleted: dim,
  unknown: bad,
}

/** `rma list` for people and spreadsheets. */
export function rmaListing(rows: readonly ListedRma[], options: ListingOptions): Listing {
  const columns: Column<ListedRma>[] = [
    { key: 'customerIdentifier', title: 'RMA', value: ({ customerIdentifier }) => customerIdentifier ?? '' },
    { key: 'returnId', title: 'Return', value: ({ returnId }) => returnId ?? '' },
    { key: 'manifestId', title: 'Order', value: ({ manifestId }) => manifestId ?? '' },
    { key: 'status', title: 'Status', value: ({ status }) => statusTone[status](status) },
    { key: 'unitsExpected', title: 'Units', align: 'right', value: ({ units }) => units.expected },
    { key: 'unitsReceived', title: 'Arrived', align: 'right', value: ({ units }) => units.received },
    { key: 'standing', title: 'Journal', value: ({ standing }) => standing ?? dim('never seen') },
    {
      key: 'createdAt',
      title: options.narrow ? 'Created' : 'Created (UTC)',
      value: ({ createdAt }) => (options.narrow ? timestamp(createdAt).slice(0, 10) : timestamp(createdAt)),
    },
  ]
  const essential = [
    'customerIdentifier',
    'manifestId',
    'status',
    'unitsExpected',
    'unitsReceived',
    'standing',
    'createdAt',
  ]
  return listed(columns, rows, { ...options, essential })
}
