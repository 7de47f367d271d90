/** Asking Loop for the label of a return that has none (loop.md §14.5). Each request may buy one, so nothing is guessed. */

import type { Reason } from '../explain/reason.ts'
import { isBoxFree } from './parcels.ts'
import type { LoopReturn } from './return.ts'
import { splitUnits } from './units.ts'

/** An earlier request for the label of the same return. */
export type PastRequest = {
  state: 'planned' | 'sent' | 'accepted' | 'confirmed' | 'refused' | 'in_doubt' | 'parked' | 'abandoned'
  sentAt: string | null
}

/** Milliseconds. Loop queues what it accepts: until then, a second request could buy a second label (H39). */
export const labelTimeout = 60 * 60_000
/** Milliseconds in which Loop may still be making the label of a new return. */
const usuallyMade = 10 * 60_000

/** Why Loop is not asked for a label now; null: it may be. */
export function labelRefusal(loopReturn: LoopReturn | null, past: readonly PastRequest[], now: string): Reason | null {
  if (loopReturn === null) return { code: 'RETURN_UNKNOWN', message: 'Loop has no such return.' }
  const { state, trackingNumbers } = loopReturn
  if (state !== 'open')
    return unwanted(`It is not open in Loop, but ${state === 'review' ? 'in review' : state}: no parcel is expected.`)
  if (trackingNumbers.length > 0) return { code: 'LABEL_EXISTS', message: 'Loop has a tracking number for it already.' }
  if (isBoxFree(loopReturn)) return unwanted('It is handed in at a Return Bar, without a box or a label.')
  const { announced, withoutSku } = splitUnits(loopReturn)
  if (announced.length + withoutSku.length === 0) return unwanted('The shopper keeps every item: nothing will travel.')
  return pending(loopReturn, past, now)
}

function unwanted(message: string): Reason {
  return { code: 'NO_LABEL_WANTED', message }
}

function pending(loopReturn: LoopReturn, past: readonly PastRequest[], now: string): Reason | null {
  const requested = past.find(({ state, sentAt }) => mayBringOne.has(state) && isWithin(sentAt, now, labelTimeout))
  if (requested !== undefined)
    return underWay(`Loop was asked for its label at ${clock(requested.sentAt)}`, 'an hour after that')
  const times = [loopReturn.createdAt, ...loopReturn.labels.map(({ updatedAt }) => updatedAt)]
  const begun = times.find((at) => isWithin(at, now, usuallyMade))
  if (begun === undefined) return null
  return underWay(`Its label is expected since ${clock(begun)}`, 'ten minutes after that')
}

const mayBringOne: ReadonlySet<PastRequest['state']> = new Set(['sent', 'accepted', 'confirmed', 'in_doubt', 'parked'])

function underWay(since: string, again: string): Reason {
  return { code: 'LABEL_REQUESTED', message: `${since}, and Loop may still be making it: ask ${again}.` }
}

/** A time that lies ahead, by a clock that was set back since (C5), is as good as now for as long. */
function isWithin(at: string | null, now: string, limit: number): boolean {
  return at !== null && Math.abs(Date.parse(now) - Date.parse(at)) < limit
}

function clock(at: string | null | undefined): string {
  return `${new Date(at ?? '').toISOString().slice(11, 16)} UTC`
}

export type LabelSettlement = { to: 'wait' } | { to: 'confirmed' | 'refused' | 'parked'; evidence: string }

/** What a reading of the return proves about a request that was sent. It is never repeated by itself. */
export function labelSettlement(
  { state, sentAt }: Pick<PastRequest, 'state'> & { sentAt: string },
  loopReturn: LoopReturn | null,
  seenAt: string,
): LabelSettlement {
  if (loopReturn !== null && loopReturn.trackingNumbers.length > 0)
    return { to: 'confirmed', evidence: 'Loop shows a tracking number.' }
  // A reading from before it was sent says nothing about it.
  if (!(Date.parse(seenAt) - Date.parse(sentAt) >= labelTimeout)) return { to: 'wait' }
  const isOver = loopReturn === null || ['closed', 'cancelled', 'expired'].includes(loopReturn.state)
  if (isOver) return { to: 'refused', evidence: 'The return is over, and Loop shows no tracking number.' }
  if (state === 'parked') return { to: 'wait' }
  return { to: 'parked', evidence: 'Loop shows no tracking number an hour after it was asked for a label.' }
}
