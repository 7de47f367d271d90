import { milliseconds } from '../../core/duration.ts'
import type { Link } from '../../journal/journal.ts'
import type { Merchant } from '../../merchants/merchant.ts'
import { day } from '../merchant-context.ts'

/**
 * When each open RMA was last asked for, by return id, and where its return was then. Kept by the process: a restart asks for all of them at once, which
 * is when most may have been missed. The journal's `lastSeenAt` won't do, because every pull moves it.
 */
export type Polled = Map<string, Asked>
export type Asked = { at: string; status: Link['status'] }

const minute = 60_000
/** RMAs that MasonHub shows in one answer. */
const inOneRequest = 30
/** Of what MasonHub allows in the time between two polls; the rest is for what is news. */
const shareOfRate = 1 / 2

/**
 * Which RMAs one poll asks for. Open ones always: their callback may be lost, and `poll-every` says how long that may take
 * (H29). Those that are known to be received wait for something else than MasonHub, and of old ones little is to be
 * expected (F29). If there are more than fit, those that were asked for longest ago.
 */
export function duePolls<L extends Pick<Link, 'returnId' | 'status' | 'firstSeenAt'>>(
  links: readonly L[],
  { polled, now, most }: { polled: ReadonlyMap<string, Asked>; now: string; most: number },
): L[] {
  const timestamp = Date.parse(now)
  const askedAt = ({ returnId }: L) => Date.parse(polled.get(returnId)?.at ?? '') || Number.NEGATIVE_INFINITY
  const due = links.filter((link) => timestamp - askedAt(link) >= pause(link, timestamp, polled.get(link.returnId)))
  if (due.length <= most) return due
  return due.toSorted((a, b) => compare(askedAt(a), askedAt(b))).slice(0, most)
}

/** How long it may go unasked. */
function pause(
  { status, firstSeenAt }: Pick<Link, 'status' | 'firstSeenAt'>,
  timestamp: number,
  asked: Asked | undefined,
): number {
  // A pull may have seen that it is received, and resolves nothing: the next poll does, however young (H29).
  if (status === 'received' && asked?.status !== 'received') return 0
  if (timestamp - Date.parse(firstSeenAt) >= 30 * day) return 6 * 60 * minute
  return status === 'received' ? 15 * minute : 0
}

/** How many one poll may ask for, so that polls alone never use up what MasonHub allows. */
export function mostPolled({ masonhub, intervals }: Pick<Merchant, 'masonhub' | 'intervals'>): number {
  const seconds = (milliseconds(intervals.poll) ?? 0) / 1_000
  return inOneRequest * Math.max(1, Math.floor(seconds * masonhub.requestsPerSecond * shareOfRate))
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a - b
}
