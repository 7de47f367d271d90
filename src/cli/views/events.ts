import { printable } from '../../core/text/printable.ts'
import type { HistoryEntry, JournalEvent } from '../../journal/journal.ts'
import { type Column, type Listing, listing } from '../output/listing.ts'
import type { Page } from '../output/page.ts'
import { dim, good, type Part, type Styled, strong, warn } from '../output/styled.ts'

const stateTone: Record<JournalEvent['state'], (text: string) => Styled> = {
  new: strong,
  done: good,
  quarantined: warn,
}

/** An event in JSON. Its body stays in the journal: it may hold a shopper's data. */
export function eventData(event: JournalEvent) {
  const { eventId, merchant, source, topic, returnId, state, reason, tries, nextTryAt, receivedAt, settledAt } = event
  return { eventId, merchant, source, topic, returnId, state, reason, tries, nextTryAt, receivedAt, settledAt }
}

export function eventListing(events: readonly JournalEvent[], options: { empty: string; narrow: boolean }): Listing {
  const columns: Column<ReturnType<typeof eventData>>[] = [
    { key: 'receivedAt', title: 'Received (UTC)', value: ({ receivedAt }) => second(receivedAt) },
    { key: 'eventId', title: 'Event', value: ({ eventId }) => eventId },
    { key: 'merchant', title: 'Merchant', value: ({ merchant }) => merchant },
    { key: 'source', title: 'From', value: ({ source }) => source },
    { key: 'topic', title: 'What', value: ({ topic }) => topic ?? dim('unread') },
    { key: 'returnId', title: 'Return', value: ({ returnId }) => returnId ?? '' },
    { key: 'state', title: 'State', value: ({ state }) => stateTone[state](state) },
    { key: 'tries', title: 'Tries', align: 'right', value: ({ tries }) => tries },
    { key: 'reason', title: 'Why', value: ({ reason }) => reason ?? '' },
  ]
  // A narrow terminal shows the ids; `event show` shows the rest.
  const omitted = new Set(options.narrow ? ['merchant', 'source', 'tries', 'reason'] : [])
  return listing({
    columns: columns.filter(({ key }) => !omitted.has(key)),
    rows: events.map(eventData),
    empty: options.empty,
  })
}

/** One event on one line: `2026-11-23 05:40:12  acme  loop  return.created  99904598  new  3f9a1c22d0b84e17`. */
export function eventLine({
  receivedAt,
  merchant,
  topic,
  source,
  returnId,
  state,
  reason,
  eventId,
}: JournalEvent): Part[] {
  return [
    dim(second(receivedAt)),
    `  ${merchant}  ${source}  `,
    strong(topic ?? 'unread'),
    `  ${returnId ?? 'no return'}  `,
    stateTone[state](state),
    reason === null ? '' : ` (${reason})`,
    dim(`  ${eventId}`),
  ]
}

export function eventPage(
  page: Page,
  { event, since, body }: { event: JournalEvent; since: readonly HistoryEntry[]; body: string | null },
): void {
  const { state, reason } = event
  page.line(strong(`Event ${event.eventId}`), ' · ', stateTone[state](state), reason === null ? '' : ` (${reason})`)
  page.fields([
    ['Merchant', event.merchant],
    ['From', event.source],
    ['What', event.topic ?? 'unread'],
    ['Return', event.returnId ?? 'none of ours'],
    ['Received', `${second(event.receivedAt)} UTC`],
    ['Tries', event.tries],
    ['Next try', event.nextTryAt === null ? '' : `${second(event.nextTryAt)} UTC`],
    ['Settled', event.settledAt === null ? '' : `${second(event.settledAt)} UTC`],
    ['Digest', event.digest],
    ['Body', event.body === '' ? 'not kept' : `${event.body.length} characters are kept (--body shows them)`],
  ])
  if (event.returnId !== null) sincePage(page, since)
  if (body === null) return
  page.heading('Body')
  // A page cuts a long text; in pieces, the body is shown whole.
  page.line(...(printable(body, body.length).match(/.{1,1000}/gsu) ?? []))
}

function sincePage(page: Page, since: readonly HistoryEntry[]): void {
  page.heading(`Its return since (${since.length}, UTC)`)
  if (since.length === 0) page.line(dim('Nothing has been attempted for it since.'))
  for (const { at, what, message, actor } of since) {
    page.paragraph([dim(`${second(at)}  `), strong(what), ` ${message}`, dim(` (${actor})`)])
  }
}

function second(timestamp: string): string {
  return timestamp.slice(0, 19).replace('T', ' ')
}
