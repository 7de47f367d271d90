import { milliseconds } from '../../core/time/duration.ts'
import type { Link } from '../../journal/journal.ts'
import type { Merchant } from '../../merchants/profiles/merchant.ts'
import { day } from '../merchant-context.ts'

/**
 * When each open RMA was last asked for, by return id, and the status of its return then. Kept by the process: after a
 * restart all RMAs are due at once, which is when most may have been missed. The journal's `lastSeenAt` can't be used,
 * because every pull moves it.
 */
export type Polled = Map<string, Poll>
export type Poll = { at: string; status: Link['status'] }

const minute = 60_000
/** RMAs per request. */
const inOneRequest = 30
/** The share of MasonHub's rate that polls may use between two polls; the rest is for new events. */
const shareOfRate = 1 / 2

/**
 * Which RMAs one poll asks for. Open ones are always due: their callback may be lost, and `poll-every` says how long
 * that may take (H29). Received ones wait for something other than MasonHub, and little is expected of old ones (F29).
 * If more are due than fit, those that were asked for longest ago.
 */
export function duePolls<L extends Pick<Link, 'returnId' | 'status' | 'firstSeenAt'>>(
  links: readonly L[],
  { polled, now, most }: { polled: ReadonlyMap<string, Poll>; now: string; most: number },
): L[] {
  const timestamp = Date.parse(now)
  const polledAt = ({ returnId }: L) => {
    const at = Date.parse(polled.get(returnId)?.at ?? '')
    // A time ahead is from before the clock was set back: how long ago that was is unknown (C5).
    return at <= timestamp ? at : Number.NEGATIVE_INFINITY
  }
  const due = links.filter((link) => timestamp - polledAt(link) >= pause(link, timestamp, polled.get(link.returnId)))
  if (due.length <= most) return due
  return due.toSorted((a, b) => compare(polledAt(a), polledAt(b))).slice(0, most)
}

/** Milliseconds for which an RMA need not be asked for. */
function pause(
  { status, firstSeenAt }: Pick<Link, 'status' | 'firstSeenAt'>,
  timestamp: number,
  lastPoll: Poll | undefined,
): number {
  // A pull may have seen that it is received, but resolves nothing: the next poll does, however young the return is
  // (H29).
  if (status === 'received' && lastPoll?.status !== 'received') return 0
  if (timestamp - Date.parse(firstSeenAt) >= 30 * day) return 6 * 60 * minute
  return status === 'received' ? 15 * minute : 0
}

/** How many RMAs one poll may ask for, so that polls alone never use up MasonHub's rate. */
export function mostPolled({ masonhub, intervals }: Pick<Merchant, 'masonhub' | 'intervals'>): number {
  const seconds = (milliseconds(intervals.poll) ?? 0) / 1_000
  return inOneRequest * Math.max(1, Math.floor(seconds * masonhub.requestsPerSecond * shareOfRate))
}

function compare(a: number, b: number): number {
  return a === b ? 0 : a - b
}
